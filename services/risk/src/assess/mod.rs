//! Whether a transaction may pass.

use contracts::risk::{ProposedTransaction, RiskDecision, RiskUnavailable};

use crate::service::Service;

impl Service {
    /// Whether a transaction may pass, by what memory has.
    pub(crate) async fn assess_now(
        &self,
        _proposed: &ProposedTransaction,
    ) -> Result<RiskDecision, RiskUnavailable> {
        match self.memory.has_all() {
            true => Err(RiskUnavailable("there are no rules yet".to_owned())),
            false => Err(RiskUnavailable("history is being read".to_owned())),
        }
    }
}
