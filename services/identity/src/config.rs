//! Identity's settings, `[identity]` in the configuration: how long tokens live and how passwords are hashed.

use platform::clock::{DAY, SECOND};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::session::Lifetimes;

/// Identity's settings. What is left out has its default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Seconds that an access token lives: 1 to 86,400.
    pub access_token_lifetime_s: u32,
    /// Days after which a refresh token that was not used has ended: 1 to 366.
    pub refresh_token_lifetime_days: u32,
    /// Days after which a login has ended, however often it was refreshed: 1 to 3,660.
    pub session_lifetime_days: u32,
    /// How passwords are hashed.
    pub password: PasswordConfig,
}

/// Argon2id (RFC 9106) and how much of it may run at once. The defaults are the first choice of the OWASP
/// Password Storage Cheat Sheet. A change holds for new hashes; each old one carries its own parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PasswordConfig {
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
        Self {
            access_token_lifetime_s: 900,
            refresh_token_lifetime_days: 30,
            session_lifetime_days: 90,
            password: PasswordConfig::default(),
        }
    }
}

impl Default for PasswordConfig {
    fn default() -> Self {
        Self {
            memory_kib: 19 * 1024,
            iterations: 2,
            parallelism: 1,
            concurrent_hashes: 2,
            waiting_hashes: 64,
        }
    }
}

impl Config {
    /// Refuses what cannot work, by the setting's path.
    ///
    /// # Errors
    /// [`Error::Setting`].
    pub fn check(&self) -> Result<(), Error> {
        let password = &self.password;
        let bounds = [
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
        ];
        for (setting, value, least, most) in bounds {
            if !(least..=most).contains(&value) {
                return Err(Error::Setting {
                    setting,
                    value,
                    least,
                    most,
                });
            }
        }
        Ok(())
    }

    pub(crate) fn lifetimes(&self) -> Lifetimes {
        Lifetimes {
            access: i64::from(self.access_token_lifetime_s) * SECOND,
            refresh: i64::from(self.refresh_token_lifetime_days) * DAY,
            session: i64::from(self.session_lifetime_days) * DAY,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_accepted() {
        assert!(Config::default().check().is_ok());
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
                refused(|c| c.password.concurrent_hashes = 0),
                "identity.password.concurrent_hashes",
            ),
        ] {
            assert!(message.contains(setting), "{message}");
        }
    }
}
