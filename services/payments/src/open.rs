//! Opening and closing: the tables brought up to date, the journal started over them, and the end
//! in the right order.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use db::{Db, DbError};
use module::Place;

use crate::journal::Journal;
use crate::journal::postgres::PostgresStore;
use crate::journal::sqlite::SqliteStore;
use crate::journal::store::{Store, StoreError};
use crate::service::{Deps, Service};
use crate::{SCHEMA, migrations};

/// The SQLite file in the folder of a store.
pub(crate) const FILE: &str = "payments.db";

/// Why payments cannot start.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database cannot be opened, or its tables cannot be brought up to date.
    #[error(transparent)]
    Database(#[from] DbError),
    /// The journal's own connection cannot be opened, or does not answer.
    #[error(transparent)]
    Journal(#[from] StoreError),
    /// The settings of the acquirer cannot be used.
    #[error("{0}")]
    Acquirer(String),
}

/// Payments on a SQLite file, made where it is missing. The file must be this process's alone
/// (`platform::data_dir`).
///
/// # Errors
/// [`OpenError`].
pub async fn open_sqlite(path: &Path, deps: Deps) -> Result<Arc<Service>, OpenError> {
    let db = Db::open_sqlite(path, migrations()).await?;
    start_in_file(db, path.to_owned(), deps).await
}

/// Payments on a PostgreSQL server, whose schema is made where it is missing. Any number of
/// processes may share it.
///
/// `max_connections` is for reads; the journal has one connection of its own.
///
/// # Errors
/// [`OpenError`].
pub async fn connect_postgres(
    url: &str,
    max_connections: u32,
    deps: Deps,
) -> Result<Arc<Service>, OpenError> {
    let db = Db::connect_postgres(url, SCHEMA, max_connections, migrations()).await?;
    let (url, timeouts) = (url.to_owned(), deps.config.postgres);
    start(db, deps, move || {
        PostgresStore::connect(&url, SCHEMA, timeouts)
    })
    .await
}

/// Payments over its tables, which are open already and up to date.
///
/// # Errors
/// [`OpenError`].
pub async fn open_over(db: Db, place: &Place, deps: Deps) -> Result<Arc<Service>, OpenError> {
    match place.clone() {
        Place::Folder(folder) => start_in_file(db, folder.join(FILE), deps).await,
        Place::Database(url) => {
            let timeouts = deps.config.postgres;
            start(db, deps, move || {
                PostgresStore::connect(&url, SCHEMA, timeouts)
            })
            .await
        }
    }
}

async fn start_in_file(db: Db, path: PathBuf, deps: Deps) -> Result<Arc<Service>, OpenError> {
    let files = db.history().files().cloned();
    start(db, deps, move || match files {
        Some(files) => SqliteStore::open_shared(&path, files),
        None => SqliteStore::open(&path),
    })
    .await
}

async fn start<S: Store + 'static>(
    db: Db,
    deps: Deps,
    open: impl FnOnce() -> Result<S, StoreError> + Send + 'static,
) -> Result<Arc<Service>, OpenError> {
    let (clock, config) = (deps.clock.clone(), deps.config.journal);
    // The journal's stores wait for their database on the thread that asks.
    let started =
        tokio::task::spawn_blocking(move || Journal::start(Box::new(open()?), clock, config));
    let journal = started
        .await
        .map_err(|error| StoreError::Unavailable(error.to_string()))??;
    Service::new(journal, db, deps).map_err(OpenError::Acquirer)
}

impl Service {
    /// Ends in order: the journal takes nothing more and commits what it took, then the connections
    /// for reads are closed. Requests that come later are refused with 503.
    pub async fn close(&self) {
        let journal: Arc<Journal> = self.journal().clone();
        // It waits for its last commit.
        if let Err(error) = tokio::task::spawn_blocking(move || journal.close()).await {
            tracing::error!(%error, "the journal could not be closed");
        }
        self.db.close().await;
    }
}
