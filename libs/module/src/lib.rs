//! What a service is to the program that runs it: a [`Module`] as long as its store is not open,
//! for commands that read, copy or describe it, and an [`Opened`] service afterwards. The program
//! walks one list of them. No service is known here.

mod report;
mod reports;

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use contracts::identity::{OrgId, UserId};
use db::{Db, Migrations, Position};
use platform::health::HealthCheck;
use platform::metrics::Metrics;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

pub use report::{CaseFigures, InFlight, JournalReport, LedgerCheck, QueueFigures, Report};
pub use reports::{Reports, reports};

/// Why something was not done; each service has its own type of errors.
pub type Failure = Box<dyn Error + Send + Sync>;
/// Told now and then how many rows are done, and how many there are.
pub type Progress = Arc<dyn Fn(u64, u64) + Send + Sync>;
/// Work that nobody asks for; it ends when this is dropped.
pub type Background = Box<dyn Send + Sync>;
/// What `/health` asks, by name.
pub type Checks = Vec<(&'static str, Arc<dyn HealthCheck>)>;

/// Where a store is.
#[derive(Debug, Clone)]
pub enum Place {
    /// In a folder: a SQLite file for each service.
    Folder(PathBuf),
    /// In a PostgreSQL database, by its URL: a schema for each service.
    Database(String),
}

impl Place {
    /// The folder of an embedded store.
    #[must_use]
    pub fn folder(&self) -> Option<&PathBuf> {
        match self {
            Self::Folder(folder) => Some(folder),
            Self::Database(_) => None,
        }
    }
}

/// A file that a service keeps beside its database in an embedded store: a backup has it too.
#[derive(Debug, Clone, Copy)]
pub struct CompanionFile {
    /// Its name: that of the service, a dot, and more.
    pub name: &'static str,
    /// What anyone who made a backup with it has to know.
    pub copied: &'static str,
    /// The same where the store has no such file.
    pub absent: &'static str,
}

/// The newest rows of a section of somebody's data, and whether they are all.
///
/// # Errors
/// Where a row has no JSON.
pub fn newest<T: Serialize>(
    rows: impl IntoIterator<Item = T>,
    complete: bool,
) -> Result<Value, Failure> {
    let data: Vec<Value> = rows
        .into_iter()
        .map(serde_json::to_value)
        .collect::<Result<_, _>>()?;
    Ok(json!({ "data": data, "complete": complete }))
}

/// A service whose store is not open, with its settings.
#[async_trait::async_trait]
pub trait Module: Send + Sync {
    /// Its name: that of its schema on PostgreSQL and, with `.db` behind it, of its SQLite file.
    fn name(&self) -> &'static str;

    /// Its tables.
    fn migrations(&self) -> Migrations;

    /// What its endpoints take and answer.
    fn api(&self) -> OpenApi;

    /// The files beside its database.
    fn files(&self) -> &'static [CompanionFile] {
        &[]
    }

    /// Whether its work goes on in what the others leave of a busy machine: nobody waits for it.
    fn gives_way(&self) -> bool {
        false
    }

    /// Whether it could be opened with its settings, as far as that can be said without a store.
    ///
    /// # Errors
    /// The setting that cannot work.
    fn check_settings(&self) -> Result<(), Failure> {
        Ok(())
    }

    /// Whether nothing has been written to its tables yet but by its migrations: nothing is lost
    /// where the store begins anew.
    ///
    /// # Errors
    /// What stands against reading them.
    async fn is_untouched(&self, db: &Db) -> Result<bool, Failure>;

    /// What it has noted of the logs of other services, by their names: how far each was seen
    /// committed.
    ///
    /// # Errors
    /// What stands against reading it.
    async fn log_ends(&self, _db: &Db) -> Result<Vec<(String, Position)>, Failure> {
        Ok(Vec::new())
    }

    /// Whether its own log, which only grows, has this entry. One that was seen and is not there is
    /// lost: the database is an older state of what it was.
    ///
    /// # Errors
    /// What stands against reading it.
    async fn has_entry(&self, _db: &Db, _entry: &Position) -> Result<bool, Failure> {
        Ok(true)
    }

    /// Recomputes what its tables say, which others may change meanwhile, and changes nothing. The
    /// tables are of this version; `db` reads them.
    ///
    /// What it found to be right: lines for people.
    ///
    /// # Errors
    /// The first row that differs, or what stands against reading it.
    async fn verify(
        &self,
        db: &Db,
        place: &Place,
        progress: Progress,
    ) -> Result<Vec<String>, Failure>;
}

/// A service over its open store.
#[async_trait::async_trait]
pub trait Opened: Send + Sync {
    /// Its endpoints, with full paths and their documentation.
    fn router(self: Arc<Self>) -> OpenApiRouter;

    /// What `/health` asks beyond its database, which is asked in any case.
    fn checks(self: Arc<Self>) -> Checks {
        Checks::new()
    }

    /// Registers what it counts.
    fn show_in(&self, _metrics: &Metrics) {}

    /// All that it keeps about somebody, by sections, as its own endpoints show it to them: no
    /// secrets, and of nobody else more than they see there. A section of which there may be very
    /// many rows has the newest, and says whether they are all ([`newest`]).
    ///
    /// # Errors
    /// What stands against reading it.
    async fn personal_data(&self, org: OrgId, user: UserId) -> Result<Map<String, Value>, Failure>;

    /// What an overview for operators shows of it, of all organisations together.
    ///
    /// # Errors
    /// What stands against reading it.
    async fn report(self: Arc<Self>) -> Result<Report, Failure> {
        Ok(Report::default())
    }

    /// Starts its background work. Called within a runtime.
    fn start_background(self: Arc<Self>) -> Background {
        Box::new(())
    }

    /// The server was told to stop: answers that would go on for long end now, so that nobody waits
    /// for them.
    fn end_long_answers(&self) {}

    /// Ends what it has under way. Its database is closed afterwards.
    async fn close(&self) {}
}
