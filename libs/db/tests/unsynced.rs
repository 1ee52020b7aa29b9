//! Transactions whose commit does not wait for the disk, among others.

use db::{Db, Migration, Tx, args};
use testkit::{Engine, TestStore, engines};

const NOTES: &[Migration] = &[Migration {
    version: 100,
    name: "first",
    sql: "CREATE TABLE notes (no INTEGER NOT NULL PRIMARY KEY) STRICT;",
}];

/// Whether a commit waits for the disk: of this transaction, or of one statement.
async fn waits(tx: &mut Tx, engine: Engine) -> bool {
    match engine {
        Engine::Sqlite => {
            let found = tx.fetch_optional("PRAGMA synchronous", args![]).await;
            let (level,): (i64,) = found.unwrap().unwrap();
            assert!((1..=2).contains(&level), "{level}");
            level == 2
        }
        Engine::Postgres => {
            let found = tx.fetch_optional("SHOW synchronous_commit", args![]).await;
            let (level,): (String,) = found.unwrap().unwrap();
            level == "on"
        }
    }
}

async fn count(db: &Db) -> i64 {
    let found = db.fetch_one("SELECT count(*) FROM notes", args![]).await;
    let (count,): (i64,) = found.unwrap();
    count
}

const INSERT: &str = "INSERT INTO notes (no) VALUES ($1)";

#[tokio::test]
async fn only_those_that_ask_for_it_do_not_wait_for_the_disk() {
    for engine in engines() {
        let store = TestStore::new(engine);
        let db = store.open("notes", NOTES).await.unwrap();
        for turn in 0..3 {
            let mut tx = db.begin_unsynced().await.unwrap();
            assert!(!waits(&mut tx, engine).await);
            tx.execute(INSERT, args![turn * 10]).await.unwrap();
            // Committed, given up and failed ones are followed by one that waits.
            match turn {
                0 => tx.commit().await.unwrap(),
                1 => drop(tx),
                _ => {
                    tx.execute(INSERT, args![0_i64]).await.unwrap_err();
                    drop(tx);
                }
            }
            let mut tx = db.begin().await.unwrap();
            assert!(waits(&mut tx, engine).await, "after {turn}");
            tx.execute(INSERT, args![turn * 10 + 1]).await.unwrap();
            tx.commit().await.unwrap();
        }
        assert_eq!(count(&db).await, 4);
    }
}
