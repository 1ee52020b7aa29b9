//! The endpoints of queues: one file each.

mod body;
mod list_queues;
mod pause_queue;

use std::sync::Arc;

use access::{Principal, guarded, needs};
use contracts::identity::{OrgId, Permission};
use events::queue::QueueError;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::problem::Problem;

use crate::http::of_database;
use crate::service::Service;

pub(crate) fn routes() -> OpenApiRouter<Arc<Service>> {
    OpenApiRouter::new()
        .routes(guarded(
            needs::QueuesRead,
            routes!(list_queues::list_queues),
        ))
        .routes(guarded(
            needs::QueuesManage,
            routes!(pause_queue::pause_queue),
        ))
        .routes(guarded(
            needs::QueuesManage,
            routes!(pause_queue::resume_queue),
        ))
}

fn problem(error: QueueError) -> Problem {
    match error {
        QueueError::Database(error) => of_database(&error),
        QueueError::Feed(error) => {
            tracing::error!(%error, source = ?error.source, "a feed cannot be read");
            let detail = "A feed cannot be read right now. Try again shortly.";
            Problem::unavailable("storage_unavailable", detail)
        }
    }
}

/// Refuses operators of other organisations.
fn of_installation(principal: &Principal, permission: Permission) -> Result<(), Problem> {
    if principal.org == OrgId::DEFAULT {
        return Ok(());
    }
    Err(Problem::forbidden(permission.as_str()))
}
