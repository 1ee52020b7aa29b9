//! When a rule goes to shadow by itself: the section `[risk.breakers]`.

use risk_core::breaker::BreakerSettings;
use serde::{Deserialize, Serialize};
use values::SECOND;

/// When a rule goes to shadow by itself.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BreakerConfig {
    /// Whether hits are counted.
    pub enabled: bool,
    /// How long its hits are counted together, in minutes.
    pub window_minutes: u32,
    /// Fewer transactions than this in a window say nothing.
    pub least_transactions: u32,
    /// Fewer hits than this in a window say nothing.
    pub least_hits: u32,
    /// Above so many percent of the share of transactions that it used to hit.
    pub percent_of_baseline: u32,
    /// While it is not known how many it used to hit: above so many percent of all transactions.
    pub percent_of_all: u32,
    /// After so many transactions it is known.
    pub baseline_transactions: u32,
}

impl Default for BreakerConfig {
    fn default() -> Self {
        platform::config::defaults("risk.breakers")
    }
}

impl BreakerConfig {
    /// As breakers take it.
    pub(crate) fn settings(&self) -> BreakerSettings {
        BreakerSettings {
            window_us: i64::from(self.window_minutes) * 60 * SECOND,
            least_asked: self.least_transactions,
            least_hits: self.least_hits,
            factor_percent: self.percent_of_baseline,
            learning_percent: self.percent_of_all,
            baseline_asked: self.baseline_transactions,
        }
    }

    /// Refuses what cannot work.
    ///
    /// # Errors
    /// Which setting, and why.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.window_minutes == 0 || self.least_transactions == 0 || self.least_hits == 0 {
            return Err(
                "risk.breakers: `window_minutes`, `least_transactions` and `least_hits` must be 1 or more"
                    .to_owned(),
            );
        }
        if self.percent_of_baseline <= 100 {
            return Err("risk.breakers.percent_of_baseline must be above 100".to_owned());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_by_default_is_what_breakers_do_by_themselves() {
        let config = BreakerConfig::default();
        assert_eq!(config.settings(), BreakerSettings::default());
        assert_eq!(config.check(), Ok(()));
    }

    #[test]
    fn a_breaker_that_would_trip_at_its_own_baseline_is_refused() {
        for config in [
            BreakerConfig {
                percent_of_baseline: 100,
                ..BreakerConfig::default()
            },
            BreakerConfig {
                window_minutes: 0,
                ..BreakerConfig::default()
            },
        ] {
            assert!(config.check().unwrap_err().contains("risk.breakers"));
        }
    }
}
