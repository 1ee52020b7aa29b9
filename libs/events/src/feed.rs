//! What a service has committed, in order, for others to read. It never forgets on behalf of a
//! reader: how far somebody has read is theirs to know.

use async_trait::async_trait;
use contracts::events::{Event, EventId};
use db::Position;
use uuid::Uuid;
use values::Timestamp;

/// Why a feed could not be read now.
#[derive(Debug, thiserror::Error)]
#[error("the feed `{feed}` could not be read")]
pub struct FeedError {
    /// Its name.
    pub feed: &'static str,
    /// What stands against it.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// A part of a feed.
#[derive(Debug, Default)]
pub struct Page {
    /// Its events, in order.
    pub events: Vec<Event>,
    /// Up to here there are no others: where the next part begins.
    pub through: i64,
}

/// The committed events of a service.
#[async_trait]
pub trait Feed: Send + Sync + 'static {
    /// The name of the service.
    fn name(&self) -> &'static str;

    /// The events after a position, the oldest first, so many at most.
    ///
    /// # Errors
    /// [`FeedError`]; nothing is lost, another attempt may do.
    async fn read(&self, after: i64, limit: u32) -> Result<Page, FeedError>;

    /// The position of the newest event; 0 where there is none.
    ///
    /// # Errors
    /// As [`Feed::read`].
    async fn newest(&self) -> Result<i64, FeedError>;

    /// Where the log of the service ends that this process has seen committed, with a hash that
    /// covers all before: by this another service notices an older state of it
    /// ([`crate::LogEnds`]). None where there is no such log, or nothing was seen of it.
    fn log_end(&self) -> Option<Position> {
        None
    }

    /// Returns when there may be something after a position, at once where there is.
    async fn wait(&self, after: i64);
}

/// The id of an event by its place in its feed, so that it need not be stored: a UUID with the time
/// of version 7, whose other bits are a hash.
#[must_use]
pub fn event_id(feed: &str, sequence: i64, time: Timestamp) -> EventId {
    let mut hash = blake3::Hasher::new_derive_key("PayFlow event id 1");
    hash.update(feed.as_bytes());
    hash.update(&sequence.to_le_bytes());
    hash.update(&time.micros().to_le_bytes());
    let mut random = [0; 16];
    hash.finalize_xof().fill(&mut random);
    let millis = u128::from((time.micros().max(0) / 1_000).unsigned_abs());
    let random = u128::from_be_bytes(random);
    // 48 bits of milliseconds, version 7, 12 bits, variant 2, 62 bits (RFC 9562, section 5.7).
    let bits = (millis & 0xffff_ffff_ffff) << 80
        | 7 << 76
        | (random >> 64 & 0xfff) << 64
        | 2 << 62
        | random & 0x3fff_ffff_ffff_ffff;
    EventId(Uuid::from_u128(bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_an_event_is_always_the_same_and_that_of_another_is_different() {
        let at = Timestamp(1_767_225_600_123_456);
        let id = event_id("payments", 7, at);
        assert_eq!(id, event_id("payments", 7, at));
        assert_eq!(id.uuid().get_version_num(), 7);
        assert_eq!(id.uuid().as_u128() >> 80, 1_767_225_600_123);
        assert_eq!(id.uuid().get_variant(), uuid::Variant::RFC4122);
        for other in [
            event_id("payments", 8, at),
            event_id("identity", 7, at),
            event_id("payments", 7, at.plus(1)),
        ] {
            assert_ne!(id, other);
        }
    }
}
