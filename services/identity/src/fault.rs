//! What identity itself, or its store, has failed at: never the caller's doing, and logged once,
//! here. How it looks to a client, `http/faults.rs` says.

use db::DbError;

/// Why identity could not do what it was asked. Nobody outside can mend it.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The database did not do what was asked.
    #[error(transparent)]
    Database(#[from] DbError),
    /// Redis cannot be reached. Nodes then learn of each other only by polling the database.
    #[error("Redis cannot be reached; ended sessions are found by polling: {0}")]
    Redis(#[from] redis::RedisError),
    /// Something cannot be sealed or opened.
    #[error(transparent)]
    Vault(#[from] vault::Fault),
    /// A signing key that nobody sealed lies beside sealed ones.
    #[error(
        "the signing key {kid} in the database is not sealed, though others are: PayFlow did not put it there. Delete its \
         row from signing_keys and find out who did"
    )]
    ForeignKey {
        /// Its id.
        kid: String,
    },
    /// A question about a passkey cannot be made.
    #[error("a question about a passkey cannot be made")]
    Webauthn(#[source] webauthn_rs::prelude::WebauthnError),
    /// The picture of a secret cannot be drawn.
    #[error("the picture of a secret cannot be drawn")]
    Picture,
    /// The list of published passwords cannot be used.
    #[error(
        "identity.password.breached_list: {path} cannot be used ({source}): it must be a file with a SHA-1 per line in ascending \
         order, as Have I Been Pwned offers it"
    )]
    BreachedList {
        /// Where it is.
        path: String,
        /// What is wrong.
        source: std::io::Error,
    },
    /// A row holds what no version of identity writes.
    #[error("the row of {0} cannot be read")]
    Row(&'static str),
    /// A signing key cannot be made or read.
    #[error("a signing key cannot be made or read")]
    Key,
    /// A cookie cannot be written as a header.
    #[error("a cookie cannot be written as a header")]
    Cookie,
    /// An access token cannot be signed.
    #[error("an access token cannot be signed")]
    Sign(#[source] jsonwebtoken::errors::Error),
    /// A password cannot be hashed, or a stored hash cannot be read.
    #[error("a password cannot be hashed, or a stored hash cannot be read: {0}")]
    Hash(argon2::password_hash::Error),
    /// An imported hash cannot be read.
    #[error("an imported password hash cannot be read: {0}")]
    ImportedHash(#[from] bcrypt::BcryptError),
    /// The thread that computed a hash ended before its work.
    #[error("computing a password hash ended early")]
    HashAborted,
    /// The task that closed an account ended before its work.
    #[error(
        "closing an account ended early; it is finished within minutes, or at once by closing it again"
    )]
    ClosingAborted,
}

/// Lets `?` take a failure of the database into an error that has faults among its reasons.
macro_rules! from_database {
    ($($error:ty),+) => {$(
        impl From<db::DbError> for $error {
            fn from(failure: db::DbError) -> Self {
                Self::Fault(failure.into())
            }
        }
    )+};
}
pub(crate) use from_database;

/// The one place where identity's faults reach the log.
pub(crate) fn log(fault: &dyn std::error::Error) {
    let cause = fault.source().map(ToString::to_string).unwrap_or_default();
    tracing::error!(%fault, cause, "identity failed");
}

impl From<idempotency::Fault> for Fault {
    fn from(fault: idempotency::Fault) -> Self {
        match fault {
            idempotency::Fault::Database(fault) => Self::Database(fault),
            idempotency::Fault::Vault(fault) => Self::Vault(fault),
            idempotency::Fault::Unreadable => Self::Row("idempotency.answer"),
        }
    }
}
