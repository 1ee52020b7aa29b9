//! Counters in Redis, shared by all nodes, by the clock of Redis. They expire there by themselves.

use std::time::Duration;

pub(super) use redis::RedisError;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, Script};
use tokio::sync::OnceCell;

use super::{Key, Quota, Verdict};

/// What the keys begin with.
const PREFIX: &str = "payflow:rate:";
/// A request is not worth a longer wait: it is counted in the process then.
const TIMEOUT: Duration = Duration::from_millis(250);

/// GCRA in one step. Times are microseconds and fit a double exactly.
const TAKE: &str = r"
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local step, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local used = math.min(math.max((tonumber(redis.call('GET', KEYS[1])) or 0) - now, 0), window)
if used + step > window then
    return {0, used}
end
used = used + step
redis.call('SET', KEYS[1], string.format('%.0f', now + used), 'PX', math.ceil(used / 1000))
return {1, used}
";

/// Takes a step back out of a counter. One that has expired is empty already.
const GIVE_BACK: &str = r"
local empty_at, ttl = tonumber(redis.call('GET', KEYS[1])), redis.call('PTTL', KEYS[1])
if empty_at and ttl > 0 then
    redis.call('SET', KEYS[1], string.format('%.0f', empty_at - ARGV[1]), 'PX', ttl)
end
";

/// A URL that names no Redis server. It is not shown, since it may hold a password.
#[derive(Debug, thiserror::Error)]
#[error(
    "redis_url is no address of a Redis server: write for instance redis://127.0.0.1:6379 or rediss://:password@host:6380"
)]
pub struct InvalidRedisUrl;

/// A Redis server.
pub(super) struct Redis {
    client: Client,
    connection: OnceCell<ConnectionManager>,
    take: Script,
    give_back: Script,
}

impl Redis {
    pub(super) fn new(url: &str) -> Result<Self, InvalidRedisUrl> {
        Ok(Self {
            client: Client::open(url).map_err(|_| InvalidRedisUrl)?,
            connection: OnceCell::new(),
            take: Script::new(TAKE),
            give_back: Script::new(GIVE_BACK),
        })
    }

    /// The connection, which is made, and made again, by itself.
    async fn connection(&self) -> Result<ConnectionManager, RedisError> {
        let connect = async || {
            let config = ConnectionManagerConfig::new()
                .set_number_of_retries(1)
                .set_max_delay(Duration::from_secs(1))
                .set_connection_timeout(Some(TIMEOUT))
                .set_response_timeout(Some(TIMEOUT));
            ConnectionManager::new_lazy_with_config(self.client.clone(), config)
        };
        Ok(self.connection.get_or_try_init(connect).await?.clone())
    }

    /// Whether the server answers.
    pub(super) async fn answers(&self) -> Result<(), RedisError> {
        let mut connection = self.connection().await?;
        redis::cmd("PING").query_async(&mut connection).await
    }

    pub(super) async fn take(&self, key: Key, quota: Quota) -> Result<Verdict, RedisError> {
        let mut connection = self.connection().await?;
        let mut invocation = self.take.key(format!("{PREFIX}{key}"));
        invocation.arg(quota.step()).arg(quota.window());
        let (allowed, used): (i64, i64) = invocation.invoke_async(&mut connection).await?;
        Ok(quota.verdict(allowed == 1, used))
    }

    pub(super) async fn give_back(&self, key: Key, quota: Quota) -> Result<(), RedisError> {
        let mut connection = self.connection().await?;
        let mut invocation = self.give_back.key(format!("{PREFIX}{key}"));
        invocation.arg(quota.step());
        invocation.invoke_async(&mut connection).await
    }
}
