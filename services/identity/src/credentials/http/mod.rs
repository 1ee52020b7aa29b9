//! How the refusals of credentials look to a client.

use axum::http::StatusCode;
use web::problem::Problem;

use crate::credentials::error::CredentialError;

impl From<CredentialError> for Problem {
    fn from(error: CredentialError) -> Self {
        match error {
            CredentialError::SessionEnded => session_ended(),
            CredentialError::LoginNeeded => login_needed(),
            CredentialError::EmailNotVerified => email_not_verified(),
            CredentialError::PasswordChanged => wrong_password(),
            CredentialError::Fault(fault) => fault.into(),
        }
    }
}

/// Anyone who asks has no session, or not any more.
pub(crate) fn session_ended() -> Problem {
    let detail = "This token cannot be used, or not any more. Log in again.";
    Problem::new(StatusCode::UNAUTHORIZED, "unauthenticated", detail)
}

/// A password that is not that of the account.
pub(crate) fn wrong_password() -> Problem {
    let detail = "This is not the password of the account. Check it and try again.";
    Problem::refused("wrong_password", detail)
}

fn login_needed() -> Problem {
    let detail = "An API key may not do this. Log in and use the access token.";
    Problem::new(StatusCode::FORBIDDEN, "login_needed", detail)
}

fn email_not_verified() -> Problem {
    let detail = "Confirm your e-mail address first, with the link that was mailed there; \
                  `POST /api/v1/auth/resend-verification` sends another.";
    Problem::new(StatusCode::FORBIDDEN, "email_not_verified", detail)
}
