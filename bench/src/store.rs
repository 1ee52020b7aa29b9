//! Where a benchmark keeps its data: a folder or a PostgreSQL schema or database of its own, gone when it is dropped.
//! What was there before is never touched.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use db::{Db, postgres_options};
use payments::journal::postgres::{PostgresStore, SessionTimeouts};
use payments::journal::sqlite::SqliteStore;
use payments::journal::store::Store;
use platform::ids::Ids;
use platform::private;
use rusqlite::Connection;
use secrecy::SecretString;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection, Row};

use super::machine::file_system;
use super::note;
use super::report::Setting;

/// A new folder, removed with all that is in it when this is dropped.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Makes it under `parent`, or in the current folder.
    ///
    /// # Errors
    /// Where nothing can be written there.
    pub fn new(parent: Option<&Path>, ids: &Ids) -> anyhow::Result<Self> {
        let parent = parent.unwrap_or(Path::new("."));
        let path = parent.join(format!("payflow-bench-{}", ids.next().simple()));
        private::folder().create(&path).with_context(|| {
            format!(
                "no folder can be made in {}: choose another with --data",
                parent.display()
            )
        })?;
        Ok(Self(path))
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            note(&format!(
                "{} could not be removed: {error}",
                self.0.display()
            ));
        }
    }
}

/// A statement that a PostgreSQL server is sent when this is dropped.
#[derive(Debug)]
pub struct Farewell {
    options: Box<PgConnectOptions>,
    sql: String,
}

impl Drop for Farewell {
    fn drop(&mut self) {
        let sql = std::mem::take(&mut self.sql);
        if let Err(error) = on_server(&self.options, sql.clone()) {
            note(&format!(
                "the benchmark's data could not be removed ({sql}): {error}"
            ));
        }
    }
}

/// Runs one statement on a connection of its own.
fn on_server(options: &PgConnectOptions, sql: String) -> anyhow::Result<()> {
    runtime()?.block_on(async {
        let mut connection = options.connect().await?;
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut connection)
            .await?;
        Ok(())
    })
}

/// A runtime on the caller's own thread.
///
/// # Errors
/// Where the system gives none.
pub fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?)
}

/// A PostgreSQL database of its own on the server of a URL.
#[derive(Debug)]
pub struct Database {
    /// Its URL.
    pub url: String,
    /// The master key of the store in it: it lives as long as the database does.
    pub master_key: SecretString,
    _farewell: Farewell,
}

impl Database {
    /// Makes it. `url` names any database of the server.
    ///
    /// # Errors
    /// Where the server cannot be reached or its user may not make databases.
    pub fn new(url: &str, ids: &Ids) -> anyhow::Result<Self> {
        let options = postgres_options(url, "public")?;
        let name = format!("payflow_bench_{}", ids.next().simple());
        on_server(&options, format!("CREATE DATABASE {name}"))
            .context("no database can be made on the server of --database-url")?;
        let farewell = Farewell {
            options: Box::new(options.clone()),
            sql: format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
        };
        Ok(Self {
            url: options.database(&name).to_url_lossy().to_string(),
            master_key: identity::new_master_key(ids),
            _farewell: farewell,
        })
    }
}

/// Where cases of the ledger's benchmark make their stores.
#[derive(Debug)]
pub enum Place {
    /// Files in a folder.
    Folder(Folder),
    /// Schemas in a database.
    Server(String),
}

/// One store with the journal's tables.
#[derive(Debug)]
pub enum Site {
    /// A file; both go with the folder.
    File(PathBuf),
    /// A schema.
    Schema {
        /// The database.
        url: String,
        /// Its name.
        name: String,
        /// The schema itself.
        _schema: Schema,
    },
}

impl Place {
    /// What the table calls the engine.
    pub const fn engine(&self) -> &'static str {
        match self {
            Self::Folder(_) => "SQLite",
            Self::Server(_) => "PostgreSQL",
        }
    }

    /// The engine's version, and its settings that a figure depends on.
    ///
    /// # Errors
    /// Where the server does not answer.
    pub fn describe(&self) -> anyhow::Result<(String, Vec<Setting>)> {
        match self {
            Self::Folder(folder) => describe_folder(folder),
            Self::Server(url) => describe_server(url),
        }
    }

    /// A new, empty store.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn site(&self, ids: &Ids) -> anyhow::Result<Site> {
        match self {
            Self::Folder(folder) => {
                let path = folder.path().join(format!("{}.db", ids.next().simple()));
                runtime()?.block_on(async {
                    let db = Db::open_sqlite(&path, payments::migrations()).await?;
                    db.close().await;
                    anyhow::Ok(())
                })?;
                Ok(Site::File(path))
            }
            Self::Server(url) => schema(url, ids),
        }
    }
}

/// SQLite's version, and what a figure measured in this folder depends on.
///
/// # Errors
/// Where SQLite does not tell how it was built.
pub fn describe_folder(folder: &Folder) -> anyhow::Result<(String, Vec<Setting>)> {
    let path = folder.path().canonicalize()?;
    let parent = path.parent().unwrap_or(&path);
    // With one cache for all connections the ledger and the yardstick take each other's pages away.
    let sql = "SELECT sqlite_compileoption_used('ENABLE_MEMORY_MANAGEMENT')";
    let is_shared: bool = Connection::open_in_memory()?.query_row(sql, [], |row| row.get(0))?;
    let file_system = file_system(parent);
    let settings = vec![
        Setting::new("folder", parent.display().to_string()),
        Setting::new("file_system", file_system.clone()),
        Setting::new("journal_mode", "WAL"),
        Setting::new("synchronous", "FULL"),
        Setting::new(
            "durability",
            durability(!matches!(file_system.as_str(), "tmpfs" | "ramfs")),
        ),
        Setting::new(
            "page_cache",
            if is_shared {
                "shared"
            } else {
                "per connection"
            },
        ),
    ];
    Ok((format!("SQLite {}", rusqlite::version()), settings))
}

fn schema(url: &str, ids: &Ids) -> anyhow::Result<Site> {
    let schema = Schema::new(url, ids)?;
    runtime()?.block_on(async {
        let mut connection = schema.options.connect().await?;
        payments::migrations().postgres.run(&mut connection).await?;
        anyhow::Ok(())
    })?;
    Ok(Site::Schema {
        url: url.to_owned(),
        name: schema.name.clone(),
        _schema: schema,
    })
}

/// A schema of its own in a PostgreSQL database, dropped with all that is in it when this is dropped.
#[derive(Debug)]
pub struct Schema {
    name: String,
    options: Box<PgConnectOptions>,
    _farewell: Farewell,
}

impl Schema {
    /// Makes it.
    ///
    /// # Errors
    /// Where the server cannot be reached or its user may not make schemas.
    pub fn new(url: &str, ids: &Ids) -> anyhow::Result<Self> {
        let name = format!("bench_{}", ids.next().simple());
        let options = Box::new(postgres_options(url, &name)?);
        on_server(&options, format!("CREATE SCHEMA {name}"))
            .context("no schema can be made in the database of --database-url")?;
        let farewell = Farewell {
            options: options.clone(),
            sql: format!("DROP SCHEMA IF EXISTS {name} CASCADE"),
        };
        Ok(Self {
            name,
            options,
            _farewell: farewell,
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs statements in it.
    ///
    /// # Errors
    /// What the server says against them.
    pub fn run(&self, sql: &str) -> anyhow::Result<()> {
        on_server(&self.options, sql.to_owned())
    }

    /// The one number that a query answers.
    ///
    /// # Errors
    /// What the server says against it.
    pub fn number(&self, sql: &'static str) -> anyhow::Result<i64> {
        runtime()?.block_on(async {
            let mut connection = self.options.connect().await?;
            let row = sqlx::raw_sql(sql).fetch_one(&mut connection).await?;
            Ok(row.try_get(0)?)
        })
    }
}

/// The durability of a store where a commit costs nothing.
pub const NOT_DURABLE: &str = "none: not comparable";

/// What an answer is worth.
const fn durability(is_durable: bool) -> &'static str {
    if is_durable {
        "fsync before each answer"
    } else {
        NOT_DURABLE
    }
}

/// PostgreSQL's version, and its settings that a figure depends on.
///
/// # Errors
/// Where the server does not answer.
pub fn describe_server(url: &str) -> anyhow::Result<(String, Vec<Setting>)> {
    runtime()?.block_on(async {
        let mut connection = postgres_options(url, "public")?
            .connect()
            .await
            .context("the database of --database-url cannot be reached")?;
        let version = show(&mut connection, "server_version").await?;
        let mut settings = vec![];
        for name in [
            "fsync",
            "synchronous_commit",
            "full_page_writes",
            "shared_buffers",
        ] {
            settings.push(Setting::new(name, show(&mut connection, name).await?));
        }
        let is_off = |setting: &Setting| {
            matches!(setting.name, "fsync" | "synchronous_commit") && setting.value == "off"
        };
        let is_durable = !settings.iter().any(is_off);
        settings.push(Setting::new("durability", durability(is_durable)));
        Ok((format!("PostgreSQL {version}"), settings))
    })
}

async fn show(connection: &mut PgConnection, name: &str) -> anyhow::Result<String> {
    let row = sqlx::raw_sql(AssertSqlSafe(format!("SHOW {name}")))
        .fetch_one(connection)
        .await?;
    Ok(row.try_get(0)?)
}

impl Site {
    /// The journal's store on it.
    ///
    /// # Errors
    /// Where it cannot be opened.
    pub fn open(&self) -> anyhow::Result<Box<dyn Store>> {
        Ok(match self {
            Self::File(path) => Box::new(SqliteStore::open(path)?),
            Self::Schema { url, name, .. } => Box::new(PostgresStore::connect(
                url,
                name,
                SessionTimeouts::default(),
            )?),
        })
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Self::File(path) = self {
            for suffix in ["", "-wal", "-shm"] {
                let mut file = path.clone().into_os_string();
                file.push(suffix);
                // What is not there, or cannot go yet, goes with the folder.
                drop(fs::remove_file(file));
            }
        }
    }
}
