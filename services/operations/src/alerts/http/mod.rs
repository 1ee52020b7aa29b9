//! The endpoints of alerts: one file each.

mod acknowledge_alert;
mod assign_alert;
mod body;
mod comment_alert;
mod get_alert;
mod list_alerts;
mod resolve_alert;
mod snooze_alert;

use std::sync::Arc;

use access::{guarded, needs};
use contracts::identity::IdentityUnavailable;
use db::DbError;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::problem::Problem;

use crate::alerts::error::AlertError;
use crate::error::Error;
use crate::service::Service;

/// One line per path and permission.
pub(crate) fn routes() -> OpenApiRouter<Arc<Service>> {
    OpenApiRouter::new()
        .routes(guarded(
            needs::AlertsRead,
            routes!(list_alerts::list_alerts),
        ))
        .routes(guarded(needs::AlertsRead, routes!(get_alert::get_alert)))
        .routes(guarded(
            needs::AlertsManage,
            routes!(acknowledge_alert::acknowledge_alert),
        ))
        .routes(guarded(
            needs::AlertsManage,
            routes!(resolve_alert::resolve_alert),
        ))
        .routes(guarded(
            needs::AlertsManage,
            routes!(snooze_alert::snooze_alert),
        ))
        .routes(guarded(
            needs::AlertsManage,
            routes!(assign_alert::assign_alert),
        ))
        .routes(guarded(
            needs::AlertsManage,
            routes!(comment_alert::comment_alert),
        ))
}

impl From<AlertError> for Problem {
    fn from(error: AlertError) -> Self {
        let said = error.to_string();
        match error {
            AlertError::NoSuchAlert => Self::not_found(said),
            AlertError::Acknowledged(..) => Self::conflict("already_acknowledged", said),
            AlertError::Resolved => Self::conflict("alert_resolved", said),
            AlertError::Until => Self::refused("invalid_until", said).for_param("until"),
            AlertError::Comment => Self::refused("invalid_comment", said).for_param("comment"),
            AlertError::Reason => Self::refused("invalid_reason", said).for_param("reason"),
            AlertError::Owner => Self::refused("invalid_owner", said).for_param("owner"),
            AlertError::Fault(fault) => fault.into(),
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Overtaken => Self::unavailable(
                "alert_busy",
                "Others change this alert again and again. Nothing was done; try again.",
            ),
            Error::Identity(IdentityUnavailable) => Self::unavailable(
                "identity_unavailable",
                "Who the staff is cannot be checked right now. Nothing was done; try again.",
            ),
            Error::Database(error) => of_database(&error),
            Error::Queue(_) | Error::Row(_) => {
                tracing::error!(%error, "the store holds something unknown, or a feed cannot be read");
                Self::internal()
            }
        }
    }
}

fn of_database(error: &DbError) -> Problem {
    let source = std::error::Error::source(error).map(ToString::to_string);
    tracing::error!(%error, source, "the database did not do its work");
    match error {
        DbError::Unavailable(_) | DbError::OutcomeUnknown(_) => Problem::unavailable(
            "storage_unavailable",
            "The database cannot be reached. Try again shortly.",
        ),
        DbError::Full(_) | DbError::Damaged(_) | DbError::HistoryLost(_) => Problem::unavailable(
            "storage_damaged",
            "The database cannot be used; an operator has to look.",
        )
        .retry_after(60),
        DbError::Unique(_)
        | DbError::Query(_)
        | DbError::Unusable(_)
        | DbError::NewerTables { .. }
        | DbError::OlderTables { .. }
        | DbError::Migration(_) => Problem::internal(),
    }
}
