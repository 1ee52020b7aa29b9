//! How the refusals of second factors look to a client.

use access::{AuthenticationError, step_up_required};
use axum::http::StatusCode;
use web::problem::Problem;

use crate::factors::error::SecondFactorError;

impl From<SecondFactorError> for Problem {
    fn from(error: SecondFactorError) -> Self {
        match error {
            SecondFactorError::SignInOver => Self::new(
                StatusCode::UNAUTHORIZED,
                "invalid_mfa_token",
                "This sign-in cannot go on: it is unknown, over, or was tried too often. Log in again.",
            ),
            SecondFactorError::WrongAtSignIn => Self::new(
                StatusCode::UNAUTHORIZED,
                "invalid_code",
                "This code or passkey cannot be used, or not again. Send the next code of your app, or another factor.",
            ),
            SecondFactorError::Wrong => Self::refused(
                "invalid_code",
                "This cannot be used, or not again. Send the next code of your app, or another factor.",
            ),
            SecondFactorError::Wait { seconds } => too_many_attempts(seconds),
            SecondFactorError::Needed(factors) => step_up_required(factors),
            SecondFactorError::TotpInUse => Self::conflict(
                "totp_in_use",
                "An authenticator app is set up already. Disable it first.",
            ),
            SecondFactorError::TotpNotSetUp => Self::conflict(
                "totp_not_set_up",
                "There is no authenticator app to enable. Begin with `POST /api/v1/auth/2fa/setup`.",
            ),
            SecondFactorError::NoSecondFactor => Self::conflict(
                "no_second_factor",
                "There is no second factor. Set up an authenticator app or a passkey first.",
            ),
            SecondFactorError::CrossSite => AuthenticationError::CrossSite.into(),
            SecondFactorError::Login(error) => error.into(),
            SecondFactorError::Passkey(error) => error.into(),
            SecondFactorError::Password(error) => error.into(),
            SecondFactorError::Credential(error) => error.into(),
            SecondFactorError::Fault(fault) => fault.into(),
        }
    }
}

fn too_many_attempts(seconds: u32) -> Problem {
    let detail = format!(
        "Too many wrong codes: wait {seconds} s before the next one, or use a passkey or a recovery code."
    );
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", detail).retry_after(seconds)
}
