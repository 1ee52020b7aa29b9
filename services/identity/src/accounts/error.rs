//! Why something was not done with an account.

use crate::accounts::invalid::Invalid;
use crate::accounts::managed_user::NotChanged;
use crate::credentials::error::CredentialError;
use crate::fault::{Fault, from_database};
use crate::links::InvalidLink;
use crate::login::error::LoginError;
use crate::passwords::error::PasswordError;

/// Why an account is not as it was asked to be.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// A field cannot be used.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// A user cannot be changed so.
    #[error(transparent)]
    NotChanged(#[from] NotChanged),
    /// A user of the organisation has this e-mail already.
    #[error("there is a user with this e-mail already")]
    EmailTaken,
    /// The e-mail is that of an account that was never confirmed, but has open wallets.
    #[error(
        "the e-mail is that of an account which was never confirmed and has open wallets: have them emptied and closed first, or \
         use another e-mail"
    )]
    UnconfirmedHasWallets,
    /// There is no such user in the caller's organisation.
    #[error("there is no such user")]
    NoSuchUser,
    /// The user has no such session, or it has ended.
    #[error("the user has no such session, or it has ended")]
    NoSuchSession,
    /// A link was followed where nobody has shown that they know the account.
    #[error("the link was followed on a device that the account does not know")]
    UnknownDevice,
    /// The user still has wallets.
    #[error("there are open wallets")]
    WalletsOpen,
    /// Nobody can say whether the user has wallets.
    #[error("whether there are open wallets cannot be found out")]
    WalletsUnknown,
    /// A mailed link cannot be used.
    #[error(transparent)]
    Link(#[from] InvalidLink),
    /// Anyone who asks may not go on.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// A password was not accepted.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// Too many passwords were tried.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// What is ours or the store's to mend.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_database!(AccountError);
