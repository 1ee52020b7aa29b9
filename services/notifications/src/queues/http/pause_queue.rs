//! `POST /api/v1/admin/queues/{name}/pause` and `…/resume`: by an operator.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::identity::Permission;
use web::client::Client;
use web::extract::PathName;
use web::problem::Problem;

use super::body::QueueBody;
use super::{of_installation, problem};
use crate::service::Service;

/// Pause a queue
///
/// What waits goes on waiting, on all nodes, until it is resumed; what is under way is done. It is
/// in the audit trail.
#[utoipa::path(
    post,
    path = "/api/v1/admin/queues/{name}/pause",
    tag = "operations",
    params(("name" = String, Path, description = "The queue", max_length = 200, pattern = "^[a-z0-9_:.]+$")),
    extensions(("x-idempotency" = json!("A queue that is paused stays so: done twice it is done once."))),
    responses(
        (status = 200, description = "The queue, paused.", body = QueueBody),
        (status = 404, description = "No such queue."),
    )
)]
pub(super) async fn pause_queue(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    PathName(name): PathName,
) -> Result<impl IntoResponse, Problem> {
    set(&service, (&principal, &client), &name, true).await
}

/// Resume a queue
///
/// It goes on where it stood, on all nodes. It is in the audit trail.
#[utoipa::path(
    post,
    path = "/api/v1/admin/queues/{name}/resume",
    tag = "operations",
    params(("name" = String, Path, description = "The queue", max_length = 200, pattern = "^[a-z0-9_:.]+$")),
    extensions(("x-idempotency" = json!("A queue that goes on goes on: done twice it is done once."))),
    responses(
        (status = 200, description = "The queue, going on.", body = QueueBody),
        (status = 404, description = "No such queue."),
    )
)]
pub(super) async fn resume_queue(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    PathName(name): PathName,
) -> Result<impl IntoResponse, Problem> {
    set(&service, (&principal, &client), &name, false).await
}

async fn set(
    service: &Service,
    who: (&Principal, &Client),
    name: &str,
    paused: bool,
) -> Result<axum::Json<QueueBody>, Problem> {
    of_installation(who.0, Permission::QueuesManage)?;
    let set = service.pause_queue(who, name, paused).await;
    let report = set.map_err(problem)?;
    let report = report.ok_or_else(|| Problem::not_found("queue"))?;
    Ok(axum::Json(QueueBody::from(report)))
}
