//! `POST /api/v1/notifications/{id}/read`: the caller has read a notification.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use web::extract::PathId;
use web::problem::Problem;

use super::body::NotificationBody;
use crate::inbox::NotificationId;
use crate::service::Service;

/// Mark a notification as read
///
/// Read before, it keeps the time at which it was.
#[utoipa::path(
    post,
    path = "/api/v1/notifications/{id}/read",
    tag = "notifications",
    extensions(("x-idempotency" = json!("Done twice it is done once."))),
    params(("id" = inline(NotificationId), Path, description = "The notification")),
    responses(
        (status = 200, description = "The notification.", body = NotificationBody),
        (status = 404, description = "No such notification, or not one of yours."),
    )
)]
pub(crate) async fn read_notification(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<NotificationId>,
) -> Result<impl IntoResponse, Problem> {
    let read = service.read_notification(&principal, id).await?;
    Ok(axum::Json(NotificationBody::from(read)))
}
