//! The settings of operations: the section `[operations]`.

use serde::{Deserialize, Serialize};
use values::{DAY, SECOND};

/// The settings of operations.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How often it is looked at what the platform sees.
    pub look_every_seconds: u32,
    /// When operators are alerted.
    pub alerts: AlertsConfig,
}

/// When operators are alerted.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AlertsConfig {
    /// Kinds that nobody wants, with commas between.
    pub off: String,
    /// How long after its end an alert that fires again is the same.
    pub reopen_minutes: u32,
    /// How long an acknowledged alert waits until its owner is reminded, again and again.
    pub remind_hours: u32,
    /// After how long without another signal an alert ends that a service has raised.
    pub quiet_hours: u32,
    /// How long alerts are kept that have ended.
    pub keep_days: u32,
    /// How far back the rates of transactions look.
    pub window_minutes: u32,
    /// What the rate of declines is compared with.
    pub baseline_hours: u32,
    /// How many transactions have to have ended in the window for a rate to say anything, and for a
    /// spike how many have to be declined.
    pub at_least: u32,
    /// How many of a hundred transactions failed.
    pub failure_percent: Levels,
    /// How many times the share of declined ones is that of the hours before.
    pub decline_times: Levels,
    /// How many transactions are unresolved.
    pub unresolved: Levels,
    /// How many dead letters of a queue wait.
    pub dead_letters: Levels,
    /// For how many seconds the oldest entry of a queue waits.
    pub queue_age_seconds: Levels,
}

/// From which figure on something is amiss; 0: never.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Levels {
    /// From here on it is a warning.
    pub warning: u32,
    /// From here on it is critical.
    pub critical: u32,
}

impl Default for Config {
    fn default() -> Self {
        platform::config::defaults("operations")
    }
}

impl Config {
    /// Refuses what cannot work.
    ///
    /// # Errors
    /// Which setting, and why.
    pub fn validate(&self) -> Result<(), String> {
        let alerts = &self.alerts;
        let above_0 = [
            ("look_every_seconds", self.look_every_seconds),
            ("alerts.remind_hours", alerts.remind_hours),
            ("alerts.quiet_hours", alerts.quiet_hours),
            ("alerts.keep_days", alerts.keep_days),
            ("alerts.window_minutes", alerts.window_minutes),
            ("alerts.baseline_hours", alerts.baseline_hours),
            ("alerts.at_least", alerts.at_least),
        ];
        for (name, value) in above_0 {
            if value == 0 {
                return Err(format!("operations.{name} must be 1 or more"));
            }
        }
        let levels = [
            ("failure_percent", alerts.failure_percent),
            ("decline_times", alerts.decline_times),
            ("unresolved", alerts.unresolved),
            ("dead_letters", alerts.dead_letters),
            ("queue_age_seconds", alerts.queue_age_seconds),
        ];
        for (name, Levels { warning, critical }) in levels {
            if critical != 0 && critical < warning {
                return Err(format!(
                    "operations.alerts.{name}.critical must not be below its warning, or 0 for never"
                ));
            }
        }
        Ok(())
    }

    /// In microseconds.
    pub(crate) fn look_every(&self) -> i64 {
        i64::from(self.look_every_seconds) * SECOND
    }
}

impl AlertsConfig {
    /// Whether nobody wants this kind.
    pub(crate) fn is_off(&self, kind: &str) -> bool {
        self.off.split(',').any(|off| off.trim() == kind)
    }

    /// In microseconds, as all of these.
    pub(crate) fn reopen_within(&self) -> i64 {
        i64::from(self.reopen_minutes) * 60 * SECOND
    }

    pub(crate) fn remind_after(&self) -> i64 {
        i64::from(self.remind_hours) * 3_600 * SECOND
    }

    pub(crate) fn quiet_after(&self) -> i64 {
        i64::from(self.quiet_hours) * 3_600 * SECOND
    }

    pub(crate) fn keep(&self) -> i64 {
        i64::from(self.keep_days) * DAY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_work_and_a_level_below_the_one_before_it_is_refused() {
        let mut config = Config::default();
        assert_eq!(config.validate(), Ok(()));
        config.alerts.unresolved.critical = 0;
        assert_eq!(config.validate(), Ok(()));
        config.alerts.unresolved.critical = config.alerts.unresolved.warning - 1;
        let refused = config.validate().unwrap_err();
        assert!(refused.starts_with("operations.alerts.unresolved.critical"));
    }

    #[test]
    fn a_kind_is_off_by_its_whole_name() {
        let mut config = Config::default().alerts;
        config.off = "queue_age, dead_letters".to_owned();
        let off = ["queue_age", "dead_letters", "queue", ""].map(|kind| config.is_off(kind));
        assert_eq!(off, [true, true, false, false]);
    }
}
