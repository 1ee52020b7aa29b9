//! A journal in memory: a book and the store behind it, driven as a service drives them. It writes
//! only what the book says has changed, and never looks at how the book came to it.

use std::collections::BTreeMap;

use ledger::{
    Account, AccountChange, AccountNo, Book, Fold, Head, Hold, Mismatch, Transfer, TransferId,
};

/// A record of the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Record {
    /// Of an account.
    Change(AccountChange),
    /// Of a transfer.
    Transfer(Transfer),
}

impl Record {
    fn seq(&self) -> u64 {
        match self {
            Self::Change(change) => change.seq,
            Self::Transfer(transfer) => transfer.seq,
        }
    }
}

/// What is durable.
#[derive(Debug, Clone, Default)]
pub struct Store {
    /// Where the journal ends.
    pub head: Head,
    /// All records, in order of seq.
    pub records: Vec<Record>,
    /// All accounts.
    pub accounts: BTreeMap<AccountNo, Account>,
    /// All holds.
    pub holds: BTreeMap<TransferId, Hold>,
}

impl Store {
    /// Writes what the book's batch changed.
    pub fn write(&mut self, book: &Book) {
        self.head = book.head();
        let mut records: Vec<Record> = book
            .transfers()
            .iter()
            .copied()
            .map(Record::Transfer)
            .chain(book.account_changes().iter().copied().map(Record::Change))
            .collect();
        records.sort_by_key(Record::seq);
        self.records.extend(records);
        for account in book.changed_accounts() {
            self.accounts.insert(account.no, *account);
        }
        for hold in book.changed_holds() {
            self.holds.insert(hold.id, *hold);
        }
    }

    /// Everything that `verify` compares on a live ledger, the hash chain left out.
    ///
    /// # Errors
    /// The first difference.
    pub fn verify(&self) -> Result<(), Mismatch> {
        let mut fold = Fold::default();
        for record in &self.records {
            match record {
                Record::Change(change) => fold.change(change)?,
                Record::Transfer(transfer) => fold.transfer(transfer)?,
            }
        }
        fold.balanced()?;
        for account in self.accounts.values() {
            fold.account(account)?;
        }
        let mut open_holds = 0;
        for hold in self.holds.values() {
            let remaining = fold.hold_remaining(hold.seq);
            same("holds", hold.seq, "remaining", hold.remaining, remaining)?;
            open_holds += i64::from(hold.remaining > 0);
        }
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let accounts = count(self.accounts.len());
        same(
            "accounts",
            0,
            "count",
            accounts,
            count(fold.account_count()),
        )?;
        same("holds", 0, "count", open_holds, count(fold.open_holds()))?;
        same("head", 0, "seq", self.head.seq, fold.seq())
    }
}

fn same<T: Into<i128>>(
    table: &'static str,
    key: u64,
    field: &'static str,
    found: T,
    expected: T,
) -> Result<(), Mismatch> {
    let (found, expected) = (found.into(), expected.into());
    if found == expected {
        return Ok(());
    }
    Err(Mismatch {
        table,
        key,
        field,
        found,
        expected,
    })
}

/// A book and the store behind it.
#[derive(Debug, Default)]
pub struct Journal {
    /// The book.
    pub book: Book,
    /// The store.
    pub store: Store,
}

impl Journal {
    /// An empty journal with a first batch begun.
    #[must_use]
    pub fn at(now: i64) -> Self {
        let mut journal = Self::default();
        journal.begin_batch(now);
        journal
    }

    /// Begins a batch that may name anything: what the book does not have is loaded.
    pub fn begin_batch(&mut self, now: i64) {
        self.book.begin(self.store.head, now);
        for account in self.store.accounts.values() {
            if !self.book.touch(account.id) {
                self.book.load_account(*account);
            }
        }
        for hold in self.store.holds.values() {
            self.book.load_hold(*hold);
        }
        for record in &self.store.records {
            if let Record::Transfer(transfer) = record {
                self.book.load_transfer(*transfer);
            }
        }
    }

    /// Writes the batch and begins the next one.
    pub fn next_batch(&mut self, now: i64) {
        self.store.write(&self.book);
        self.book.keep(usize::MAX);
        self.begin_batch(now);
    }

    /// Verifies what would be durable if the batch were written now.
    ///
    /// # Errors
    /// The first difference.
    pub fn verify(&self) -> Result<(), Mismatch> {
        let mut written = self.store.clone();
        written.write(&self.book);
        written.verify()
    }
}
