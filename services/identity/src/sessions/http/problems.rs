//! How the refusals of sessions look to a client.

use axum::http::StatusCode;
use web::problem::Problem;

use crate::sessions::error::SessionError;

impl From<SessionError> for Problem {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::InvalidToken => Self::new(
                StatusCode::UNAUTHORIZED,
                "unauthenticated",
                "This token cannot be used, or not any more. Log in again.",
            ),
            SessionError::Unknown(session) => {
                Self::not_found(format!("You have no session {session}, or not any more."))
            }
            SessionError::Fault(fault) => fault.into(),
        }
    }
}
