//! Why a passkey is not asked for, registered or found.

use crate::accounts::invalid::Invalid;
use crate::credentials::error::CredentialError;
use crate::fault::{Fault, from_database};
use crate::passkeys::passkey::{MOST, PasskeyId};

/// Why something was not done with a passkey.
#[derive(Debug, thiserror::Error)]
pub enum PasskeyError {
    /// A ceremony that is unknown, used, over or of another kind.
    #[error("the ceremony cannot be used")]
    Ceremony,
    /// What a browser answered registers none.
    #[error("the answer registers no passkey")]
    Refused,
    /// Somebody has registered it already.
    #[error("the passkey is registered already")]
    Taken,
    /// The user has as many as one may have.
    #[error("the user has {MOST} passkeys")]
    TooMany,
    /// The user has no such passkey.
    #[error("there is no passkey {0}")]
    Unknown(PasskeyId),
    /// The address of the installation is none that passkeys could belong to.
    #[error("the installation has no name for passkeys")]
    Unavailable,
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

from_database!(PasskeyError);
