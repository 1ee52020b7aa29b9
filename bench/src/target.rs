//! The store of a whole PayFlow: a folder or a PostgreSQL database of its own, opened as the
//! shipped program opens it. It is gone when it is dropped.

use std::process::Command;

use anyhow::Context;
use contracts::identity::{OrgId, Role};
use db::args;
use identity::NewUser;
use payflow::settings::Settings;
use payflow::wiring::App;
use platform::ids::Ids;
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use crate::arguments::Place;
use crate::database::Database;
use crate::folder::Folder;
use crate::report::Setting;

/// A store of its own.
#[derive(Debug)]
pub enum Target {
    /// Embedded.
    Folder(Folder),
    /// On PostgreSQL.
    Database(Database),
}

/// The password of the users that a benchmark makes.
pub const PASSWORD: &str = "a password for a benchmark";

impl Target {
    /// A new, empty one: a database or a folder in a place.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn new(place: &Place, ids: &Ids) -> anyhow::Result<Self> {
        Ok(match &place.database_url {
            Some(url) => Self::Database(Database::new(url, ids)?),
            None => Self::Folder(Folder::new(place.data.as_deref(), ids)?),
        })
    }

    /// What the table calls the engine.
    pub const fn engine(&self) -> &'static str {
        match self {
            Self::Folder(_) => "SQLite",
            Self::Database(_) => "PostgreSQL",
        }
    }

    /// The engine's version, and its settings that a figure depends on.
    ///
    /// # Errors
    /// Where the engine does not tell.
    pub fn describe(&self) -> anyhow::Result<(String, Vec<Setting>)> {
        match self {
            Self::Folder(folder) => folder.describe(),
            Self::Database(database) => database.describe(),
        }
    }

    /// Tells a command of this program where its data is.
    pub fn hand_to<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        // Its admin logs in with a password and no more.
        command.env("PAYFLOW__IDENTITY__SECOND_FACTOR__REQUIRED_FOR", "none");
        match self {
            Self::Folder(folder) => command.arg("--data").arg(folder.path()),
            Self::Database(database) => command.arg("--database-url").arg(&database.url).env(
                "PAYFLOW__IDENTITY__MASTER_KEY",
                database.master_key.expose_secret(),
            ),
        }
    }

    /// Opens it in this process. It must be closed again before another process opens a folder.
    ///
    /// # Errors
    /// Where it cannot be opened.
    pub async fn open(&self) -> anyhow::Result<App> {
        let mut flags = match self {
            Self::Folder(folder) => vec![("data", folder.path().display().to_string())],
            Self::Database(database) => vec![
                ("database_url", database.url.clone()),
                (
                    "identity.master_key",
                    database.master_key.expose_secret().to_owned(),
                ),
            ],
        };
        // Nothing is made through it that would have to be assessed.
        flags.push(("risk.enabled", "false".to_owned()));
        App::open(&Settings::load(None, &flags)?).await
    }

    /// How large the tables of payments are with their indexes and SQLite's write-ahead log, in
    /// bytes. PostgreSQL's log is the whole server's, and does not count.
    ///
    /// # Errors
    /// Where the store does not tell.
    pub async fn bytes(&self, app: &App) -> anyhow::Result<u64> {
        match self {
            Self::Folder(folder) => file_bytes(folder),
            Self::Database(_) => {
                let db = app.payments.db();
                let (bytes,): (i64,) = db.fetch_one(TABLE_BYTES, args![payments::SCHEMA]).await?;
                Ok(bytes.unsigned_abs())
            }
        }
    }
}

const TABLE_BYTES: &str = "SELECT CAST(COALESCE(SUM(pg_total_relation_size(c.oid)), 0) AS BIGINT) FROM pg_class c \
    JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relkind = 'r'";

/// How large the files of payments are.
fn file_bytes(folder: &Folder) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for name in ["payments.db", "payments.db-wal"] {
        match std::fs::metadata(folder.path().join(name)) {
            Ok(file) => bytes += file.len(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(bytes)
}

/// Makes a user who can log in.
///
/// # Errors
/// What identity refuses, and why.
pub async fn create_user(app: &App, name: &str, role: Role) -> anyhow::Result<Uuid> {
    let user = NewUser {
        org: OrgId::DEFAULT,
        email: email(name),
        name: name.to_owned(),
        password: SecretString::from(PASSWORD),
        role,
    };
    let made = app.identity.create_user(user).await;
    Ok(made.context("a user was not created")?.id.uuid())
}

/// The address of a user.
pub fn email(name: &str) -> String {
    format!("{name}@bench.payflow.example")
}
