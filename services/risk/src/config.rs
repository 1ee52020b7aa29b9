//! The settings of risk: the section `[risk]`.

use std::collections::BTreeMap;

use money::Currency;
use serde::{Deserialize, Serialize};

use crate::rates::Rates;
use crate::step_up::config::StepUpConfig;

/// The settings of risk.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Whether transactions are assessed.
    pub enabled: bool,
    /// The currency that rules compare amounts in.
    pub base_currency: String,
    /// What one unit of each currency is in US dollars, as decimal text.
    pub rates: BTreeMap<String, String>,
    /// How long decisions and their facts are kept, in days.
    pub keep_days: u32,
    /// Step-up codes.
    pub step_up: StepUpConfig,
}

impl Default for Config {
    fn default() -> Self {
        platform::config::defaults("risk")
    }
}

impl Config {
    /// Refuses what cannot work.
    ///
    /// # Errors
    /// Which setting, and why.
    pub fn validate(&self) -> Result<(), String> {
        self.rates()?;
        if self.keep_days == 0 {
            return Err("risk.keep_days must be 1 or more".to_owned());
        }
        self.step_up.check()
    }

    /// What an amount is in other currencies.
    ///
    /// # Errors
    /// Which setting, and why.
    pub(crate) fn rates(&self) -> Result<Rates, String> {
        let base = Currency::from_code(&self.base_currency);
        let base = base.map_err(|error| format!("risk.base_currency: {error}"))?;
        Rates::new(base, &self.rates)
    }
}
