//! Why identity refuses or fails, and how each reason looks to a client.
//! It passes: each subject gets facts of its own.

use access::AuthenticationError;
use axum::http::StatusCode;
use contracts::identity::{SessionId, UserId};
use values::Timestamp;
use web::problem::Problem;

use crate::accounts::managed_user::NotChanged;
use crate::accounts::user::Invalid;
use crate::api_keys::api_key::{InvalidKey, KEYS_MAX};
use crate::factors::second_factor::Unproved;
use crate::fault::{Fault, from_database, log};
use crate::oidc::policy::Refusal;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Refusal: a field of a new user cannot be used.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// Refusal: a user cannot be changed so.
    #[error(transparent)]
    NotChanged(#[from] NotChanged),
    /// Refusal: an API key cannot be made so.
    #[error(transparent)]
    InvalidKey(#[from] InvalidKey),
    /// Refusal: a user has as many API keys as one may have.
    #[error("there are {KEYS_MAX} API keys already")]
    TooManyKeys,
    /// Refusal: there is no such API key, or not one of the caller's.
    #[error("there is no such API key")]
    UnknownKey,
    /// Refusal: the name by which logins find an organisation cannot be used.
    #[error("the slug cannot be used")]
    InvalidSlug,
    /// Refusal: another organisation has this slug.
    #[error("there is an organisation with this slug already")]
    SlugTaken,
    /// Refusal: a user of the organisation has this e-mail already.
    #[error("there is a user with this e-mail already")]
    EmailTaken,
    /// Refusal: the new password of a user cannot be used.
    #[error(transparent)]
    NewPassword(Invalid),
    /// Refusal: what was given is not the user's password.
    #[error("this is not the password of the account")]
    WrongPassword,
    /// Refusal: what was asked for is for those who have shown that their e-mail is theirs.
    #[error("the e-mail is not confirmed")]
    EmailNotVerified,
    /// Refusal: a link was followed where nobody has shown that they know the account.
    #[error("the link was followed on a device that the account does not know")]
    UnknownDevice,
    /// Refusal: a password fits as far as the system that it was brought from looked at it, and is longer.
    #[error("the password was brought from a system that saw only a part of it")]
    PasswordResetNeeded,
    /// Refusal: what was asked for needs a login, and came with something else.
    #[error("only a login may do this")]
    LoginNeeded,
    /// Refusal: the user still has wallets.
    #[error("there are open wallets")]
    WalletsOpen,
    /// Fault: nobody can say whether the user has wallets.
    #[error("whether there are open wallets cannot be found out")]
    WalletsUnknown,
    /// Refusal: unknown e-mail, wrong password or suspended user. Which one, nobody is told.
    #[error("e-mail and password do not belong together")]
    InvalidCredentials,
    /// Refusal: the token is missing, forged, expired, used before or of a session that has ended.
    #[error("the token cannot be used")]
    InvalidToken,
    /// Refusal: the token of a mailed link is unknown, expired or used.
    #[error("the link cannot be used")]
    InvalidLink,
    /// Refusal: a second factor is not accepted, or cannot be set up.
    #[error(transparent)]
    Unproved(#[from] Unproved),
    /// Refusal: as many callers wait for a password hash as may.
    #[error("too many passwords are being checked")]
    TooManyLogins,
    /// Refusal: a page of another site wants to log its visitor in.
    #[error("the request comes from a page of another site")]
    CrossSite,
    /// Refusal: there is no such session, it has ended, or it is somebody else's.
    #[error("there is no session {0}")]
    UnknownSession(SessionId),
    /// Refusal: there is no such user in the caller's organisation.
    #[error("there is no such user")]
    NoSuchUser,
    /// Refusal: nobody may be sent there after a sign-in.
    #[error("`return_to` is not allowed")]
    ReturnTo,
    /// Refusal: an app that wants to be returned to must show later that it is the same.
    #[error("`code_challenge` is missing or none")]
    CodeChallenge,
    /// Refusal: there is no provider of this name.
    #[error("there is no provider `{0}`")]
    UnknownProvider(String),
    /// Refusal: a sign-in that is unknown, over, used before or of another browser.
    #[error("the sign-in is over")]
    SignInOver,
    /// Refusal: the provider says that it does not vouch for anybody.
    #[error("the provider did not sign anybody in")]
    SignInDenied,
    /// Refusal: what the provider answers does not hold, or the user is suspended. Which, nobody is told.
    #[error("the sign-in is refused")]
    SignInRefused,
    /// Refusal: somebody whom a provider vouches for is not let in.
    #[error(transparent)]
    NotLetIn(#[from] Refusal),
    /// Refusal, but not the caller's fault: the provider does not answer.
    #[error("the provider {0} cannot be used")]
    ProviderUnavailable(String),
    /// Refusal: after too many failed logins one must wait.
    #[error("too many logins have failed: wait {seconds} s")]
    Locked {
        /// How long.
        seconds: u32,
    },
    /// Refusal: there is no such user, or not an active one.
    #[error("there is no active user {0}")]
    UnknownUser(UserId),
    /// Refusal: a new signing key was announced already, and a second one is not.
    #[error(
        "the key {kid} waits already and signs from {signs_from}: use --now to have it sign at once"
    )]
    KeyWaiting {
        /// Its id.
        kid: String,
        /// When it begins to sign.
        signs_from: Timestamp,
    },
    /// Refusal: what somebody brings from another system is no hash that can be verified.
    #[error(
        "the password hash cannot be used: it must be bcrypt ($2a$, $2b$ or $2y$, with a cost of 13 at most) or Argon2 as a PHC string (64 MiB, 4 passes and 4 lanes at most)"
    )]
    ForeignHash,
    /// What is ours or the store's to mend.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_database!(Error);

/// Every error has its line here, so that a new one cannot become a 500 by itself.
impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(it) => Self::refused(it.code(), it.to_string()).for_param(it.param()),
            Error::NewPassword(it) => new_password(&it),
            Error::WrongPassword => wrong_password(),
            Error::EmailNotVerified => email_not_verified(),
            Error::UnknownDevice => unknown_device(),
            Error::PasswordResetNeeded => password_reset_needed(),
            Error::LoginNeeded => login_needed(),
            Error::WalletsOpen => wallets_open(),
            Error::WalletsUnknown => wallets_unknown(),
            Error::Unproved(refusal) => refusal.into(),
            Error::NotChanged(refused) => Self::refused(refused.code(), refused.to_string()),
            Error::InvalidKey(it) => Self::refused(it.code(), it.to_string()).for_param(it.param()),
            Error::TooManyKeys => too_many_keys(),
            Error::UnknownKey => Self::not_found("There is no such API key, or it is not yours."),
            Error::InvalidSlug => invalid_slug(),
            Error::SlugTaken => slug_taken(),
            Error::NoSuchUser => Self::not_found("There is no such user."),
            Error::EmailTaken => email_taken(),
            Error::InvalidCredentials => invalid_credentials(),
            Error::TooManyLogins => too_many_logins(),
            Error::Locked { seconds } => login_locked(seconds),
            Error::InvalidToken => invalid_token(),
            Error::InvalidLink => invalid_link(),
            Error::ReturnTo => invalid_return_to(),
            Error::CodeChallenge => invalid_code_challenge(),
            Error::UnknownProvider(_) => unknown_provider(),
            Error::SignInOver => sign_in_over(),
            Error::SignInDenied => sign_in_denied(),
            Error::SignInRefused => sign_in_refused(),
            Error::NotLetIn(refusal) => not_let_in(&refusal),
            Error::ProviderUnavailable(_) => provider_unavailable(),
            Error::CrossSite => AuthenticationError::CrossSite.into(),
            Error::UnknownSession(session) => unknown_session(session),
            waiting @ Error::KeyWaiting { .. } => {
                Self::conflict("key_waiting", waiting.to_string())
            }
            Error::UnknownUser(user) => Self::not_found(format!("There is no active user {user}.")),
            Error::ForeignHash => ours(&Error::ForeignHash),
            Error::Fault(fault) => fault.into(),
        }
    }
}

fn new_password(invalid: &Invalid) -> Problem {
    Problem::refused(invalid.code(), invalid.to_string()).for_param("new_password")
}

fn wrong_password() -> Problem {
    let detail = "This is not the password of the account. Check it and try again.";
    Problem::refused("wrong_password", detail)
}

fn email_not_verified() -> Problem {
    let detail = "Confirm your e-mail address first, with the link that was mailed there; \
                  `POST /api/v1/auth/resend-verification` sends another.";
    Problem::new(StatusCode::FORBIDDEN, "email_not_verified", detail)
}

fn unknown_device() -> Problem {
    let detail = "This does not look like the device on which the link was asked for, so that nothing was done. Open the link \
                  in the browser in which you registered or are logged in, log in here first, or send its token with your \
                  password to `POST /api/v1/auth/verify-email`. If you asked for nothing, do nothing; to make an account with \
                  your e-mail your own, ask for a new password.";
    Problem::new(StatusCode::FORBIDDEN, "unknown_device", detail)
}

fn password_reset_needed() -> Problem {
    let detail = "Your password comes from another system, which kept only the first 72 bytes of it. It cannot be \
                  checked as a whole any more: choose a new one by \"forgot password\".";
    Problem::refused("password_reset_needed", detail)
}

fn login_needed() -> Problem {
    let detail = "An API key may not do this. Log in and use the access token.";
    Problem::new(StatusCode::FORBIDDEN, "login_needed", detail)
}

fn wallets_open() -> Problem {
    let detail = "There are open wallets. Empty and close each of them first.";
    Problem::conflict("wallets_open", detail)
}

fn email_taken() -> Problem {
    let detail =
        "There is a user with this e-mail already. Log in instead, or register another e-mail.";
    Problem::conflict("email_taken", detail).for_param("email")
}

fn invalid_token() -> Problem {
    let detail = "This token cannot be used, or not any more. Log in again.";
    Problem::new(StatusCode::UNAUTHORIZED, "unauthenticated", detail)
}

fn invalid_link() -> Problem {
    let detail = "This link cannot be used, or not any more: each is good once, until it expires. \
                  Ask for another.";
    Problem::refused("invalid_link", detail)
}

fn unknown_session(session: SessionId) -> Problem {
    Problem::not_found(format!("You have no session {session}, or not any more."))
}

// --- why a password was not looked at, or did not do ---

fn too_many_logins() -> Problem {
    let detail = "Too many people are logging in at this moment. Try again in a second.";
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_logins", detail).retry_after(1)
}

fn login_locked(seconds: u32) -> Problem {
    let detail = format!(
        "Too many logins have failed here. Wait {seconds} s, then try again. If you have forgotten your \
         password, ask for a new one."
    );
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "login_locked", detail).retry_after(seconds)
}

fn invalid_credentials() -> Problem {
    let detail = "E-mail and password do not belong together. Check both and try again.";
    Problem::new(StatusCode::UNAUTHORIZED, "invalid_credentials", detail)
}

// --- why a sign-in with others did not come about ---

fn invalid_return_to() -> Problem {
    Problem::refused(
        "invalid_return_to",
        "Nobody is sent there after a sign-in. Use a path that begins with one slash, or an address of an origin in \
         identity.return_origins, without a fragment.",
    )
    .for_param("return_to")
}

fn invalid_code_challenge() -> Problem {
    Problem::refused(
        "invalid_code_challenge",
        "With `return_to` and without `session=cookie`, send the SHA-256 of a random code verifier in base64url, 43 characters (RFC 7636, S256), \
         and the verifier itself with the code that comes back.",
    )
    .for_param("code_challenge")
}

fn unknown_provider() -> Problem {
    Problem::not_found(
        "There is no such provider to sign in with. GET /api/v1/auth/oauth lists those that there are.",
    )
}

fn sign_in_over() -> Problem {
    Problem::refused(
        "sign_in_over",
        "This sign-in took too long, is over already, or was begun in another browser or app. Begin it again.",
    )
}

fn sign_in_denied() -> Problem {
    Problem::refused(
        "sign_in_denied",
        "The provider did not sign you in. Begin again, and agree there if it asks you.",
    )
}

fn sign_in_refused() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "sign_in_refused",
        "This sign-in is refused. Begin it again; if that does not help, ask whoever runs PayFlow.",
    )
}

fn not_let_in(refusal: &Refusal) -> Problem {
    match refusal {
        Refusal::LinkRequired | Refusal::LinkedElsewhere | Refusal::AnotherLinked => {
            Problem::conflict(refusal.code(), refusal.to_string())
        }
        Refusal::EmailNotVerified | Refusal::DomainNotAllowed | Refusal::NoAccount => {
            Problem::new(StatusCode::FORBIDDEN, refusal.code(), refusal.to_string())
        }
    }
}

fn provider_unavailable() -> Problem {
    Problem::unavailable(
        "provider_unavailable",
        "The provider does not answer as it should. Try again in a moment, or log in another way.",
    )
}

// --- why access cannot be given so: to a key, a user or an organisation ---

fn too_many_keys() -> Problem {
    let detail = format!(
        "You have {KEYS_MAX} API keys, and one may not have more. End those that you do not use."
    );
    Problem::refused("too_many_api_keys", detail)
}

fn invalid_slug() -> Problem {
    let detail = "A slug has up to 40 small letters, digits and single hyphens between them, such as `acme-2`.";
    Problem::refused("invalid_slug", detail).for_param("slug")
}

fn slug_taken() -> Problem {
    let detail = "There is an organisation with this slug already. Choose another.";
    Problem::conflict("slug_taken", detail).for_param("slug")
}

// --- what a client learns of a fault: whether to try again ---

fn wallets_unknown() -> Problem {
    log(&Error::WalletsUnknown);
    let detail = "Whether there are open wallets cannot be found out right now. Nothing was done; try again.";
    Problem::unavailable("wallets_unavailable", detail)
}

fn ours(fault: &Error) -> Problem {
    log(fault);
    Problem::internal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_queue_of_logins_says_when_to_come_again() {
        let problem = Problem::from(Error::TooManyLogins);
        assert_eq!(
            (problem.status, problem.code.as_str()),
            (429, "too_many_logins")
        );
        assert_eq!(problem.retry_after, Some(1));
    }
}
