//! The working set of a batch: the ledger's book, and what payments keeps around it. It loads and keeps;
//! [`crate::decide`] decides.

use std::sync::{Arc, LazyLock};

use contracts::payments::TransactionStatus;
use hashbrown::{HashMap, HashSet};
use ledger::{Account, AccountId, AccountNo, Book, Head, TransferId};
use platform::clock::Timestamp;
use uuid::Uuid;

use super::acceptance::{self, Acceptance, Acceptances};
use super::store::{Event, ExternalId, Loaded, Position, StoredAnswer, Wanted, Writes};
use super::survey::Survey;
use crate::command::{Act, Actor, Command, Movement};
use crate::document::{Document, EventData, TransactionRecord, to_json};
use crate::transaction::Transaction;
use crate::wallet::{SystemAccount, Used, WALLET, Wallet, WalletView};

/// A moment to which a command can be taken back.
#[derive(Debug, Clone, Copy)]
pub struct Savepoint {
    book: ledger::Savepoint,
    transactions: u64,
}

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
    acceptances: Acceptances,
    /// What has left wallets on the day and in the month of a time that is accepted.
    counted: Vec<(AccountNo, Used)>,
}

impl State {
    /// Begins a batch in which an operator accepts the time, which may be lower than that of the batch before.
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
        self.counted.clear();
    }

    /// Forgets everything: the store alone knows the truth now.
    pub fn forget(&mut self, survey: Survey) {
        self.book.forget();
        self.wallets.clear();
        self.greatest_id = survey.greatest_id;
        self.acceptances = survey.acceptances;
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

    /// Adds what a command names and the working set does not have.
    pub fn want(&mut self, command: &Command, wanted: &mut Wanted) {
        if let Some(key) = command.idempotency {
            wanted.scopes.push(key.scope);
        }
        match &command.act {
            Act::OpenAccounts(accounts) => {
                for account in accounts {
                    self.want_account(account.id, wanted);
                }
            }
            Act::Post(requests) => {
                for item in requests {
                    let request = &item.request;
                    self.want_transfer(Uuid::from_u128(request.id().0), wanted);
                    if let Some((debit, credit)) = request.accounts() {
                        self.want_account(Uuid::from_u128(debit.0), wanted);
                        self.want_account(Uuid::from_u128(credit.0), wanted);
                    }
                    if let Some(hold) = request.hold() {
                        wanted.holds.push(Uuid::from_u128(hold.0));
                    } else if item.timeout.is_some() {
                        // If it is a repetition, it has the deadline of the first time.
                        self.want_made_hold(request.id(), wanted);
                    }
                }
            }
            Act::OpenWallet(wallet) => self.want_account(wallet.id, wanted),
            Act::ChangeWallet { wallet, .. } => self.want_account(*wallet, wanted),
            Act::Create(new) => self.want_new(command, new, wanted),
            Act::Capture {
                transaction, id, ..
            }
            | Act::Cancel { transaction, id }
            | Act::Expire { transaction, id }
            | Act::Refund {
                transaction, id, ..
            }
            | Act::Resolve {
                transaction, id, ..
            } => self.want_follow_up(*transaction, *id, wanted),
            Act::Settle {
                transaction,
                id,
                answers,
                ..
            } => {
                wanted.scopes.extend(answers);
                self.want_follow_up(*transaction, *id, wanted);
            }
            Act::ExpireHold { hold, id } => {
                wanted.holds.push(*hold);
                self.want_transfer(*id, wanted);
            }
            Act::AcceptClock { .. } => {}
        }
    }

    fn want_new(
        &mut self,
        command: &Command,
        new: &crate::command::NewTransaction,
        wanted: &mut Wanted,
    ) {
        self.want_transfer(new.id, wanted);
        if new.id.as_u128() <= self.greatest_id {
            wanted.transactions.push(new.id);
        }
        if let Some(text) = &new.external_id {
            wanted.external_ids.push(ExternalId {
                owner: command.actor.user(),
                text: text.clone(),
            });
        }
        let settlement = SystemAccount::Settlement.id(command.org, new.currency);
        let (one, other) = match &new.what {
            Movement::Transfer { from, to } | Movement::Payment { from, to, .. } => (*from, *to),
            Movement::Deposit { to, .. } => (settlement, *to),
            Movement::Withdrawal { from, .. } => (*from, settlement),
        };
        self.want_account(one, wanted);
        self.want_account(other, wanted);
    }

    /// A transaction and the hold that it may have made, which has the same id.
    fn want_follow_up(&mut self, transaction: Uuid, id: Uuid, wanted: &mut Wanted) {
        wanted.transactions.push(transaction);
        wanted.holds.push(transaction);
        self.want_transfer(transaction, wanted);
        self.want_transfer(id, wanted);
    }

    fn want_account(&mut self, id: Uuid, wanted: &mut Wanted) {
        if !self.book.touch(AccountId(id.as_u128())) {
            wanted.accounts.push(id);
        }
    }

    /// An id above all that exist need not be looked up; ids rise with time, so most are.
    fn want_transfer(&mut self, id: Uuid, wanted: &mut Wanted) {
        if id.as_u128() <= self.greatest_id {
            wanted.transfers.push(id);
        }
    }

    fn want_made_hold(&self, id: TransferId, wanted: &mut Wanted) {
        if id.0 <= self.greatest_id {
            wanted.holds.push(Uuid::from_u128(id.0));
        }
    }

    /// Takes in what was loaded; adds what that names in turn and the working set does not have.
    pub fn take_in(&mut self, loaded: Loaded, wanted: &mut Wanted) {
        for account in loaded.accounts {
            self.book.load_account(account);
        }
        for wallet in loaded.wallets {
            self.wallets.insert(wallet.account, wallet);
        }
        for transfer in loaded.transfers {
            self.want_no(transfer.debit, wanted);
            self.want_no(transfer.credit, wanted);
            self.book.load_transfer(transfer);
        }
        for hold in loaded.holds {
            self.want_no(hold.debit, wanted);
            self.want_no(hold.credit, wanted);
            self.book.load_hold(hold);
        }
        for transaction in loaded.transactions {
            for no in transaction.from.into_iter().chain(transaction.to) {
                self.want_no(no, wanted);
            }
            let settlement = SystemAccount::Settlement.id(transaction.org, transaction.currency);
            self.want_account(settlement, wanted);
            self.transactions
                .insert(transaction.id, Arc::new(transaction));
        }
        self.taken
            .extend(loaded.external_ids.into_iter().map(|id| (id, ())));
        self.answers.extend(
            loaded
                .answers
                .into_iter()
                .map(|answer| (answer.scope, answer)),
        );
    }

    /// Adds wallets of which it was counted anew what has left them.
    pub fn want_counted(&mut self, counted: Vec<(AccountNo, Used)>, wanted: &mut Wanted) {
        for (no, _) in &counted {
            self.want_no(*no, wanted);
        }
        self.counted = counted;
    }

    fn want_no(&mut self, no: AccountNo, wanted: &mut Wanted) {
        if !self.book.touch_no(no) {
            wanted.account_nos.push(no);
        }
    }

    /// Marks this moment.
    #[must_use]
    pub fn savepoint(&self) -> Savepoint {
        Savepoint {
            book: self.book.savepoint(),
            transactions: self.position.transactions,
        }
    }

    /// Takes back what the ledger did since. Everything else changes only after the ledger has agreed.
    pub fn rollback(&mut self, savepoint: Savepoint) {
        self.book.rollback(savepoint.book);
        self.position.transactions = savepoint.transactions;
    }

    // --- what decisions read ---

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
        self.position.transactions += 1;
        self.position.transactions
    }

    // --- what decisions change, after the ledger has agreed ---

    /// Changes a wallet where it stands, if it is one.
    pub fn change_wallet<T>(
        &mut self,
        no: AccountNo,
        change: impl FnOnce(&mut Wallet) -> T,
    ) -> Option<T> {
        let changed = change(self.wallets.get_mut(&no)?);
        self.changed_wallets.push(no);
        Some(changed)
    }

    /// Puts a wallet's new state; the event of its own timeline goes with [`State::record_wallet`].
    fn put_wallet(&mut self, wallet: Wallet) {
        self.changed_wallets.push(wallet.account);
        self.wallets.insert(wallet.account, wallet);
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

    /// Records that the time of this batch was accepted, and puts right what had been counted for later days and months.
    pub fn record_acceptance(&mut self, org: i64, actor: Actor, reason: &str) -> (u64, Document) {
        for (no, used) in std::mem::take(&mut self.counted) {
            self.change_wallet(no, |wallet| wallet.used = used);
        }
        let seq = self.next_event();
        let data = to_json(&self.acceptance());
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
        self.transactions.insert(row.id, row);
        (seq, Document::Transaction(record))
    }

    fn next_event(&mut self) -> u64 {
        self.position.events += 1;
        self.position.events
    }

    /// Takes a maker's own id.
    pub fn take_external_id(&mut self, id: ExternalId, transaction: u64, org: i64) {
        self.taken.insert(id.clone(), ());
        self.new_external_ids.push((id, transaction, org));
    }

    /// Stores the answer of an idempotency scope.
    pub fn put_answer(&mut self, answer: StoredAnswer) {
        self.changed_answers.push(answer.scope);
        self.answers.insert(answer.scope, answer);
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

    /// All changes of the batch; the hash of the position is still the one before, and there are no checksums yet.
    #[must_use]
    pub fn writes(&self) -> Writes<'_> {
        let head = self.book.head();
        let position = Position {
            batch: self.position.batch + 1,
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
    /// Each changed wallet once, in order of their accounts: that is quicker to find out than the order of change, and
    /// the order in which they are best written.
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
