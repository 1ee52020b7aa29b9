//! Configuration: documented defaults, then a file, then the environment (`PAYFLOW__PAYMENTS__…`), then flags.
//! Unknown keys are refused with their path. It is the only reader of the environment.

use std::path::Path;

use config::{Config, Environment, File, FileFormat};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

/// What the environment variables of this program begin with.
pub const ENV_PREFIX: &str = "PAYFLOW";

/// A setting that cannot be used: says which, where and why.
#[derive(Debug, thiserror::Error)]
#[error("the configuration cannot be used: {0}")]
pub struct ConfigError(String);

/// Settings as loaded, before a service has taken its part.
#[derive(Debug, Clone)]
pub struct Settings(Config);

impl Settings {
    /// Defaults (TOML text), then `file`, then the environment, then `flags` (dotted key, value).
    ///
    /// # Errors
    /// [`ConfigError`] where the file is missing or is no TOML.
    pub fn load(
        defaults: &str,
        file: Option<&Path>,
        flags: &[(&str, String)],
    ) -> Result<Self, ConfigError> {
        let environment = Environment::with_prefix(ENV_PREFIX)
            .prefix_separator("__")
            .separator("__")
            .try_parsing(true)
            .ignore_empty(true);
        Self::layered(defaults, file, environment, flags)
    }

    fn layered(
        defaults: &str,
        file: Option<&Path>,
        environment: Environment,
        flags: &[(&str, String)],
    ) -> Result<Self, ConfigError> {
        let mut builder = Config::builder().add_source(File::from_str(defaults, FileFormat::Toml));
        if let Some(path) = file {
            if !path.is_file() {
                return Err(ConfigError(format!("there is no file {}", path.display())));
            }
            builder = builder.add_source(File::from(path).format(FileFormat::Toml));
        }
        builder = builder.add_source(environment);
        for (key, value) in flags {
            builder = builder
                .set_override(*key, value.as_str())
                .map_err(|error| ConfigError(error.to_string()))?;
        }
        builder
            .build()
            .map(Self)
            .map_err(|error| ConfigError(error.to_string()))
    }

    /// The whole as a type that refuses unknown keys (`#[serde(deny_unknown_fields)]`).
    ///
    /// # Errors
    /// [`ConfigError`] that names the key.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, ConfigError> {
        self.0
            .clone()
            .try_deserialize()
            .map_err(|error| ConfigError(error.to_string()))
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ListOrText {
    List(Vec<String>),
    Text(String),
}

/// A setting that is a list of texts: written as one, or as a text with commas, which is how the environment says it.
///
/// # Errors
/// Where it is neither.
pub fn list_or_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(match ListOrText::deserialize(deserializer)? {
        ListOrText::List(list) => list,
        ListOrText::Text(text) => text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        listen: String,
        payments: Payments,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Payments {
        queue: u32,
    }

    const DEFAULTS: &str = "listen = '127.0.0.1:8080'\n[payments]\nqueue = 7\n";

    fn load(env: &[(&str, &str)], flags: &[(&str, String)]) -> Result<Sample, ConfigError> {
        let env: HashMap<_, _> = env
            .iter()
            .map(|(k, v)| ((*k).into(), (*v).into()))
            .collect();
        let environment = Environment::with_prefix(ENV_PREFIX)
            .prefix_separator("__")
            .separator("__")
            .try_parsing(true)
            .source(Some(env));
        Settings::layered(DEFAULTS, None, environment, flags)?.parse()
    }

    #[test]
    fn the_environment_beats_the_defaults_and_flags_beat_the_environment() {
        let env = [("PAYFLOW__PAYMENTS__QUEUE", "9"), ("PAYFLOW__LISTEN", "a")];
        let sample = load(&env, &[("listen", "b".to_owned())]).unwrap();
        assert_eq!(
            sample,
            Sample {
                listen: "b".into(),
                payments: Payments { queue: 9 }
            }
        );
    }

    #[test]
    fn an_unknown_or_wrong_setting_is_named() {
        let unknown = load(&[("PAYFLOW__PAYMENTS__QUEU", "9")], &[])
            .unwrap_err()
            .to_string();
        assert!(unknown.contains("queu"), "{unknown}");
        let wrong = load(&[("PAYFLOW__PAYMENTS__QUEUE", "many")], &[])
            .unwrap_err()
            .to_string();
        assert!(wrong.contains("payments.queue"), "{wrong}");
    }

    #[test]
    fn a_missing_file_is_named() {
        let missing = Path::new("no-such-file.toml");
        let error = Settings::load(DEFAULTS, Some(missing), &[])
            .unwrap_err()
            .to_string();
        assert!(error.contains("no-such-file.toml"), "{error}");
    }
}
