//! Why the credentials that somebody has shown do not do.

use crate::fault::{Fault, from_database};

/// Why a caller may not go on.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// The session has ended, or its user is not active any more.
    #[error("the session has ended")]
    SessionEnded,
    /// What was asked for needs a login, and came with an API key.
    #[error("only a login may do this")]
    LoginNeeded,
    /// What was asked for is for those who have shown that their e-mail is theirs.
    #[error("the e-mail is not confirmed")]
    EmailNotVerified,
    /// The password that was shown may be another by now.
    #[error("the password may have been changed meanwhile")]
    PasswordChanged,
    /// What is ours or the store's to mend.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_database!(CredentialError);
