//! Why no new signing key is made.

use crate::fault::{Fault, from_database};
use values::Timestamp;

/// Why signing keys were not exchanged.
#[derive(Debug, thiserror::Error)]
pub enum SigningKeyError {
    /// A new key was announced already, and a second one is not.
    #[error(
        "the key {kid} waits already and signs from {signs_from}: use --now to have it sign at once"
    )]
    Waiting {
        /// Its id.
        kid: String,
        /// When it begins to sign.
        signs_from: Timestamp,
    },
    /// What is ours or the store's to mend.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_database!(SigningKeyError);
