//! `POST /api/v1/alerts/{id}/comment`: somebody writes something to it.

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
use crate::service::Service;

/// What to write.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CommentAlert {
    /// One line.
    #[schema(
        min_length = 1,
        max_length = 500,
        example = "The acquirer says: until noon"
    )]
    comment: String,
}

/// Comment on an alert
///
/// It is in the timeline of the alert, also where that is resolved.
#[utoipa::path(
    post,
    path = "/api/v1/alerts/{id}/comment",
    tag = "operations",
    params(("id" = inline(AlertId), Path, description = "The alert")),
    extensions(("x-idempotency" = json!("What somebody has just written is not written again."))),
    request_body = CommentAlert,
    responses(
        (status = 200, description = "The alert.", body = AlertBody),
        (status = 404, description = "No such alert."),
        (status = 422, description = "`invalid_comment`.")
    )
)]
pub(crate) async fn comment_alert(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    PathId(id): PathId<AlertId>,
    Json { value, .. }: Json<CommentAlert>,
) -> Result<impl IntoResponse, Problem> {
    let of = ((&principal, &client), id);
    let alert = service.comment(of, value.comment).await?;
    Ok(axum::Json(AlertBody::at(alert, service.clock.now())))
}
