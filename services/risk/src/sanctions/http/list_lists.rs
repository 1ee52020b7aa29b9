//! `GET /api/v1/screening/lists`: which lists are in force, and how old they are.

use std::sync::Arc;

use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;
use values::Timestamp;
use web::problem::Problem;

use crate::error::Error;
use crate::sanctions::store::lists::{self as store, LoadRow, VersionRow};
use crate::sanctions::store::screenings;
use crate::service::Service;

/// The lists, and how far customers are compared with them.
#[derive(Serialize, ToSchema)]
pub(crate) struct ScreeningLists {
    /// Those that customers are compared with.
    data: Vec<ScreeningList>,
    /// The version of all of them together.
    list_version: i64,
    /// Customers who wait to be compared with it.
    waiting: i64,
}

/// A list that customers are compared with.
#[derive(Serialize, ToSchema)]
pub(crate) struct ScreeningList {
    /// Its name.
    #[schema(example = "ofac")]
    list: &'static str,
    /// What is in force; `null`: it was never loaded, and nothing is known of it.
    in_force: Option<ListVersion>,
    /// When it was last loaded whole, the same as before or another.
    #[schema(value_type = Option<String>, format = DateTime)]
    loaded_at: Option<Timestamp>,
    /// When that was last tried.
    #[schema(value_type = Option<String>, format = DateTime)]
    tried_at: Option<Timestamp>,
    /// Why the last try did not succeed; what is in force stays.
    failure: Option<String>,
    /// Seconds since it was last loaded whole.
    #[schema(minimum = 0)]
    age_seconds: Option<i64>,
}

/// A version of a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct ListVersion {
    /// Counted over all lists.
    version: i64,
    /// Since when it is in force.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    /// When the publisher made it, as they write it.
    published: Option<String>,
    /// How many are listed.
    entries: i64,
    /// Under how many names.
    names: i64,
    /// Rows that cannot be read.
    unreadable_rows: i64,
    /// Entries that the version before did not have.
    added: i64,
    /// Entries that were other there.
    changed: i64,
    /// Entries of the version before that are gone.
    removed: i64,
    /// Whether an operator has accepted that more was gone than may be.
    loss_accepted: bool,
    /// Its files.
    files: Vec<ListFile>,
}

/// A file of a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct ListFile {
    /// Its name.
    #[schema(example = "sdn.csv")]
    name: String,
    /// SHA-256 of what was loaded, in hexadecimal.
    sha256: String,
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn version(service: &Service, row: &VersionRow) -> Result<ListVersion, Error> {
    let files = store::files(&service.db, row.version).await?;
    let files = files.into_iter().map(|(name, digest)| ListFile {
        name,
        sha256: hex(&digest),
    });
    Ok(ListVersion {
        version: row.version,
        since: Timestamp(row.loaded_at),
        published: row.published.clone(),
        entries: row.entries,
        names: row.names,
        unreadable_rows: row.faults,
        added: row.added,
        changed: row.changed,
        removed: row.removed,
        loss_accepted: row.accepted == 1,
        files: files.collect(),
    })
}

/// List the sanctions lists in force
///
/// They are those of the installation. A load that fails changes nothing: the list in force stays.
#[utoipa::path(
    get,
    path = "/api/v1/screening/lists",
    tag = "screening",
    responses((status = 200, description = "All that customers are compared with.", body = ScreeningLists))
)]
pub(crate) async fn list_screening_lists(
    State(service): State<Arc<Service>>,
) -> Result<impl IntoResponse, Problem> {
    let rows = store::in_force(&service.db).await.map_err(Error::from)?;
    let loads = store::loads(&service.db).await.map_err(Error::from)?;
    let now = service.clock.now();
    let mut data = Vec::new();
    for source in &service.sanctions.sources {
        let list = source.as_str();
        let in_force = match rows.iter().find(|row| row.list == list) {
            Some(row) => Some(version(&service, row).await?),
            None => None,
        };
        let load: Option<&LoadRow> = loads.iter().find(|load| load.list == list);
        let loaded_at = load.and_then(|load| load.loaded_at);
        data.push(ScreeningList {
            list,
            in_force,
            loaded_at: loaded_at.map(Timestamp),
            tried_at: load.map(|load| Timestamp(load.tried_at)),
            failure: load.and_then(|load| load.failure.clone()),
            age_seconds: loaded_at.map(|at| ((now.micros() - at) / values::SECOND).max(0)),
        });
    }
    let list_version = service.sanctions.lists().version();
    let waiting = match data.is_empty() {
        true => 0,
        false => screenings::count_waiting(&service.db, list_version)
            .await
            .map_err(Error::from)?,
    };
    Ok(axum::Json(ScreeningLists {
        data,
        list_version,
        waiting,
    }))
}
