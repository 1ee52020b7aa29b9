//! How often somebody may do something: the generic cell rate algorithm (GCRA), counted in this process or in Redis. It never
//! decides what is counted, or what becomes of whoever is refused.
//!
//! A counter is one number: the time at which it would be empty again. Each request moves it a step into the future; a request
//! that would move it further than the window is refused and moves nothing.

mod memory;
mod redis;

use std::fmt;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use uuid::Uuid;

use crate::clock::{SECOND, SharedClock};
use memory::Memory;
use redis::Redis;

pub use redis::InvalidRedisUrl;

/// How often Redis is asked whether it is back.
const ASK_REDIS_EVERY: Duration = Duration::from_secs(1);

/// So many at once, and as many per minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// How many per minute: at least 1.
    pub per_minute: u32,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// What is done, one word.
    pub class: &'static str,
    /// Who does it.
    pub who: Who,
}

/// Who is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Who {
    /// A network: see [`crate::client::Client::network`].
    Network(IpAddr),
    /// An account.
    Account(Uuid),
}

/// What a counter says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Whether this one may be done.
    pub allowed: bool,
    /// How many more may be done at once.
    pub remaining: u32,
    /// Seconds until the counter is empty again.
    pub reset_s: u32,
    /// Seconds until the next one may be done; 0 where it may be now.
    pub retry_after_s: u32,
}

impl Quota {
    /// Microseconds: what is counted is forgotten after it.
    const WINDOW: i64 = 60 * SECOND;

    /// Microseconds of one request.
    fn step(self) -> i64 {
        (Self::WINDOW / i64::from(self.per_minute.max(1))).max(1)
    }

    /// What it means that a counter stands so many microseconds in the future after a request.
    fn verdict(self, allowed: bool, used: i64) -> Verdict {
        let seconds = |micros: i64| {
            let rounded_up = micros.max(0).saturating_add(SECOND - 1) / SECOND;
            u32::try_from(rounded_up).unwrap_or(u32::MAX)
        };
        let room = (Self::WINDOW - used).max(0);
        let retry = if room >= self.step() {
            0
        } else {
            seconds(self.step() - room).max(1)
        };
        Verdict {
            allowed,
            remaining: u32::try_from(room / self.step()).unwrap_or(u32::MAX),
            reset_s: seconds(used),
            retry_after_s: retry,
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.who {
            Who::Network(network) => write!(f, "{}:{network}", self.class),
            Who::Account(account) => write!(f, "{}:{account}", self.class),
        }
    }
}

/// Counts; cheap to clone.
#[derive(Clone)]
pub struct RateLimiter(Arc<Counters>);

struct Counters {
    clock: SharedClock,
    memory: Memory,
    redis: Option<Redis>,
    redis_is_away: AtomicBool,
}

impl RateLimiter {
    /// Counts in this process: each node has counters of its own.
    #[must_use]
    pub fn in_memory(clock: SharedClock) -> Self {
        Self::new(clock, None)
    }

    /// Counts in Redis, for all nodes together; where that does not answer, in this process. Connects at the first use.
    ///
    /// # Errors
    /// [`InvalidRedisUrl`].
    pub fn in_redis(url: &str, clock: SharedClock) -> Result<Self, InvalidRedisUrl> {
        Ok(Self::new(clock, Some(Redis::new(url)?)))
    }

    fn new(clock: SharedClock, redis: Option<Redis>) -> Self {
        Self(Arc::new(Counters {
            clock,
            memory: Memory::default(),
            redis,
            redis_is_away: AtomicBool::new(false),
        }))
    }

    /// Counts one, if it may be done. Only the first requests of an outage of Redis wait for it.
    pub async fn take(&self, key: Key, quota: Quota) -> Verdict {
        let counters = &self.0;
        if let Some(redis) = &counters.redis
            && !counters.redis_is_away.load(Ordering::Relaxed)
        {
            match redis.take(key, quota).await {
                Ok(verdict) => return verdict,
                Err(error) => {
                    if !counters.redis_is_away.swap(true, Ordering::Relaxed) {
                        tracing::warn!(%error, "Redis does not count requests: each node counts alone");
                        tokio::spawn(watch_for_redis(Arc::downgrade(counters)));
                    }
                }
            }
        }
        counters.memory.take(key, quota, counters.clock.now())
    }
}

/// Asks Redis now and then whether it is back, and has it count again once it is. Ends with the limiter.
async fn watch_for_redis(counters: Weak<Counters>) {
    loop {
        tokio::time::sleep(ASK_REDIS_EVERY).await;
        let Some(counters) = counters.upgrade() else {
            return;
        };
        let Some(redis) = &counters.redis else {
            return;
        };
        if redis.answers().await.is_ok() {
            counters.redis_is_away.store(false, Ordering::Relaxed);
            tracing::info!("Redis counts requests again");
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_says_how_many_are_left_and_when_to_come_again() {
        let quota = Quota { per_minute: 60 };
        let of = |allowed, used| quota.verdict(allowed, used);
        let verdict = |allowed, remaining, reset_s, retry_after_s| Verdict {
            allowed,
            remaining,
            reset_s,
            retry_after_s,
        };
        assert_eq!(of(true, SECOND), verdict(true, 59, 1, 0));
        assert_eq!(of(true, 59 * SECOND), verdict(true, 1, 59, 0));
        assert_eq!(of(true, 60 * SECOND), verdict(true, 0, 60, 1));
        assert_eq!(of(false, 59 * SECOND + 1), verdict(false, 0, 60, 1));
        let hourly = Quota { per_minute: 2 };
        assert_eq!(hourly.verdict(false, 60 * SECOND).retry_after_s, 30);
    }

    #[test]
    fn a_quota_of_nothing_or_of_everything_does_not_fail() {
        assert_eq!(Quota { per_minute: 0 }.step(), Quota::WINDOW);
        assert_eq!(
            Quota {
                per_minute: u32::MAX
            }
            .step(),
            1
        );
    }
}
