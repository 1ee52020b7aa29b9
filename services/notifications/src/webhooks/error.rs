//! Why there is no result of webhooks: refusals are the caller's to mend, faults are ours.

use contracts::identity::{Factors, IdentityUnavailable};
use db::DbError;
use platform::text::TEXT_RULE;
use values::Timestamp;

use super::event_types::InvalidEventTypes;
use super::target::InvalidUrl;

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WebhookError {
    /// There is no such endpoint, or it is another's.
    #[error("no such endpoint")]
    NoSuchEndpoint,
    /// There is no such delivery, or it is another's.
    #[error("no such delivery")]
    NoSuchDelivery,
    /// The user has as many endpoints as one may have.
    #[error("too many endpoints")]
    TooMany(i64),
    /// The caller, who has these factors, must show who they are first.
    #[error("a fresh proof is needed")]
    ProofNeeded(Factors),
    /// The endpoint is disabled.
    #[error("the endpoint is disabled")]
    Disabled,
    /// Three secrets sign already; the first of them ends then.
    #[error("too many secrets until {0}")]
    TooManySecrets(Timestamp),
    /// The user has sent as many tests as one may; the seconds after which there is another one.
    #[error("too many tests: the next may be in {0} s")]
    TooManyTests(u32),
    /// The URL cannot be used.
    #[error(transparent)]
    Url(#[from] InvalidUrl),
    /// The types of events cannot be used.
    #[error(transparent)]
    EventTypes(#[from] InvalidEventTypes),
    /// A description that is too long, or hides something.
    #[error("a description is one line of at most 200 characters: {TEXT_RULE}")]
    Description,
    /// A fault of the database.
    #[error(transparent)]
    Database(#[from] DbError),
    /// Identity has no answer.
    #[error(transparent)]
    Identity(#[from] IdentityUnavailable),
    /// A secret could not be sealed or opened.
    #[error(transparent)]
    Vault(#[from] vault::Fault),
    /// The owner could not be told of a change.
    #[error("the owner cannot be told: {0}")]
    NotTold(String),
    /// An answer under an idempotency key could not be stored or found.
    #[error(transparent)]
    Answer(#[from] idempotency::Fault),
    /// The store holds something that this version does not know.
    #[error("a row of {0} cannot be read")]
    Row(&'static str),
}
