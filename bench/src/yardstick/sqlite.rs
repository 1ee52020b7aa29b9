//! The bare loop on SQLite: the journal's settings, tables and rows, one row a statement; nothing
//! else.

use std::path::Path;

use ledger::{Account, Transfer};
use rusqlite::{CachedStatement, Connection, OpenFlags, params};

use super::{Batch, Loop, NO_HASH};

const INSERT_TRANSFER: &str = "INSERT INTO transfers (seq, id, time, org, kind, debit, credit, amount, code, hold, \
    expires_at, debit_prev, credit_prev, debit_balance, debit_held, credit_balance, credit_held) VALUES (?1, ?2, ?3, \
    ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)";
const REPLACE_BALANCE: &str = "REPLACE INTO balances (account, debits_posted, credits_posted, debits_pending, \
    credits_pending, last_seq, entries) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
const INSERT_BATCH: &str =
    "INSERT INTO batches (no, seq, event, time, hash, checksums) VALUES (?1, ?2, 0, ?3, ?4, x'')";
const UPDATE_HEAD: &str = "UPDATE head SET batch = ?1, seq = ?2, time = ?3, hash = ?4";

/// One connection with prepared statements.
pub struct SqliteLoop(Connection);

impl SqliteLoop {
    /// Opens the file as the journal does.
    ///
    /// # Errors
    /// Where it cannot be opened.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.execute_batch(payments::journal::sqlite::PRAGMAS)?;
        Ok(Self(connection))
    }
}

impl Loop for SqliteLoop {
    fn insert(&mut self, batch: &Batch) -> anyhow::Result<()> {
        let prepare = |sql| self.0.prepare_cached(sql);
        prepare("BEGIN IMMEDIATE")?.execute([])?;
        let mut statement = prepare(INSERT_TRANSFER)?;
        for row in &batch.transfers {
            insert_transfer(&mut statement, row)?;
        }
        let mut statement = prepare(REPLACE_BALANCE)?;
        for row in &batch.accounts {
            replace_balance(&mut statement, row)?;
        }
        let (seq, time) = (batch.head.seq.cast_signed(), batch.head.time);
        prepare(INSERT_BATCH)?.execute(params![batch.no, seq, time, NO_HASH])?;
        prepare(UPDATE_HEAD)?.execute(params![batch.no, seq, time, NO_HASH])?;
        prepare("COMMIT")?.execute([])?;
        Ok(())
    }
}

fn insert_transfer(statement: &mut CachedStatement<'_>, row: &Transfer) -> rusqlite::Result<usize> {
    statement.execute(params![
        row.seq.cast_signed(),
        row.id.0.to_be_bytes(),
        row.time,
        row.org,
        row.kind as u8,
        row.debit.0.cast_signed(),
        row.credit.0.cast_signed(),
        row.amount,
        row.code,
        row.hold.cast_signed(),
        row.expires_at,
        row.debit_prev.cast_signed(),
        row.credit_prev.cast_signed(),
        row.debit_balance,
        row.debit_held,
        row.credit_balance,
        row.credit_held,
    ])
}

fn replace_balance(statement: &mut CachedStatement<'_>, row: &Account) -> rusqlite::Result<usize> {
    statement.execute(params![
        row.no.0.cast_signed(),
        row.debits_posted,
        row.credits_posted,
        row.debits_pending,
        row.credits_pending,
        row.last_seq.cast_signed(),
        row.entries.cast_signed(),
    ])
}
