//! A PostgreSQL database of its own on a server, and schemas in it, gone when they are dropped.
//! What was there before is never touched.

use anyhow::Context;
use db::postgres_options;
use platform::ids::Ids;
use secrecy::SecretString;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection, Row};

use crate::report::Setting;
use crate::runtime;
use crate::screen::note;

/// A PostgreSQL database of its own on the server of a URL.
#[derive(Debug)]
pub struct Database {
    /// Its URL.
    pub url: String,
    /// The master key of the store in it: it lives as long as the database does.
    pub master_key: SecretString,
    _cleanup: CleanupStatement,
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
        let cleanup = CleanupStatement {
            options: Box::new(options.clone()),
            sql: format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
        };
        Ok(Self {
            url: options.database(&name).to_url_lossy().to_string(),
            master_key: identity::new_master_key(ids),
            _cleanup: cleanup,
        })
    }

    /// PostgreSQL's version, and its settings that a figure depends on.
    ///
    /// # Errors
    /// Where the server does not answer.
    pub fn describe(&self) -> anyhow::Result<(String, Vec<Setting>)> {
        runtime()?.block_on(async {
            let mut connection = postgres_options(&self.url, "public")?
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
            settings.push(Setting::durability(is_durable));
            Ok((format!("PostgreSQL {version}"), settings))
        })
    }
}

/// A schema of its own in a PostgreSQL database, dropped with all that is in it when this is
/// dropped.
#[derive(Debug)]
pub struct Schema {
    name: String,
    options: Box<PgConnectOptions>,
    _cleanup: CleanupStatement,
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
        let cleanup = CleanupStatement {
            options: options.clone(),
            sql: format!("DROP SCHEMA IF EXISTS {name} CASCADE"),
        };
        Ok(Self {
            name,
            options,
            _cleanup: cleanup,
        })
    }

    /// A connection to it.
    ///
    /// # Errors
    /// Where the server cannot be reached.
    pub async fn connect(&self) -> anyhow::Result<PgConnection> {
        Ok(self.options.connect().await?)
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
            let mut connection = self.connect().await?;
            let row = sqlx::raw_sql(sql).fetch_one(&mut connection).await?;
            Ok(row.try_get(0)?)
        })
    }
}

async fn show(connection: &mut PgConnection, name: &str) -> anyhow::Result<String> {
    let row = sqlx::raw_sql(AssertSqlSafe(format!("SHOW {name}")))
        .fetch_one(connection)
        .await?;
    Ok(row.try_get(0)?)
}

/// A statement that a PostgreSQL server is sent when this is dropped.
#[derive(Debug)]
pub struct CleanupStatement {
    options: Box<PgConnectOptions>,
    sql: String,
}

impl Drop for CleanupStatement {
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
