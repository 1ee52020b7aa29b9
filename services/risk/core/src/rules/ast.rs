//! What a rule asks, as JSON has it. Each node is an object with one key, so that an error names
//! the place: `when.all[1].compare.left`.

use std::fmt;

use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use utoipa::ToSchema;

use super::window::Velocity;
use crate::field::Field;

/// A question with the answers yes, no and unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Predicate {
    /// All of these hold. One that does not settles it, whatever is unknown.
    #[schema(no_recursion)]
    All(Vec<Self>),
    /// One of these holds. One that does settles it, whatever is unknown.
    #[schema(no_recursion)]
    Any(Vec<Self>),
    /// This does not hold.
    #[schema(no_recursion)]
    Not(Box<Self>),
    /// Two values compared.
    Compare(Compare),
    /// A number within two bounds, both included.
    Between(Between),
    /// A value among a few.
    In(In),
    /// A text on one of the organisation's lists.
    InList(InList),
    /// A part of a text.
    Text(TextMatch),
}

/// Two values compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Compare {
    /// What is looked at: not a value.
    pub left: Operand,
    /// How they compare.
    pub is: Comparison,
    /// What it is compared with.
    pub right: Operand,
}

/// How two values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// The same.
    Equal,
    /// Not the same.
    NotEqual,
    /// Below.
    Less,
    /// Below or the same.
    LessOrEqual,
    /// Above.
    Greater,
    /// Above or the same.
    GreaterOrEqual,
}

/// A number within two bounds, both included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Between {
    /// What is looked at.
    pub left: Operand,
    /// The least.
    pub low: i64,
    /// The most.
    pub high: i64,
}

/// A value among a few.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct In {
    /// What is looked at.
    pub left: Operand,
    /// The values.
    pub values: Vec<Literal>,
}

/// A text on one of the organisation's lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InList {
    /// The field, a text.
    pub field: Field,
    /// The list's name.
    #[schema(example = "trusted_payees")]
    pub list: String,
}

/// A part of a text. There are no patterns: the time it takes is that of one look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TextMatch {
    /// The field, a text.
    pub field: Field,
    /// Which part.
    pub is: TextComparison,
    /// What it is compared with.
    pub text: String,
}

/// Which part of a text is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TextComparison {
    /// Any.
    Contains,
    /// The beginning.
    StartsWith,
    /// The end.
    EndsWith,
}

/// A value, or where one comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Operand {
    /// This value.
    Value(Literal),
    /// What is known of the transaction.
    Field(Field),
    /// A count, sum or average over a window of time.
    Velocity(Velocity),
    /// So many hundredths of another number, rounded down.
    Percent(Percent),
}

/// So many hundredths of another number, rounded down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Percent {
    /// The number: a field or a velocity.
    #[schema(no_recursion)]
    pub of: Box<Operand>,
    /// Hundredths: 300 is three times as much.
    pub percent: u32,
}

/// A value in a rule: a whole number, `true` or `false`, or a text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Literal {
    /// A whole number; amounts are in minor units.
    Number(i64),
    /// Yes or no.
    Flag(bool),
    /// A text.
    Text(String),
}

impl utoipa::PartialSchema for Literal {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Type};
        let of = |kind| ObjectBuilder::new().schema_type(kind);
        OneOfBuilder::new()
            .item(of(Type::Integer))
            .item(of(Type::Boolean))
            .item(of(Type::String))
            .into()
    }
}

impl ToSchema for Literal {}

impl Serialize for Literal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => serializer.serialize_i64(*number),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

impl<'de> Deserialize<'de> for Literal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyLiteral;

        impl Visitor<'_> for AnyLiteral {
            type Value = Literal;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "a whole number of at most 64 bits (amounts are in minor units), true or \
                     false, or a text",
                )
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Literal, E> {
                Ok(Literal::Number(number))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Literal, E> {
                i64::try_from(number)
                    .map(Literal::Number)
                    .map_err(|_| E::invalid_value(serde::de::Unexpected::Unsigned(number), &self))
            }

            fn visit_bool<E: Error>(self, flag: bool) -> Result<Literal, E> {
                Ok(Literal::Flag(flag))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Literal, E> {
                Ok(Literal::Text(text.to_owned()))
            }
        }

        deserializer.deserialize_any(AnyLiteral)
    }
}
