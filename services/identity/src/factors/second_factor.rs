//! Second factors, decided: when a wrong code may be followed by another, what a user shows to prove who they are, and why
//! that is refused. Pure.

use access::step_up_required;
use axum::http::StatusCode;
use contracts::identity::Factors;
use platform::backoff::Backoff;
use secrecy::SecretString;
use values::{SECOND, Timestamp};
use web::problem::Problem;
use webauthn_rs::prelude::PublicKeyCredential;

use crate::passkeys::passkey::{MOST, PasskeyId};

/// Wrong codes of an account that cost no wait: people mistype.
const FREE_FAILURES: i64 = 4;
/// The waits after further ones. The longest lets 96 guesses a day through, so that guessing takes some 3,400 days; and the
/// owner is never locked out for longer, nor at all with a passkey or a recovery code.
const BACKOFF: Backoff = Backoff {
    first: SECOND,
    longest: 900 * SECOND,
};
/// Codes that may be tried in one sign-in before it begins anew.
pub(crate) const TRIES_OF_A_SIGN_IN: i64 = 5;
/// How long a sign-in waits for its second factor, and a browser for its passkey.
pub(crate) const SIGN_IN_LIFETIME: i64 = 300 * SECOND;

/// What is sent to prove who one is, again and for a dangerous act.
#[expect(
    clippy::large_enum_variant,
    reason = "there is one for a request, not many"
)]
#[derive(Debug)]
pub enum StepUp {
    /// The password.
    Password(SecretString),
    /// A second factor.
    SecondFactor(Shown),
}

/// A second factor that is shown.
#[expect(
    clippy::large_enum_variant,
    reason = "there is one for a request, not many"
)]
#[derive(Debug)]
pub enum Shown {
    /// A code of the app, or a recovery code: their forms tell them apart.
    Code(SecretString),
    /// What a browser answers for a passkey.
    Passkey(Assertion),
}

/// What a browser answers when it is asked for a passkey.
#[derive(Debug)]
pub struct Assertion {
    /// The ceremony in which it was asked.
    pub ceremony: String,
    /// The signed answer.
    pub credential: PublicKeyCredential,
}

/// Why a second factor is not accepted, or cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum Unproved {
    /// The token of a sign-in is unknown, too old, used, or was tried too often.
    #[error("the sign-in cannot go on")]
    SignIn,
    /// In a sign-in, the code or the passkey is not the user's.
    #[error("the second factor of a sign-in is not the user's")]
    SignInFactor,
    /// The code, the password or the passkey is not the user's.
    #[error("what was shown is not the user's")]
    Wrong,
    /// Too many wrong codes came before this one, which was not looked at.
    #[error("the next code may be tried in {seconds} s")]
    Wait {
        /// Until then.
        seconds: u32,
    },
    /// The password is not enough for a user with these factors.
    #[error("a second factor is needed")]
    StepUp(Factors),
    /// An app is set up already.
    #[error("an authenticator app is set up already")]
    TotpInUse,
    /// No app was set up before its code was sent.
    #[error("no authenticator app is being set up")]
    TotpNotSetUp,
    /// There is no second factor to keep codes for.
    #[error("there is no second factor")]
    NoSecondFactor,
    /// The ceremony is unknown, too old or used.
    #[error("the ceremony cannot be used")]
    Ceremony,
    /// The browser's answer does not register a passkey.
    #[error("the answer registers no passkey")]
    PasskeyRefused,
    /// Somebody has this passkey already.
    #[error("the passkey is registered already")]
    PasskeyTaken,
    /// The user has as many as they may.
    #[error("the user has {MOST} passkeys")]
    TooManyPasskeys,
    /// The user has no such passkey.
    #[error("there is no passkey {0}")]
    UnknownPasskey(PasskeyId),
    /// Browsers have no passkeys for an address by number.
    #[error("the installation has no name for passkeys")]
    NoPasskeys,
}

impl From<Unproved> for Problem {
    fn from(refusal: Unproved) -> Self {
        let unauthorised = |code, text: &str| Self::new(StatusCode::UNAUTHORIZED, code, text);
        match refusal {
            Unproved::SignIn => unauthorised(
                "invalid_mfa_token",
                "This sign-in cannot go on: it is unknown, over, or was tried too often. Log in again.",
            ),
            Unproved::SignInFactor => unauthorised(
                "invalid_code",
                "This code or passkey cannot be used, or not again. Send the next code of your app, or another factor.",
            ),
            Unproved::Wrong => Self::refused(
                "invalid_code",
                "This cannot be used, or not again. Send the next code of your app, or another factor.",
            ),
            Unproved::Wait { seconds } => {
                let text = format!(
                    "Too many wrong codes: wait {seconds} s before the next one, or use a passkey or a recovery code."
                );
                Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", text)
                    .retry_after(seconds)
            }
            Unproved::StepUp(factors) => step_up_required(factors),
            Unproved::TotpInUse => Self::conflict(
                "totp_in_use",
                "An authenticator app is set up already. Disable it first.",
            ),
            Unproved::TotpNotSetUp => Self::conflict(
                "totp_not_set_up",
                "There is no authenticator app to enable. Begin with `POST /api/v1/auth/2fa/setup`.",
            ),
            Unproved::NoSecondFactor => Self::conflict(
                "no_second_factor",
                "There is no second factor. Set up an authenticator app or a passkey first.",
            ),
            Unproved::Ceremony => Self::refused(
                "invalid_ceremony",
                "This ceremony is unknown, used or older than five minutes. Begin another.",
            ),
            Unproved::PasskeyRefused => Self::refused(
                "passkey_refused",
                "This answer registers no passkey. Pass on what the browser answers, unchanged, and let it verify its user.",
            ),
            Unproved::PasskeyTaken => Self::conflict(
                "passkey_taken",
                "This passkey is registered already. Use another.",
            ),
            Unproved::TooManyPasskeys => {
                let text =
                    format!("You have {MOST} passkeys, which is the most. Delete one first.");
                Self::conflict("too_many_passkeys", text)
            }
            Unproved::UnknownPasskey(id) => Self::not_found(format!("You have no passkey {id}.")),
            Unproved::NoPasskeys => Self::refused(
                "passkeys_unavailable",
                "This installation has no name for passkeys. Its operator sets identity.public_url to https:// and a name.",
            ),
        }
    }
}

/// The wrong codes of an account since the last right one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Failures {
    /// How many.
    pub(crate) count: i64,
    /// When another may be tried.
    pub(crate) wait_until: Timestamp,
}

impl Failures {
    /// Seconds until another code may be tried; none where one may be now.
    pub(crate) fn wait(self, now: Timestamp) -> Option<u32> {
        let left = self.wait_until.micros().saturating_sub(now.micros());
        let seconds =
            u32::try_from(left.max(0).saturating_add(SECOND - 1) / SECOND).unwrap_or(u32::MAX);
        (left > 0).then_some(seconds)
    }

    /// After one more.
    pub(crate) fn and_one_more(self, now: Timestamp) -> Self {
        let count = self.count.saturating_add(1);
        Self {
            count,
            wait_until: now.plus(BACKOFF.after(count - FREE_FAILURES)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_after_the_fifth_wrong_code_and_never_beyond_a_quarter_of_an_hour() {
        let now = Timestamp(1_000 * SECOND);
        let mut failures = Failures::default();
        let mut waits = vec![];
        for _ in 0..40 {
            failures = failures.and_one_more(now);
            waits.push(failures.wait(now).unwrap_or(0));
        }
        assert_eq!(
            waits[..15],
            [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900]
        );
        assert!(waits[15..].iter().all(|wait| *wait == 900));
    }

    #[test]
    fn a_wait_ends_to_the_microsecond_and_is_told_in_whole_seconds() {
        let now = Timestamp(0);
        let failures = Failures {
            count: 5,
            wait_until: Timestamp(SECOND + 1),
        };
        assert_eq!(failures.wait(now), Some(2));
        assert_eq!(failures.wait(now.plus(SECOND)), Some(1));
        assert_eq!(failures.wait(now.plus(SECOND + 1)), None);
    }
}
