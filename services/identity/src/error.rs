//! Why identity refuses or fails, and how each reason looks to a client.
//! Refusals are the caller's to mend; faults are ours and are logged here, once.

use access::AuthenticationError;
use axum::http::StatusCode;
use contracts::identity::{SessionId, UserId};
use db::DbError;
use values::Timestamp;
use web::problem::Problem;

use crate::accounts::managed_user::NotChanged;
use crate::accounts::user::Invalid;
use crate::api_keys::api_key::{InvalidKey, KEYS_MAX};
use crate::factors::second_factor::Unproved;
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
    /// A provider of the settings that cannot work; stops the start.
    #[error("identity.oidc.{provider}: {problem}")]
    Provider {
        /// Its name.
        provider: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// An origin of the settings that is none; stops the start.
    #[error(
        "identity.return_origins: `{0}` is no origin, it must be http:// or https:// and a host, with nothing after, such as https://app.example"
    )]
    ReturnOrigin(String),
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
    /// A setting that cannot work; stops the start.
    #[error("identity.{setting} is {value}, but must be {least} to {most}")]
    Setting {
        /// The setting's path below `identity`.
        setting: &'static str,
        /// What it is.
        value: u32,
        /// The least it may be.
        least: u32,
        /// The most it may be.
        most: u32,
    },
    /// The address of the Redis server is none; stops the start. It is not shown, since it may hold a password.
    #[error(
        "redis_url is no address of a Redis server: write for instance redis://127.0.0.1:6379 or rediss://:password@host:6380"
    )]
    RedisUrl,
    /// Fault: Redis cannot be reached. Nodes then learn of each other only by polling the database.
    #[error("Redis cannot be reached; ended sessions are found by polling: {0}")]
    Redis(#[from] redis::RedisError),
    /// The address of the installation is none; stops the start.
    #[error(
        "identity.public_url is `{0}`, but must be http:// or https:// and a host, with nothing after, such as https://pay.example"
    )]
    PublicUrl(String),
    /// A master key of the settings that is none; stops the start. It is not shown.
    #[error(
        "identity.master_key: number {place} is no key, it must be base64 of 32 bytes: make one with `openssl rand -base64 32`"
    )]
    MasterKey {
        /// Its place in the list, from 1.
        place: usize,
    },
    /// The list of published passwords cannot be used; stops the start.
    #[error(
        "identity.password.breached_list: {path} cannot be used ({source}): it must be a file with a SHA-1 per line in ascending \
         order, as Have I Been Pwned offers it"
    )]
    BreachedList {
        /// Where it is.
        path: String,
        /// What is wrong.
        source: std::io::Error,
    },
    /// There is no master key, and no folder to keep one in; stops the start.
    #[error(
        "identity.master_key is not set, and a store on PostgreSQL needs one to seal secrets: make it with \
         `openssl rand -base64 32`, keep it, and set PAYFLOW__IDENTITY__MASTER_KEY to it on every node"
    )]
    NoMasterKey,
    /// The file with the master key is lost or cannot be used; stops the start.
    #[error(
        "{path} cannot be used ({source}): put the one of this store back, from a backup, or set identity.master_key to \
         what it held"
    )]
    KeyFile {
        /// Where it is.
        path: String,
        /// What is wrong.
        source: std::io::Error,
    },
    /// Something is sealed with a master key that is not listed; stops the start.
    #[error(
        "a secret in the database is sealed with another master key: add the one that was used before to the end of \
         identity.master_key (where there was none, it is in the file identity.key of the data folder)"
    )]
    UnknownMasterKey,
    /// Fault: a secret cannot be sealed, or was changed after it was.
    #[error("a secret cannot be sealed, or what is stored is not what was sealed")]
    Seal,
    /// A signing key that nobody sealed lies beside sealed ones; stops the start.
    #[error(
        "the signing key {kid} in the database is not sealed, though others are: PayFlow did not put it there. Delete its \
         row from signing_keys and find out who did"
    )]
    ForeignKey {
        /// Its id.
        kid: String,
    },
    /// Settings by which no browser would make a passkey; stops the start.
    #[error(
        "identity.webauthn: each of `origins` must be https:// and a name that is `rp_id` or ends with a dot and `rp_id`, \
         such as https://pay.example and pay.example"
    )]
    PasskeySetting,
    /// Fault: a question about a passkey cannot be made.
    #[error("a question about a passkey cannot be made")]
    Webauthn(#[source] webauthn_rs::prelude::WebauthnError),
    /// Fault: the picture of a secret cannot be drawn.
    #[error("the picture of a secret cannot be drawn")]
    Picture,
    /// Fault: the database did not do what was asked.
    #[error(transparent)]
    Database(#[from] DbError),
    /// Fault: a row holds what no version of identity writes.
    #[error("the row of {0} cannot be read")]
    Row(&'static str),
    /// Fault: a signing key cannot be made or read.
    #[error("a signing key cannot be made or read")]
    Key,
    /// Fault: a cookie cannot be written as a header.
    #[error("a cookie cannot be written as a header")]
    Cookie,
    /// Fault: an access token cannot be signed.
    #[error("an access token cannot be signed")]
    Sign(#[source] jsonwebtoken::errors::Error),
    /// Fault: a password cannot be hashed, or a stored hash cannot be read.
    #[error("a password cannot be hashed, or a stored hash cannot be read: {0}")]
    Hash(argon2::password_hash::Error),
    /// Refusal: what somebody brings from another system is no hash that can be verified.
    #[error(
        "the password hash cannot be used: it must be bcrypt ($2a$, $2b$ or $2y$, with a cost of 13 at most) or Argon2 as a PHC string (64 MiB, 4 passes and 4 lanes at most)"
    )]
    ForeignHash,
    /// Fault: an imported hash cannot be read.
    #[error("an imported password hash cannot be read: {0}")]
    ImportedHash(#[from] bcrypt::BcryptError),
    /// Fault: the thread that computed a hash ended before its work.
    #[error("computing a password hash ended early")]
    HashAborted,
    /// Fault: the task that closed an account ended before its work.
    #[error(
        "closing an account ended early; it is finished within minutes, or at once by closing it again"
    )]
    ClosingAborted,
    /// Fault: the system gives no thread to compute password hashes on; stops the start.
    #[error("no thread for password hashes: {0}")]
    NoThread(#[source] std::io::Error),
}

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
            Error::Database(fault) => database_problem(&fault),
            fault @ (Error::Provider { .. }
            | Error::ReturnOrigin(_)
            | Error::Setting { .. }
            | Error::RedisUrl
            | Error::Redis(_)
            | Error::PublicUrl(_)
            | Error::MasterKey { .. }
            | Error::BreachedList { .. }
            | Error::NoMasterKey
            | Error::KeyFile { .. }
            | Error::UnknownMasterKey
            | Error::Seal
            | Error::ForeignKey { .. }
            | Error::PasskeySetting
            | Error::Webauthn(_)
            | Error::Picture
            | Error::Row(_)
            | Error::Key
            | Error::Cookie
            | Error::Sign(_)
            | Error::Hash(_)
            | Error::ForeignHash
            | Error::ImportedHash(_)
            | Error::HashAborted
            | Error::ClosingAborted
            | Error::NoThread(_)) => ours(&fault),
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

fn database_problem(fault: &DbError) -> Problem {
    log(fault);
    match fault {
        DbError::Unavailable(_) | DbError::Damaged(_) => {
            let detail = "The database cannot be used right now. Nothing was done; try again.";
            Problem::unavailable("database_unavailable", detail)
        }
        DbError::OutcomeUnknown(_) => {
            let detail = "The database broke while this was saved: it may have been done. Look before you repeat it.";
            Problem::unavailable("outcome_unknown", detail)
        }
        DbError::HistoryLost(_) => {
            let detail = "The database is not the one that this server has committed to, or an older state of it. Nothing more is \
                          done until an operator has brought back the right one.";
            Problem::unavailable("history_lost", detail).retry_after(60)
        }
        DbError::Full(_) => {
            let detail = "The database has no room left. Nothing was done; try again later.";
            Problem::unavailable("database_full", detail)
        }
        // Versions stop the start, and no request.
        DbError::NewerTables { .. } | DbError::OlderTables { .. } | DbError::Migration(_) => {
            Problem::internal()
        }
        DbError::Unique(_) | DbError::Unusable(_) | DbError::Query(_) => Problem::internal(),
    }
}

fn ours(fault: &Error) -> Problem {
    log(fault);
    Problem::internal()
}

/// The one place where identity's faults reach the log.
pub(crate) fn log(fault: &dyn std::error::Error) {
    let cause = fault.source().map(ToString::to_string).unwrap_or_default();
    tracing::error!(%fault, cause, "identity failed");
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

    #[test]
    fn faults_tell_the_client_nothing() {
        let problem = Problem::from(Error::Row("users"));
        assert_eq!((problem.status, problem.code.as_str()), (500, "internal"));
        assert!(!problem.detail.contains("users"));
    }

    #[test]
    fn a_database_that_cannot_be_reached_or_is_full_is_a_503() {
        let closed = DbError::Unavailable(sqlx::Error::PoolClosed);
        let full = DbError::Full(sqlx::Error::PoolClosed);
        for (fault, code) in [(closed, "database_unavailable"), (full, "database_full")] {
            let problem = Problem::from(Error::Database(fault));
            assert_eq!((problem.status, problem.code.as_str()), (503, code));
            assert!(problem.retryable);
        }
    }
}
