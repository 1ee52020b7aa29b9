//! How far users are verified: it is asked before a transaction is made, and what the settings let
//! them do is enforced in its commit by the core.

use std::sync::Arc;

use access::Principal;
use contracts::kyc::KycLevels;
use contracts::payments::TransactionType;
use payments_core::command::{Movement, NewTransaction};

use crate::error::Error;
use crate::service::Service;

impl Service {
    /// Hands in who tells how far users are verified. Where no limit of a level is set, nobody is
    /// asked.
    pub fn set_kyc_levels(&self, levels: Arc<dyn KycLevels>) {
        if self.config.kyc_limits.limits_anything() {
            self.gate.set_levels(levels);
        }
    }

    /// Adds to a new transaction what its maker may do, where levels limit anything.
    ///
    /// # Errors
    /// [`Error::LevelUnavailable`].
    pub(crate) async fn limit_by_level(
        &self,
        principal: &Principal,
        new: &mut NewTransaction,
    ) -> Result<(), Error> {
        let Some(levels) = self.gate.levels() else {
            return Ok(());
        };
        let level = levels.level(principal.org, principal.user).await;
        let level = level.map_err(|error| {
            tracing::warn!(%error, "the level of a user cannot be told: the transaction is refused");
            Error::LevelUnavailable
        })?;
        let kind = match &new.what {
            Movement::Transfer { .. } => TransactionType::Transfer,
            Movement::Payment { .. } => TransactionType::Payment,
            Movement::Deposit { .. } => TransactionType::Deposit,
            Movement::Withdrawal { .. } => TransactionType::Withdrawal,
        };
        new.level = Some(self.config.kyc_limits.of(level, kind, new.currency));
        Ok(())
    }
}
