//! Where risk is reached, who tells how far users are verified, and whose the wallets are that risk
//! was told of: an owner never changes, so what was read once is true for ever. It asks nothing.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use contracts::identity::UserId;
use contracts::kyc::KycLevels;
use contracts::payments::TransactionId;
use contracts::risk::SharedRisk;
use uuid::Uuid;

/// The most owners of wallets that are remembered.
const MOST_OWNERS: usize = 65_536;

/// The way to risk, and the owners of wallets that it was told of.
#[derive(Default)]
pub(crate) struct Gate {
    risk: OnceLock<SharedRisk>,
    /// Set where operators decide about transactions through cases.
    by_cases: AtomicBool,
    levels: OnceLock<Arc<dyn KycLevels>>,
    owners: Mutex<HashMap<(i64, Uuid), UserId>>,
}

impl Gate {
    /// Hands in risk; once, when the services are joined.
    pub(crate) fn set(&self, risk: SharedRisk) {
        drop(self.risk.set(risk));
    }

    /// Hands in who tells levels; once, where they limit anything.
    pub(crate) fn set_levels(&self, levels: Arc<dyn KycLevels>) {
        drop(self.levels.set(levels));
    }

    /// Who tells levels, where they limit anything.
    pub(crate) fn levels(&self) -> Option<&Arc<dyn KycLevels>> {
        self.levels.get()
    }

    /// Risk, where there is one.
    pub(crate) fn risk(&self) -> Option<&SharedRisk> {
        self.risk.get()
    }

    /// From now on operators decide about transactions through cases.
    pub(crate) fn decide_by_cases(&self) {
        self.by_cases.store(true, Ordering::Relaxed);
    }

    /// Whether operators decide about transactions through cases.
    pub(crate) fn decides_by_cases(&self) -> bool {
        self.by_cases.load(Ordering::Relaxed)
    }

    /// Says that a transaction was not made which risk may have been asked about.
    pub(crate) fn dropped(&self, transaction: Uuid) {
        if let Some(risk) = self.risk() {
            risk.dropped(TransactionId(transaction));
        }
    }

    /// Whose a wallet of an organisation is, where that was read before.
    pub(crate) fn known_owner(&self, key: (i64, Uuid)) -> Option<UserId> {
        let owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        owners.get(&key).copied()
    }

    /// Remembers whose it is.
    pub(crate) fn remember_owner(&self, key: (i64, Uuid), owner: UserId) {
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        if owners.len() >= MOST_OWNERS {
            owners.clear();
        }
        owners.insert(key, owner);
    }
}
