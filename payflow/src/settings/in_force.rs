//! The settings one by one, as administrators see them: with their places, and without secrets.

use std::borrow::Cow;
use std::collections::BTreeMap;

use gateway::{Setting, SettingSource};
use platform::config::{Origin, Settings as Layers};
use platform::secret;
use serde_json::Value;

use super::Settings;

impl Settings {
    /// All settings in the order of their keys, with secrets hidden.
    ///
    /// # Errors
    /// Where a value has no JSON form.
    pub fn in_force(&self) -> anyhow::Result<Vec<Setting>> {
        let defaults = flat(&Self::documented()?)?;
        let setting = |(key, value): (String, Value)| {
            let (source, place, line) = match self.origins.get(&key) {
                None | Some(Origin::Default) => (SettingSource::Default, None, None),
                Some(Origin::File { path, line }) => {
                    let path = path.display().to_string();
                    (SettingSource::File, Some(path), *line)
                }
                Some(Origin::Environment(variable)) => {
                    (SettingSource::Environment, Some(variable.clone()), None)
                }
                Some(Origin::Flag) => (SettingSource::Flag, None, None),
            };
            Setting {
                hidden: value.as_str().is_some_and(secret::is_hidden),
                default: defaults.get(&key).cloned().unwrap_or_default(),
                value,
                source,
                place,
                line,
                key,
            }
        };
        Ok(flat(self)?.into_iter().map(setting).collect())
    }
}

/// Where the values come from that are not defaults.
///
/// # Errors
/// Where a value has no JSON form.
pub(super) fn origins(
    settings: &Settings,
    layers: &Layers,
) -> anyhow::Result<BTreeMap<String, Origin>> {
    let origins = flat(settings)?.into_keys().map(|key| {
        let origin = layers.origin(&key);
        (key, origin)
    });
    Ok(origins
        .filter(|(_, origin)| *origin != Origin::Default)
        .collect())
}

/// The values by their dotted keys. A list is one value.
fn flat(settings: &Settings) -> anyhow::Result<BTreeMap<String, Value>> {
    let mut values = BTreeMap::new();
    put(String::new(), serde_json::to_value(settings)?, &mut values);
    Ok(values)
}

fn put(key: String, value: Value, values: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(table) => {
            for (name, value) in table {
                let key = match key.as_str() {
                    "" => name,
                    key => format!("{key}.{name}"),
                };
                put(key, value, values);
            }
        }
        Value::String(text) => {
            values.insert(key, without_login(&text).into());
        }
        value => {
            values.insert(key, value);
        }
    }
}

/// A URL without the user, the password and the query that it may have: some have a token there.
fn without_login(text: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return text.into();
    };
    if let Some((before, _)) = text.split_once('?') {
        return format!("{}?(hidden)", without_login(before)).into();
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match authority.rfind('@').and_then(|at| rest.get(at..)) {
        Some(host) => format!("{scheme}://(hidden){host}").into(),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn loaded(file: &str, flags: &[(&str, &str)]) -> Vec<Setting> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("payflow.toml");
        std::fs::write(&path, file).unwrap();
        let flags: Vec<_> = flags.iter().map(|(k, v)| (*k, (*v).to_owned())).collect();
        let settings = Settings::load(Some(&path), &flags).unwrap();
        settings.in_force().unwrap()
    }

    fn named<'a>(settings: &'a [Setting], key: &str) -> &'a Setting {
        let found = settings.iter().find(|setting| setting.key == key);
        found.unwrap_or_else(|| panic!("no {key}"))
    }

    #[test]
    fn every_setting_says_its_default_and_where_its_value_comes_from() {
        let file = "[gateway]\nexports = '9/h'\n[payments.limits.JPY]\ndaily = '7'\n";
        let settings = loaded(file, &[("listen", "127.0.0.1:1")]);
        let listen = named(&settings, "listen");
        assert_eq!(listen.source, SettingSource::Flag);
        assert_eq!(listen.value, "127.0.0.1:1");
        assert_eq!(listen.default, "127.0.0.1:8080");
        let exports = named(&settings, "gateway.exports");
        assert_eq!(exports.source, SettingSource::File);
        assert_eq!(
            (&exports.value, &exports.default),
            (&json!("9/h"), &json!("5/h"))
        );
        assert!(exports.place.as_ref().unwrap().ends_with("payflow.toml"));
        assert_eq!(exports.line, Some(2));
        let yen = named(&settings, "payments.limits.JPY.daily");
        assert_eq!((yen.source, yen.line), (SettingSource::File, Some(4)));
        assert_eq!(yen.default, Value::Null);
        let queue = named(&settings, "payments.journal.queue");
        assert_eq!(queue.source, SettingSource::Default);
        assert_eq!((&queue.value, &queue.place), (&queue.default, &None));
    }

    #[test]
    fn every_documented_setting_is_there() {
        let documented: toml::Table = toml::from_str(platform::config::DEFAULTS).unwrap();
        let mut keys = BTreeMap::new();
        put(
            String::new(),
            serde_json::to_value(documented).unwrap(),
            &mut keys,
        );
        let settings = Settings::documented().unwrap().in_force().unwrap();
        let shown: Vec<_> = settings.iter().map(|setting| &setting.key).collect();
        assert_eq!(shown, keys.keys().collect::<Vec<_>>());
        for setting in &settings {
            assert_eq!(setting.value, setting.default, "{}", setting.key);
            assert!(!setting.hidden, "{}", setting.key);
        }
    }

    #[test]
    fn no_secret_of_any_service_is_among_them() {
        let secrets = [
            "database_url",
            "redis_url",
            "gateway.metrics_token",
            "identity.oidc.corp.client_secret",
            "notifications.email.smtp.password",
            "notifications.email.fallback.password",
            "notifications.sms.twilio.auth_token",
            "payments.acquirer.api_key",
            "payments.acquirer.notification_key",
            "risk.kyc.api_key",
            "risk.kyc.notification_key",
        ];
        let called_so = |key: &str| {
            let ends = [
                "key",
                "token",
                "secret",
                "password",
                "database_url",
                "redis_url",
            ];
            ends.iter().any(|end| key.ends_with(end))
        };
        for setting in Settings::documented().unwrap().in_force().unwrap() {
            let key = setting.key.as_str();
            let known = secrets.contains(&key) || key == "identity.master_key";
            assert!(
                known || !called_so(key),
                "{key} is a secret: put it on the list"
            );
        }
        let mut flags: Vec<_> = secrets
            .iter()
            .map(|key| (*key, "postgres://s3cret-of-some-length"))
            .collect();
        let key = "czNjcmV0czNjcmV0czNjcmV0czNjcmV0czNjcmV0czM=";
        flags.extend([
            ("identity.master_key", key),
            ("identity.oidc.corp.issuer", "https://login.corp.example"),
            ("identity.oidc.corp.client_id", "payflow"),
            (
                "payments.acquirer.url",
                "https://u:s3cret@acquirer.example/v1",
            ),
        ]);
        let settings = loaded("", &flags);
        let shown = serde_json::to_string(&settings).unwrap();
        assert!(!shown.contains("s3cret") && !shown.contains(key), "{shown}");
        let mut hidden: Vec<_> = settings.iter().filter(|setting| setting.hidden).collect();
        hidden.retain(|setting| setting.value == "(hidden)");
        let keys: Vec<_> = hidden.iter().map(|setting| setting.key.as_str()).collect();
        let mut expected = secrets.to_vec();
        expected.push("identity.master_key");
        expected.sort_unstable();
        assert_eq!(keys, expected);
        let url = &named(&settings, "payments.acquirer.url").value;
        assert_eq!(url, "https://(hidden)@acquirer.example/v1");
    }
}
