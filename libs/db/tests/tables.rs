//! A table that is gone is noticed by a start, and by anyone who reads a store as it is.

use db::{Db, DbError, Migration, args};
use testkit::{Engine, TestStore, engines};

const NOTES: &[Migration] = &[
    Migration {
        version: 100,
        name: "first",
        sql: "CREATE TABLE notes (no INTEGER NOT NULL PRIMARY KEY) STRICT;
              CREATE TABLE drafts (no INTEGER NOT NULL PRIMARY KEY) STRICT;
              CREATE TABLE scraps (no INTEGER NOT NULL PRIMARY KEY) STRICT;",
    },
    Migration {
        version: 110,
        name: "no drafts",
        sql: "DROP TABLE drafts;",
    },
];

/// What a newer PayFlow would add.
const LATER: &[Migration] = &[
    Migration {
        version: 120,
        name: "labels",
        sql: "CREATE TABLE labels (no INTEGER NOT NULL PRIMARY KEY) STRICT;",
    },
    NOTES[0],
    NOTES[1],
];

async fn look(store: &TestStore) -> Db {
    let looked = match store.engine() {
        Engine::Sqlite => Db::look_sqlite(&store.folder().join("notes.db")).await,
        Engine::Postgres => Db::look_postgres(store.database_url(), "notes").await,
    };
    looked.unwrap()
}

fn names_the_table<T: std::fmt::Debug>(found: Result<T, DbError>) {
    let told = found.unwrap_err().to_string();
    assert!(told.contains("the table scraps is gone"), "{told}");
}

#[tokio::test]
async fn a_table_that_was_dropped_while_nothing_ran_is_noticed() {
    for engine in engines() {
        let store = TestStore::new(engine);
        let db = store.open("notes", NOTES).await.unwrap();
        look(&store).await.must_be_current(NOTES).await.unwrap();
        look(&store).await.must_have_tables(LATER).await.unwrap();
        db.execute("DROP TABLE scraps", args![]).await.unwrap();
        names_the_table(look(&store).await.must_have_tables(LATER).await);
        names_the_table(db.check().await);
        db.close().await;
        names_the_table(store.open("notes", NOTES).await);
        names_the_table(look(&store).await.must_be_current(NOTES).await);
    }
}

#[tokio::test]
async fn many_rows_are_deleted_in_pieces_and_none_is_left() {
    const INSERT: &str = "INSERT INTO notes (no) WITH RECURSIVE numbers (no) AS
        (SELECT CAST(1 AS BIGINT) UNION ALL SELECT no + 1 FROM numbers WHERE no < $1) SELECT no FROM numbers";
    const DELETE: &str =
        "DELETE FROM notes WHERE no IN (SELECT no FROM notes WHERE no <= $1 LIMIT $2)";
    for engine in engines() {
        let store = TestStore::new(engine);
        let db = store.open("notes", NOTES).await.unwrap();
        let most = 2 * db::PIECE;
        db.execute(INSERT, args![most + 1]).await.unwrap();
        db.execute_in_pieces(DELETE, args![most]).await.unwrap();
        let left: Vec<(i64,)> = db.fetch_all("SELECT no FROM notes", args![]).await.unwrap();
        assert_eq!(left, [(most + 1,)]);
    }
}

#[tokio::test]
async fn health_tells_of_a_table_that_somebody_has_locked_even_to_readers() {
    for engine in engines() {
        // A transaction on SQLite locks out no reader.
        if engine == Engine::Sqlite {
            continue;
        }
        let store = TestStore::new(engine);
        let db = store.open("notes", NOTES).await.unwrap();
        db.check().await.unwrap();
        let mut tx = db.begin().await.unwrap();
        let lock = "LOCK TABLE scraps IN ACCESS EXCLUSIVE MODE";
        tx.execute(lock, args![]).await.unwrap();
        let checked = db.check().await;
        assert!(
            matches!(checked, Err(DbError::Unavailable(_))),
            "{checked:?}"
        );
        drop(tx);
        db.check().await.unwrap();
    }
}
