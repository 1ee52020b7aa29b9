//! `POST /api/v1/rules/{name}/snooze`: a rule is quiet for a customer.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::identity::UserId;
use serde::Deserialize;
use utoipa::ToSchema;
use values::Timestamp;
use web::client::Client;
use web::extract::{Json, PathName};
use web::problem::Problem;

use super::body::SnoozeBody;
use crate::rules::snoozes::NewSnooze;
use crate::service::Service;

/// For whom, how long and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SnoozeRule {
    /// The customer: who gives, or who receives where nobody gives.
    user: UserId,
    /// Until then, at most 180 days.
    #[schema(value_type = String, format = DateTime)]
    until: Timestamp,
    /// For those who look at it later: one line.
    #[schema(
        min_length = 1,
        max_length = 500,
        example = "Buys a house, shown by the contract"
    )]
    reason: String,
}

/// Have a rule be quiet for a customer
///
/// It is asked, and what it says is kept; nothing follows. Again, it is quiet until then for that
/// reason. A rule that asks about sanctions is never quiet.
#[utoipa::path(
    post,
    path = "/api/v1/rules/{name}/snooze",
    tag = "rules",
    params(("name" = String, Path, description = "The rule's code")),
    extensions(("x-idempotency" = json!("A rule is quiet for a customer once: a repetition says the same."))),
    request_body = SnoozeRule,
    responses(
        (status = 200, description = "Until when.", body = SnoozeBody),
        (status = 403, description = "The role may not, or it is you (`own_case`)."),
        (status = 404, description = "No such rule is in force."),
        (status = 422, description = "`invalid_until`, `invalid_reason`, `unknown_user` or `sanctions_rule`.")
    )
)]
pub(crate) async fn snooze_rule(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    PathName(code): PathName,
    Json { value, .. }: Json<SnoozeRule>,
) -> Result<impl IntoResponse, Problem> {
    let new = NewSnooze {
        rule: &code,
        user: value.user,
        until: value.until,
        reason: &value.reason,
    };
    let snoozed = service.snooze((&principal, &client), new).await?;
    Ok(axum::Json(SnoozeBody::from(snoozed)))
}
