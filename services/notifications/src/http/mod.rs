//! The HTTP face of notifications: the routes of its subjects, and errors as problems.

mod personal_data;

use std::sync::Arc;

use contracts::identity::IdentityUnavailable;
use db::DbError;
use utoipa_axum::router::OpenApiRouter;
use web::problem::Problem;

use crate::channels::{push, sms};
use crate::error::Error;
use crate::service::Service;
use crate::{dead_letters, inbox, messages, phones, preferences, queues, stream, webhooks};

pub(crate) fn routes() -> OpenApiRouter<Arc<Service>> {
    inbox::http::routes()
        .merge(messages::http::routes())
        .merge(dead_letters::http::routes())
        .merge(queues::http::routes())
        .merge(stream::http::routes())
        .merge(webhooks::http::routes())
        .merge(preferences::http::routes())
        .merge(phones::http::routes())
        .merge(push::http::routes())
        .merge(sms::http::routes())
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NoSuchNotification => Self::not_found("notification"),
            Error::NoSuchMessage => Self::not_found("message"),
            Error::MessageQueued => Self::conflict(
                "message_queued",
                "The message is on its way: wait until it has ended.",
            ),
            Error::MessageErased => Self::conflict(
                "message_erased",
                "What the message said is erased, since it was sent: have the user ask for another one.",
            ),
            Error::InvalidLink => {
                Self::refused("invalid_link", "The link is not one of this installation.")
            }
            Error::Answer(fault) => of_answer(&fault),
            Error::Vault(fault) => {
                tracing::error!(error = %fault, "a secret cannot be used");
                Self::internal()
            }
            Error::Identity(IdentityUnavailable) => Self::unavailable(
                "identity_unavailable",
                "Whom this belongs to cannot be checked right now. Nothing was done; try again.",
            ),
            Error::Database(error) => of_database(&error),
            Error::Row(_) | Error::Webhooks(_) => {
                tracing::error!(%error, "the store holds something unknown");
                Self::internal()
            }
        }
    }
}

pub(crate) fn of_database(error: &DbError) -> Problem {
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

fn of_answer(fault: &idempotency::Fault) -> Problem {
    match fault {
        idempotency::Fault::Database(error) => of_database(error),
        idempotency::Fault::Vault(_) | idempotency::Fault::Unreadable => {
            tracing::error!(error = %fault, "an answer cannot be stored or read");
            Problem::internal()
        }
    }
}
