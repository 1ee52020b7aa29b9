//! How often somebody may do something: the generic cell rate algorithm (GCRA), counted in this
//! process or in Redis. It never decides what is counted, or what becomes of anyone who is refused.
//!
//! A counter is one number: the time at which it would be empty again. Each request moves it a step
//! into the future; a request that would move it further than the quota's window is refused and
//! moves nothing.

mod memory;
mod quota;
mod redis;

use std::fmt;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use uuid::Uuid;
use values::Timestamp;

use memory::Memory;
use platform::clock::SharedClock;
use redis::{Redis, RedisError};

pub use quota::{InvalidQuota, Quota};
pub use redis::InvalidRedisUrl;

/// How often Redis is asked whether it is back.
const ASK_REDIS_EVERY: Duration = Duration::from_secs(1);

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

    /// Counts in Redis, for all nodes together; where that does not answer, in this process.
    /// Connects at the first use.
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
        if let Some(redis) = self.redis() {
            match redis.take(key, quota).await {
                Ok(verdict) => return verdict,
                Err(error) => self.redis_failed(&error),
            }
        }
        // By the clock that nobody sets: one that goes back would refuse all who have asked.
        let counters = &self.0;
        let now = Timestamp(counters.clock.steady());
        counters.memory.take(key, quota, now)
    }

    /// Counts one less: what was taken turned out to be free.
    pub async fn give_back(&self, key: Key, quota: Quota) {
        if let Some(redis) = self.redis() {
            match redis.give_back(key, quota).await {
                Ok(()) => return,
                Err(error) => self.redis_failed(&error),
            }
        }
        self.0.memory.give_back(key, quota);
    }

    /// Redis, where it counts.
    fn redis(&self) -> Option<&Redis> {
        let redis = self.0.redis.as_ref()?;
        (!self.0.redis_is_away.load(Ordering::Relaxed)).then_some(redis)
    }

    fn redis_failed(&self, error: &RedisError) {
        if !self.0.redis_is_away.swap(true, Ordering::Relaxed) {
            tracing::warn!(%error, "Redis does not count requests: each node counts alone");
            tokio::spawn(watch_for_redis(Arc::downgrade(&self.0)));
        }
    }
}

/// Asks Redis now and then whether it is back, and has it count again once it is. Ends with the
/// limiter.
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
