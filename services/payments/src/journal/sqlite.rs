//! The journal's store on SQLite: one connection of its own with prepared statements. The file is locked to one
//! process by its data folder, so the head row needs no other lock than the write transaction.

mod transfers;

use std::path::Path;

use ledger::{Account, Hold};
use platform::clock::Timestamp;
use rusqlite::{
    CachedStatement, Connection, ErrorCode, OpenFlags, OptionalExtension, Params, params,
};
use uuid::Uuid;

use super::rows::{self, CellError, Cells};
use super::store::{ExternalId, Loaded, Position, Store, StoreError, StoredAnswer, Wanted, Writes};
use crate::transaction::Transaction;
use crate::wallet::{WALLET, Wallet};

pub use transfers::INSERT_TRANSFER;

/// The journal's store on a SQLite file whose tables exist.
#[derive(Debug)]
pub struct SqliteStore {
    connection: Connection,
}

impl SqliteStore {
    /// Opens the file, which must exist.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.execute_batch(PRAGMAS)?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(Self { connection })
    }

    /// Lets the file grow to this many pages of 4 KiB and no further; beyond it, commits are [`StoreError::Full`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn limit_pages(&self, pages: u32) -> Result<(), StoreError> {
        let sql = format!("PRAGMA max_page_count = {pages}");
        Ok(self.connection.query_row(&sql, [], |_| Ok(()))?)
    }

    fn prepare(&self, sql: &str) -> Result<CachedStatement<'_>, StoreError> {
        Ok(self.connection.prepare_cached(sql)?)
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let text = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full(text),
            Some(
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::SystemIoFailure,
            ) => Self::Unavailable(text),
            Some(
                ErrorCode::ReadOnly
                | ErrorCode::DatabaseCorrupt
                | ErrorCode::NotADatabase
                | ErrorCode::CannotOpen
                | ErrorCode::PermissionDenied,
            ) => Self::Damaged(text),
            _ => Self::Statement(text),
        }
    }
}

impl Store for SqliteStore {
    fn begin(&mut self) -> Result<Position, StoreError> {
        self.prepare("BEGIN IMMEDIATE")?.execute([])?;
        self.position()
    }

    fn load(&mut self, wanted: &Wanted) -> Result<Loaded, StoreError> {
        let mut loaded = Loaded::default();
        self.load_accounts(wanted, &mut loaded)?;
        let ids = |ids: &[Uuid]| ids.iter().map(|id| *id.as_bytes()).collect::<Vec<_>>();
        loaded.transfers = self.find(
            "transfers",
            rows::TRANSFER,
            &ids(&wanted.transfers),
            rows::transfer,
        )?;
        loaded.holds = self.find("holds", rows::HOLD, &ids(&wanted.holds), rows::hold)?;
        loaded.transactions = self.find(
            "transactions",
            rows::TRANSACTION,
            &ids(&wanted.transactions),
            rows::transaction,
        )?;
        let mut statement =
            self.prepare("SELECT 1 FROM external_ids WHERE owner = ?1 AND external_id = ?2")?;
        for id in &wanted.external_ids {
            if statement.exists(params![id.owner.as_bytes(), id.text])? {
                loaded.external_ids.push(ExternalId {
                    owner: id.owner,
                    text: id.text.clone(),
                });
            }
        }
        let mut statement = self.prepare(SELECT_ANSWER)?;
        for scope in &wanted.scopes {
            let found = find_one(&mut statement, [scope.to_be_bytes()], rows::answer)?;
            loaded.answers.extend(found);
        }
        Ok(loaded)
    }

    fn greatest_transfer_id(&mut self) -> Result<u128, StoreError> {
        let id = self
            .prepare("SELECT id FROM transfers ORDER BY id DESC LIMIT 1")?
            .query_row([], |row| row.get::<_, [u8; 16]>(0))
            .optional()?;
        Ok(id.map_or(0, u128::from_be_bytes))
    }

    fn commit(&mut self, writes: &Writes<'_>) -> Result<(), StoreError> {
        let written = self.write(writes);
        if let Err(error) = written {
            self.rollback();
            return Err(error);
        }
        let committed = self.prepare("COMMIT")?.execute([]);
        match committed {
            Ok(_) => Ok(()),
            Err(error) => {
                let error = StoreError::from(error);
                self.rollback();
                match error {
                    // The file system failed while the commit was written: only the file knows.
                    StoreError::Unavailable(reason) => Err(StoreError::CommitBroke(reason)),
                    error => Err(error),
                }
            }
        }
    }

    fn rollback(&mut self) {
        if !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::warn!(%error, "a rollback failed");
        }
    }

    fn position(&mut self) -> Result<Position, StoreError> {
        let mut statement = self.prepare(&format!("SELECT {} FROM head", rows::HEAD))?;
        find_one(&mut statement, [], rows::position)?
            .ok_or_else(|| StoreError::Damaged("the table `head` is empty".to_owned()))
    }

    fn batch_hash(&mut self, batch: u64) -> Result<Option<[u8; 32]>, StoreError> {
        let sql = "SELECT hash FROM batches WHERE no = ?1";
        Ok(self
            .prepare(sql)?
            .query_row([batch.cast_signed()], |row| row.get(0))
            .optional()?)
    }
}

const SELECT_ANSWER: &str = "SELECT i.scope, i.org, i.body_hash, i.status, i.event, COALESCE(i.body, e.data), \
    i.created_at FROM idempotency i LEFT JOIN events e ON e.seq = i.event WHERE i.scope = ?1";

/// The row with this key, if there is one.
fn find_one<T>(
    statement: &mut CachedStatement<'_>,
    key: impl Params,
    read: fn(&mut Cells<'_>) -> Result<T, CellError>,
) -> Result<Option<T>, StoreError> {
    let mut found = statement.query(key)?;
    match found.next()? {
        Some(row) => Ok(Some(read(&mut Cells::of(row))?)),
        None => Ok(None),
    }
}

impl SqliteStore {
    /// The rows with these ids; few or none in most batches.
    fn find<T>(
        &self,
        table: &str,
        columns: &str,
        ids: &[[u8; 16]],
        read: fn(&mut Cells<'_>) -> Result<T, CellError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut found = Vec::new();
        if !ids.is_empty() {
            let sql = format!("SELECT {columns} FROM {table} WHERE id = ?1");
            let mut statement = self.prepare(&sql)?;
            for id in ids {
                found.extend(find_one(&mut statement, [id], read)?);
            }
        }
        Ok(found)
    }

    fn load_accounts(&self, wanted: &Wanted, loaded: &mut Loaded) -> Result<(), StoreError> {
        let ids: Vec<_> = wanted.accounts.iter().map(|id| *id.as_bytes()).collect();
        loaded.accounts = self.find("accounts", rows::ACCOUNT, &ids, rows::account)?;
        let sql = format!("SELECT {} FROM accounts WHERE no = ?1", rows::ACCOUNT);
        let mut by_no = self.prepare(&sql)?;
        for no in &wanted.account_nos {
            let found = find_one(&mut by_no, [no.0.cast_signed()], rows::account)?;
            loaded.accounts.extend(found);
        }
        let sql = format!("SELECT {} FROM wallets WHERE account = ?1", rows::WALLET);
        let mut statement = self.prepare(&sql)?;
        for found in loaded
            .accounts
            .iter()
            .filter(|account| account.code == WALLET)
        {
            let no = found.no.0.cast_signed();
            loaded
                .wallets
                .extend(find_one(&mut statement, [no], rows::wallet)?);
        }
        Ok(())
    }

    fn write(&self, writes: &Writes<'_>) -> Result<(), StoreError> {
        transfers::insert(&self.connection, writes.transfers)?;
        self.write_account_changes(writes.account_changes)?;
        self.write_accounts(&writes.accounts)?;
        self.write_holds(&writes.holds)?;
        self.write_wallets(&writes.wallets)?;
        self.write_transactions(&writes.transactions)?;
        let mut statement = self.prepare(
            "INSERT INTO external_ids (owner, external_id, org, transaction_no) VALUES (?1, ?2, ?3, ?4)",
        )?;
        for (id, no, org) in writes.external_ids {
            statement.execute(params![id.owner.as_bytes(), id.text, org, no.cast_signed()])?;
        }
        self.write_events(writes)?;
        self.write_answers(&writes.answers)?;
        let position = &writes.position;
        self.prepare(
            "INSERT INTO batches (no, seq, event, time, hash) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            position.batch.cast_signed(),
            position.seq.cast_signed(),
            position.events.cast_signed(),
            position.time,
            position.hash
        ])?;
        self.prepare(
            "UPDATE head SET batch = ?1, seq = ?2, accounts = ?3, events = ?4, transactions = ?5, time = ?6, hash = ?7",
        )?
        .execute(params![
            position.batch.cast_signed(),
            position.seq.cast_signed(),
            position.accounts.cast_signed(),
            position.events.cast_signed(),
            position.transactions.cast_signed(),
            position.time,
            position.hash
        ])?;
        Ok(())
    }

    fn write_account_changes(&self, rows: &[ledger::AccountChange]) -> Result<(), StoreError> {
        let mut statement = self.prepare(
            "INSERT INTO account_changes (seq, time, org, account, id, currency, code, flags, overdraft_limit, \
             max_balance) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?;
        for row in rows {
            statement.execute(params![
                row.seq.cast_signed(),
                row.time,
                row.org,
                row.no.0.cast_signed(),
                row.id.0.to_be_bytes(),
                row.currency.numeric(),
                row.code,
                row.terms.flags.0,
                row.terms.overdraft_limit,
                row.terms.max_balance,
            ])?;
        }
        Ok(())
    }

    fn write_accounts(&self, rows: &[&Account]) -> Result<(), StoreError> {
        let mut update = self.prepare(UPDATE_ACCOUNT)?;
        let mut insert = self.prepare(INSERT_ACCOUNT)?;
        // In the order in which they lie on their pages: a tenth faster than in that of their first change.
        let mut rows = rows.to_vec();
        rows.sort_by_cached_key(|row| row.no);
        for row in rows {
            let no = row.no.0.cast_signed();
            let changed = update.execute(params![
                no,
                row.terms.flags.0,
                row.terms.overdraft_limit,
                row.terms.max_balance,
                row.debits_posted,
                row.credits_posted,
                row.debits_pending,
                row.credits_pending,
                row.last_seq.cast_signed(),
                row.entries.cast_signed(),
            ])?;
            if changed == 0 {
                insert.execute(params![
                    no,
                    row.id.0.to_be_bytes(),
                    row.org,
                    row.currency.numeric(),
                    row.code,
                    row.terms.flags.0,
                    row.terms.overdraft_limit,
                    row.terms.max_balance,
                    row.debits_posted,
                    row.credits_posted,
                    row.debits_pending,
                    row.credits_pending,
                    row.last_seq.cast_signed(),
                    row.entries.cast_signed(),
                    row.opened_at,
                ])?;
            }
        }
        Ok(())
    }

    fn write_holds(&self, rows: &[&Hold]) -> Result<(), StoreError> {
        let mut statement = self.prepare(
            "INSERT INTO holds (seq, id, org, debit, credit, currency, amount, captured, remaining, state, expires_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT (seq) DO UPDATE SET \
             captured = excluded.captured, remaining = excluded.remaining, state = excluded.state",
        )?;
        for row in rows {
            statement.execute(params![
                row.seq.cast_signed(),
                row.id.0.to_be_bytes(),
                row.org,
                row.debit.0.cast_signed(),
                row.credit.0.cast_signed(),
                row.currency.numeric(),
                row.amount,
                row.captured,
                row.remaining,
                row.state as u8,
                row.expires_at,
            ])?;
        }
        Ok(())
    }

    fn write_wallets(&self, rows: &[&Wallet]) -> Result<(), StoreError> {
        let mut statement = self.prepare(
            "INSERT INTO wallets (account, org, owner, label, daily_limit, monthly_limit, day, day_used, month, \
             month_used, last_transaction, last_event, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, \
             ?11, ?12, ?13) ON CONFLICT (account) DO UPDATE SET label = excluded.label, daily_limit = \
             excluded.daily_limit, monthly_limit = excluded.monthly_limit, day = excluded.day, day_used = \
             excluded.day_used, month = excluded.month, month_used = excluded.month_used, last_transaction = \
             excluded.last_transaction, last_event = excluded.last_event",
        )?;
        for row in rows {
            statement.execute(params![
                row.account.0.cast_signed(),
                row.org,
                row.owner.as_bytes(),
                row.label,
                row.limits.daily,
                row.limits.monthly,
                row.used.day,
                row.used.on_day,
                row.used.month,
                row.used.in_month,
                row.last_transaction.cast_signed(),
                row.last_event.cast_signed(),
                row.created_at.micros(),
            ])?;
        }
        Ok(())
    }

    fn write_transactions(&self, rows: &[&Transaction]) -> Result<(), StoreError> {
        let mut statement = self.prepare(UPSERT_TRANSACTION)?;
        for row in rows {
            statement.execute(params![
                row.no.cast_signed(),
                row.id.as_bytes(),
                row.org,
                row.kind.number(),
                row.status.number(),
                row.amount,
                row.currency.numeric(),
                row.from.map(|no| no.0.cast_signed()),
                row.to.map(|no| no.0.cast_signed()),
                row.from_prev.cast_signed(),
                row.to_prev.cast_signed(),
                row.fee,
                row.captured,
                row.refunded,
                row.description,
                row.external_id,
                row.metadata,
                row.original.as_ref().map(Uuid::as_bytes),
                row.instrument
                    .as_ref()
                    .map(|instrument| instrument.kind.as_str()),
                row.instrument
                    .as_ref()
                    .map(|instrument| instrument.token.as_str()),
                row.failure.as_ref().map(|failure| failure.code.as_str()),
                row.failure.as_ref().map(|failure| failure.detail.as_str()),
                row.created_by.as_bytes(),
                row.proposal,
                row.attempts,
                row.due_at.map(Timestamp::micros),
                row.last_event.cast_signed(),
                row.created_at.micros(),
                row.updated_at.micros(),
                row.completed_at.map(Timestamp::micros),
                row.expires_at.map(Timestamp::micros),
            ])?;
        }
        Ok(())
    }

    fn write_events(&self, writes: &Writes<'_>) -> Result<(), StoreError> {
        let mut statement = self.prepare(
            "INSERT INTO events (seq, org, type, transaction_no, account, prev, time, actor, from_status, to_status, \
             reason, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?;
        for row in writes.events {
            statement.execute(params![
                row.seq.cast_signed(),
                row.org,
                row.kind,
                row.transaction.map(u64::cast_signed),
                row.account.map(|no| no.0.cast_signed()),
                row.prev.cast_signed(),
                row.time,
                row.actor,
                row.from,
                row.to,
                row.reason,
                row.data,
            ])?;
        }
        Ok(())
    }

    fn write_answers(&self, rows: &[&StoredAnswer]) -> Result<(), StoreError> {
        let mut statement = self.prepare(
            "INSERT INTO idempotency (scope, org, body_hash, status, event, body, created_at) VALUES (?1, ?2, ?3, ?4, \
             ?5, ?6, ?7) ON CONFLICT (scope) DO UPDATE SET status = excluded.status, event = excluded.event, \
             body = excluded.body",
        )?;
        for row in rows {
            // What an event already says is not stored twice.
            let body = row.body.as_deref().filter(|_| row.event.is_none());
            statement.execute(params![
                row.scope.to_be_bytes(),
                row.org,
                row.body_hash.to_be_bytes(),
                row.status,
                row.event.map(u64::cast_signed),
                body,
                row.created_at,
            ])?;
        }
        Ok(())
    }
}

/// The settings of the journal's connection; the yardstick of the benchmark has the same.
///
/// FULL: a commit returns when it is on the disk. The WAL is copied back every 32 MiB rather than every 4.
pub const PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 8192; \
    PRAGMA busy_timeout = 5000; PRAGMA cache_size = -32768;";
/// One account's new sums, as the journal writes them.
pub const UPDATE_ACCOUNT: &str = "UPDATE accounts SET flags = ?2, overdraft_limit = ?3, max_balance = ?4, \
    debits_posted = ?5, credits_posted = ?6, debits_pending = ?7, credits_pending = ?8, last_seq = ?9, entries = ?10 \
    WHERE no = ?1";
const INSERT_ACCOUNT: &str = "INSERT INTO accounts (no, id, org, currency, code, flags, overdraft_limit, max_balance, \
    debits_posted, credits_posted, debits_pending, credits_pending, last_seq, entries, opened_at) VALUES (?1, ?2, ?3, \
    ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
const UPSERT_TRANSACTION: &str = "INSERT INTO transactions (no, id, org, type, status, amount, currency, from_account, \
    to_account, from_prev, to_prev, fee, captured, refunded, description, external_id, metadata, original, \
    instrument_kind, instrument_token, failure_code, failure_detail, created_by, proposal, attempts, due_at, \
    last_event, created_at, updated_at, completed_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, \
    ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31) \
    ON CONFLICT (no) DO UPDATE SET status = excluded.status, captured = excluded.captured, refunded = \
    excluded.refunded, failure_code = excluded.failure_code, failure_detail = excluded.failure_detail, proposal = \
    excluded.proposal, attempts = excluded.attempts, due_at = excluded.due_at, last_event = excluded.last_event, \
    updated_at = excluded.updated_at, completed_at = excluded.completed_at";
