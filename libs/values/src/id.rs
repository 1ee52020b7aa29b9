//! Ids as texts: a TypeID (prefix and 26 base-32 characters) over a UUID. It makes no ids, and
//! never decides what one stands for.

use uuid::Uuid;

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

/// Declares an id type over a UUID with its own TypeID prefix:
/// `typed_id!(/// doc WalletId, "wal");`
#[macro_export]
macro_rules! typed_id {
    ($(#[$meta:meta])* $name:ident, $prefix:literal) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $crate::reexport::uuid::Uuid);

        impl $name {
            /// The id behind a UUID.
            #[must_use]
            pub const fn from_uuid(uuid: $crate::reexport::uuid::Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID behind the id.
            #[must_use]
            pub const fn uuid(self) -> $crate::reexport::uuid::Uuid {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $crate::typed_text($prefix, self.0, |text| f.write_str(text))
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::InvalidId;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::parse_typed($prefix, text).map(Self)
            }
        }

        impl $crate::reexport::serde::Serialize for $name {
            fn serialize<S: $crate::reexport::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::typed_text($prefix, self.0, |text| serializer.serialize_str(text))
            }
        }

        impl<'de> $crate::reexport::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::reexport::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::deserialize(deserializer)
            }
        }

        impl $crate::reexport::utoipa::PartialSchema for $name {
            fn schema() -> $crate::reexport::utoipa::openapi::RefOr<$crate::reexport::utoipa::openapi::schema::Schema> {
                $crate::typed_schema($prefix)
            }
        }

        impl $crate::reexport::utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                std::borrow::Cow::Borrowed(stringify!($name))
            }
        }
    };
}

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// The longest prefix, `_`, and the 26 characters of a UUID: 130 bits, the first two zero (TypeID
/// specification 0.3).
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

/// The value of each byte as a letter: one look instead of a search, since a ledger batch has tens
/// of thousands of ids.
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

    typed_id!(
        /// An id for these tests.
        TestId,
        "tst"
    );

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
