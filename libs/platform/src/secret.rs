//! Secret settings: read as texts, and printed as `(hidden)`. A [`SecretString`] has no form of its
//! own in a file, so that a setting that is one cannot be printed by mistake:
//! `#[serde(with = "platform::secret")]`, or one of the modules here.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serializer};

const HIDDEN: &str = "(hidden)";

/// Reads a text.
///
/// # Errors
/// Where it is none.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}

/// Hides a text; an empty one is no secret.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    let empty = secret.expose_secret().is_empty();
    serializer.serialize_str(if empty { "" } else { HIDDEN })
}

/// Whether a text is what a secret is printed as, or a list of them.
#[must_use]
pub fn is_hidden(text: &str) -> bool {
    text.split(',').all(|part| part == HIDDEN)
}

/// A secret that may be missing: an empty text is how a settings file says so.
pub mod optional {
    use super::{Deserialize, Deserializer, SecretString, Serializer};

    /// Reads a text.
    ///
    /// # Errors
    /// Where it is none.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<SecretString>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        Ok(text.filter(|text| !text.is_empty()).map(SecretString::from))
    }

    /// Hides it.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(
        secret: &Option<SecretString>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        super::serialize(&secret.clone().unwrap_or_default(), serializer)
    }
}

/// Secrets as a list, or a text with commas. How many there are is no secret.
pub mod list {
    use super::{Deserializer, HIDDEN, SecretString, Serializer};
    use crate::config::list_or_text;

    /// Reads them.
    ///
    /// # Errors
    /// Where it is neither.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<SecretString>, D::Error> {
        let texts = list_or_text(deserializer)?;
        Ok(texts.into_iter().map(SecretString::from).collect())
    }

    /// Hides them.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(
        secrets: &[SecretString],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&vec![HIDDEN; secrets.len()].join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Serialize;

    #[derive(Debug, Serialize, Deserialize)]
    struct Sample {
        #[serde(with = "crate::secret")]
        one: SecretString,
        #[serde(with = "crate::secret::optional")]
        maybe: Option<SecretString>,
        #[serde(with = "crate::secret::list")]
        many: Vec<SecretString>,
    }

    #[test]
    fn secrets_are_read_and_never_printed() {
        let read = |text: &str| serde_json::from_str::<Sample>(text).unwrap();
        let sample = read(r#"{"one": "hunter2", "maybe": "hunter3", "many": "hunter4, hunter5"}"#);
        assert_eq!(sample.one.expose_secret(), "hunter2");
        let printed = format!("{sample:?} {}", serde_json::to_string(&sample).unwrap());
        assert!(!printed.contains("hunter"), "{printed}");
        assert!(
            printed.contains(r#""many":"(hidden),(hidden)""#),
            "{printed}"
        );
        let none = read(r#"{"one": "", "maybe": "", "many": ""}"#);
        assert!(none.maybe.is_none() && none.many.is_empty());
        let printed = serde_json::to_string(&none).unwrap();
        assert_eq!(printed, r#"{"one":"","maybe":"","many":""}"#);
    }
}
