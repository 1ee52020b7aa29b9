//! `GET /api/v1/admin/dead-letters/{id}`: one letter with its event.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use events::DeadLetterId;
use web::extract::PathId;
use web::problem::Problem;

use super::body::DeadLetterDetails;
use super::problem;
use crate::service::Service;

/// Get a dead letter
///
/// With the event, as its feed tells of it.
#[utoipa::path(
    get,
    path = "/api/v1/admin/dead-letters/{id}",
    tag = "operations",
    params(("id" = inline(DeadLetterId), Path, description = "The dead letter")),
    responses(
        (status = 200, description = "The dead letter.", body = DeadLetterDetails),
        (status = 404, description = "No such dead letter."),
    )
)]
pub(super) async fn get_dead_letter(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<DeadLetterId>,
) -> Result<impl IntoResponse, Problem> {
    let shown = service.letters.show(principal.org, id).await;
    let (letter, event) = shown.map_err(problem)?;
    let content = event.map(|event| serde_json::to_value(event.public()));
    let content = content.transpose().map_err(|_| Problem::internal())?;
    let letter = letter.into();
    Ok(axum::Json(DeadLetterDetails { letter, content }))
}
