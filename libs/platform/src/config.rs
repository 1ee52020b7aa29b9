//! Configuration: documented defaults, then a file, then the environment (`PAYFLOW__PAYMENTS__…`),
//! then flags. Unknown keys are refused with their path, where they stand and what there is. It is
//! the only reader of the environment.

mod place;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use config::{Config, ConfigError as Cause, Environment, File, FileFormat, Source};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

/// What the environment variables of this program begin with.
pub const ENV_PREFIX: &str = "PAYFLOW";

/// The settings of the whole program with their defaults and what they mean: the one place that
/// says them.
pub const DEFAULTS: &str = include_str!("../../../config/default.toml");

/// A section of the defaults, such as `payments.journal`.
///
/// # Panics
/// Where it is not what the type reads: a mistake in the file that every test of the section finds.
#[must_use]
#[expect(clippy::expect_used, reason = "the file is part of the program")]
pub fn defaults<T: DeserializeOwned>(section: &str) -> T {
    defaults_with(section, serde_json::json!({})).expect("a section of the defaults is its type")
}

/// The same with some of its settings changed.
///
/// # Errors
/// Where a change is not what the type reads.
pub fn defaults_with<T: DeserializeOwned>(
    section: &str,
    changes: serde_json::Value,
) -> Result<T, serde_json::Error> {
    static ALL: LazyLock<serde_json::Value> =
        LazyLock::new(|| toml::from_str(DEFAULTS).unwrap_or_default());
    let mut parts = section.split('.');
    let mut settings = parts
        .try_fold(&*ALL, |table, part| table.get(part))
        .cloned()
        .unwrap_or_default();
    if let (Some(settings), serde_json::Value::Object(changes)) =
        (settings.as_object_mut(), changes)
    {
        settings.extend(changes);
    }
    serde_json::from_value(settings)
}

/// A setting that cannot be used: says which, where and why.
#[derive(Debug, thiserror::Error)]
#[error("the configuration cannot be used: {0}")]
pub struct ConfigError(String);

/// Settings as loaded, before a service has taken its part.
#[derive(Debug, Clone)]
pub struct Settings {
    config: Config,
    defaults: String,
    /// The keys that flags and the environment set.
    flags: BTreeSet<String>,
    environment: BTreeSet<String>,
    file: Option<SettingsFile>,
}

/// A settings file as it was read.
#[derive(Debug, Clone)]
struct SettingsFile {
    path: PathBuf,
    text: String,
    table: toml::Table,
}

/// Where the value of a setting comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody has set it.
    Default,
    /// A settings file, and the line of it.
    File {
        /// As it was named.
        path: PathBuf,
        /// Counted from 1; none where it could not be told.
        line: Option<usize>,
    },
    /// An environment variable, by its name.
    Environment(String),
    /// The command line.
    Flag,
}

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
        // Values stay texts until a setting says what it is: a token of digits is no number.
        let environment = Environment::with_prefix(ENV_PREFIX)
            .prefix_separator("__")
            .separator("__")
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
        let file = file.map(read).transpose()?;
        if let Some(file) = &file {
            builder = builder.add_source(File::from_str(&file.text, FileFormat::Toml));
        }
        let unusable = |error: Cause| ConfigError(error.to_string());
        let set = environment.collect().map_err(unusable)?;
        builder = builder.add_source(environment);
        for (key, value) in flags {
            builder = builder
                .set_override(*key, value.as_str())
                .map_err(unusable)?;
        }
        Ok(Self {
            config: builder.build().map_err(unusable)?,
            defaults: defaults.to_owned(),
            flags: flags.iter().map(|(key, _)| (*key).to_owned()).collect(),
            environment: set.into_keys().collect(),
            file,
        })
    }

    /// The whole as a type that refuses unknown keys (`#[serde(deny_unknown_fields)]`).
    ///
    /// # Errors
    /// [`ConfigError`] that names the key, where it stands, and what there is instead.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, ConfigError> {
        serde_path_to_error::deserialize(self.config.clone()).map_err(|error| {
            let key = error.path().to_string();
            let said = place::what_is_wrong(&key, error.inner());
            let said = place::unknown_choice(error.inner())
                .and_then(|found| self.choices::<T>(&key, found))
                .map_or(said, |choices| place::of_serde(&key, &choices));
            ConfigError(match self.place(&key) {
                Some(place) => format!("{place}: {said}"),
                None => said,
            })
        })
    }

    /// What Serde says of a choice that there is not. The configuration's own reader does not say
    /// what there is; so the defaults are read with this one choice among them.
    fn choices<T: DeserializeOwned>(&self, key: &str, found: &str) -> Option<String> {
        let mut probe: serde_json::Value = toml::from_str(&self.defaults).ok()?;
        let mut parts = key.split('.');
        let place = parts.try_fold(&mut probe, |table, part| table.get_mut(part))?;
        *place = found.into();
        serde_json::from_value::<T>(probe)
            .err()
            .map(|error| error.to_string())
    }

    /// Where the value of a key comes from.
    #[must_use]
    pub fn origin(&self, key: &str) -> Origin {
        if self.flags.contains(key) {
            return Origin::Flag;
        }
        if self.environment.contains(key) {
            let name = key.to_uppercase().replace('.', "__");
            return Origin::Environment(format!("{ENV_PREFIX}__{name}"));
        }
        match &self.file {
            Some(file) if place::has(&file.table, key) => Origin::File {
                path: file.path.clone(),
                line: place::line_of(key, &file.text),
            },
            _ => Origin::Default,
        }
    }

    /// The key, or what the environment sets below it: a table that there is not has no variable of
    /// its own.
    fn set_below<'a>(&'a self, key: &'a str) -> &'a str {
        let below = |set: &&String| {
            set.strip_prefix(key)
                .is_some_and(|rest| rest.starts_with('.'))
        };
        match self.flags.contains(key) || self.environment.contains(key) {
            true => key,
            false => self
                .environment
                .iter()
                .find(below)
                .map_or(key, String::as_str),
        }
    }

    /// Where a key is set, or in the file the nearest table around it, for people; nowhere where it
    /// is a default.
    #[must_use]
    pub fn place(&self, key: &str) -> Option<String> {
        match self.origin(self.set_below(key)) {
            Origin::Flag => Some("on the command line".to_owned()),
            Origin::Environment(name) => Some(format!("in the environment, {name}")),
            Origin::File { .. } | Origin::Default => {
                let file = self.file.as_ref()?;
                let line = place::line_of(key, &file.text)?;
                Some(format!("{}, line {line}", file.path.display()))
            }
        }
    }
}

/// Variables of this program that are no settings.
const OTHER_VARIABLES: [&str; 3] = ["PAYFLOW_API_KEY", "PAYFLOW_URL", "PAYFLOW_WEBHOOK_SECRET"];
/// What the variables of the project's own scripts and tests begin with.
const OF_SCRIPTS: [&str; 11] = [
    "ACCEPT_",
    "BINARY",
    "CHROMIUM",
    "CONSOLE_",
    "CRASH_",
    "MEASURE",
    "PG_",
    "SIMULATION_",
    "TEST_",
    "USER",
    "WRITERS_",
];

/// Variables of the environment that look like settings and are none, each with what to do.
#[must_use]
pub fn unknown_variables() -> Vec<String> {
    unknown_among(std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()))
}

fn unknown_among(names: impl Iterator<Item = String>) -> Vec<String> {
    let said = |name: String| {
        let rest = name.strip_prefix("PAYFLOW_")?;
        let is_known = rest.starts_with('_')
            || OTHER_VARIABLES.contains(&name.as_str())
            || OF_SCRIPTS.iter().any(|script| rest.starts_with(script));
        (!is_known).then(|| {
            format!(
                "the environment variable {name} is ignored: settings begin with {ENV_PREFIX}__, two underscores, such as \
                 {ENV_PREFIX}__LISTEN, with two more between the parts of a key"
            )
        })
    };
    let mut unknown: Vec<String> = names.filter_map(said).collect();
    unknown.sort();
    unknown
}

/// Reads a settings file.
fn read(path: &Path) -> Result<SettingsFile, ConfigError> {
    let text = fs::read_to_string(path)
        .map_err(|error| ConfigError(format!("{} cannot be read: {error}", path.display())))?;
    match toml::from_str::<toml::Table>(&text) {
        Ok(table) => Ok(SettingsFile {
            path: path.to_owned(),
            text,
            table,
        }),
        Err(error) => {
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before.map_or(1, |before| before.matches('\n').count() + 1);
            let (path, said) = (path.display(), error.message());
            Err(ConfigError(format!(
                "{path}, line {line} is no TOML: {said}"
            )))
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ListOrText {
    List(Vec<String>),
    Text(String),
}

/// A setting that is a list of texts: written as one, or as a text with commas, which is how the
/// environment says it.
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
        form: Form,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "snake_case")]
    enum Form {
        Text,
        Json,
    }

    const DEFAULTS: &str = "listen = '127.0.0.1:8080'\n[payments]\nqueue = 7\nform = 'text'\n";

    fn load(env: &[(&str, &str)], flags: &[(&str, String)]) -> Result<Sample, ConfigError> {
        let env: HashMap<_, _> = env
            .iter()
            .map(|(k, v)| ((*k).into(), (*v).into()))
            .collect();
        let environment = Environment::with_prefix(ENV_PREFIX)
            .prefix_separator("__")
            .separator("__")
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
                payments: Payments {
                    queue: 9,
                    form: Form::Text
                }
            }
        );
    }

    #[test]
    fn a_text_of_digits_in_the_environment_stays_as_it_is() {
        for text in ["007", "1e5", "true", "12345678901234567890123"] {
            let sample = load(&[("PAYFLOW__LISTEN", text)], &[]).unwrap();
            assert_eq!(sample.listen, text);
        }
    }

    #[test]
    fn a_variable_with_one_underscore_is_no_setting_and_is_named() {
        let names = [
            "PAYFLOW_LISTEN",
            "PAYFLOW__LISTEN",
            "PAYFLOW_API_KEY",
            "PAYFLOW_TEST_DATABASE_URL",
            "PATH",
            "PAYFLOW",
        ];
        let unknown = unknown_among(names.iter().map(|name| (*name).to_owned()));
        let [said] = &unknown[..] else {
            panic!("{unknown:?}")
        };
        assert!(
            said.contains("PAYFLOW_LISTEN is ignored") && said.contains("PAYFLOW__LISTEN"),
            "{said}"
        );
    }

    #[test]
    fn an_unknown_or_wrong_setting_is_named_with_its_place_and_what_there_is() {
        let refused = |env: &[(&str, &str)], flags: &[(&str, String)]| {
            load(env, flags).unwrap_err().to_string()
        };
        assert_eq!(
            refused(&[("PAYFLOW__PAYMENTS__QUEU", "9")], &[]),
            "the configuration cannot be used: in the environment, PAYFLOW__PAYMENTS__QUEU: there is no setting \
             `payments.queu`; there are `queue` and `form`"
        );
        // A table that there is not, by what was set in it.
        assert!(
            refused(&[("PAYFLOW__WEBHOOK__RETRIES", "9")], &[]).contains(
                "in the environment, PAYFLOW__WEBHOOK__RETRIES: there is no setting `webhook`"
            ),
        );
        assert_eq!(
            refused(&[("PAYFLOW__PAYMENTS__QUEUE", "many")], &[]),
            "the configuration cannot be used: in the environment, PAYFLOW__PAYMENTS__QUEUE: `payments.queue` cannot be \
             the text \"many\": it must be an integer"
        );
        assert_eq!(
            refused(&[], &[("payments.form", "xml".to_owned())]),
            "the configuration cannot be used: on the command line: `payments.form` cannot be `xml`: it is `text` or `json`"
        );
    }

    #[test]
    fn what_is_wrong_in_a_file_is_named_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.toml");
        for (text, said) in [
            (
                "# Mine\n\n[payments]\nqueu = 9\n",
                "line 4: there is no setting `payments.queu`",
            ),
            (
                "payments.queue = 'x'\n",
                "line 1: `payments.queue` cannot be",
            ),
            (
                "listen = 'a'\n[paymentz]\nqueue = 9\n",
                "line 2: there is no setting `paymentz`",
            ),
            ("listen = 'a'\nlisten = 'b'\n", "line 2 is no TOML: "),
        ] {
            fs::write(&path, text).unwrap();
            let loaded = Settings::load(DEFAULTS, Some(&path), &[]);
            let error = loaded.and_then(|settings| settings.parse::<Sample>());
            let error = error.unwrap_err().to_string();
            let expected = format!("{}, {said}", path.display());
            assert!(error.contains(&expected), "{error}");
            assert_eq!(error.lines().count(), 1, "{error}");
        }
    }

    #[test]
    fn each_value_says_where_it_comes_from() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.toml");
        fs::write(&path, "[payments]\nform = 'json'\n'a.b' = { c = 1 }\n").unwrap();
        let environment = Environment::with_prefix(ENV_PREFIX)
            .prefix_separator("__")
            .separator("__")
            .source(Some(HashMap::from([(
                "PAYFLOW__PAYMENTS__QUEUE".to_owned(),
                "9".to_owned(),
            )])));
        let flags = [("listen", "b".to_owned())];
        let settings = Settings::layered(DEFAULTS, Some(&path), environment, &flags).unwrap();
        let file = |line| Origin::File {
            path: path.clone(),
            line: Some(line),
        };
        let variable = Origin::Environment("PAYFLOW__PAYMENTS__QUEUE".to_owned());
        assert_eq!(settings.origin("listen"), Origin::Flag);
        assert_eq!(settings.origin("payments.queue"), variable);
        assert_eq!(settings.origin("payments.form"), file(2));
        assert_eq!(settings.origin("payments.a.b.c"), file(3));
        // Beside what the file sets, and not in it.
        assert_eq!(settings.origin("payments.batch"), Origin::Default);
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
