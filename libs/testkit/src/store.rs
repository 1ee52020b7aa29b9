//! An empty store per test: a folder for SQLite or a database of its own on the PostgreSQL server
//! of `PAYFLOW_TEST_DATABASE_URL`; gone when the test is over.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use db::{Db, DbError, Migrations};
use platform::clock::SystemClock;
use platform::ids::{Ids, SystemEntropy};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;

/// The connections of a pool that a test opens: few, since many tests run at once on one server.
const TEST_CONNECTIONS: u32 = 8;

/// One of the two databases that PayFlow runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Embedded.
    Sqlite,
    /// A server.
    Postgres,
}

/// The engines that tests run on: both, or only SQLite where `PAYFLOW_TEST_EMBEDDED_ONLY=1`.
///
/// # Panics
/// Without a server for the tests and without the word that none is wanted: a test that silently
/// leaves out PostgreSQL would prove nothing about it.
#[must_use]
pub fn engines() -> Vec<Engine> {
    if variable("PAYFLOW_TEST_EMBEDDED_ONLY").as_deref() == Some("1") {
        return vec![Engine::Sqlite];
    }
    server_url();
    vec![Engine::Sqlite, Engine::Postgres]
}

/// A variable of the environment that says how tests are run; `None` where it is empty.
#[expect(
    clippy::disallowed_methods,
    reason = "where the server for the tests is, and how long they may take, only the environment can say"
)]
#[must_use]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The Redis server of `scripts/with-redis.sh`; none where only what is embedded is tested.
///
/// # Panics
/// Where neither is said.
#[must_use]
pub fn redis_url() -> Option<String> {
    if variable("PAYFLOW_TEST_EMBEDDED_ONLY").as_deref() == Some("1") {
        return None;
    }
    let url = variable("PAYFLOW_TEST_REDIS_URL");
    Some(url.unwrap_or_else(|| {
        panic!("run the tests with `make test`, or beside scripts/with-redis.sh")
    }))
}

fn server_url() -> String {
    variable("PAYFLOW_TEST_DATABASE_URL").unwrap_or_else(|| {
        panic!(
            "run the tests with `make test`, which starts a PostgreSQL, or set PAYFLOW_TEST_DATABASE_URL \
             to a server where databases may be made, or PAYFLOW_TEST_EMBEDDED_ONLY=1 to leave it out"
        )
    })
}

/// An empty store; removed on drop, also where the test fails.
#[derive(Debug)]
pub struct TestStore(Place);

#[derive(Debug)]
enum Place {
    Sqlite(TempDir),
    Postgres { name: String, url: String },
}

impl TestStore {
    /// An empty store. Not async, so that tests without a runtime can use it too.
    ///
    /// # Panics
    /// Where it cannot be made.
    #[must_use]
    pub fn new(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => {
                let folder = tempfile::tempdir()
                    .unwrap_or_else(|error| panic!("a temporary folder cannot be made: {error}"));
                Self(Place::Sqlite(folder))
            }
            Engine::Postgres => {
                let ids = Ids::new(Arc::new(SystemClock), Arc::new(SystemEntropy));
                let name = format!("pf_test_{}", ids.next().simple());
                // template0, because somebody may be connected to template1, which is then refused
                // as a template.
                on_server(format!("CREATE DATABASE {name} TEMPLATE template0"))
                    .unwrap_or_else(|error| panic!("no database for the test: {error}"));
                let url = with_database(&server_url(), &name);
                Self(Place::Postgres { name, url })
            }
        }
    }

    /// The engine.
    #[must_use]
    pub fn engine(&self) -> Engine {
        match self.0 {
            Place::Sqlite(_) => Engine::Sqlite,
            Place::Postgres { .. } => Engine::Postgres,
        }
    }

    /// The empty folder of a SQLite store.
    ///
    /// # Panics
    /// On PostgreSQL.
    #[must_use]
    pub fn folder(&self) -> &Path {
        match &self.0 {
            Place::Sqlite(folder) => folder.path(),
            Place::Postgres { .. } => panic!("a store on PostgreSQL has no folder"),
        }
    }

    /// A file in [`TestStore::folder`]; it does not exist yet.
    ///
    /// # Panics
    /// On PostgreSQL.
    #[must_use]
    pub fn sqlite_path(&self) -> PathBuf {
        self.folder().join("test.db")
    }

    /// The URL of the empty database.
    ///
    /// # Panics
    /// On SQLite.
    #[must_use]
    pub fn database_url(&self) -> &str {
        match &self.0 {
            Place::Postgres { url, .. } => url,
            Place::Sqlite(_) => panic!("a store on SQLite has no URL"),
        }
    }

    /// A service's tables in this store, brought up to date. Opened again it is the same store, as
    /// another node sees it.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn open(&self, schema: &'static str, migrations: Migrations) -> Result<Db, DbError> {
        match &self.0 {
            Place::Sqlite(folder) => {
                let path = folder.path().join(format!("{schema}.db"));
                Db::open_sqlite(&path, migrations).await
            }
            Place::Postgres { url, .. } => {
                Db::connect_postgres(url, schema, TEST_CONNECTIONS, migrations).await
            }
        }
    }
}

impl Drop for TestStore {
    fn drop(&mut self) {
        if let Place::Postgres { name, .. } = &self.0 {
            // FORCE: pools of the test may still be connected.
            let dropped = on_server(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
            if let Err(error) = dropped
                && !std::thread::panicking()
            {
                panic!("the database {name} of the test cannot be dropped: {error}");
            }
        }
    }
}

/// The URL of another database on the same server.
pub(crate) fn with_database(url: &str, database: &str) -> String {
    let (address, query) = match url.split_once('?') {
        Some((address, query)) => (address, format!("?{query}")),
        None => (url, String::new()),
    };
    let authority = address.find("://").map_or(0, |at| at + 3);
    let end = address[authority..]
        .find('/')
        .map_or(address.len(), |at| authority + at);
    format!("{}/{database}{query}", &address[..end])
}

/// One statement on the server, on a thread of its own: the caller may stand inside a runtime or
/// outside of one.
fn on_server(sql: String) -> Result<(), sqlx::Error> {
    let run = move || {
        block_on(async move {
            let mut connection = PgConnection::connect(&server_url()).await?;
            sqlx::raw_sql(AssertSqlSafe(sql))
                .execute(&mut connection)
                .await?;
            connection.close().await
        })
    };
    std::thread::spawn(run)
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap_or_else(|error| panic!("no runtime for the test: {error}"))
        .block_on(future)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_database_of_a_url_is_replaced() {
        for (url, expected) in [
            ("postgres://a:b@h:5/one", "postgres://a:b@h:5/two"),
            ("postgres://h", "postgres://h/two"),
            (
                "postgres://h/one?sslmode=disable",
                "postgres://h/two?sslmode=disable",
            ),
            ("postgres:///one?host=/run", "postgres:///two?host=/run"),
        ] {
            assert_eq!(with_database(url, "two"), expected);
        }
    }

    #[test]
    fn each_store_is_empty_and_its_own() {
        for engine in engines() {
            let (one, two) = (TestStore::new(engine), TestStore::new(engine));
            assert_eq!(one.engine(), engine);
            match engine {
                Engine::Sqlite => {
                    assert!(one.folder().is_dir() && !one.sqlite_path().exists());
                    assert_ne!(one.folder(), two.folder());
                }
                Engine::Postgres => assert_ne!(one.database_url(), two.database_url()),
            }
        }
    }

    #[test]
    fn a_store_is_gone_when_it_is_dropped_even_while_connected() {
        for engine in engines() {
            let store = TestStore::new(engine);
            match engine {
                Engine::Sqlite => {
                    let folder = store.folder().to_owned();
                    drop(store);
                    assert!(!folder.exists());
                }
                Engine::Postgres => {
                    let url = store.database_url().to_owned();
                    block_on(async {
                        let connected = PgConnection::connect(&url).await.unwrap();
                        drop(store);
                        assert!(PgConnection::connect(&url).await.is_err());
                        drop(connected);
                    });
                }
            }
        }
    }
}
