//! `DELETE /api/v1/rule-drafts`: nobody works on the rules any more.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::http::StatusCode;
use web::client::Client;
use web::problem::Problem;

use crate::service::Service;

/// Discard the draft of the rules
#[utoipa::path(
    delete,
    path = "/api/v1/rule-drafts",
    tag = "rules",
    responses(
        (status = 204, description = "There is none any more."),
        (status = 404, description = "There is none."),
        (status = 409, description = "`rules_changed`: somebody has changed it meanwhile.")
    )
)]
pub(crate) async fn delete_draft(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
) -> Result<StatusCode, Problem> {
    service.discard_draft((&principal, &client)).await?;
    Ok(StatusCode::NO_CONTENT)
}
