//! `POST /api/v1/alerts/{id}/resolve`: somebody ends it.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::operations::AlertId;
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::{Json, PathId};
use web::problem::Problem;

use super::body::AlertBody;
use crate::alerts::states::Reason;
use crate::service::Service;

/// Why it is over.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResolveAlert {
    /// `fixed`, `expected`, `false_alarm`, `duplicate`, or `other` with a comment.
    #[schema(inline, example = "fixed")]
    reason: Reason,
    /// One line.
    #[serde(default)]
    #[schema(
        max_length = 500,
        example = "The certificate of the acquirer was renewed"
    )]
    comment: Option<String>,
}

/// Resolve an alert
///
/// An alert ends by itself once its condition does. One that you resolve while the condition holds
/// says so (`resolved.while_firing`), and opens again when it is seen next: to be told less, snooze
/// it.
#[utoipa::path(
    post,
    path = "/api/v1/alerts/{id}/resolve",
    tag = "operations",
    params(("id" = inline(AlertId), Path, description = "The alert")),
    extensions(("x-idempotency" = json!("An alert is resolved once: a repetition is refused with `alert_resolved`."))),
    request_body = ResolveAlert,
    responses(
        (status = 200, description = "The alert.", body = AlertBody),
        (status = 404, description = "No such alert."),
        (status = 409, description = "`alert_resolved`."),
        (status = 422, description = "`invalid_reason`: alerts have others where they end by themselves. `invalid_comment`.")
    )
)]
pub(crate) async fn resolve_alert(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    PathId(id): PathId<AlertId>,
    Json { value, .. }: Json<ResolveAlert>,
) -> Result<impl IntoResponse, Problem> {
    let of = ((&principal, &client), id);
    let alert = service.resolve(of, value.reason, value.comment).await?;
    Ok(axum::Json(AlertBody::at(alert, service.clock.now())))
}
