//! `POST /api/v1/notifications/read-all`: the caller has read what they were told.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::extract::Json;
use web::problem::Problem;

use crate::inbox::NotificationId;
use crate::service::Service;

/// Up to where.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReadAllNotifications {
    /// The newest notification that was read: what came after it stays unread. Left out: all.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = json!(null))]
    newest: Option<NotificationId>,
}

/// How many became read.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReadCount {
    /// How many were unread before.
    read: u64,
}

/// Mark notifications as read
///
/// All of the caller's up to one, or all.
#[utoipa::path(
    post,
    path = "/api/v1/notifications/read-all",
    tag = "notifications",
    extensions(("x-idempotency" = json!("Done twice it is done once."))),
    request_body = ReadAllNotifications,
    responses((status = 200, description = "How many became read.", body = ReadCount))
)]
pub(crate) async fn read_all_notifications(
    State(service): State<Arc<Service>>,
    principal: Principal,
    body: Json<ReadAllNotifications>,
) -> Result<impl IntoResponse, Problem> {
    let read = service.read_all_notifications(&principal, body.value.newest);
    let read = read.await?;
    Ok(axum::Json(ReadCount { read }))
}
