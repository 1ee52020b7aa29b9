//! What a client learns of a fault: whether to try again, and nothing else. It is logged here,
//! once.

use db::DbError;
use web::problem::Problem;

use crate::fault::{Fault, log};

/// A new fault becomes a 500, unless the database has failed.
impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        log(&fault);
        match fault {
            Fault::Database(fault) => database_problem(&fault),
            Fault::BreachedList { .. }
            | Fault::Row(_)
            | Fault::Vault(_)
            | Fault::ForeignKey { .. }
            | Fault::Key
            | Fault::Cookie
            | Fault::Sign(_)
            | Fault::Hash(_)
            | Fault::ImportedHash(_)
            | Fault::HashAborted
            | Fault::ClosingAborted
            | Fault::Picture
            | Fault::Webauthn(_)
            | Fault::Redis(_) => Self::internal(),
        }
    }
}

fn database_problem(fault: &DbError) -> Problem {
    match fault {
        DbError::Unavailable(_) | DbError::Damaged(_) => {
            let detail = "The database cannot be used right now. Nothing was done; try again.";
            Problem::unavailable("database_unavailable", detail)
        }
        DbError::OutcomeUnknown(_) => {
            let detail = "The database broke while this was saved: it may have been done. Look before you repeat it.";
            Problem::unavailable("outcome_unknown", detail)
        }
        DbError::HistoryLost(_) => {
            let detail = "The database is not the one that this server has committed to, or an older state of it. Nothing more is \
                          done until an operator has brought back the right one.";
            Problem::unavailable("history_lost", detail).retry_after(60)
        }
        DbError::Full(_) => {
            let detail = "The database has no room left. Nothing was done; try again later.";
            Problem::unavailable("database_full", detail)
        }
        // Versions stop the start, and no request.
        DbError::NewerTables { .. } | DbError::OlderTables { .. } | DbError::Migration(_) => {
            Problem::internal()
        }
        DbError::Unique(_) | DbError::Unusable(_) | DbError::Query(_) => Problem::internal(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_tell_the_client_nothing() {
        let problem = Problem::from(Fault::Row("users"));
        assert_eq!((problem.status, problem.code.as_str()), (500, "internal"));
        assert!(!problem.detail.contains("users"));
    }

    #[test]
    fn a_database_that_cannot_be_reached_or_is_full_is_a_503() {
        let closed = DbError::Unavailable(sqlx::Error::PoolClosed);
        let full = DbError::Full(sqlx::Error::PoolClosed);
        for (fault, code) in [(closed, "database_unavailable"), (full, "database_full")] {
            let problem = Problem::from(Fault::Database(fault));
            assert_eq!((problem.status, problem.code.as_str()), (503, code));
            assert!(problem.retryable);
        }
    }
}
