//! A value as it was seen, or why there is none. It never turns what is unknown into a zero.

use std::fmt;
use std::sync::Arc;

use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use utoipa::ToSchema;

/// Why something cannot be said, the mildest first. Where several meet, the gravest is kept.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Unknown {
    /// The transaction has no such thing: a deposit has no payer.
    NotApplicable,
    /// There is too little history to say.
    TooLittleData,
    /// It could not be found out.
    Error,
}

impl Unknown {
    /// All of them, the mildest first.
    pub const ALL: [Self; 3] = [Self::NotApplicable, Self::TooLittleData, Self::Error];

    /// The name used in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotApplicable => "not_applicable",
            Self::TooLittleData => "too_little_data",
            Self::Error => "error",
        }
    }
}

/// A value, or why there is none. In JSON a number, `true` or `false`, a text, or
/// `{"unknown": "error"}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// A whole number; amounts are in minor units.
    Number(i64),
    /// Yes or no.
    Flag(bool),
    /// A text.
    Text(Arc<str>),
    /// There is none.
    Unknown(Unknown),
}

impl From<i64> for Seen {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for Seen {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<&str> for Seen {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<Unknown> for Seen {
    fn from(unknown: Unknown) -> Self {
        Self::Unknown(unknown)
    }
}

impl<T: Into<Self>> From<Result<T, Unknown>> for Seen {
    fn from(result: Result<T, Unknown>) -> Self {
        result.map_or_else(Self::Unknown, Into::into)
    }
}

impl Serialize for Seen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => serializer.serialize_i64(*number),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Unknown(unknown) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("unknown", unknown)?;
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Seen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnySeen;

        impl<'de> Visitor<'de> for AnySeen {
            type Value = Seen;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number, true or false, a text, or {\"unknown\": \"…\"}")
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Seen, E> {
                Ok(Seen::Number(number))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Seen, E> {
                let number = i64::try_from(number).map_err(E::custom)?;
                Ok(Seen::Number(number))
            }

            fn visit_bool<E: Error>(self, flag: bool) -> Result<Seen, E> {
                Ok(Seen::Flag(flag))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Seen, E> {
                Ok(Seen::from(text))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Seen, A::Error> {
                match map.next_entry::<String, Unknown>()? {
                    Some((key, unknown)) if key == "unknown" => Ok(Seen::Unknown(unknown)),
                    Some(_) | None => Err(A::Error::custom("expected {\"unknown\": \"…\"}")),
                }
            }
        }

        deserializer.deserialize_any(AnySeen)
    }
}
