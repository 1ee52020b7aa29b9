//! What risk knows of users, by the feed of identity.

pub(crate) mod store;
mod taking;

use contracts::identity::UserId;
use values::Timestamp;

/// When an id was made: a UUID of version 7 begins with the milliseconds (RFC 9562, section 5.7).
pub(crate) fn made_at(user: UserId) -> Timestamp {
    let millis = i64::try_from(user.uuid().as_u128() >> 80).unwrap_or_default();
    Timestamp(millis.saturating_mul(1_000))
}
