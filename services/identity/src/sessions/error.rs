//! Why a session does not go on, or is not ended.

use crate::fault::{Fault, from_database};
use contracts::identity::SessionId;

/// Why something was not done with a session.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// A refresh token that is unknown, expired, used before or of a session that has ended.
    #[error("the token cannot be used")]
    InvalidToken,
    /// There is no such session, it has ended, or it is somebody else's.
    #[error("there is no session {0}")]
    Unknown(SessionId),
    /// What is ours or the store's to mend.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_database!(SessionError);
