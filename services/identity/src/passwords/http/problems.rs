//! How the refusals of passwords look to a client.

use axum::http::StatusCode;
use web::problem::Problem;

use crate::credentials::http::wrong_password;
use crate::fault::log;
use crate::passwords::error::PasswordError;
use crate::passwords::rule::InvalidPassword;

impl From<PasswordError> for Problem {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Invalid(invalid) => refused(&invalid, "password"),
            PasswordError::NewPassword(invalid) => refused(&invalid, "new_password"),
            PasswordError::Wrong => wrong_password(),
            PasswordError::ResetNeeded => reset_needed(),
            PasswordError::Busy => busy(),
            PasswordError::Link(error) => error.into(),
            PasswordError::Credential(error) => error.into(),
            // Hashes come from the command line only.
            PasswordError::ForeignHash => {
                log(&PasswordError::ForeignHash);
                Self::internal()
            }
            PasswordError::Fault(fault) => fault.into(),
        }
    }
}

fn refused(invalid: &InvalidPassword, param: &'static str) -> Problem {
    Problem::refused(invalid.code(), invalid.to_string()).for_param(param)
}

fn reset_needed() -> Problem {
    let detail = "Your password comes from another system, which kept only the first 72 bytes of it. It cannot be \
                  checked as a whole any more: choose a new one by \"forgot password\".";
    Problem::refused("password_reset_needed", detail)
}

fn busy() -> Problem {
    let detail = "Too many people are logging in at this moment. Try again in a second.";
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_logins", detail).retry_after(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_queue_of_logins_says_when_to_come_again() {
        let problem = Problem::from(PasswordError::Busy);
        assert_eq!(
            (problem.status, problem.code.as_str()),
            (429, "too_many_logins")
        );
        assert_eq!(problem.retry_after, Some(1));
    }
}
