//! What is known about one transaction: a value, or why there is none, for each field of the
//! catalogue. It never finds anything out.

use std::fmt;

use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use crate::field::{Field, FieldType};
use crate::seen::{Seen, Unknown};

/// The values of one transaction. What nobody has set is [`Unknown::Error`], never zero. In JSON
/// an object with the fields' names, in the order of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts(Vec<Seen>);

impl Default for Facts {
    fn default() -> Self {
        Self(vec![Seen::Unknown(Unknown::Error); Field::ALL.len()])
    }
}

impl Facts {
    /// Facts of which nothing is known yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field. A value of another type than the field's, or a name that is none of its
    /// choices, is kept as [`Unknown::Error`].
    pub fn set(&mut self, field: Field, value: impl Into<Seen>) -> &mut Self {
        let value = value.into();
        let value = if fits(field, &value) {
            value
        } else {
            Seen::Unknown(Unknown::Error)
        };
        if let Some(slot) = self.0.get_mut(field.index()) {
            *slot = value;
        }
        self
    }

    /// What is known of a field.
    #[must_use]
    pub fn get(&self, field: Field) -> &Seen {
        self.0
            .get(field.index())
            .unwrap_or(&Seen::Unknown(Unknown::Error))
    }
}

fn fits(field: Field, value: &Seen) -> bool {
    let spec = field.spec();
    match (value, spec.kind) {
        (Seen::Unknown(_), _)
        | (Seen::Number(_), FieldType::Amount | FieldType::OwnAmount | FieldType::Number)
        | (Seen::Flag(_), FieldType::Flag)
        | (Seen::Text(_), FieldType::Lower | FieldType::Upper | FieldType::Text) => true,
        (Seen::Text(name), FieldType::Choice) => spec.choices.contains(&&**name),
        (Seen::Number(_) | Seen::Flag(_) | Seen::Text(_), _) => false,
    }
}

impl Serialize for Facts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(Field::ALL.len()))?;
        for field in Field::ALL {
            map.serialize_entry(field.spec().name, self.get(*field))?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Facts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ByName;

        impl<'de> Visitor<'de> for ByName {
            type Value = Facts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with names of fields")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Facts, A::Error> {
                let mut facts = Facts::new();
                while let Some(field) = map.next_key::<Field>()? {
                    let value: Seen = map.next_value()?;
                    if !fits(field, &value) {
                        let name = field.spec().name;
                        return Err(A::Error::custom(format!("`{name}` has another type")));
                    }
                    facts.set(field, value);
                }
                Ok(facts)
            }
        }

        deserializer.deserialize_map(ByName)
    }
}
