//! `POST /api/v1/alerts/{id}/snooze`: nobody is told of it for a while.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::operations::AlertId;
use serde::Deserialize;
use utoipa::ToSchema;
use values::Timestamp;
use web::client::Client;
use web::extract::{Json, PathId};
use web::problem::Problem;

use super::body::AlertBody;
use crate::service::Service;

/// For how long.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SnoozeAlert {
    /// Until then, at most 30 days; `null` ends it now.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(value_type = Option<String>, format = DateTime, required)]
    until: Option<Timestamp>,
    /// One line.
    #[serde(default)]
    #[schema(max_length = 500, example = "The acquirer works on it until noon")]
    comment: Option<String>,
}

/// Snooze an alert
///
/// Nobody is told of it until then, however often it is seen. If it gets worse, the snooze is over.
#[utoipa::path(
    post,
    path = "/api/v1/alerts/{id}/snooze",
    tag = "operations",
    params(("id" = inline(AlertId), Path, description = "The alert")),
    extensions(("x-idempotency" = json!("A repetition says the same until when."))),
    request_body = SnoozeAlert,
    responses(
        (status = 200, description = "The alert.", body = AlertBody),
        (status = 404, description = "No such alert."),
        (status = 409, description = "`alert_resolved`."),
        (status = 422, description = "`invalid_until` or `invalid_comment`.")
    )
)]
pub(crate) async fn snooze_alert(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    PathId(id): PathId<AlertId>,
    Json { value, .. }: Json<SnoozeAlert>,
) -> Result<impl IntoResponse, Problem> {
    let of = ((&principal, &client), id);
    let alert = service.snooze(of, value.until, value.comment).await?;
    Ok(axum::Json(AlertBody::at(alert, service.clock.now())))
}
