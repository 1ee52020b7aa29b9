//! The HTTP face of risk: the routes of its subjects, and errors as problems.

use std::sync::Arc;

use contracts::identity::IdentityUnavailable;
use db::DbError;
use utoipa_axum::router::OpenApiRouter;
use web::problem::Problem;

use crate::cases;
use crate::conditions;
use crate::decisions;
use crate::error::Error;
use crate::kyc;
use crate::lists;
use crate::rules;
use crate::sanctions;
use crate::service::Service;

pub(crate) fn routes() -> OpenApiRouter<Arc<Service>> {
    decisions::http::routes()
        .merge(rules::http::routes())
        .merge(lists::http::routes())
        .merge(cases::http::routes())
        .merge(sanctions::http::routes())
        .merge(conditions::http::routes())
        .merge(kyc::http::routes())
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NoSuchDecision => Self::not_found("There is no such decision."),
            Error::Answer(fault) => of_answer(fault),
            Error::Vault(fault) => {
                tracing::error!(error = %fault, "a secret cannot be used");
                Self::internal()
            }
            Error::Identity(IdentityUnavailable) => Self::unavailable(
                "identity_unavailable",
                "Whom this belongs to cannot be checked right now. Nothing was done; try again.",
            ),
            Error::Database(error) => of_database(&error),
            Error::Feed(_) | Error::Row(_) => {
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

/// A fault of answers under idempotency keys.
pub(crate) fn of_answer(fault: idempotency::Fault) -> Problem {
    match fault {
        idempotency::Fault::Database(error) => of_database(&error),
        idempotency::Fault::Vault(_) | idempotency::Fault::Unreadable => {
            tracing::error!(error = %fault, "an answer cannot be stored or read");
            Problem::internal()
        }
    }
}
