//! How the refusals of logins look to a client.

use axum::http::StatusCode;
use web::problem::Problem;

use crate::login::error::LoginError;

impl From<LoginError> for Problem {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::InvalidCredentials => invalid_credentials(),
            LoginError::Locked { seconds } => locked(seconds),
            LoginError::UnknownUser(user) => {
                Self::not_found(format!("There is no active user {user}."))
            }
            LoginError::Password(error) => error.into(),
            LoginError::Fault(fault) => fault.into(),
        }
    }
}

fn invalid_credentials() -> Problem {
    let detail = "E-mail and password do not belong together. Check both and try again.";
    Problem::new(StatusCode::UNAUTHORIZED, "invalid_credentials", detail)
}

fn locked(seconds: u32) -> Problem {
    let detail = format!(
        "Too many logins have failed here. Wait {seconds} s, then try again. If you have forgotten your \
         password, ask for a new one."
    );
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "login_locked", detail).retry_after(seconds)
}
