//! Why a password was not accepted, or not looked at.

use crate::credentials::error::CredentialError;
use crate::fault::{Fault, from_database};
use crate::links::InvalidLink;
use crate::passwords::rule::InvalidPassword;

/// Why something was not done with a password.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// The password of a new account cannot be chosen.
    #[error(transparent)]
    Invalid(#[from] InvalidPassword),
    /// The new password of a user cannot be chosen.
    #[error(transparent)]
    NewPassword(InvalidPassword),
    /// What was given is not the user's password.
    #[error("this is not the password of the account")]
    Wrong,
    /// A password fits as far as the system that it was brought from looked at it, and is longer.
    #[error("the password was brought from a system that saw only a part of it")]
    ResetNeeded,
    /// As many callers wait for a password hash as may.
    #[error("too many passwords are being checked")]
    Busy,
    /// What somebody brings from another system is no hash that can be verified.
    #[error(
        "the password hash cannot be used: it must be bcrypt ($2a$, $2b$ or $2y$, with a cost of 13 at most) or Argon2 as a PHC string (64 MiB, 4 passes and 4 lanes at most)"
    )]
    ForeignHash,
    /// The link to choose a new password cannot be used.
    #[error(transparent)]
    Link(#[from] InvalidLink),
    /// Anyone who asks may not go on.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// What is ours or the store's to mend.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_database!(PasswordError);
