//! Why a login was refused.

use contracts::identity::UserId;

use crate::fault::{Fault, from_database};
use crate::passwords::error::PasswordError;

/// Why nobody was logged in.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// Unknown e-mail, wrong password or suspended user. Which one, nobody is told.
    #[error("e-mail and password do not belong together")]
    InvalidCredentials,
    /// After too many failed logins one must wait.
    #[error("too many logins have failed: wait {seconds} s")]
    Locked {
        /// How long.
        seconds: u32,
    },
    /// There is no such user, or not an active one.
    #[error("there is no active user {0}")]
    UnknownUser(UserId),
    /// The password was not looked at, or does not show enough.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// What is ours or the store's to mend.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_database!(LoginError);
