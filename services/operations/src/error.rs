//! Why operations has no result: faults. What stands against a change of an alert is in
//! `alerts/error.rs`.

use contracts::identity::IdentityUnavailable;
use db::DbError;
use events::queue::QueueError;

/// Why operations has no result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Others have changed the same alerts again and again.
    #[error("the alerts were changed by others meanwhile")]
    Overtaken,
    /// A fault of the database.
    #[error(transparent)]
    Database(#[from] DbError),
    /// The feed of payments cannot be read, or what is kept of it.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// Identity has no answer.
    #[error(transparent)]
    Identity(#[from] IdentityUnavailable),
    /// The store holds something that this version does not know.
    #[error("a row of {0} cannot be read")]
    Row(&'static str),
}
