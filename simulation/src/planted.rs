//! Stores that lie, so that the tests can show that the simulation sees it. Never part of PayFlow:
//! the feature `planted-bugs` is for tests only.

use std::collections::BTreeMap;

use ledger::{Account, AccountNo, Hold, HoldState};
use payments::journal::sqlite::SqliteStore;
use payments::journal::store::{Store, StoreError};
use payments_core::batch::{Loaded, Writes};

/// A lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    /// A commit returns before it is on the disk.
    AcknowledgesBeforeTheSync,
    /// Nothing is ever brought to the disk.
    NeverSyncs,
    /// Now and then, what a hold became is not written.
    DropsHoldUpdates,
    /// A commit that broke is taken for done.
    TakesBrokenCommitsForDone,
    /// A commit that broke is taken for undone.
    TakesBrokenCommitsForUndone,
    /// Now and then, one answer under an idempotency key is not written.
    ForgetsAnswers,
    /// Now and then, what left a wallet does not count for its limits.
    ForgetsLimits,
    /// A writer trusts what it remembers of some accounts after another writer wrote.
    TrustsAStaleCache,
    /// A batch that expects the head row where its writer left it does not look whether it is
    /// there.
    LeavesOutTheFence,
}

impl Bug {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::AcknowledgesBeforeTheSync,
        Self::NeverSyncs,
        Self::DropsHoldUpdates,
        Self::TakesBrokenCommitsForDone,
        Self::TakesBrokenCommitsForUndone,
        Self::ForgetsAnswers,
        Self::ForgetsLimits,
        Self::TrustsAStaleCache,
        Self::LeavesOutTheFence,
    ];

    /// When SQLite syncs.
    pub(crate) const fn synchronous(self) -> &'static str {
        match self {
            Self::AcknowledgesBeforeTheSync => "NORMAL",
            Self::NeverSyncs => "OFF",
            _ => "FULL",
        }
    }
}

/// The lies of a store.
#[derive(Debug, Default)]
pub(crate) struct FaultyStore {
    bug: Option<Bug>,
    /// Accounts as each writer left them.
    remembered: BTreeMap<(usize, AccountNo), Account>,
}

impl FaultyStore {
    pub(crate) fn of(bug: Bug) -> Self {
        Self {
            bug: Some(bug),
            remembered: BTreeMap::new(),
        }
    }

    pub(crate) fn leave_out_the_fence(&self) -> bool {
        self.bug == Some(Bug::LeavesOutTheFence)
    }

    /// The process ended; nobody remembers anything.
    pub(crate) fn forget(&mut self) {
        self.remembered.clear();
    }

    /// Commits less than it was given.
    pub(crate) fn commit(
        &self,
        store: &mut SqliteStore,
        writes: &Writes<'_>,
    ) -> Result<(), StoreError> {
        let is_now = writes.position.batch.is_multiple_of(13);
        let is_new = |hold: &&Hold| hold.state == HoldState::Open && hold.captured == 0;
        let mut holds = writes.holds.clone();
        let mut wallets = writes.wallets.clone();
        let mut answers = writes.answers.clone();
        match self.bug {
            Some(Bug::DropsHoldUpdates) if is_now => holds.retain(is_new),
            Some(Bug::ForgetsLimits) if is_now => {
                wallets.retain(|wallet| wallet.last_transaction == 0)
            }
            Some(Bug::ForgetsAnswers) if is_now => drop(answers.pop()),
            _ => {}
        }
        store.commit(&Writes {
            position: writes.position,
            checksums: writes.checksums,
            transfers: writes.transfers,
            account_changes: writes.account_changes,
            accounts: writes.accounts.clone(),
            marks: writes.marks,
            holds,
            wallets,
            transactions: writes.transactions.clone(),
            external_ids: writes.external_ids,
            events: writes.events,
            answers,
        })
    }

    /// Says something else than what became of a commit.
    pub(crate) fn committed(
        &mut self,
        writer: usize,
        writes: &Writes<'_>,
        committed: Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        if committed.is_ok() && self.bug == Some(Bug::TrustsAStaleCache) {
            let some = writes.accounts.iter().filter(|it| it.no.0 % 5 == 0);
            for account in some {
                self.remembered.insert((writer, account.no), **account);
            }
        }
        match (self.bug, committed) {
            (Some(Bug::TakesBrokenCommitsForDone), Err(StoreError::CommitBroke(_))) => Ok(()),
            (Some(Bug::TakesBrokenCommitsForUndone), Err(StoreError::CommitBroke(reason))) => {
                Err(StoreError::Unavailable(reason))
            }
            (_, committed) => committed,
        }
    }

    /// Loads accounts as this writer remembers them.
    pub(crate) fn load(&self, writer: usize, mut loaded: Loaded) -> Loaded {
        for account in &mut loaded.accounts {
            if let Some(remembered) = self.remembered.get(&(writer, account.no)) {
                *account = *remembered;
            }
        }
        loaded
    }
}
