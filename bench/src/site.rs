//! One store with the journal's tables and no more, in the place of a benchmark; gone when it is
//! dropped.

use std::fs;
use std::path::PathBuf;

use db::Db;
use payments::journal::postgres::{PostgresStore, SessionTimeouts};
use payments::journal::sqlite::SqliteStore;
use payments::journal::store::Store;
use platform::ids::Ids;

use crate::database::Schema;
use crate::runtime;
use crate::target::Target;

/// One store with the journal's tables.
#[derive(Debug)]
pub enum Site {
    /// A file; both go with the folder.
    File(PathBuf),
    /// A schema in the database of this URL.
    Schema(String, Schema),
}

impl Site {
    /// A new, empty one.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn new(target: &Target, ids: &Ids) -> anyhow::Result<Self> {
        match target {
            Target::Folder(folder) => {
                let path = folder.path().join(format!("{}.db", ids.next().simple()));
                runtime()?.block_on(async {
                    let db = Db::open_sqlite(&path, payments::migrations()).await?;
                    db.close().await;
                    anyhow::Ok(())
                })?;
                Ok(Self::File(path))
            }
            Target::Database(database) => {
                let schema = Schema::new(&database.url, ids)?;
                runtime()?.block_on(async {
                    let mut connection = schema.connect().await?;
                    db::Dialect::Postgres
                        .migrator(payments::migrations())
                        .run(&mut connection)
                        .await?;
                    anyhow::Ok(())
                })?;
                Ok(Self::Schema(database.url.clone(), schema))
            }
        }
    }

    /// The journal's store on it.
    ///
    /// # Errors
    /// Where it cannot be opened.
    pub fn open(&self) -> anyhow::Result<Box<dyn Store>> {
        Ok(match self {
            Self::File(path) => Box::new(SqliteStore::open(path)?),
            Self::Schema(url, schema) => {
                let timeouts = SessionTimeouts::default();
                Box::new(PostgresStore::connect(url, schema.name(), timeouts)?)
            }
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
