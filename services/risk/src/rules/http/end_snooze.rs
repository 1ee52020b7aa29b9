//! `POST /api/v1/rules/{name}/wake`: a rule is not quiet for a customer any more.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::http::StatusCode;
use contracts::identity::UserId;
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::{Json, PathName};
use web::problem::Problem;

use crate::service::Service;

/// For whom.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WakeRule {
    /// The customer.
    user: UserId,
}

/// End that a rule is quiet for a customer
#[utoipa::path(
    post,
    path = "/api/v1/rules/{name}/wake",
    tag = "rules",
    params(("name" = String, Path, description = "The rule's code")),
    extensions(("x-idempotency" = json!("A rule wakes once: a repetition is refused with 404."))),
    request_body = WakeRule,
    responses(
        (status = 204, description = "It counts again."),
        (status = 404, description = "It is not quiet for this customer.")
    )
)]
pub(crate) async fn end_snooze(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    PathName(code): PathName,
    Json { value, .. }: Json<WakeRule>,
) -> Result<StatusCode, Problem> {
    let who = (&principal, &client);
    service.wake(who, &code, value.user).await?;
    Ok(StatusCode::NO_CONTENT)
}
