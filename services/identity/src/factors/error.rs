//! Why a second factor is not accepted, or not set up.

use contracts::identity::Factors;

use crate::credentials::error::CredentialError;
use crate::fault::{Fault, from_database};
use crate::login::error::LoginError;
use crate::passkeys::error::PasskeyError;
use crate::passwords::error::PasswordError;

/// Why something was not done with a second factor.
#[derive(Debug, thiserror::Error)]
pub enum SecondFactorError {
    /// A sign-in that is unknown, over, or was tried too often.
    #[error("the sign-in cannot go on")]
    SignInOver,
    /// What was shown to go on signing in is not the user's, or was used before.
    #[error("the second factor of a sign-in is not the user's")]
    WrongAtSignIn,
    /// What was shown is not the user's, or was used before.
    #[error("what was shown is not the user's")]
    Wrong,
    /// After wrong codes one must wait.
    #[error("the next code may be tried in {seconds} s")]
    Wait {
        /// How long.
        seconds: u32,
    },
    /// A password does not do where the user has one of these.
    #[error("a second factor is needed")]
    Needed(Factors),
    /// An app is in use already.
    #[error("an authenticator app is set up already")]
    TotpInUse,
    /// No app is being set up, or none is in use.
    #[error("no authenticator app is being set up")]
    TotpNotSetUp,
    /// Recovery codes are for those who have a second factor.
    #[error("there is no second factor")]
    NoSecondFactor,
    /// A page of another site asks for the cookie of a sign-in.
    #[error("the request comes from a page of another site")]
    CrossSite,
    /// Nobody was logged in.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// A passkey was not accepted.
    #[error(transparent)]
    Passkey(#[from] PasskeyError),
    /// A password was not accepted, or not looked at.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// Anyone who asks may not go on.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// What is ours or the store's to mend.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_database!(SecondFactorError);
