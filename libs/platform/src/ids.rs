//! Ids: UUID version 7 (RFC 9562, section 5.7) made from a clock and a random source, and their text
//! form outside, a TypeID (prefix and 26 base-32 characters). It never decides what an id stands for.

use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

use crate::clock::SharedClock;

/// Where randomness comes from: fills the buffer.
pub trait Entropy: Send + Sync + 'static {
    /// Fills `buffer` with random bytes.
    fn fill(&self, buffer: &mut [u8]);
}

/// The operating system's random source.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        // A machine without random numbers cannot make keys or ids: going on would be worse than stopping.
        assert!(
            getrandom::fill(buffer).is_ok(),
            "the operating system gives no random numbers"
        );
    }
}

/// Makes ids that rise: within one process each id is greater than the one before it,
/// so that unique indexes on ids are nearly appends.
#[derive(Clone)]
pub struct Ids {
    clock: SharedClock,
    entropy: Arc<dyn Entropy>,
    last: Arc<Mutex<Pool>>,
}

/// The last id given out and random bytes fetched ahead: one system call serves many ids.
struct Pool {
    last: u128,
    random: [u8; 512],
    used: usize,
}

const RANDOM_MASK: u128 = 0x0000_0000_0000_0000_3fff_ffff_ffff_ffff;

impl Ids {
    /// Ids from this clock and this random source.
    #[must_use]
    pub fn new(clock: SharedClock, entropy: Arc<dyn Entropy>) -> Self {
        let pool = Pool {
            last: 0,
            random: [0; 512],
            used: 512,
        };
        Self {
            clock,
            entropy,
            last: Arc::new(Mutex::new(pool)),
        }
    }

    /// The next id.
    #[must_use]
    pub fn next(&self) -> Uuid {
        let now = u128::from(self.clock.now().micros().max(0).unsigned_abs());
        let mut pool = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if pool.used + 8 > pool.random.len() {
            self.entropy.fill(&mut pool.random);
            pool.used = 0;
        }
        let mut bytes = [0; 8];
        let used = pool.used;
        bytes.copy_from_slice(&pool.random[used..used + 8]);
        pool.used += 8;
        // 48 bits of milliseconds, version 7, the microseconds within (RFC 9562, section 6.2, method 3), 62 random bits.
        let (millis, fraction) = (now / 1_000, (now % 1_000) * 4);
        let random = u128::from(u64::from_be_bytes(bytes)) & RANDOM_MASK;
        let mut id = (millis << 80) | (7 << 76) | (fraction << 64) | (2 << 62) | random;
        if id <= pool.last {
            id = successor(pool.last);
        }
        pool.last = id;
        Uuid::from_u128(id)
    }

    /// Random bytes, for secrets.
    #[must_use]
    pub fn secret<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes);
        bytes
    }
}

/// The id after `id` with version and variant kept: a clock that stands still or goes back must not repeat an id.
fn successor(id: u128) -> u128 {
    if id & RANDOM_MASK == RANDOM_MASK {
        (((id >> 64) + 1) << 64) | (2 << 62)
    } else {
        id + 1
    }
}

/// An id text that is not of the expected form.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidId {
    /// Another kind of id than the one asked for.
    #[error("expected an id that starts with `{expected}_`")]
    WrongPrefix {
        /// The prefix asked for.
        expected: &'static str,
    },
    /// The part after the prefix is no base-32 UUID.
    #[error("`{expected}_` must be followed by 26 characters of base 32")]
    Malformed {
        /// The prefix asked for.
        expected: &'static str,
    },
}

#[doc(hidden)]
pub mod reexport {
    pub use {serde, utoipa, uuid};
}

/// Declares an id type over a UUID with its own TypeID prefix: `typed_id!(/// doc WalletId, "wal");`
#[macro_export]
macro_rules! typed_id {
    ($(#[$meta:meta])* $name:ident, $prefix:literal) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $crate::ids::reexport::uuid::Uuid);

        impl $name {
            /// The id behind a UUID.
            #[must_use]
            pub const fn from_uuid(uuid: $crate::ids::reexport::uuid::Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID behind the id.
            #[must_use]
            pub const fn uuid(self) -> $crate::ids::reexport::uuid::Uuid {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $crate::ids::typed_text($prefix, self.0, |text| f.write_str(text))
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::ids::InvalidId;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::ids::parse_typed($prefix, text).map(Self)
            }
        }

        impl $crate::ids::reexport::serde::Serialize for $name {
            fn serialize<S: $crate::ids::reexport::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::ids::typed_text($prefix, self.0, |text| serializer.serialize_str(text))
            }
        }

        impl<'de> $crate::ids::reexport::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::ids::reexport::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::text::deserialize(deserializer)
            }
        }

        impl $crate::ids::reexport::utoipa::PartialSchema for $name {
            fn schema() -> $crate::ids::reexport::utoipa::openapi::RefOr<$crate::ids::reexport::utoipa::openapi::schema::Schema> {
                $crate::ids::typed_schema($prefix)
            }
        }

        impl $crate::ids::reexport::utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                std::borrow::Cow::Borrowed(stringify!($name))
            }
        }
    };
}

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// The longest prefix, `_`, and the 26 characters of a UUID: 130 bits, the first two zero (TypeID specification 0.3).
const TEXT: usize = 40;

/// Gives the text of an id to `take`; it is made on the stack, since every answer has several.
#[doc(hidden)]
pub fn typed_text<T>(prefix: &str, uuid: Uuid, take: impl FnOnce(&str) -> T) -> T {
    let mut text = [b'_'; TEXT];
    let start = prefix.len().min(TEXT - 27);
    text[..start].copy_from_slice(&prefix.as_bytes()[..start]);
    let mut bits = uuid.as_u128();
    for slot in text[start + 1..start + 27].iter_mut().rev() {
        *slot = ALPHABET[usize::from((bits & 31) as u8)];
        bits >>= 5;
    }
    take(std::str::from_utf8(&text[..start + 27]).unwrap_or_default())
}

#[doc(hidden)]
pub fn parse_typed(expected: &'static str, text: &str) -> Result<Uuid, InvalidId> {
    let suffix = text
        .strip_prefix(expected)
        .and_then(|rest| rest.strip_prefix('_'))
        .ok_or(InvalidId::WrongPrefix { expected })?;
    let malformed = InvalidId::Malformed { expected };
    if suffix.len() != 26 || suffix.as_bytes()[0] > b'7' {
        return Err(malformed);
    }
    let mut bits: u128 = 0;
    for byte in suffix.bytes() {
        let value = VALUES[usize::from(byte)];
        if value == NO_LETTER {
            return Err(malformed);
        }
        bits = (bits << 5) | u128::from(value);
    }
    Ok(Uuid::from_u128(bits))
}

/// The value of each byte as a letter: one look instead of a search, since a ledger batch has tens of thousands of ids.
const VALUES: [u8; 256] = {
    let mut values = [NO_LETTER; 256];
    let mut value: u8 = 0;
    while value < 32 {
        values[ALPHABET[value as usize] as usize] = value;
        value += 1;
    }
    values
};
const NO_LETTER: u8 = u8::MAX;

#[doc(hidden)]
#[must_use]
pub fn typed_schema(prefix: &str) -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
    utoipa::openapi::ObjectBuilder::new()
        .schema_type(utoipa::openapi::schema::Type::String)
        .pattern(Some(format!("^{prefix}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$")))
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, Timestamp};

    typed_id!(
        /// An id for these tests.
        TestId,
        "tst"
    );

    struct Stopped;
    impl Clock for Stopped {
        fn now(&self) -> Timestamp {
            Timestamp(1_700_000_000_000_123)
        }

        fn steady(&self) -> i64 {
            0
        }
    }

    #[test]
    fn ids_rise_while_the_clock_stands_still() {
        let ids = Ids::new(Arc::new(Stopped), Arc::new(SystemEntropy));
        let made: Vec<_> = (0..1_000).map(|_| ids.next()).collect();
        assert!(made.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(made.iter().all(|id| id.get_version_num() == 7));
    }

    #[test]
    fn the_successor_of_a_full_random_part_keeps_the_variant() {
        let full = (7 << 76) | (2 << 62) | RANDOM_MASK;
        let next = Uuid::from_u128(successor(full));
        assert!(next.as_u128() > full);
        assert_eq!(next.get_variant(), uuid::Variant::RFC4122);
    }

    #[test]
    fn text_is_the_typeid_of_the_specification() {
        // From the specification's list of valid pairs.
        let uuid: Uuid = "0110c853-1d09-52d8-d73e-1194e95b5f19".parse().unwrap();
        let id = TestId::from_uuid(uuid);
        assert_eq!(id.to_string(), "tst_0123456789abcdefghjkmnpqrs");
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.uuid(), uuid);
    }

    #[test]
    fn another_prefix_and_bad_letters_are_refused() {
        let wrong = InvalidId::WrongPrefix { expected: "tst" };
        assert_eq!(
            "usr_0123456789abcdefghjkmnpqrs".parse::<TestId>(),
            Err(wrong)
        );
        for text in [
            "tst_",
            "tst_8123456789abcdefghjkmnpqrs",
            "tst_0123456789abcdefghjkmnpqrS",
            "tst_0123456789abcdefghjkmnpqr\u{e9}",
        ] {
            assert_eq!(
                text.parse::<TestId>(),
                Err(InvalidId::Malformed { expected: "tst" }),
                "{text}"
            );
        }
    }
}
