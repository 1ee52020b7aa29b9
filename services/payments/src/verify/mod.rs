//! `payflow verify`: recomputes everything that the store says from the journal's own rows, and
//! names the first difference. It reads one moment of the store, which may be in use meanwhile, and
//! changes nothing.
//!
//! 1. [`chain`]: batch by batch, the ledger's records, the holds and the events, with the hash
//!    chain over them;
//! 2. [`balances`]: accounts and wallets against what the records add up to;
//! 3. [`transactions`]: transactions against their events, their ledger rows, their refunds and
//!    their wallets' limits;
//! 4. [`references`]: makers' own ids and stored answers.

mod acceptances;
mod balances;
mod chain;
mod checked;
mod read;
mod references;
mod suspense;
mod timelines;
mod transactions;

use std::fmt::Display;
use std::path::Path;

use contracts::payments::WalletId;
use ledger::Account;
use money::Currency;
use payments_core::batch::Position;
use payments_core::wallet::WALLET;
use serde::Serialize;
use uuid::Uuid;

use crate::journal::rows;
use crate::journal::store::StoreError;
use read::{PostgresReader, Reader, SqliteReader};

/// Where the journal is.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// In a SQLite file.
    Sqlite(&'a Path),
    /// In a schema of a PostgreSQL server.
    Postgres {
        /// The server and database.
        url: &'a str,
        /// The schema.
        schema: &'a str,
    },
}

/// What was found to be right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Ledger transfers.
    pub transfers: u64,
    /// Accounts.
    pub accounts: u64,
    /// Holds, open and ended.
    pub holds: u64,
    /// Wallets.
    pub wallets: u64,
    /// Transactions.
    pub transactions: u64,
    /// Events.
    pub events: u64,
    /// Batches.
    pub batches: u64,
    /// The sums of each currency, by alphabetic code.
    pub currencies: Vec<CurrencySums>,
    /// The hash of the last batch, over all before it: hexadecimal.
    pub head: String,
}

/// The sums of one currency, in minor units. Debits and credits are equal, or it would not be
/// right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CurrencySums {
    /// The currency.
    pub currency: Currency,
    /// How many accounts there are.
    pub accounts: u64,
    /// Σ debits = Σ credits that are final.
    pub posted: i128,
    /// Σ debits = Σ credits that are held.
    pub pending: i128,
}

/// Why a store was not found to be right.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// A row says something else than it should.
    #[error("{table} {key}: {column} is {found}, expected {expected}")]
    Mismatch {
        /// The table.
        table: &'static str,
        /// The row: its first column.
        key: String,
        /// The column.
        column: String,
        /// What it says.
        found: String,
        /// What it should say.
        expected: String,
    },
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl VerifyError {
    /// The table and key of the row that is wrong.
    fn row(&self) -> Option<(&'static str, &str)> {
        match self {
            Self::Mismatch { table, key, .. } => Some((table, key)),
            Self::Store(_) => None,
        }
    }
}

impl VerifyError {
    /// The same, with the id that people know the account by: its number stands nowhere else.
    fn of(mut self, account: &Account) -> Self {
        if let Self::Mismatch { key, .. } = &mut self
            && account.code == WALLET
        {
            *key = format!("{key} ({})", WalletId(Uuid::from_u128(account.id.0)));
        }
        self
    }
}

impl From<ledger::Mismatch> for VerifyError {
    fn from(found: ledger::Mismatch) -> Self {
        mismatch(
            found.table,
            found.key,
            found.field,
            found.found,
            found.expected,
        )
    }
}

/// Verifies a store. It blocks, for about a second per million transfers, and must not be called on
/// a thread of an async runtime. `progress` is told now and then how many rows are done, and how
/// many there are.
///
/// # Errors
/// [`VerifyError::Mismatch`]: the first difference; [`VerifyError::Store`] where the store cannot
/// be read.
pub fn verify(
    source: Source<'_>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Report, VerifyError> {
    match source {
        Source::Sqlite(path) => run(&mut SqliteReader::open(path)?, progress),
        Source::Postgres { url, schema } => {
            run(&mut PostgresReader::connect(url, schema)?, progress)
        }
    }
}

fn run(
    reader: &mut impl Reader,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Report, VerifyError> {
    let head = head(reader)?;
    let total = head
        .seq
        .saturating_add(head.events)
        .saturating_add(head.transactions);
    let mut progress = Progress {
        told: progress,
        done: 0,
        total,
    };
    let chain = chain::check(reader, &head, &mut progress)?;
    let currencies = balances::accounts(reader, &chain)?;
    balances::marks(reader, &chain)?;
    let mut wallets = balances::wallets(reader, &head, &chain)?;
    transactions::check(reader, &head, &chain, &mut wallets, &mut progress)?;
    balances::used(&wallets, &head)?;
    references::check(reader)?;
    Ok(Report {
        transfers: chain.transfers,
        accounts: head.accounts,
        holds: chain.hold_count,
        wallets: wallets.len() as u64,
        transactions: head.transactions,
        events: head.events,
        batches: head.batch,
        currencies,
        head: blake3::Hash::from_bytes(head.hash).to_hex().to_string(),
    })
}

fn head(reader: &mut impl Reader) -> Result<Position, VerifyError> {
    let sql = format!("SELECT {} FROM head", rows::HEAD);
    let found = reader.rows(&sql, None, rows::position);
    match found
        .map_err(|unread| unread.in_table("head", rows::HEAD))?
        .as_slice()
    {
        [head] => Ok(*head),
        rows => Err(mismatch("head", 1, "number of rows", rows.len(), 1)),
    }
}

/// Counts rows and tells of them.
struct Progress<'a> {
    told: &'a mut dyn FnMut(u64, u64),
    done: u64,
    total: u64,
}

impl Progress<'_> {
    /// One more row.
    fn step(&mut self) {
        self.done += 1;
        if self.done.is_multiple_of(16_384) || self.done == self.total {
            (self.told)(self.done, self.total);
        }
    }
}

fn mismatch(
    table: &'static str,
    key: impl Display,
    column: &str,
    found: impl Display,
    expected: impl Display,
) -> VerifyError {
    VerifyError::Mismatch {
        table,
        key: key.to_string(),
        column: column.to_owned(),
        found: found.to_string(),
        expected: expected.to_string(),
    }
}

/// A column must say this.
fn same<T: PartialEq + Display>(
    table: &'static str,
    key: u64,
    column: &str,
    found: T,
    expected: T,
) -> Result<(), VerifyError> {
    if found == expected {
        return Ok(());
    }
    Err(mismatch(table, key, column, found, expected))
}

/// A column that must not fall.
fn not_below<T: PartialOrd + std::fmt::Display>(
    key: u64,
    column: &str,
    found: &T,
    least: &T,
) -> Result<(), VerifyError> {
    if found >= least {
        return Ok(());
    }
    let expected = format!("{least} or more");
    Err(mismatch("batches", key, column, found, expected))
}

/// A column that may be NULL.
#[derive(PartialEq, Eq)]
struct Maybe<T>(Option<T>);

impl<T: Display> Display for Maybe<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Some(value) => value.fmt(f),
            None => f.write_str("NULL"),
        }
    }
}
