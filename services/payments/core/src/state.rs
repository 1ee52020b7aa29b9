//! The working set of a batch: the ledger's book, and what payments keeps around it. It loads and
//! keeps; [`crate::decide`] decides.

mod load;
mod undo;

use std::sync::{Arc, LazyLock};

use contracts::payments::TransactionStatus;
use hashbrown::{HashMap, HashSet};
use ledger::{Account, AccountId, AccountNo, Book, Flags, Head, TransferId};
use money::Currency;
use uuid::Uuid;
use values::Timestamp;

use crate::acceptance::{self, Acceptance, Acceptances};
use crate::batch::{Event, ExternalId, HistorySummary, Position, StoredAnswer, Writes};
use crate::command::Actor;
use crate::document::{Document, EventData, TransactionRecord, to_json};
use crate::transaction::Transaction;
use crate::wallet::{Used, WALLET, Wallet, WalletView};

pub use undo::Savepoint;
use undo::Undo;

/// The working set of a batch.
#[derive(Debug, Default)]
pub struct State {
    /// Accounts, holds and ledger rows.
    pub book: Book,
    wallets: HashMap<AccountNo, Wallet>,
    transactions: HashMap<Uuid, Arc<Transaction>>,
    taken: HashMap<ExternalId, ()>,
    answers: HashMap<u128, StoredAnswer>,
    position: Position,
    /// The head row where the batch began.
    begun: Position,
    greatest_id: u128,
    changed_wallets: Vec<AccountNo>,
    changed_transactions: Vec<Uuid>,
    changed_answers: Vec<u128>,
    new_external_ids: Vec<(ExternalId, u64, i64)>,
    events: Vec<Event>,
    undo: Vec<Undo>,
    /// What operators of this batch resolve.
    resolved: Vec<Uuid>,
    acceptances: Acceptances,
    /// How many wallets users have opened, of those who open one in this batch.
    opened: HashMap<Uuid, u64>,
    /// From which wallets something left in this month, of users in this batch whose level of
    /// verification limits that.
    spent: HashMap<Uuid, Vec<AccountNo>>,
    /// What has left wallets on the day and in the month of a time that is accepted.
    counted: Vec<(AccountNo, Used)>,
}

impl State {
    /// Begins a batch in which an operator accepts the time, which may be lower than that of the
    /// batch before.
    pub fn begin_accepting(&mut self, position: Position, now: Timestamp) {
        let time = position.time.min(now.micros());
        self.begin(Position { time, ..position }, now);
        self.begun = position;
        self.acceptances.push(self.acceptance());
    }

    /// What a batch says that accepts the time.
    const fn acceptance(&self) -> Acceptance {
        Acceptance {
            last_commit: Timestamp(self.begun.time),
            accepted: self.now(),
            last_record: self.begun.seq,
            last_transaction: self.begun.transactions,
        }
    }

    /// Begins a batch.
    pub fn begin(&mut self, position: Position, now: Timestamp) {
        let head = Head {
            seq: position.seq,
            accounts: position.accounts,
            time: position.time,
        };
        self.book.begin(head, now.micros());
        self.position = position;
        self.begun = position;
        self.transactions.clear();
        self.taken.clear();
        self.answers.clear();
        self.changed_wallets.clear();
        self.changed_transactions.clear();
        self.changed_answers.clear();
        self.new_external_ids.clear();
        self.events.clear();
        self.undo.clear();
        self.resolved.clear();
        self.opened.clear();
        self.spent.clear();
        self.counted.clear();
    }

    /// Forgets everything: the store alone knows the truth now.
    pub fn forget(&mut self, summary: HistorySummary) {
        self.book.forget();
        self.wallets.clear();
        self.greatest_id = summary.greatest_id;
        self.acceptances = summary.acceptances;
    }

    /// The times that were accepted.
    #[must_use]
    pub const fn acceptances(&self) -> &Acceptances {
        &self.acceptances
    }

    /// Keeps what is worth keeping after the batch is durable.
    pub fn keep(&mut self, capacity: usize) {
        for transfer in self.book.transfers() {
            self.greatest_id = self.greatest_id.max(transfer.id.0);
        }
        for transaction in &self.changed_transactions {
            self.greatest_id = self.greatest_id.max(transaction.as_u128());
        }
        let before = self.book.account_count();
        self.book.keep(capacity);
        if self.book.account_count() < before {
            let book = &self.book;
            self.wallets
                .retain(|no, _| book.account_by_no(*no).is_some());
        }
    }

    /// The time of this batch.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        Timestamp(self.book.now())
    }

    // --- what a batch names ---

    /// A wallet and its account, by the wallet's id.
    #[must_use]
    pub fn wallet(&self, id: Uuid) -> Option<(&Wallet, &Account)> {
        let account = self.book.account(AccountId(id.as_u128()))?;
        if account.code != WALLET {
            return None;
        }
        self.wallets
            .get(&account.no)
            .map(|wallet| (wallet, account))
    }

    /// Whether a user has a wallet that is not closed; known only of those whom the batch means to
    /// close.
    #[must_use]
    pub fn has_open_wallet(&self, owner: Uuid) -> bool {
        let mut theirs = self.wallets.values().filter(|wallet| wallet.owner == owner);
        theirs.any(|wallet| {
            let account = self.book.account_by_no(wallet.account);
            account.is_none_or(|account| !account.terms.flags.has(Flags::CLOSED))
        })
    }

    /// How many wallets a user has opened; known only of those who open one in this batch, and up
    /// to the most that they may.
    #[must_use]
    pub fn opened_by(&self, owner: Uuid) -> u64 {
        self.opened.get(&owner).copied().unwrap_or_default()
    }

    /// What has left all wallets of a user in a currency, on this day and in this month; known only
    /// of those for whom the batch has wanted it.
    #[must_use]
    pub fn spent_by(&self, user: Uuid, currency: Currency) -> (i64, i64) {
        let theirs = self.spent.get(&user).into_iter().flatten();
        let theirs =
            theirs.filter_map(|no| Some((self.wallets.get(no)?, self.book.account_by_no(*no)?)));
        let of_currency = theirs.filter(|(_, account)| account.currency == currency);
        of_currency.fold((0_i64, 0_i64), |(on_day, in_month), (wallet, _)| {
            let used = wallet.used.at(self.now());
            (
                on_day.saturating_add(used.on_day),
                in_month.saturating_add(used.in_month),
            )
        })
    }

    /// A wallet by its account's number.
    #[must_use]
    pub fn wallet_by_no(&self, no: AccountNo) -> Option<&Wallet> {
        self.wallets.get(&no)
    }

    /// A transaction.
    #[must_use]
    pub fn transaction(&self, id: Uuid) -> Option<&Transaction> {
        self.transactions.get(&id).map(|row| &**row)
    }

    /// Whether a maker's own id is taken.
    #[must_use]
    pub fn is_taken(&self, id: &ExternalId) -> bool {
        self.taken.contains_key(id)
    }

    /// The stored answer of an idempotency scope.
    #[must_use]
    pub fn answer(&self, scope: u128) -> Option<&StoredAnswer> {
        self.answers.get(&scope)
    }

    /// When a transaction counts as made: its own time, unless a lower one was accepted since.
    #[must_use]
    pub fn made_at(&self, row: &Transaction) -> Timestamp {
        self.acceptances.of_transaction(row.no, row.created_at)
    }

    /// The number for a new transaction.
    pub fn next_transaction(&mut self) -> u64 {
        self.position.transactions = self.position.transactions.saturating_add(1);
        self.position.transactions
    }

    // --- what decisions change ---

    /// Sets what has left a wallet.
    pub fn set_used(&mut self, no: AccountNo, used: Used) {
        if let Some(wallet) = self.wallets.get_mut(&no) {
            if let Some(theirs) = self.spent.get_mut(&wallet.owner)
                && !theirs.contains(&no)
            {
                theirs.push(no);
            }
            let before = std::mem::replace(&mut wallet.used, used);
            self.undo.push(Undo::Used(no, before));
            self.note_changed(no);
        }
    }

    /// Counts a wallet that was opened; the last that its command does, so that nothing undoes it.
    pub fn note_opened(&mut self, owner: Uuid) {
        let opened = self.opened.entry(owner).or_default();
        *opened = opened.saturating_add(1);
    }

    /// Makes a transaction the last of a wallet's history; the one that was last before, 0 for
    /// none.
    pub fn link(&mut self, no: AccountNo, transaction: u64) -> u64 {
        let Some(wallet) = self.wallets.get_mut(&no) else {
            return 0;
        };
        let before = std::mem::replace(&mut wallet.last_transaction, transaction);
        self.undo.push(Undo::History(no, before));
        self.note_changed(no);
        before
    }

    /// The same by the wallet's id, with the account behind it; nothing where there is no such
    /// wallet.
    pub fn link_wallet(&mut self, id: Option<Uuid>, transaction: u64) -> (Option<AccountNo>, u64) {
        let Some((wallet, _)) = id.and_then(|id| self.wallet(id)) else {
            return (None, 0);
        };
        let account = wallet.account;
        (Some(account), self.link(account, transaction))
    }

    fn note_changed(&mut self, no: AccountNo) {
        if self.changed_wallets.last() != Some(&no) {
            self.changed_wallets.push(no);
        }
    }

    /// Puts a wallet's new state; the event of its own timeline goes with [`State::record_wallet`].
    fn put_wallet(&mut self, wallet: Wallet) {
        let no = wallet.account;
        let before = self.wallets.insert(no, wallet);
        self.undo.push(Undo::Wallet(no, before.map(Box::new)));
        self.note_changed(no);
    }

    /// Records an event of a wallet's own timeline and answers the wallet as JSON.
    pub fn record_wallet(
        &mut self,
        mut wallet: Wallet,
        kind: &'static str,
        org: i64,
        actor: Actor,
        reason: Option<String>,
    ) -> (u64, Document) {
        let seq = self.next_event();
        let prev = std::mem::replace(&mut wallet.last_event, seq);
        let now = self.now();
        let view = self
            .book
            .account_by_no(wallet.account)
            .map(|account| WalletView::new(&wallet, account, now));
        let data = to_json(&view);
        self.events.push(Event {
            seq,
            org,
            kind: kind.into(),
            transaction: None,
            account: Some(wallet.account),
            prev,
            time: now.micros(),
            actor: actor.to_string(),
            from: None,
            to: None,
            reason,
            data: data.clone(),
        });
        self.put_wallet(wallet);
        (seq, Document::Text(data))
    }

    /// Puts right what had been counted for days and months after a time that is accepted, before
    /// anything is decided at it.
    pub fn put_counted(&mut self) {
        for (no, used) in std::mem::take(&mut self.counted) {
            self.set_used(no, used);
        }
    }

    /// Records that the time of this batch was accepted.
    pub fn record_acceptance(&mut self, org: i64, actor: Actor, reason: &str) -> (u64, Document) {
        let seq = self.next_event();
        let data = to_json(&self.acceptance());
        // `begin_accepting` has counted the first of the batch.
        if self.events.iter().any(|it| it.kind == acceptance::KIND) {
            self.acceptances.push(self.acceptance());
        }
        self.events.push(Event {
            seq,
            org,
            kind: acceptance::KIND.into(),
            transaction: None,
            account: None,
            prev: 0,
            time: self.now().micros(),
            actor: actor.to_string(),
            from: None,
            to: None,
            reason: Some(reason.to_owned()),
            data: data.clone(),
        });
        (seq, Document::Text(data))
    }

    /// Records a transaction's new state with its event, and answers the transaction.
    pub fn record_transaction(
        &mut self,
        mut row: Transaction,
        from: Option<TransactionStatus>,
        kind: &'static str,
        actor: Actor,
        reason: Option<String>,
    ) -> (u64, Document) {
        let seq = self.next_event();
        let prev = std::mem::replace(&mut row.last_event, seq);
        row.updated_at = self.now();
        let data = EventData::of(&row);
        self.events.push(Event {
            seq,
            org: row.org,
            kind: kind.into(),
            transaction: Some(row.no),
            account: None,
            prev,
            time: row.updated_at.micros(),
            actor: actor.to_string(),
            from: from.map(TransactionStatus::number),
            to: Some(row.status.number()),
            reason,
            data: if data.is_none() {
                NO_DATA.clone()
            } else {
                to_json(&data)
            },
        });
        self.changed_transactions.push(row.id);
        let id_of = |no: AccountNo| {
            self.book
                .account_by_no(no)
                .map(|account| Uuid::from_u128(account.id.0))
        };
        let row = Arc::new(row);
        let record = TransactionRecord {
            from_wallet: row.from.and_then(id_of),
            to_wallet: row.to.and_then(id_of),
            row: row.clone(),
        };
        let id = row.id;
        let before = self.transactions.insert(id, row);
        self.undo.push(Undo::Transaction(id, before));
        (seq, Document::Transaction(record))
    }

    fn next_event(&mut self) -> u64 {
        self.position.events = self.position.events.saturating_add(1);
        self.position.events
    }

    /// Takes a maker's own id.
    pub fn take_external_id(&mut self, id: ExternalId, transaction: u64, org: i64) {
        self.taken.insert(id.clone(), ());
        self.new_external_ids.push((id, transaction, org));
    }

    /// Stores the answer of an idempotency scope.
    pub fn put_answer(&mut self, answer: StoredAnswer) {
        let scope = answer.scope;
        let before = self.answers.insert(scope, answer);
        self.undo.push(Undo::Answer(scope, before.map(Box::new)));
        self.changed_answers.push(scope);
    }

    // --- what a batch writes ---

    /// Whether the batch changed anything.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        !(self.book.transfers().is_empty()
            && self.book.account_changes().is_empty()
            && self.events.is_empty()
            && self.changed_answers.is_empty())
    }

    /// All changes of the batch; the hash of the position is still the one before, and there are no
    /// checksums yet.
    #[must_use]
    pub fn writes(&self) -> Writes<'_> {
        let head = self.book.head();
        let position = Position {
            batch: self.position.batch.saturating_add(1),
            seq: head.seq,
            accounts: head.accounts,
            time: head.time,
            ..self.position
        };
        Writes {
            position,
            checksums: &[],
            transfers: self.book.transfers(),
            account_changes: self.book.account_changes(),
            accounts: self.book.changed_accounts().collect(),
            marks: self.book.marks(),
            holds: self.book.changed_holds().collect(),
            wallets: self.changed_wallets(),
            transactions: distinct(&self.changed_transactions, |id| self.transaction(*id)),
            external_ids: &self.new_external_ids,
            events: &self.events,
            answers: distinct(&self.changed_answers, |scope| self.answers.get(scope)),
        }
    }
}

impl State {
    /// Each changed wallet once, in order of their accounts: that is quicker to find out than the
    /// order of change, and the order in which they are best written.
    fn changed_wallets(&self) -> Vec<&Wallet> {
        let mut changed = self.changed_wallets.clone();
        changed.sort_unstable();
        changed.dedup();
        changed
            .iter()
            .filter_map(|no| self.wallets.get(no))
            .collect()
    }

    /// The hold of a transaction, by its id.
    #[must_use]
    pub fn hold_of(&self, transaction: Uuid) -> Option<&ledger::Hold> {
        self.book.hold(TransferId(transaction.as_u128()))
    }
}

/// Each value once, in the order of its first change.
fn distinct<'a, K: Eq + std::hash::Hash, V>(
    keys: &'a [K],
    get: impl Fn(&'a K) -> Option<&'a V>,
) -> Vec<&'a V> {
    let mut seen = HashSet::with_capacity(keys.len());
    keys.iter()
        .filter(|key| seen.insert(*key))
        .filter_map(get)
        .collect()
}

/// One text for the many events that have nothing to say.
static NO_DATA: LazyLock<Arc<str>> = LazyLock::new(|| EventData::NONE.into());
