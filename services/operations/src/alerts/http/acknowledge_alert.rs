//! `POST /api/v1/alerts/{id}/acknowledge`: somebody looks after it.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::operations::AlertId;
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::{Json, OptionalJson, PathId};
use web::problem::Problem;

use super::body::AlertBody;
use crate::service::Service;

/// What others should know.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AcknowledgeAlert {
    /// One line.
    #[serde(default)]
    #[schema(max_length = 500, example = "I call the acquirer")]
    comment: Option<String>,
}

/// Acknowledge an alert
///
/// Others see that you look after it; where nobody owns it, you do. More of the same is counted and
/// not told; if it gets worse, it is open again. You are reminded while it is not resolved.
#[utoipa::path(
    post,
    path = "/api/v1/alerts/{id}/acknowledge",
    tag = "operations",
    params(("id" = inline(AlertId), Path, description = "The alert")),
    extensions(("x-idempotency" = json!("An alert is acknowledged once: a repetition is refused with `already_acknowledged`."))),
    request_body(content = Option<AcknowledgeAlert>, content_type = "application/json"),
    responses(
        (status = 200, description = "The alert.", body = AlertBody),
        (status = 404, description = "No such alert."),
        (status = 409, description = "`already_acknowledged`: the detail says by whom and when. `alert_resolved`."),
        (status = 422, description = "`invalid_comment`.")
    )
)]
pub(crate) async fn acknowledge_alert(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    PathId(id): PathId<AlertId>,
    OptionalJson(Json { value, .. }): OptionalJson<AcknowledgeAlert>,
) -> Result<impl IntoResponse, Problem> {
    let of = ((&principal, &client), id);
    let alert = service.acknowledge(of, value.comment).await?;
    Ok(axum::Json(AlertBody::at(alert, service.clock.now())))
}
