//! Why a sign-in with a provider did not come about, or an account there was not linked.

use crate::accounts::error::AccountError;
use crate::accounts::invalid::Invalid;
use crate::credentials::error::CredentialError;
use crate::fault::{Fault, from_database};
use crate::oidc::policy::Refusal;
use crate::passwords::error::PasswordError;

/// Why something was not done with a provider.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// Nobody may be sent there after a sign-in.
    #[error("`return_to` is not allowed")]
    ReturnTo,
    /// An app that wants to be returned to must show later that it is the same.
    #[error("`code_challenge` is missing or none")]
    CodeChallenge,
    /// There is no provider of this name.
    #[error("there is no provider `{0}`")]
    Unknown(String),
    /// A sign-in that is unknown, over, used before or of another browser.
    #[error("the sign-in is over")]
    SignInOver,
    /// The provider says that it does not vouch for anybody.
    #[error("the provider did not sign anybody in")]
    SignInDenied,
    /// What the provider answers does not hold, or the user is suspended. Which, nobody is told.
    #[error("the sign-in is refused")]
    SignInRefused,
    /// Somebody whom a provider vouches for is not let in.
    #[error(transparent)]
    NotLetIn(#[from] Refusal),
    /// The provider does not answer, which is not the caller's fault.
    #[error("the provider {0} cannot be used")]
    Unavailable(String),
    /// The e-mail or the name that the provider says cannot be used.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// No account was made.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// No password could be hashed, or too many browsers wait.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// Anyone who asks may not go on.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// What is ours or the store's to mend.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_database!(ProviderError);
