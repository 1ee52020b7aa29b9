//! Errors of payments as problems. Faults are logged once, here.

use contracts::identity::IdentityUnavailable;
use db::DbError;
use http::StatusCode;
use web::problem::Problem;

use super::replies;
use crate::error::Error;
use crate::flows::instructions::InProgress;
use crate::journal::Fault;
use crate::recipients::TooManyLookups;

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refused) => {
                tracing::info!(code = refused.code(), "refused");
                replies::problem(&refused)
            }
            Error::Identity(IdentityUnavailable) => Problem::unavailable(
                "identity_unavailable",
                "Whom this belongs to cannot be checked right now. Nothing was done; try again.",
            ),
            Error::RiskUnavailable => Problem::unavailable(
                "risk_unavailable",
                "Whether this may pass cannot be assessed right now. Nothing was done; try again shortly.",
            )
            .retry_after(5),
            Error::LevelUnavailable => Problem::unavailable(
                "kyc_unavailable",
                "What you may do by how far your identity is verified cannot be told right now. Nothing was done; try again \
                 shortly.",
            )
            .retry_after(5),
            Error::Journal(fault) => {
                if fault != Fault::Overloaded {
                    tracing::error!(%fault, "the journal did not take a command");
                }
                of_fault(fault)
            }
            Error::Database(error) => {
                let source = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(%error, source, "a read failed");
                of_fault(match error {
                    DbError::Unavailable(_) => Fault::Unavailable,
                    DbError::OutcomeUnknown(_) => Fault::OutcomeUnknown,
                    DbError::Full(_) => Fault::Full,
                    DbError::Damaged(_) => Fault::Damaged,
                    DbError::HistoryLost(_) => Fault::HistoryLost,
                    DbError::Unique(_)
                    | DbError::Query(_)
                    | DbError::Unusable(_)
                    | DbError::NewerTables { .. }
                    | DbError::OlderTables { .. }
                    | DbError::Migration(_) => Fault::Internal,
                })
            }
            Error::Unreadable { .. } => {
                tracing::error!(%error, "the store holds something unknown");
                Self::internal()
            }
        }
    }
}

fn of_fault(fault: Fault) -> Problem {
    match fault {
        Fault::Overloaded => Problem::unavailable(
            "overloaded",
            "Too many requests are waiting; this one was not accepted. Try again shortly.",
        ),
        Fault::Closing => Problem::unavailable(
            "shutting_down",
            "The service is shutting down; this request was not accepted. Try again shortly.",
        ),
        Fault::Unavailable => Problem::unavailable(
            "storage_unavailable",
            "The database cannot be reached. Nothing was done; try again shortly.",
        ),
        Fault::Full => Problem::unavailable(
            "storage_full",
            "The database has no room left. Nothing was done; try again when the operator has made room.",
        )
        .retry_after(60),
        Fault::Damaged => Problem::unavailable(
            "storage_damaged",
            "The database is damaged or read-only. Nothing was done; an operator has to look.",
        )
        .retry_after(60),
        Fault::HistoryLost => Problem::unavailable(
            "history_lost",
            "The database is not the one that this server has committed to, or an older state of it. Nothing more is committed \
             until an operator has brought back the right one. Then send the same request with the same Idempotency-Key.",
        )
        .retry_after(60),
        Fault::ClockUntrusted => Problem::unavailable(
            "clock_untrusted",
            "The server's clock was set, or is behind the last commit. Nothing was done, and nothing is until an operator has \
             set it right or accepted it.",
        )
        .retry_after(60),
        Fault::OutcomeUnknown => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "outcome_unknown",
            "The connection to the database broke while this was committed. Send the same request with the same \
             Idempotency-Key to learn what became of it.",
        )
        .retry_after(2),
        Fault::Internal => Problem::internal(),
    }
}

impl From<InProgress> for Problem {
    fn from(_: InProgress) -> Self {
        let detail =
            "The first request with this Idempotency-Key is still at work. Repeat it shortly.";
        Self::conflict("idempotency_in_progress", detail)
            .for_param("Idempotency-Key")
            .retry_after(1)
    }
}

impl From<TooManyLookups> for Problem {
    fn from(refused: TooManyLookups) -> Self {
        let detail = "Too many recipients were looked up in the last minute. Wait, then go on.";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_lookups", detail)
            .retry_after(refused.retry_after)
    }
}
