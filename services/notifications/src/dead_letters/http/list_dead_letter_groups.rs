//! `GET /api/v1/admin/dead-letters/groups`: what failed alike.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use events::dead_letters::LetterGroup;
use serde::Serialize;
use utoipa::ToSchema;
use values::Timestamp;
use web::extract::Query;
use web::problem::Problem;

use super::body::LetterQuery;
use crate::http::of_database;
use crate::service::Service;

/// The most groups that are shown.
const MOST: i64 = 100;

/// Letters of one consumer that failed alike.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeadLetterGroup {
    /// Who could not handle them.
    #[schema(example = "notifications")]
    consumer: String,
    /// What their errors have in common: ids and numbers are `#`.
    #[schema(example = "the user # is unknown")]
    cause: String,
    /// How many there are.
    count: i64,
    /// When the first of them was given up.
    #[schema(value_type = String, format = DateTime)]
    first_at: Timestamp,
    /// When one of them failed last.
    #[schema(value_type = String, format = DateTime)]
    last_at: Timestamp,
}

impl From<LetterGroup> for DeadLetterGroup {
    fn from(group: LetterGroup) -> Self {
        Self {
            consumer: group.consumer,
            cause: group.cause,
            count: group.count,
            first_at: Timestamp(group.first_at),
            last_at: Timestamp(group.last_at),
        }
    }
}

/// Groups of dead letters.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeadLetterGroups {
    /// Those with the most letters first; 100 at most.
    data: Vec<DeadLetterGroup>,
}

/// Group dead letters by cause
///
/// How many letters failed alike, and since when. Takes the filters of the list; `limit` and
/// `cursor` mean nothing here.
#[utoipa::path(
    get,
    path = "/api/v1/admin/dead-letters/groups",
    tag = "operations",
    params(LetterQuery),
    responses(
        (status = 200, description = "The groups.", body = DeadLetterGroups),
        (status = 422, description = "`unknown_state`.")
    )
)]
pub(super) async fn list_dead_letter_groups(
    State(service): State<Arc<Service>>,
    principal: Principal,
    Query(query): Query<LetterQuery>,
) -> Result<impl IntoResponse, Problem> {
    let filter = query.filter()?;
    let found = service.letters.groups(principal.org, &filter, MOST).await;
    let found = found.map_err(|error| of_database(&error))?;
    let data = found.into_iter().map(DeadLetterGroup::from).collect();
    Ok(axum::Json(DeadLetterGroups { data }))
}
