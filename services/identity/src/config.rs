//! Identity's settings, `[identity]` in the configuration: how long tokens live and how passwords
//! are hashed.

use std::collections::BTreeMap;

use contracts::identity::Role;
use openidconnect::url::Url;
use platform::backoff::Backoff;
use platform::config::list_or_text;
use secrecy::SecretString;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use values::{DAY, SECOND};

use crate::login::lockout::LockoutPolicy;
use crate::oidc::policy::ProviderConfig;
use crate::sessions::session::Lifetimes;
use crate::start_error::StartError;
use vault::master_key;

const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// The fewest characters of a password that an installation may ask for, at least and at most.
pub(crate) const MIN_PASSWORD_CHARS: (u32, u32) = (8, 64);
/// The most characters of a password that an installation may take, at least and at most.
pub(crate) const MAX_PASSWORD_CHARS: (u32, u32) = (64, 1_024);

/// Identity's settings. Their defaults are in `config/default.toml`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Seconds that an access token lives: 1 to 86,400.
    pub access_token_lifetime_s: u32,
    /// Days after which a refresh token that was not used has ended: 1 to 366.
    pub refresh_token_lifetime_days: u32,
    /// Days after which a login has ended, however often it was refreshed: 1 to 3,660.
    pub session_lifetime_days: u32,
    /// Seconds within which the device that has used a refresh token may send it again, where the
    /// answer was lost, and gets the same answer: 0 (never) to 60.
    pub refresh_reuse_leeway_s: u32,
    /// Hours after which a browser's login has ended, however much it was used: 1 to 8,760.
    pub browser_session_lifetime_hours: u32,
    /// Minutes after which a browser's login has ended that was not used: 2 to 525,600.
    pub browser_session_idle_minutes: u32,
    /// Seconds for which this node goes by the ended sessions that it has read, where it cannot
    /// read them: 2 to 3,600. It reads them twice a second; after this long each request reads
    /// them, and is refused with 503 where that fails.
    pub ended_sessions_max_age_s: u32,
    /// Where people reach this installation, without a slash at the end: links in mails begin with
    /// it.
    pub public_url: String,
    /// The keys that seal secrets in the database: base64 of 32 random bytes each
    /// (`openssl rand -base64 32`), the newest first; a list, or a text with commas. Without one an
    /// embedded store has a file of its own, [`crate::KEY_FILE`]; a store on PostgreSQL needs one.
    #[serde(with = "platform::secret::list")]
    pub master_key: Vec<SecretString>,
    /// The keys that sign access tokens.
    pub keys: KeysConfig,
    /// Which passwords may be chosen, and how they are hashed.
    pub password: PasswordConfig,
    /// How people register.
    pub registration: RegistrationConfig,
    /// Origins, such as `https://app.example`, that a browser may be sent to after a sign-in with
    /// others; paths of `public_url` always are.
    #[serde(deserialize_with = "list_or_text")]
    pub return_origins: Vec<String>,
    /// Whom people may sign in with, by a name of your choice.
    #[serde(default)]
    pub oidc: BTreeMap<String, ProviderConfig>,
    /// Who needs a second factor.
    pub second_factor: SecondFactorConfig,
    /// By which name browsers keep passkeys.
    pub webauthn: WebauthnConfig,
    /// How failed logins are answered.
    pub lockout: LockoutConfig,
    /// The furthest, in µs, that the clock may be set before nothing is deleted by it any more. It
    /// is the setting `clock.max_step_seconds` of the whole program.
    #[serde(skip, default = "max_clock_step")]
    pub max_clock_step: i64,
}

/// Ten minutes.
const fn max_clock_step() -> i64 {
    600 * SECOND
}

/// Who needs a second factor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecondFactorConfig {
    /// The roles: until one of them has shown a second factor, they may only look after their own
    /// account. A list, or a text with commas; `none`: nobody needs one.
    #[serde(deserialize_with = "roles", serialize_with = "names")]
    pub required_for: Vec<Role>,
}

/// By which name browsers keep passkeys (Web Authentication).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebauthnConfig {
    /// The name that passkeys belong to; empty: the host of the first origin. With another one all
    /// passkeys are lost.
    pub rp_id: String,
    /// The origins of pages that may ask for passkeys. A list, or a text with commas; empty:
    /// `public_url`, and for an address of the machine itself `localhost`.
    #[serde(deserialize_with = "list_or_text")]
    pub origins: Vec<String>,
}

/// After how many failed logins one must wait, and how long at the most. The wait begins with a
/// second and doubles with each further failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockoutConfig {
    /// Failures for one account that cost nothing: 0 to 100.
    pub account_free_failures: u32,
    /// Failures from one address (of IPv6, from one /64) that cost nothing: 0 to 1,000,000.
    pub address_free_failures: u32,
    /// The longest wait in seconds; 0: nobody waits. At most a day.
    pub longest_wait_s: u32,
}

impl Default for LockoutConfig {
    fn default() -> Self {
        platform::config::defaults("identity.lockout")
    }
}

impl LockoutConfig {
    /// Settings with the least and the most that they may be.
    fn bounds(&self) -> [(&'static str, u32, u32, u32); 3] {
        let (account, address) = (self.account_free_failures, self.address_free_failures);
        [
            ("lockout.account_free_failures", account, 0, 100),
            ("lockout.address_free_failures", address, 0, 1_000_000),
            ("lockout.longest_wait_s", self.longest_wait_s, 0, 86_400),
        ]
    }

    pub(crate) fn policy(&self) -> LockoutPolicy {
        LockoutPolicy {
            account_free: self.account_free_failures.into(),
            network_free: self.address_free_failures.into(),
            backoff: Backoff {
                first: SECOND,
                longest: i64::from(self.longest_wait_s) * SECOND,
            },
        }
    }
}

/// How people register.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistrationConfig {
    /// Whether an account begins only when its e-mail is confirmed. Then the answer to a
    /// registration is the same whether or not the e-mail has an account. Without it a registration
    /// logs in at once, and a taken e-mail is told.
    pub confirm_email_first: bool,
}

/// The keys that sign access tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeysConfig {
    /// Days after which a key is exchanged for a new one: 1 to 3,660, or 0 for never.
    pub rotate_after_days: u32,
}

impl Default for KeysConfig {
    fn default() -> Self {
        platform::config::defaults("identity.keys")
    }
}

/// Which passwords may be chosen. And Argon2id (RFC 9106) and how much of it may run at once. The
/// defaults are the first choice of the OWASP Password Storage Cheat Sheet. A change holds for new
/// hashes; an old one is replaced at the next login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasswordConfig {
    /// The fewest characters of a new password: 8 to 64.
    pub min_chars: u32,
    /// The most characters of one: 64 to 1,024.
    pub max_chars: u32,
    /// How hard a new password must be to guess, by zxcvbn: 0 (anything) to 4 (very hard).
    pub min_score: u32,
    /// A file of published passwords that nobody may choose: SHA-1 in ascending order, as Have I
    /// Been Pwned offers it; empty: none but the 30,000 that are built in.
    pub breached_list: String,
    /// Memory of one hash in KiB, at least 8 for each lane.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes.
    pub parallelism: u32,
    /// Hashes computed at the same time, so that logins leave the machine room for other work.
    pub concurrent_hashes: u32,
    /// Callers that may wait for their turn; more are told to come again.
    pub waiting_hashes: u32,
}

impl Default for Config {
    fn default() -> Self {
        platform::config::defaults("identity")
    }
}

impl Default for SecondFactorConfig {
    fn default() -> Self {
        platform::config::defaults("identity.second_factor")
    }
}

impl Default for PasswordConfig {
    fn default() -> Self {
        platform::config::defaults("identity.password")
    }
}

impl Config {
    /// Refuses what cannot work, by the setting's path.
    ///
    /// # Errors
    /// [`StartError::Setting`], [`StartError::PublicUrl`] or [`StartError::MasterKey`].
    pub fn check(&self) -> Result<(), StartError> {
        master_key::from_settings(&self.master_key)?;
        if !is_origin(&self.public_url) {
            return Err(StartError::PublicUrl(self.public_url.clone()));
        }
        if let Some(other) = self.return_origins.iter().find(|text| !is_origin(text)) {
            return Err(StartError::ReturnOrigin(other.clone()));
        }
        for (name, provider) in &self.oidc {
            provider.checked(name)?;
        }
        for (setting, value, least, most) in self.bounds().into_iter().chain(self.lockout.bounds())
        {
            if !(least..=most).contains(&value) {
                return Err(StartError::Setting {
                    setting,
                    value,
                    least,
                    most,
                });
            }
        }
        Ok(())
    }

    /// Settings with the least and the most that they may be.
    fn bounds(&self) -> Vec<(&'static str, u32, u32, u32)> {
        let password = &self.password;
        let (few, many) = (MIN_PASSWORD_CHARS, MAX_PASSWORD_CHARS);
        vec![
            (
                "access_token_lifetime_s",
                self.access_token_lifetime_s,
                1,
                86_400,
            ),
            (
                "refresh_token_lifetime_days",
                self.refresh_token_lifetime_days,
                1,
                366,
            ),
            (
                "session_lifetime_days",
                self.session_lifetime_days,
                1,
                3_660,
            ),
            (
                "ended_sessions_max_age_s",
                self.ended_sessions_max_age_s,
                2,
                3_600,
            ),
            ("refresh_reuse_leeway_s", self.refresh_reuse_leeway_s, 0, 60),
            (
                "browser_session_lifetime_hours",
                self.browser_session_lifetime_hours,
                1,
                8_760,
            ),
            (
                "browser_session_idle_minutes",
                self.browser_session_idle_minutes,
                2,
                525_600,
            ),
            (
                "keys.rotate_after_days",
                self.keys.rotate_after_days,
                0,
                3_660,
            ),
            ("password.min_chars", password.min_chars, few.0, few.1),
            ("password.max_chars", password.max_chars, many.0, many.1),
            ("password.min_score", password.min_score, 0, 4),
            ("password.parallelism", password.parallelism, 1, 64),
            ("password.iterations", password.iterations, 1, 1_000),
            (
                "password.memory_kib",
                password.memory_kib,
                password.parallelism.saturating_mul(8),
                4 * 1024 * 1024,
            ),
            (
                "password.concurrent_hashes",
                password.concurrent_hashes,
                1,
                1_024,
            ),
            (
                "password.waiting_hashes",
                password.waiting_hashes,
                0,
                1_000_000,
            ),
        ]
    }

    pub(crate) fn lifetimes(&self) -> Lifetimes {
        Lifetimes {
            access: i64::from(self.access_token_lifetime_s) * SECOND,
            refresh: i64::from(self.refresh_token_lifetime_days) * DAY,
            session: i64::from(self.session_lifetime_days) * DAY,
            browser: i64::from(self.browser_session_lifetime_hours) * HOUR,
            browser_idle: i64::from(self.browser_session_idle_minutes) * MINUTE,
            reuse_leeway: i64::from(self.refresh_reuse_leeway_s) * SECOND,
        }
    }
}

/// Scheme and host, perhaps a port, and nothing else.
fn is_origin(text: &str) -> bool {
    let host = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let is_more = |byte: u8| !byte.is_ascii_graphic() || b"/\\?#@".contains(&byte);
    host.is_some_and(|host| !host.bytes().any(is_more)) && Url::parse(text).is_ok()
}

fn roles<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Role>, D::Error> {
    let read = |text: &String| text.parse().map_err(D::Error::custom);
    let texts = list_or_text(deserializer)?;
    if matches!(texts.as_slice(), [only] if only == NOBODY) {
        return Ok(Vec::new());
    }
    texts.iter().map(read).collect()
}

/// The word for no role at all: an empty variable of the environment counts as one that is not set.
const NOBODY: &str = "none";

fn names<S: Serializer>(roles: &[Role], serializer: S) -> Result<S::Ok, S::Error> {
    if roles.is_empty() {
        return serializer.serialize_str(NOBODY);
    }
    let names: Vec<_> = roles.iter().map(|role| role.as_str()).collect();
    serializer.serialize_str(&names.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use platform::config::defaults_with;
    use serde_json::json;

    #[test]
    fn the_defaults_are_accepted() {
        assert!(Config::default().check().is_ok());
    }

    #[test]
    fn master_keys_are_a_list_or_a_text_with_commas_and_never_printed() {
        let (one, two) = ("A".repeat(43) + "=", "B".repeat(42) + "A=");
        let list = json!({"master_key": [one, two]});
        let text = json!({"master_key": format!("{one}, {two}")});
        for read in [list, text] {
            let config: Config = defaults_with("identity", read).unwrap();
            assert!(config.check().is_ok());
            assert_eq!(config.master_key.len(), 2);
            let printed = format!("{config:?} {}", serde_json::to_string(&config).unwrap());
            assert!(!printed.contains("AAAA"), "{printed}");
            assert!(printed.contains("(hidden),(hidden)"), "{printed}");
        }
        let none: Config = defaults_with("identity", json!({"master_key": ""})).unwrap();
        assert!(none.master_key.is_empty());
        let bad: Config = defaults_with("identity", json!({"master_key": "hunter2"})).unwrap();
        let said = bad.check().unwrap_err().to_string();
        assert!(said.contains("identity.master_key") && !said.contains("hunter2"));
    }

    #[test]
    fn who_needs_a_second_factor_is_a_list_or_a_text_and_a_role() {
        let read = |roles: serde_json::Value| {
            serde_json::from_value::<SecondFactorConfig>(json!({"required_for": roles}))
                .map(|read| read.required_for)
        };
        let both = vec![Role::Operator, Role::Admin];
        assert_eq!(SecondFactorConfig::default().required_for, both);
        assert_eq!(read(json!(["operator", "admin"])).unwrap(), both);
        assert_eq!(read(json!("operator, admin")).unwrap(), both);
        assert_eq!(read(json!("none")).unwrap(), vec![]);
        assert!(read(json!("none, admin")).is_err());
        let said = read(json!("root")).unwrap_err().to_string();
        assert!(said.contains("`root` is no role"), "{said}");
        let printed = serde_json::to_value(Config::default()).unwrap();
        assert_eq!(printed["second_factor"]["required_for"], "operator,admin");
        let required_for = Vec::new();
        let printed = serde_json::to_value(SecondFactorConfig { required_for }).unwrap();
        assert_eq!(printed["required_for"], "none");
    }

    #[test]
    fn links_begin_with_an_origin() {
        let with = |text: &str| {
            let public_url = text.to_owned();
            Config {
                public_url,
                ..Config::default()
            }
        };
        for good in [
            "https://pay.example",
            "http://127.0.0.1:8080",
            "http://[::1]:1",
            "https://pay.example:443",
            "https://Pay.example",
        ] {
            assert!(with(good).check().is_ok(), "{good}");
        }
        for bad in [
            "",
            "pay.example",
            "https://pay.example/",
            "https://pay.example/x?y",
            "https://me@pay.example",
            "javascript:alert(1)",
            "ftp://pay.example",
            "https:pay.example",
            "https://",
            "https://:80",
            "https://pay.example:x",
            "https://pay.example#x",
            "https://pay.example\\x",
            " https://pay.example",
            "https://pay.example\n",
            "https://pay example",
        ] {
            let said = with(bad).check().unwrap_err().to_string();
            assert!(said.contains("identity.public_url"), "{said}");
        }
    }

    #[test]
    fn a_setting_out_of_bounds_is_named() {
        let refused = |change: fn(&mut Config)| {
            let mut config = Config::default();
            change(&mut config);
            config.check().unwrap_err().to_string()
        };
        for (message, setting) in [
            (
                refused(|c| c.access_token_lifetime_s = 0),
                "identity.access_token_lifetime_s",
            ),
            (
                refused(|c| c.session_lifetime_days = 4_000),
                "identity.session_lifetime_days",
            ),
            (
                refused(|c| c.password.memory_kib = 7),
                "identity.password.memory_kib",
            ),
            (
                refused(|c| c.password.min_chars = 7),
                "identity.password.min_chars",
            ),
            (
                refused(|c| c.password.min_score = 5),
                "identity.password.min_score",
            ),
            (
                refused(|c| c.password.concurrent_hashes = 0),
                "identity.password.concurrent_hashes",
            ),
            (
                refused(|c| c.lockout.longest_wait_s = 86_401),
                "identity.lockout.longest_wait_s",
            ),
        ] {
            assert!(message.contains(setting), "{message}");
        }
    }
}
