//! The settings of cases: the section `[risk.cases]`.

use money::{Amount, Currency};
use serde::{Deserialize, Serialize};
use values::SECOND;

use crate::cases::queue::Queue;

/// The most hours until a case is due.
const MOST_HOURS: u32 = 24 * 365;
/// The most bytes that a file may have: as text it has to fit into the largest body.
const MOST_BYTES: u32 = 10_000_000;

/// When cases are due, and when a decision takes two.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CasesConfig {
    /// From this amount at stake on a decision takes two operators: decimal text of the base
    /// currency.
    pub second_operator_from: String,
    /// The most bytes of a file that is attached.
    pub attachment_bytes: u32,
    /// How long after it was opened a case is due, in hours.
    pub due_hours: DueHours,
}

/// By queue, how long after it was opened a case is due, in hours.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DueHours {
    /// Transactions in review.
    pub transactions: u32,
    /// Matches of sanctions lists.
    pub sanctions: u32,
    /// Checks of an identity.
    pub kyc: u32,
    /// Transactions of which nobody knows what became.
    pub unresolved: u32,
}

impl CasesConfig {
    pub(crate) fn check(&self, base: Currency) -> Result<(), String> {
        self.limit(base)?;
        if self.attachment_bytes > MOST_BYTES {
            return Err(format!(
                "risk.cases.attachment_bytes must be at most {MOST_BYTES}"
            ));
        }
        for queue in Queue::ALL {
            if !(1..=MOST_HOURS).contains(&self.hours(*queue)) {
                return Err(format!(
                    "risk.cases.due_hours.{queue} must be 1 to {MOST_HOURS}"
                ));
            }
        }
        Ok(())
    }

    /// From what on a decision takes two, in minor units.
    pub(crate) fn limit(&self, base: Currency) -> Result<i64, String> {
        let amount = Amount::parse(&self.second_operator_from, base).map(Amount::minor);
        let amount = amount.map_err(|error| format!("risk.cases.second_operator_from: {error}"))?;
        match amount > 0 {
            true => Ok(amount),
            false => Err("risk.cases.second_operator_from must be above 0".to_owned()),
        }
    }

    const fn hours(&self, queue: Queue) -> u32 {
        match queue {
            Queue::Transactions => self.due_hours.transactions,
            Queue::Sanctions => self.due_hours.sanctions,
            Queue::Kyc => self.due_hours.kyc,
            Queue::Unresolved => self.due_hours.unresolved,
        }
    }

    /// How long after it was opened a case of a queue is due, in µs.
    pub(crate) fn due_after(&self, queue: Queue) -> i64 {
        i64::from(self.hours(queue)) * 3_600 * SECOND
    }
}
