//! Another database in the place of the one that was committed to, or an older state of it: every
//! node that has seen more says so and writes nothing, until what it has seen is back.

use std::fs;
use std::sync::Arc;

use contracts::identity::Role;
use db::{Db, DbError, args};
use identity::Fault;
use platform::clock::{Clock, SystemClock};
use platform::health::HealthCheck;
use serde_json::json;
use testkit::{Engine, FakeClock, TestStore, engines};
use values::SECOND;

use crate::audit::unlock;
use crate::support::{Answer, App, PASSWORD, fast};

const LOST: (u16, &str) = (503, "history_lost");
const KEYS: &str = "/api/v1/api-keys";

async fn app(store: &Arc<TestStore>, clock: &Arc<FakeClock>) -> App {
    App::on(store.clone(), clock.clone(), fast()).await
}

/// Anyone who looks after the database beside PayFlow; they have seen nothing of it.
async fn operator(store: &TestStore) -> Db {
    let opened = store.open(identity::SCHEMA, identity::migrations());
    opened.await.unwrap()
}

async fn all(db: &Db, statements: &[&'static str]) {
    for sql in statements {
        db.execute(sql, vec![]).await.unwrap();
    }
}

async fn count(db: &Db, sql: &'static str) -> i64 {
    db.fetch_one::<(i64,)>(sql, vec![]).await.unwrap().0
}

async fn preferences(app: &App, access: &str) -> Answer {
    let body = json!({"theme": "dark"}).to_string();
    let path = "/api/v1/users/me/preferences";
    app.send_as("PATCH", access, path, body).await
}

/// Nothing is written, also what the trail would not tell of, and health says why.
async fn is_lost(app: &App, access: &str) {
    assert_eq!(
        app.log_in("ann@example.com", PASSWORD).await.refusal(),
        LOST
    );
    assert_eq!(app.register("bob@example.com").await.refusal(), LOST);
    assert_eq!(preferences(app, access).await.refusal(), LOST);
    let told = app.service.check().await.unwrap_err();
    assert!(told.contains("not the one that was committed to"), "{told}");
}

async fn looks_and_finds_it_lost(app: &App) {
    let looked = app.service.check_history().await;
    let is_lost = matches!(looked, Err(Fault::Database(DbError::HistoryLost(_))));
    assert!(is_lost, "{looked:?}");
}

async fn goes_on(app: &App, access: &str) {
    app.service.check_history().await.unwrap();
    assert_eq!(app.service.check().await, Ok(()));
    assert_eq!(app.log_in("ann@example.com", PASSWORD).await.status, 200);
    assert_eq!(preferences(app, access).await.status, 200);
}

/// Entries away and back, as an older copy would have it. An unconfirmed user who is registered
/// since is away with them.
const REMEMBER: &[&str] = &["CREATE TABLE older AS SELECT * FROM audit_head"];
const GO_BACK: &[&str] = &[
    "CREATE TABLE later AS SELECT * FROM audit_head",
    "CREATE TABLE kept AS SELECT * FROM audit_entries WHERE no > (SELECT no FROM older)",
    "DELETE FROM audit_entries WHERE no > (SELECT no FROM older)",
    "UPDATE audit_head SET no = (SELECT no FROM older), hash = (SELECT hash FROM older)",
];
const COME_BACK: &[&str] = &[
    "INSERT INTO audit_entries SELECT * FROM kept",
    "UPDATE audit_head SET no = (SELECT no FROM later), hash = (SELECT hash FROM later)",
];

#[tokio::test]
async fn an_older_state_is_noticed_by_the_first_act_and_by_every_node_that_has_seen_more() {
    for engine in engines() {
        let store = Arc::new(TestStore::new(engine));
        let clock = FakeClock::at(SystemClock.now());
        let app_here = app(&store, &clock).await;
        let (_, access) = app_here.somebody("ann@example.com", Role::User).await;
        let key = json!({"name": "test", "scopes": ["wallets:own"]});
        let key = app_here.post_as(&access, KEYS, key).await;
        let other = app(&store, &clock).await;
        let db = operator(&store).await;
        unlock(&db).await;
        all(&db, REMEMBER).await;
        for node in [&app_here, &other, &app_here, &other, &app_here] {
            assert_eq!(node.log_in("ann@example.com", PASSWORD).await.status, 200);
        }
        other.service.check_history().await.unwrap();

        all(&db, GO_BACK).await;
        let users = count(&db, "SELECT count(*) FROM users").await;
        // The act itself notices it here, a look there.
        assert_eq!(app_here.register("bob@example.com").await.refusal(), LOST);
        looks_and_finds_it_lost(&other).await;
        for node in [&app_here, &other] {
            is_lost(node, &access).await;
            looks_and_finds_it_lost(node).await;
        }
        assert_eq!(count(&db, "SELECT count(*) FROM users").await, users);
        // An older state has keys that were ended since.
        let text = key.body["key"].as_str().unwrap();
        let client = testkit::client();
        let asked = access::Authenticator::authenticate(&*other.service, text, &client);
        assert!(matches!(
            asked.await,
            Err(access::AuthenticationError::Unavailable)
        ));

        // Anyone who starts now has seen nothing else.
        let new = app(&store, &clock).await;
        assert_eq!(new.service.check().await, Ok(()));
        all(&db, COME_BACK).await;
        for node in [&app_here, &other, &new] {
            goes_on(node, &access).await;
        }
    }
}

#[tokio::test]
async fn another_history_of_the_same_length_or_longer_is_noticed() {
    for engine in engines() {
        let store = Arc::new(TestStore::new(engine));
        let clock = FakeClock::at(SystemClock.now());
        let app = app(&store, &clock).await;
        let (_, access) = app.somebody("ann@example.com", Role::User).await;
        let db = operator(&store).await;
        unlock(&db).await;
        let (no, hash): (i64, Vec<u8>) = db
            .fetch_one("SELECT no, hash FROM audit_head", vec![])
            .await
            .unwrap();
        let set = async |end: i64, of_entry: Vec<u8>, of_head: Vec<u8>| {
            let entry = "UPDATE audit_entries SET hash = $2 WHERE no = $1";
            db.execute(entry, args![no, of_entry]).await.unwrap();
            let head = "UPDATE audit_head SET no = $1, hash = $2";
            db.execute(head, args![end, of_head]).await.unwrap();
        };
        let another = || vec![7; 32];
        set(no, another(), another()).await;
        is_lost(&app, &access).await;
        set(no, hash.clone(), hash.clone()).await;
        goes_on(&app, &access).await;

        let (end,): (i64,) = db
            .fetch_one("SELECT no FROM audit_head", vec![])
            .await
            .unwrap();
        let entry = "UPDATE audit_entries SET hash = $2 WHERE no = $1";
        db.execute(entry, args![end, another()]).await.unwrap();
        db.execute("UPDATE audit_head SET no = no + 7", vec![])
            .await
            .unwrap();
        is_lost(&app, &access).await;
        looks_and_finds_it_lost(&app).await;
    }
}

#[tokio::test]
async fn a_file_that_was_replaced_or_deleted_is_noticed_and_goes_on_when_it_is_back() {
    for (ending, is_replaced) in [("", false), ("", true), ("-wal", false), ("-wal", true)] {
        let store = Arc::new(TestStore::new(Engine::Sqlite));
        let app = app(&store, &FakeClock::at(SystemClock.now())).await;
        let (_, access) = app.somebody("ann@example.com", Role::User).await;
        let name = format!("{}.db{ending}", identity::SCHEMA);
        let file = store.folder().join(name);
        let aside = store.folder().join("aside.db");
        fs::rename(&file, &aside).unwrap();
        if is_replaced {
            fs::copy(&aside, &file).unwrap();
        }
        is_lost(&app, &access).await;
        looks_and_finds_it_lost(&app).await;
        assert_eq!(app.me(&access).await.refusal(), LOST, "nor is it read");
        fs::rename(&aside, &file).unwrap();
        goes_on(&app, &access).await;
        let sql = "SELECT count(*) FROM users WHERE email = 'bob@example.com'";
        assert_eq!(
            count(&app.db, sql).await,
            0,
            "what was refused was not done"
        );
    }
}

#[tokio::test]
async fn a_file_that_was_overwritten_in_its_place_is_noticed() {
    for ending in ["", "-wal"] {
        for is_cut_off in [false, true] {
            let store = Arc::new(TestStore::new(Engine::Sqlite));
            let app = app(&store, &FakeClock::at(SystemClock.now())).await;
            let (_, access) = app.somebody("ann@example.com", Role::User).await;
            let name = format!("{}.db{ending}", identity::SCHEMA);
            let file = store.folder().join(name);
            let older = fs::read(&file).unwrap();
            assert_eq!(app.register("cat@example.com").await.status, 201);
            let older = if is_cut_off { vec![] } else { older };
            fs::write(&file, older).unwrap();
            is_lost(&app, &access).await;
            looks_and_finds_it_lost(&app).await;
            assert_eq!(app.me(&access).await.refusal(), LOST, "nor is it read");
        }
    }
}

#[tokio::test]
async fn an_older_state_that_an_operator_accepts_begins_without_sessions_and_links() {
    for engine in engines() {
        let store = Arc::new(TestStore::new(engine));
        let app = app(&store, &FakeClock::at(SystemClock.now())).await;
        let tokens = app.registered("ann@example.com").await;
        let epoch = "SELECT credential_epoch FROM users";
        let before = count(&app.db, epoch).await;
        let accept = async |services: &[&str]| {
            let services: Vec<_> = services.iter().map(ToString::to_string).collect();
            let accepted = app.service.record_accepted_history(&services, "a test");
            accepted.await.unwrap();
        };
        // Nothing of identity is missing.
        accept(&["payments"]).await;
        let refreshed = app.refresh(&tokens.refresh).await.tokens();
        accept(&["identity", "payments"]).await;
        app.service.poll_revocations().await.unwrap();
        assert_eq!(app.me(&refreshed.access).await.status, 401);
        assert_eq!(app.refresh(&refreshed.refresh).await.status, 401);
        assert_eq!(count(&app.db, epoch).await, before + 1);
        let told = "SELECT count(*) FROM audit_entries WHERE act = 'history.accepted'";
        assert_eq!(count(&app.db, told).await, 2);
        assert_eq!(app.log_in("ann@example.com", PASSWORD).await.status, 200);
    }
}

#[tokio::test]
async fn health_tells_of_an_end_of_the_trail_that_is_missing_and_of_one_that_is_held() {
    for engine in engines() {
        let store = Arc::new(TestStore::new(engine));
        let app = app(&store, &FakeClock::at(SystemClock.now())).await;
        let (_, access) = app.somebody("ann@example.com", Role::User).await;
        let db = operator(&store).await;
        all(&db, REMEMBER).await;
        all(&db, &["DELETE FROM audit_head"]).await;
        app.service.check_history().await.unwrap_err();
        let told = app.check("audit_trail").await.unwrap_err();
        assert!(told.contains("audit_head) is missing"), "{told}");
        all(&db, &["INSERT INTO audit_head SELECT * FROM older"]).await;
        goes_on(&app, &access).await;
        assert_eq!(app.check("audit_trail").await, Ok(()));
        if engine == Engine::Postgres {
            is_held(&app, &db).await;
            goes_on(&app, &access).await;
        }
    }
}

/// Somebody holds the end of the trail: an act that takes milliseconds is nothing to tell of, nor
/// are many in turn.
async fn is_held(app: &App, db: &Db) {
    let look = async || {
        app.clock.advance(3 * SECOND);
        app.service.check_history().await.unwrap();
        app.check("audit_trail").await
    };
    for is_moved in [true, false] {
        let mut tx = db.begin().await.unwrap();
        let hold = "UPDATE audit_head SET hash = hash";
        assert_eq!(tx.execute(hold, args![]).await.unwrap(), 1);
        assert_eq!([look().await, look().await], [Ok(()), Ok(())]);
        if is_moved {
            tx.commit().await.unwrap();
            assert_eq!(app.log_in("ann@example.com", PASSWORD).await.status, 200);
            continue;
        }
        let told = look().await.unwrap_err();
        assert!(told.contains("locked by another session for 6 s"), "{told}");
        tx.commit().await.unwrap();
        assert_eq!(look().await, Ok(()));
    }
}
