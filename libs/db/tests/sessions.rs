//! The sessions of a pool on PostgreSQL: how long the server lets them wait and work, and what
//! becomes of one whose caller goes away.

use std::time::Duration;

use db::{Db, DbError, Migration, args};
use sqlx::{Connection, Executor, PgConnection};
use testkit::{Engine, TestStore, engines};
use tokio::task::JoinSet;
use tokio::time::{interval, timeout};

const NOTES: &[Migration] = &[Migration {
    version: 100,
    name: "notes",
    sql: "CREATE TABLE notes (no INTEGER NOT NULL PRIMARY KEY, text TEXT NOT NULL) STRICT;
          INSERT INTO notes (no, text) VALUES (1, ''), (2, '');",
}];
const CHANGE: &str = "UPDATE notes SET text = $2 WHERE no = $1";
/// -> how many sessions of the pool there are, and how many wait for a lock.
const SESSIONS: &str = "SELECT count(*), count(*) FILTER (WHERE wait_event_type = 'Lock') FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'payflow' AND backend_type = 'client backend'";
/// How many sessions a pool of the tests has at most.
const MOST: i64 = 8;

/// A store on PostgreSQL, where there is a server for the tests.
fn store() -> Option<TestStore> {
    let engine = engines().into_iter().find(|it| *it == Engine::Postgres);
    engine.map(TestStore::new)
}

async fn opened(store: &TestStore) -> Db {
    store.open("notes", NOTES).await.unwrap()
}

/// Somebody else's session, who holds a note.
async fn holder(store: &TestStore) -> PgConnection {
    let mut other = PgConnection::connect(store.database_url()).await.unwrap();
    let hold = "BEGIN; SELECT * FROM notes.notes WHERE no = 1 FOR UPDATE";
    other.execute(hold).await.unwrap();
    other
}

async fn setting(db: &Db, sql: &'static str) -> String {
    db.fetch_one::<(String,)>(sql, args![]).await.unwrap().0
}

#[tokio::test]
async fn a_session_has_bounds_and_its_commits_are_durable_whatever_the_server_is_set_to() {
    let Some(store) = store() else { return };
    let mut admin = PgConnection::connect(store.database_url()).await.unwrap();
    for (level, expected) in [
        ("off", "on"),
        ("remote_apply", "remote_apply"),
        ("local", "local"),
    ] {
        let name = store.database_url().rsplit('/').next().unwrap();
        let name = name.split('?').next().unwrap();
        for set in [
            format!("ALTER DATABASE {name} SET synchronous_commit = {level}"),
            format!("ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'"),
        ] {
            admin.execute(sqlx::AssertSqlSafe(set)).await.unwrap();
        }
        let db = opened(&store).await;
        for (sql, expected) in [
            ("SHOW synchronous_commit", expected),
            ("SHOW transaction_isolation", "read committed"),
            ("SHOW lock_timeout", "5s"),
            ("SHOW statement_timeout", "20s"),
            ("SHOW idle_in_transaction_session_timeout", "30s"),
        ] {
            assert_eq!(setting(&db, sql).await, expected, "{sql}");
        }
        let look = Db::look_postgres(store.database_url(), "notes")
            .await
            .unwrap();
        assert_eq!(
            setting(&look, "SHOW statement_timeout").await,
            "0",
            "it reads long"
        );
        look.close().await;
        db.close().await;
    }
}

#[tokio::test]
async fn a_row_that_is_held_too_long_is_a_busy_database_and_delays_no_other_row() {
    let Some(store) = store() else { return };
    let db = opened(&store).await;
    let _held = holder(&store).await;
    let waits = timeout(
        Duration::from_secs(15),
        db.execute(CHANGE, args![1, "late"]),
    );
    let (waited, other) = tokio::join!(waits, db.execute(CHANGE, args![2, "at once"]));
    let error = waited.unwrap().unwrap_err();
    assert!(matches!(error, DbError::Unavailable(_)), "{error:?}");
    assert!(error.to_string().contains("is busy"), "{error}");
    assert_eq!(other.unwrap(), 1);
}

/// Looks at the sessions of the pool, as an operator, until they are as they should be.
async fn sessions_until(operator: &mut PgConnection, is_so: impl Fn(i64, i64) -> bool) {
    let mut looks = interval(Duration::from_millis(20));
    let look = async {
        loop {
            looks.tick().await;
            let (all, waiting) = sessions(operator).await;
            if is_so(all, waiting) {
                return;
            }
        }
    };
    timeout(Duration::from_secs(15), look).await.unwrap();
}

async fn sessions(operator: &mut PgConnection) -> (i64, i64) {
    sqlx::query_as(SESSIONS).fetch_one(operator).await.unwrap()
}

#[tokio::test]
async fn callers_who_go_away_leave_no_more_sessions_behind_than_the_pool_has() {
    let Some(store) = store() else { return };
    let db = opened(&store).await;
    let mut held = holder(&store).await;
    // Not within the transaction: there the server shows again and again what it showed first.
    let mut operator = PgConnection::connect(store.database_url()).await.unwrap();
    let mut all = Vec::new();
    for _ in 0..MOST {
        all.push(db.begin().await.unwrap());
    }
    for tx in all {
        tx.commit().await.unwrap();
    }
    let callers = || {
        let mut callers = JoinSet::new();
        for _ in 0..MOST {
            let db = db.clone();
            callers.spawn(async move { db.execute(CHANGE, args![1, "late"]).await.unwrap_err() });
        }
        callers
    };
    let mut gone = callers();
    sessions_until(&mut operator, |_, waiting| waiting == MOST).await;
    gone.shutdown().await;
    // Others come at once. They wait for the places of those who left, or find them taken.
    let mut others = callers();
    let mut looks = interval(Duration::from_millis(20));
    while !others.is_empty() {
        tokio::select! {
            Some(failed) = others.join_next() => drop(failed.unwrap()),
            _ = looks.tick() => {
                let (all, waiting) = sessions(&mut operator).await;
                assert!(waiting <= MOST, "{all} sessions, {waiting} of them wait");
            }
        }
    }
    held.execute("ROLLBACK").await.unwrap();
    sessions_until(&mut operator, |all, waiting| all <= MOST && waiting == 0).await;
    assert_eq!(db.execute(CHANGE, args![1, "again"]).await.unwrap(), 1);
}

#[tokio::test]
async fn a_transaction_of_a_node_that_stands_still_is_ended_and_others_go_on() {
    let Some(store) = store() else { return };
    let (stopped, other) = (opened(&store).await, opened(&store).await);
    let mut tx = stopped.begin().await.unwrap();
    tx.execute(CHANGE, args![1, "stopped"]).await.unwrap();
    // As after half a minute.
    tx.execute(
        "SET LOCAL idle_in_transaction_session_timeout = '300ms'",
        args![],
    )
    .await
    .unwrap();
    let changed = timeout(
        Duration::from_secs(4),
        other.execute(CHANGE, args![1, "other"]),
    );
    assert_eq!(changed.await.unwrap().unwrap(), 1);
    let lost = tx.commit().await.unwrap_err();
    assert!(lost.is_of_store(), "{lost:?}");
    assert_eq!(stopped.execute(CHANGE, args![1, "again"]).await.unwrap(), 1);
}
