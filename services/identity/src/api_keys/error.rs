//! Why an API key is not made or ended.

use crate::accounts::invalid::Invalid;
use crate::api_keys::api_key::{InvalidKey, KEYS_MAX};
use crate::credentials::error::CredentialError;
use crate::fault::{Fault, from_database};

/// Why something was not done with an API key.
#[derive(Debug, thiserror::Error)]
pub enum ApiKeyError {
    /// It cannot be made so.
    #[error(transparent)]
    Invalid(#[from] InvalidKey),
    /// A user has as many as one may have.
    #[error("there are {KEYS_MAX} API keys already")]
    TooMany,
    /// There is no such API key, or not one of the caller's.
    #[error("there is no such API key")]
    Unknown,
    /// The name cannot be used.
    #[error(transparent)]
    InvalidName(#[from] Invalid),
    /// Anyone who asks may not go on.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// What is ours or the store's to mend.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_database!(ApiKeyError);
