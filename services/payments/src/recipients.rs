//! Who would receive what is sent to an e-mail, and how often a user may ask. It looks nobody up
//! itself.

use contracts::identity::UserId;
use contracts::payments::WalletId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::rate_limit::{Key, Quota, RateLimiter, Who};

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

/// Counts look-ups per user, so that nobody finds out by trying which e-mails have accounts.
#[derive(Clone)]
pub(crate) struct Lookups {
    limiter: RateLimiter,
    /// None: nobody may look up anything.
    quota: Option<Quota>,
}

impl Lookups {
    /// So many look-ups per user and minute; 0: none.
    pub(crate) fn new(limiter: RateLimiter, per_minute: u32) -> Self {
        let quota = Quota {
            limit: per_minute,
            window_s: 60,
        };
        Self {
            limiter,
            quota: (per_minute > 0).then_some(quota),
        }
    }

    /// Takes one look-up of a user's.
    ///
    /// # Errors
    /// [`TooManyLookups`].
    pub(crate) async fn take(&self, user: UserId) -> Result<(), TooManyLookups> {
        let Some(quota) = self.quota else {
            return Err(TooManyLookups { retry_after: 60 });
        };
        let verdict = self.limiter.take(key(user), quota).await;
        let retry_after = verdict.retry_after_s;
        match verdict.allowed {
            true => Ok(()),
            false => Err(TooManyLookups { retry_after }),
        }
    }

    /// Gives one look-up back: it told the user nothing that they did not know.
    pub(crate) async fn give_back(&self, user: UserId) {
        if let Some(quota) = self.quota {
            self.limiter.give_back(key(user), quota).await;
        }
    }
}

fn key(user: UserId) -> Key {
    Key {
        class: "lookups",
        who: Who::Account(user.uuid()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use platform::clock::SystemClock;
    use platform::ids::{Ids, SystemEntropy};
    use std::sync::Arc;
    use testkit::FakeClock;
    use uuid::Uuid;
    use values::SECOND;

    const ANN: UserId = UserId(Uuid::from_u128(1));
    const BOB: UserId = UserId(Uuid::from_u128(2));

    fn lookups(per_minute: u32) -> (Lookups, Arc<FakeClock>) {
        let clock = FakeClock::new();
        let limiter = RateLimiter::in_memory(clock.clone());
        (Lookups::new(limiter, per_minute), clock)
    }

    #[tokio::test]
    async fn a_minutes_lookups_are_used_up_by_one_user_and_not_by_another() {
        let (lookups, _) = lookups(3);
        for _ in 0..3 {
            assert!(lookups.take(ANN).await.is_ok());
        }
        let refused = Err(TooManyLookups { retry_after: 20 });
        assert_eq!(lookups.take(ANN).await, refused);
        assert!(lookups.take(BOB).await.is_ok());
    }

    #[tokio::test]
    async fn after_the_time_it_names_there_is_exactly_one_more() {
        let (lookups, clock) = lookups(3);
        while lookups.take(ANN).await.is_ok() {}
        clock.advance(20 * SECOND - 1);
        assert!(lookups.take(ANN).await.is_err());
        clock.advance(1);
        assert!(lookups.take(ANN).await.is_ok());
        assert!(lookups.take(ANN).await.is_err());
    }

    #[tokio::test]
    async fn what_is_given_back_can_be_taken_again() {
        let (lookups, _) = lookups(1);
        assert!(lookups.take(ANN).await.is_ok());
        lookups.give_back(ANN).await;
        assert!(lookups.take(ANN).await.is_ok());
        assert!(lookups.take(ANN).await.is_err());
    }

    #[tokio::test]
    async fn a_limit_of_nothing_refuses_all() {
        assert!(lookups(0).0.take(ANN).await.is_err());
    }

    #[tokio::test]
    async fn nodes_with_one_redis_count_a_users_lookups_together() {
        let Some(url) = testkit::redis_url() else {
            return;
        };
        let node = || {
            let limiter = RateLimiter::in_redis(&url, Arc::new(SystemClock)).unwrap();
            Lookups::new(limiter, 3)
        };
        let (one, two) = (node(), node());
        let user = UserId(Ids::new(Arc::new(SystemClock), Arc::new(SystemEntropy)).next());
        assert!(one.take(user).await.is_ok() && two.take(user).await.is_ok());
        assert!(one.take(user).await.is_ok());
        assert!(one.take(user).await.is_err() && two.take(user).await.is_err());
    }
}
