//! How the refusals of accounts look to a client.

use axum::http::StatusCode;
use web::problem::Problem;

use crate::accounts::error::AccountError;
use crate::accounts::invalid::Invalid;
use crate::fault::log;

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Invalid(invalid) => invalid.into(),
            AccountError::NotChanged(refused) => Self::refused(refused.code(), refused.to_string()),
            AccountError::EmailTaken | AccountError::UnconfirmedHasWallets => email_taken(),
            AccountError::NoSuchUser => Self::not_found("There is no such user."),
            AccountError::NoSuchSession => {
                Self::not_found("The user has no such session, or it has ended.")
            }
            AccountError::UnknownDevice => unknown_device(),
            AccountError::WalletsOpen => wallets_open(),
            AccountError::WalletsUnknown => wallets_unknown(),
            AccountError::Link(error) => error.into(),
            AccountError::Credential(error) => error.into(),
            AccountError::Password(error) => error.into(),
            AccountError::Login(error) => error.into(),
            AccountError::Fault(fault) => fault.into(),
        }
    }
}

impl From<Invalid> for Problem {
    fn from(invalid: Invalid) -> Self {
        Self::refused(invalid.code(), invalid.to_string()).for_param(invalid.param())
    }
}

fn email_taken() -> Problem {
    let detail =
        "There is a user with this e-mail already. Log in instead, or register another e-mail.";
    Problem::conflict("email_taken", detail).for_param("email")
}

fn unknown_device() -> Problem {
    let detail = "This does not look like the device on which the link was asked for, so that nothing was done. Open the link \
                  in the browser in which you registered or are logged in, log in here first, or send its token with your \
                  password to `POST /api/v1/auth/verify-email`. If you asked for nothing, do nothing; to make an account with \
                  your e-mail your own, ask for a new password.";
    Problem::new(StatusCode::FORBIDDEN, "unknown_device", detail)
}

fn wallets_open() -> Problem {
    let detail = "There are open wallets. Empty and close each of them first.";
    Problem::conflict("wallets_open", detail)
}

fn wallets_unknown() -> Problem {
    log(&AccountError::WalletsUnknown);
    let detail = "Whether there are open wallets cannot be found out right now. Nothing was done; try again.";
    Problem::unavailable("wallets_unavailable", detail)
}
