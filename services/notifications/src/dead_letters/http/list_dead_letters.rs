//! `GET /api/v1/admin/dead-letters`: events that could not be handled.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use uuid::Uuid;
use web::extract::Query;
use web::page::{self, Page};
use web::problem::Problem;

use super::body::{LetterBody, LetterQuery};
use crate::http::of_database;
use crate::service::Service;

/// List dead letters
///
/// Events of your organisation that a consumer could not handle, the newest first: those that wait
/// for you, where `state` says nothing else.
#[utoipa::path(
    get,
    path = "/api/v1/admin/dead-letters",
    tag = "operations",
    params(LetterQuery),
    responses(
        (status = 200, description = "A page of dead letters.", body = Page<LetterBody>),
        (status = 422, description = "`limit_out_of_range`: ask for 1 to 100 rows. `unknown_state`.")
    )
)]
pub(super) async fn list_dead_letters(
    State(service): State<Arc<Service>>,
    principal: Principal,
    Query(query): Query<LetterQuery>,
) -> Result<impl IntoResponse, Problem> {
    let limit = page::limit(query.limit)?;
    let cursor = query.cursor.as_deref().map(page::decode_id_cursor);
    let before = cursor.transpose()?.unwrap_or(Uuid::max());
    let filter = query.filter()?;
    let rows = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let found = service.letters.list(principal.org, &filter, before, rows);
    let found = found.await.map_err(|error| of_database(&error))?;
    let page = Page::from_rows_by_id(found, limit, |letter| letter.id.uuid());
    Ok(axum::Json(page.map(LetterBody::from)))
}
