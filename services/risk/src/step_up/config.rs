//! The settings of step-up codes: the section `[risk.step_up]`.

use serde::{Deserialize, Serialize};

/// How many codes there are, and how often they may be wrong.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StepUpConfig {
    /// The most codes that are sent for one transaction.
    pub codes_per_transaction: u32,
    /// How long after a code there may be another one, in seconds.
    pub resend_after_seconds: u32,
    /// The most wrong codes of a user in an hour, for all transactions together.
    pub wrong_codes_per_hour: u32,
}

impl StepUpConfig {
    pub(crate) fn check(&self) -> Result<(), String> {
        let limits = [
            ("codes_per_transaction", self.codes_per_transaction),
            ("wrong_codes_per_hour", self.wrong_codes_per_hour),
        ];
        for (name, limit) in limits {
            if limit == 0 {
                return Err(format!("risk.step_up.{name} must be 1 or more"));
            }
        }
        Ok(())
    }
}
