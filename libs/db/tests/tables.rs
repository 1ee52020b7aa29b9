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
    NOTES[0],
    NOTES[1],
    Migration {
        version: 120,
        name: "labels",
        sql: "CREATE TABLE labels (no INTEGER NOT NULL PRIMARY KEY) STRICT;",
    },
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
