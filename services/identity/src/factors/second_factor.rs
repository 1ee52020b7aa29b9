//! Second factors, decided: when a wrong code may be followed by another, and what a user shows to
//! prove who they are. Pure.

use platform::backoff::Backoff;
use secrecy::SecretString;
use values::{SECOND, Timestamp};
use webauthn_rs::prelude::PublicKeyCredential;

use crate::login::lockout::CLOCKS_DIFFER;

/// Wrong codes of an account that cost no wait: people mistype.
const FREE_FAILURES: i64 = 4;
/// The waits after further ones. The longest lets 96 guesses a day through, so that guessing takes
/// some 3,400 days; and the owner is never locked out for longer, nor at all with a passkey or a
/// recovery code.
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
    SecondFactor(FactorProof),
}

/// A second factor that is shown.
#[expect(
    clippy::large_enum_variant,
    reason = "there is one for a request, not many"
)]
#[derive(Debug)]
pub enum FactorProof {
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

/// The wrong codes of an account since the last right one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Failures {
    /// How many.
    pub(crate) count: i64,
    /// When another may be tried.
    pub(crate) wait_until: Timestamp,
}

impl Failures {
    /// Seconds until another code may be tried; none where one may be now. A wait that ends later
    /// than the longest one was set by a clock that was wrong, and is none.
    pub(crate) fn wait(self, now: Timestamp) -> Option<u32> {
        let left = self.wait_until.micros().saturating_sub(now.micros());
        if left > BACKOFF.longest + CLOCKS_DIFFER {
            return None;
        }
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
    fn a_wait_that_a_clock_in_the_future_has_set_is_none() {
        let set_at = Timestamp(40 * values::DAY);
        let failures = (0..30).fold(Failures::default(), |failures, _| {
            failures.and_one_more(set_at)
        });
        assert_eq!(failures.wait(set_at), Some(900));
        assert_eq!(failures.wait(set_at.plus(-10 * SECOND)), Some(910));
        assert_eq!(failures.wait(set_at.plus(-10 * SECOND - 1)), None);
        assert_eq!(failures.wait(Timestamp(0)), None);
        assert_eq!(
            failures.and_one_more(Timestamp(0)).wait(Timestamp(0)),
            Some(900)
        );
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
