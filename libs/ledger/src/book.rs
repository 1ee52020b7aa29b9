//! The working set of one journal: the accounts and holds that a batch names, what the batch
//! changed, and how to take a change back. It keeps; [`crate::apply`] decides.

use std::cmp::Reverse;

use hashbrown::HashMap;

use crate::account::{
    Account, AccountChange, AccountId, AccountNo, AccountTerms, ENTRIES_PER_MARK, Flags, Mark,
};
use crate::hold::Hold;
use crate::refusal::Refusal;
use crate::transfer::{Transfer, TransferId};

/// Where a journal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Head {
    /// The seq of its last record; 0: empty.
    pub seq: u64,
    /// The number of its last account.
    pub accounts: u64,
    /// The time of its last batch, µs since 1970.
    pub time: i64,
}

/// A moment to which a batch can be taken back.
#[derive(Debug, Clone, Copy)]
pub struct Savepoint {
    undo: usize,
    transfers: usize,
    changes: usize,
    marks: usize,
    changed: usize,
    changed_holds: usize,
    head: Head,
}

/// What takes one change back.
#[derive(Debug, Clone, Copy)]
enum Undo {
    Account(usize, Account),
    Opened(AccountId),
    Hold(TransferId, Option<Hold>),
}

/// An account in the working set, and the batch that last used and last changed it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slot {
    pub(crate) account: Account,
    used: u64,
    changed: u64,
}

/// The working set of one journal.
///
/// A batch runs `begin`, then requests, then reads [`Book::transfers`], [`Book::changed_accounts`]
/// and the other lists to write them, then `keep` once they are durable, or `forget` if they are
/// not.
#[derive(Debug, Default)]
pub struct Book {
    pub(crate) slots: Vec<Slot>,
    by_id: HashMap<AccountId, usize>,
    by_no: HashMap<AccountNo, usize>,
    pub(crate) holds: HashMap<TransferId, Hold>,
    /// Transfers that this batch may meet again by id: those loaded, and those that it made.
    pub(crate) known: HashMap<TransferId, Transfer>,
    head: Head,
    now: i64,
    batch: u64,
    transfers: Vec<Transfer>,
    changes: Vec<AccountChange>,
    marks: Vec<Mark>,
    changed: Vec<usize>,
    changed_holds: Vec<TransferId>,
    undo: Vec<Undo>,
}

impl Book {
    /// Begins a batch on a journal that stands at `head`. Its time is `now`, or the head's where
    /// the clock went back.
    pub fn begin(&mut self, head: Head, now: i64) {
        self.head = head;
        self.now = now.max(head.time);
        self.head.time = self.now;
        self.batch = self.batch.wrapping_add(1);
        self.transfers.clear();
        self.changes.clear();
        self.marks.clear();
        self.changed.clear();
        self.changed_holds.clear();
        self.undo.clear();
        self.holds.clear();
        self.known.clear();
    }

    /// The time of this batch, µs since 1970.
    #[must_use]
    pub const fn now(&self) -> i64 {
        self.now
    }

    /// Where the journal stands, this batch included.
    #[must_use]
    pub const fn head(&self) -> Head {
        self.head
    }

    /// Puts an account into the working set, as the store has it.
    pub fn load_account(&mut self, account: Account) {
        let slot = Slot {
            account,
            used: self.batch,
            changed: 0,
        };
        if let Some(at) = self.by_id.get(&account.id) {
            if let Some(known) = self.slots.get_mut(*at) {
                *known = slot;
            }
            return;
        }
        let at = self.slots.len();
        self.by_id.insert(account.id, at);
        self.by_no.insert(account.no, at);
        self.slots.push(slot);
    }

    /// Puts a hold into the working set, as the store has it.
    pub fn load_hold(&mut self, hold: Hold) {
        self.holds.insert(hold.id, hold);
    }

    /// Tells of a transfer that the store already has under an id that this batch may ask for.
    pub fn load_transfer(&mut self, transfer: Transfer) {
        self.known.insert(transfer.id, transfer);
    }

    /// The account with this id, if it is in the working set.
    #[must_use]
    pub fn account(&self, id: AccountId) -> Option<&Account> {
        self.slot_of(id)
            .and_then(|at| self.slots.get(at))
            .map(|slot| &slot.account)
    }

    /// The account with this number, if it is in the working set.
    #[must_use]
    pub fn account_by_no(&self, no: AccountNo) -> Option<&Account> {
        self.by_no
            .get(&no)
            .and_then(|at| self.slots.get(*at))
            .map(|slot| &slot.account)
    }

    /// The hold with this id, if it is in the working set.
    #[must_use]
    pub fn hold(&self, id: TransferId) -> Option<&Hold> {
        self.holds.get(&id)
    }

    pub(crate) fn slot_of(&self, id: AccountId) -> Option<usize> {
        self.by_id.get(&id).copied()
    }

    pub(crate) fn slot_of_no(&self, no: AccountNo) -> Option<usize> {
        self.by_no.get(&no).copied()
    }

    /// Opens an account; answers the one that is there if it was opened before in the same way.
    ///
    /// # Errors
    /// [`Refusal::AccountExistsWithDifferentFields`].
    pub fn open(
        &mut self,
        id: AccountId,
        org: i64,
        currency: money::Currency,
        code: u16,
        terms: AccountTerms,
    ) -> Result<Account, Refusal> {
        if let Some(known) = self.account(id) {
            let same = known.org == org
                && known.currency == currency
                && known.code == code
                && known.terms == terms;
            return if same {
                Ok(*known)
            } else {
                Err(Refusal::AccountExistsWithDifferentFields)
            };
        }
        self.head.accounts = self.head.accounts.saturating_add(1);
        let account = Account {
            no: AccountNo(self.head.accounts),
            id,
            org,
            currency,
            code,
            terms,
            debits_posted: 0,
            credits_posted: 0,
            debits_pending: 0,
            credits_pending: 0,
            last_seq: 0,
            entries: 0,
            opened_at: self.now,
        };
        self.load_account(account);
        self.undo.push(Undo::Opened(id));
        if let Some(at) = self.slot_of(id) {
            self.mark_changed(at);
        }
        self.record_change(&account);
        Ok(account)
    }

    /// Agrees new terms for an account. Closing needs an account with nothing on it; what is closed
    /// stays so.
    ///
    /// # Errors
    /// [`Refusal::DebitAccountNotFound`], [`Refusal::AccountClosed`], [`Refusal::AccountNotEmpty`].
    pub fn change_terms(&mut self, id: AccountId, terms: AccountTerms) -> Result<Account, Refusal> {
        let at = self.slot_of(id).ok_or(Refusal::DebitAccountNotFound)?;
        let before = self
            .slots
            .get(at)
            .ok_or(Refusal::DebitAccountNotFound)?
            .account;
        if before.terms == terms {
            return Ok(before);
        }
        if before.terms.flags.has(Flags::CLOSED) {
            return Err(Refusal::AccountClosed);
        }
        if terms.flags.has(Flags::CLOSED) && !before.is_settled() {
            return Err(Refusal::AccountNotEmpty);
        }
        let after = Account { terms, ..before };
        self.put_account(at, after);
        self.record_change(&after);
        Ok(after)
    }

    fn record_change(&mut self, account: &Account) {
        let seq = self.next_seq();
        self.changes.push(AccountChange {
            seq,
            time: self.now,
            no: account.no,
            id: account.id,
            org: account.org,
            currency: account.currency,
            code: account.code,
            terms: account.terms,
        });
    }

    /// The seq of the next record. 64 bits last for 584,000 years at a million records a second.
    pub(crate) fn next_seq(&mut self) -> u64 {
        self.head.seq = self.head.seq.saturating_add(1);
        self.head.seq
    }

    pub(crate) fn put_account(&mut self, at: usize, account: Account) {
        if let Some(slot) = self.slots.get_mut(at) {
            self.undo.push(Undo::Account(at, slot.account));
            slot.account = account;
            self.mark_changed(at);
        }
    }

    /// Puts an account that the record `seq` has touched: its next entry.
    pub(crate) fn put_entry(&mut self, at: usize, mut account: Account, seq: u64) {
        account.last_seq = seq;
        account.entries = account.entries.saturating_add(1);
        if account.entries.is_multiple_of(ENTRIES_PER_MARK) {
            self.marks.push(Mark {
                account: account.no,
                time: self.now,
                seq,
            });
        }
        self.put_account(at, account);
    }

    fn mark_changed(&mut self, at: usize) {
        let batch = self.batch;
        if let Some(slot) = self.slots.get_mut(at) {
            slot.used = batch;
            if slot.changed != batch {
                slot.changed = batch;
                self.changed.push(at);
            }
        }
    }

    pub(crate) fn put_hold(&mut self, hold: Hold) {
        let before = self.holds.insert(hold.id, hold);
        self.undo.push(Undo::Hold(hold.id, before));
        self.changed_holds.push(hold.id);
    }

    pub(crate) fn record(&mut self, transfer: Transfer) {
        self.known.insert(transfer.id, transfer);
        self.transfers.push(transfer);
    }

    /// Marks this moment.
    #[must_use]
    pub fn savepoint(&self) -> Savepoint {
        Savepoint {
            undo: self.undo.len(),
            transfers: self.transfers.len(),
            changes: self.changes.len(),
            marks: self.marks.len(),
            changed: self.changed.len(),
            changed_holds: self.changed_holds.len(),
            head: self.head,
        }
    }

    /// Takes everything since `savepoint` back: the book is as it was.
    pub fn rollback(&mut self, savepoint: Savepoint) {
        for at in self
            .changed
            .drain(savepoint.changed.min(self.changed.len())..)
        {
            if let Some(slot) = self.slots.get_mut(at) {
                slot.changed = 0;
            }
        }
        self.changed_holds.truncate(savepoint.changed_holds);
        let from = savepoint.undo.min(self.undo.len());
        for undo in self.undo.split_off(from).into_iter().rev() {
            match undo {
                Undo::Account(at, account) => {
                    if let Some(slot) = self.slots.get_mut(at) {
                        slot.account = account;
                    }
                }
                Undo::Opened(id) => self.take_out(id),
                Undo::Hold(id, Some(hold)) => {
                    self.holds.insert(id, hold);
                }
                Undo::Hold(id, None) => {
                    self.holds.remove(&id);
                }
            }
        }
        for transfer in self
            .transfers
            .drain(savepoint.transfers.min(self.transfers.len())..)
        {
            self.known.remove(&transfer.id);
        }
        self.changes.truncate(savepoint.changes);
        self.marks.truncate(savepoint.marks);
        self.head = savepoint.head;
    }

    /// Takes an account out that this batch opened. One loaded after it may take its place:
    /// whatever that one's changes were, they are later and already taken back, so that nothing
    /// else refers to places.
    fn take_out(&mut self, id: AccountId) {
        let Some(at) = self.by_id.remove(&id) else {
            return;
        };
        let opened = self.slots.swap_remove(at);
        self.by_no.remove(&opened.account.no);
        if let Some(moved) = self.slots.get(at) {
            self.by_id.insert(moved.account.id, at);
            self.by_no.insert(moved.account.no, at);
        }
    }

    /// The rows that this batch adds, in order.
    #[must_use]
    pub fn transfers(&self) -> &[Transfer] {
        &self.transfers
    }

    /// The openings and changes of terms that this batch adds, in order.
    #[must_use]
    pub fn account_changes(&self) -> &[AccountChange] {
        &self.changes
    }

    /// The marks that this batch adds, in order.
    #[must_use]
    pub fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// The accounts that this batch changed or opened, as they are now.
    pub fn changed_accounts(&self) -> impl Iterator<Item = &Account> {
        self.changed
            .iter()
            .filter_map(|at| self.slots.get(*at))
            .map(|slot| &slot.account)
    }

    /// The holds that this batch made or changed, as they are now.
    pub fn changed_holds(&self) -> impl Iterator<Item = &Hold> {
        let mut seen = hashbrown::HashSet::new();
        self.changed_holds
            .iter()
            .filter(move |id| seen.insert(**id))
            .filter_map(|id| self.holds.get(id))
    }

    /// Ends the batch once it is durable: its accounts and holds no longer count as changed. Of all
    /// accounts in the working set at most `capacity` stay; those unused for longest go, and those
    /// of this batch only if there are more of them than that.
    pub fn keep(&mut self, capacity: usize) {
        self.changed.clear();
        self.changed_holds.clear();
        self.undo.clear();
        if self.slots.len() <= capacity {
            return;
        }
        let in_use = self.slots.iter().filter(|slot| slot.used == self.batch);
        // Half stays, so that this is done once in a while and not at every batch.
        let stay = in_use.count().max(capacity / 2).min(capacity);
        self.slots
            .select_nth_unstable_by_key(stay, |slot| Reverse(slot.used));
        self.slots.truncate(stay);
        self.by_id.clear();
        self.by_no.clear();
        for (at, slot) in self.slots.iter().enumerate() {
            self.by_id.insert(slot.account.id, at);
            self.by_no.insert(slot.account.no, at);
        }
    }

    /// Forgets everything: the store alone knows the truth now.
    pub fn forget(&mut self) {
        let batch = self.batch;
        *self = Self {
            batch,
            ..Self::default()
        };
    }

    /// How many accounts are in the working set.
    #[must_use]
    pub fn account_count(&self) -> usize {
        self.slots.len()
    }

    /// Notes that an account is in use, so that it is kept.
    pub fn touch(&mut self, id: AccountId) -> bool {
        let batch = self.batch;
        match self.by_id.get(&id).and_then(|at| self.slots.get_mut(*at)) {
            Some(slot) => {
                slot.used = batch;
                true
            }
            None => false,
        }
    }

    /// The same by number.
    pub fn touch_no(&mut self, no: AccountNo) -> bool {
        let batch = self.batch;
        match self.by_no.get(&no).and_then(|at| self.slots.get_mut(*at)) {
            Some(slot) => {
                slot.used = batch;
                true
            }
            None => false,
        }
    }
}
