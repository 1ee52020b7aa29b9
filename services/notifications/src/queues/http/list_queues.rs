//! `GET /api/v1/admin/queues`: what waits to be handled.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::identity::Permission;
use serde::Serialize;
use utoipa::ToSchema;
use web::problem::Problem;

use super::body::QueueBody;
use super::{of_installation, problem};
use crate::service::Service;

/// All queues.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Queues {
    data: Vec<QueueBody>,
}

/// List queues
///
/// Each consumer, channel and endpoint: how much waits, how old the oldest is, how fast it goes.
/// They serve all organisations, so they are for operators of the first one.
#[utoipa::path(
    get,
    path = "/api/v1/admin/queues",
    tag = "operations",
    responses((status = 200, description = "The queues.", body = Queues))
)]
pub(super) async fn list_queues(
    State(service): State<Arc<Service>>,
    principal: Principal,
) -> Result<impl IntoResponse, Problem> {
    of_installation(&principal, Permission::QueuesRead)?;
    let reports = service.queue_reports().await.map_err(problem)?;
    let data = reports.into_iter().map(QueueBody::from).collect();
    Ok(axum::Json(Queues { data }))
}
