//! Who would receive what is sent to an e-mail, and how often a user may ask. It looks nobody up
//! itself.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use contracts::identity::UserId;
use contracts::payments::WalletId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use values::{SECOND, Timestamp};

/// Who would receive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Recipient {
    /// The wallet that the money would go to.
    pub wallet_id: WalletId,
    /// What the owner calls themselves.
    #[schema(example = "Bob Example")]
    pub display_name: String,
}

/// A user looked up more recipients than they may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooManyLookups {
    /// The seconds after which there is one look-up again.
    pub retry_after: u32,
}

/// Counts look-ups per user, so that nobody finds out by trying which e-mails have accounts. Each
/// process counts for itself.
///
/// A bucket that holds a minute's look-ups and fills evenly (GCRA, ITU-T I.371): per user it keeps
/// the time at which the bucket is full again.
#[derive(Debug)]
pub(crate) struct LookupLimiter {
    /// µs per look-up.
    interval: i64,
    /// µs that the bucket holds.
    capacity: i64,
    full_at: Mutex<HashMap<UserId, i64>>,
}

const MINUTE: i64 = 60 * SECOND;
/// How many users are remembered before those whose buckets are full are forgotten.
const REMEMBERED: usize = 10_000;

impl LookupLimiter {
    /// So many look-ups per user and minute; 0: none.
    #[must_use]
    pub fn new(per_minute: u32) -> Self {
        let interval = MINUTE.checked_div(i64::from(per_minute));
        Self {
            interval: interval.unwrap_or(MINUTE),
            capacity: if per_minute == 0 { 0 } else { MINUTE },
            full_at: Mutex::default(),
        }
    }

    /// Takes one look-up from a user's bucket.
    ///
    /// # Errors
    /// [`TooManyLookups`].
    pub fn take(&self, user: UserId, now: Timestamp) -> Result<(), TooManyLookups> {
        let now = now.micros();
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() >= REMEMBERED {
            full_at.retain(|_, at| *at > now);
        }
        let next = full_at.get(&user).map_or(now, |at| *at.max(&now)) + self.interval;
        let wait = next - now - self.capacity;
        if wait > 0 {
            let seconds = wait.div_euclid(SECOND) + i64::from(wait.rem_euclid(SECOND) > 0);
            let retry_after = u32::try_from(seconds).unwrap_or(60);
            return Err(TooManyLookups { retry_after });
        }
        full_at.insert(user, next);
        Ok(())
    }

    /// Gives one look-up back: it told the user nothing that they did not know.
    pub fn give_back(&self, user: UserId) {
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = full_at.get_mut(&user) {
            *at -= self.interval;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const ANN: UserId = UserId(Uuid::from_u128(1));
    const BOB: UserId = UserId(Uuid::from_u128(2));
    const NOON: Timestamp = Timestamp(1_700_000_000_000_000);

    #[test]
    fn a_minutes_lookups_are_used_up_by_one_user_and_not_by_another() {
        let limiter = LookupLimiter::new(3);
        for _ in 0..3 {
            assert!(limiter.take(ANN, NOON).is_ok());
        }
        let refused = Err(TooManyLookups { retry_after: 20 });
        assert_eq!(limiter.take(ANN, NOON), refused);
        assert!(limiter.take(BOB, NOON).is_ok());
    }

    #[test]
    fn after_the_time_it_names_there_is_exactly_one_more() {
        let limiter = LookupLimiter::new(3);
        while limiter.take(ANN, NOON).is_ok() {}
        assert!(limiter.take(ANN, NOON.plus(20 * SECOND - 1)).is_err());
        assert!(limiter.take(ANN, NOON.plus(20 * SECOND)).is_ok());
        assert!(limiter.take(ANN, NOON.plus(20 * SECOND)).is_err());
    }

    #[test]
    fn what_is_given_back_can_be_taken_again() {
        let limiter = LookupLimiter::new(1);
        assert!(limiter.take(ANN, NOON).is_ok());
        limiter.give_back(ANN);
        assert!(limiter.take(ANN, NOON).is_ok());
        assert!(limiter.take(ANN, NOON).is_err());
    }

    #[test]
    fn a_limit_of_nothing_refuses_all() {
        assert!(LookupLimiter::new(0).take(ANN, NOON).is_err());
    }
}
