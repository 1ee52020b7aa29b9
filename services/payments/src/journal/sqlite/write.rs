//! What a batch writes to SQLite, table by table. It begins and commits nothing.

use std::sync::LazyLock;

use ledger::{Account, AccountChange, Hold, Mark, Transfer};
use payments_core::assessment::Assessment;
use payments_core::batch::{Event, ExternalId, Position, StoredAnswer, Writes};
use payments_core::transaction::Transaction;
use payments_core::wallet::Wallet;
use rusqlite::{Connection, params};
use uuid::Uuid;
use values::Timestamp;

use super::super::AnswerRow;
use super::super::rows;
use super::super::store::StoreError;
use super::statement::{Rows, Values};

/// Adds and changes the rows of a batch, the head row last. What exists already is known by its
/// number: the head row had it counted.
///
/// # Errors
/// Those of SQLite.
pub fn rows(
    connection: &Connection,
    before: &Position,
    writes: &Writes<'_>,
) -> Result<(), StoreError> {
    TRANSFERS.write(connection, writes.transfers, transfer)?;
    CHANGES.write(connection, writes.account_changes, change)?;
    ACCOUNTS.write(connection, writes.account_changes, account)?;
    MARKS.write(connection, writes.marks, mark)?;
    let mut accounts = writes.accounts.clone();
    // In the order in which they lie on their pages: a tenth faster than in that of their first
    // change.
    accounts.sort_unstable_by_key(|row| row.no);
    BALANCES.write(connection, &accounts, balance)?;
    let (new, known) = parted(&writes.holds, |row| row.seq > before.seq);
    NEW_HOLDS.write(connection, &new, new_hold)?;
    HOLDS.write(connection, &known, hold)?;
    let (new, mut known) = parted(&writes.wallets, |row| row.account.0 > before.accounts);
    known.sort_unstable_by_key(|row| row.account);
    NEW_WALLETS.write(connection, &new, new_wallet)?;
    WALLETS.write(connection, &known, wallet)?;
    let (new, known) = parted(&writes.transactions, |row| row.no > before.transactions);
    NEW_TRANSACTIONS.write(connection, &new, new_transaction)?;
    TRANSACTIONS.write(connection, &known, transaction)?;
    EXTERNAL_IDS.write(connection, writes.external_ids, external_id)?;
    EVENTS.write(connection, writes.events, event)?;
    let answers = answers(connection, &writes.answers)?;
    head(connection, &writes.position, writes.checksums, answers)
}

/// The rows that are new, and the others.
fn parted<'r, T>(rows: &[&'r T], is_new: impl Fn(&T) -> bool) -> (Vec<&'r T>, Vec<&'r T>) {
    rows.iter().partition(|row| is_new(row))
}

static TRANSFERS: LazyLock<Rows> = LazyLock::new(|| Rows::inserted("transfers", rows::TRANSFER));

fn transfer(values: &mut Values<'_, '_>, row: &Transfer) -> rusqlite::Result<()> {
    values.put(row.seq.cast_signed())?;
    values.put(row.id.0.to_be_bytes())?;
    values.numbers([
        row.time,
        row.org,
        i64::from(row.kind as u8),
        row.debit.0.cast_signed(),
        row.credit.0.cast_signed(),
        row.amount,
        i64::from(row.code),
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

static CHANGES: LazyLock<Rows> =
    LazyLock::new(|| Rows::inserted("account_changes", rows::ACCOUNT_CHANGE));

fn change(values: &mut Values<'_, '_>, row: &AccountChange) -> rusqlite::Result<()> {
    values.numbers([
        row.seq.cast_signed(),
        row.time,
        row.org,
        row.no.0.cast_signed(),
    ])?;
    values.put(row.id.0.to_be_bytes())?;
    values.put(row.currency.numeric())?;
    values.put(row.code)?;
    values.put(row.terms.flags.0)?;
    values.put(row.terms.overdraft_limit)?;
    values.put(row.terms.max_balance)
}

/// Several changes of one account may be in one batch, so that these are written one by one, in
/// order.
static ACCOUNTS: LazyLock<Rows> = LazyLock::new(|| {
    Rows::each(
        "INSERT INTO accounts (no, flags, overdraft_limit, max_balance, id, org, currency, code, opened_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (no) DO UPDATE SET flags = excluded.flags, \
         overdraft_limit = excluded.overdraft_limit, max_balance = excluded.max_balance",
    )
});

fn account(values: &mut Values<'_, '_>, row: &AccountChange) -> rusqlite::Result<()> {
    values.put(row.no.0.cast_signed())?;
    values.put(row.terms.flags.0)?;
    values.put(row.terms.overdraft_limit)?;
    values.put(row.terms.max_balance)?;
    values.put(row.id.0.to_be_bytes())?;
    values.put(row.org)?;
    values.put(row.currency.numeric())?;
    values.put(row.code)?;
    values.put(row.time)
}

static MARKS: LazyLock<Rows> = LazyLock::new(|| Rows::inserted("marks", rows::MARK));

fn mark(values: &mut Values<'_, '_>, row: &Mark) -> rusqlite::Result<()> {
    values.numbers([row.account.0.cast_signed(), row.time, row.seq.cast_signed()])
}

static BALANCES: LazyLock<Rows> = LazyLock::new(|| Rows::replaced("balances", rows::BALANCE));

fn balance(values: &mut Values<'_, '_>, row: &&Account) -> rusqlite::Result<()> {
    values.numbers([
        row.no.0.cast_signed(),
        row.debits_posted,
        row.credits_posted,
        row.debits_pending,
        row.credits_pending,
        row.last_seq.cast_signed(),
        row.entries.cast_signed(),
    ])
}

static NEW_HOLDS: LazyLock<Rows> = LazyLock::new(|| Rows::inserted("holds", rows::HOLD));

fn new_hold(values: &mut Values<'_, '_>, row: &&Hold) -> rusqlite::Result<()> {
    values.put(row.seq.cast_signed())?;
    values.put(row.id.0.to_be_bytes())?;
    values.numbers([
        row.org,
        row.debit.0.cast_signed(),
        row.credit.0.cast_signed(),
        i64::from(row.currency.numeric()),
        row.amount,
        row.captured,
        row.remaining,
        i64::from(row.state as u8),
    ])?;
    values.put(row.expires_at)
}

static HOLDS: LazyLock<Rows> = LazyLock::new(|| {
    Rows::each("UPDATE holds SET captured = ?2, remaining = ?3, state = ?4 WHERE seq = ?1")
});

fn hold(values: &mut Values<'_, '_>, row: &&Hold) -> rusqlite::Result<()> {
    values.put(row.seq.cast_signed())?;
    values.put(row.captured)?;
    values.put(row.remaining)?;
    values.put(row.state as u8)
}

static NEW_WALLETS: LazyLock<Rows> = LazyLock::new(|| Rows::inserted("wallets", rows::WALLET));

fn new_wallet(values: &mut Values<'_, '_>, row: &&Wallet) -> rusqlite::Result<()> {
    values.put(row.account.0.cast_signed())?;
    values.put(row.org)?;
    values.put(row.owner.as_bytes())?;
    wallet_state(values, row)?;
    values.put(row.created_at.micros())
}

static WALLETS: LazyLock<Rows> = LazyLock::new(|| {
    Rows::each(
        "UPDATE wallets SET label = ?2, daily_limit = ?3, monthly_limit = ?4, day = ?5, day_used = ?6, month = ?7, \
         month_used = ?8, last_transaction = ?9, last_event = ?10 WHERE account = ?1",
    )
});

fn wallet(values: &mut Values<'_, '_>, row: &&Wallet) -> rusqlite::Result<()> {
    values.put(row.account.0.cast_signed())?;
    wallet_state(values, row)
}

/// The columns of a wallet that change.
fn wallet_state(values: &mut Values<'_, '_>, row: &Wallet) -> rusqlite::Result<()> {
    values.put(&row.label)?;
    values.put(row.limits.daily)?;
    values.put(row.limits.monthly)?;
    values.put(row.used.day)?;
    values.put(row.used.on_day)?;
    values.put(row.used.month)?;
    values.put(row.used.in_month)?;
    values.put(row.last_transaction.cast_signed())?;
    values.put(row.last_event.cast_signed())
}

static NEW_TRANSACTIONS: LazyLock<Rows> =
    LazyLock::new(|| Rows::inserted("transactions", &format!("{}, checksum", rows::TRANSACTION)));

fn new_transaction(values: &mut Values<'_, '_>, row: &&Transaction) -> rusqlite::Result<()> {
    values.put(row.no.cast_signed())?;
    values.put(row.id.as_bytes())?;
    values.numbers([
        row.org,
        row.kind.number(),
        row.status.number(),
        row.amount,
        i64::from(row.currency.numeric()),
    ])?;
    values.put(row.from.map(|no| no.0.cast_signed()))?;
    values.put(row.to.map(|no| no.0.cast_signed()))?;
    values.numbers([
        row.from_prev.cast_signed(),
        row.to_prev.cast_signed(),
        row.fee,
        row.captured,
        row.refunded,
    ])?;
    values.put(&row.description)?;
    values.put(&row.external_id)?;
    values.put(&row.metadata)?;
    values.put(row.original.as_ref().map(Uuid::as_bytes))?;
    let instrument = row.instrument.as_ref();
    values.put(instrument.map(|instrument| instrument.kind.as_str()))?;
    values.put(instrument.map(|instrument| instrument.token.as_str()))?;
    failure(values, row)?;
    values.put(row.created_by.as_bytes())?;
    values.put(&row.proposal)?;
    values.put(row.attempts)?;
    values.put(row.due_at.map(Timestamp::micros))?;
    values.put(row.last_event.cast_signed())?;
    values.put(row.created_at.micros())?;
    values.put(row.updated_at.micros())?;
    values.put(row.completed_at.map(Timestamp::micros))?;
    values.put(row.expires_at.map(Timestamp::micros))?;
    values.put(row.risk.as_ref().map(Assessment::text))?;
    values.put(row.checksum())
}

static TRANSACTIONS: LazyLock<Rows> = LazyLock::new(|| {
    Rows::each(
        "UPDATE transactions SET status = ?2, captured = ?3, refunded = ?4, failure_code = ?5, failure_detail = ?6, \
         proposal = ?7, attempts = ?8, due_at = ?9, last_event = ?10, updated_at = ?11, completed_at = ?12, \
         expires_at = ?13, checksum = ?14 \
         WHERE no = ?1",
    )
});

fn transaction(values: &mut Values<'_, '_>, row: &&Transaction) -> rusqlite::Result<()> {
    values.put(row.no.cast_signed())?;
    values.put(row.status.number())?;
    values.put(row.captured)?;
    values.put(row.refunded)?;
    failure(values, row)?;
    values.put(&row.proposal)?;
    values.put(row.attempts)?;
    values.put(row.due_at.map(Timestamp::micros))?;
    values.put(row.last_event.cast_signed())?;
    values.put(row.updated_at.micros())?;
    values.put(row.completed_at.map(Timestamp::micros))?;
    values.put(row.expires_at.map(Timestamp::micros))?;
    values.put(row.checksum())
}

fn failure(values: &mut Values<'_, '_>, row: &Transaction) -> rusqlite::Result<()> {
    let failure = row.failure.as_ref();
    values.put(failure.map(|failure| failure.code.as_str()))?;
    values.put(failure.map(|failure| failure.detail.as_str()))
}

static EXTERNAL_IDS: LazyLock<Rows> =
    LazyLock::new(|| Rows::inserted("external_ids", "owner, external_id, org, transaction_no"));

fn external_id(
    values: &mut Values<'_, '_>,
    (id, no, org): &(ExternalId, u64, i64),
) -> rusqlite::Result<()> {
    values.put(id.owner.as_bytes())?;
    values.put(&id.text)?;
    values.put(org)?;
    values.put(no.cast_signed())
}

static EVENTS: LazyLock<Rows> = LazyLock::new(|| Rows::inserted("events", rows::EVENT));

fn event(values: &mut Values<'_, '_>, row: &Event) -> rusqlite::Result<()> {
    values.put(row.seq.cast_signed())?;
    values.put(row.org)?;
    values.put(&row.kind)?;
    values.put(row.transaction.map(u64::cast_signed))?;
    values.put(row.account.map(|no| no.0.cast_signed()))?;
    values.put(row.prev.cast_signed())?;
    values.put(row.time)?;
    values.put(&row.actor)?;
    values.put(row.from)?;
    values.put(row.to)?;
    values.put(&row.reason)?;
    values.put(&row.data)
}

/// An answer may replace the one before it. One a statement, because of several SQLite would copy
/// every page first.
static ANSWERS: LazyLock<Rows> = LazyLock::new(|| {
    Rows::each(
        "INSERT INTO idempotency (scope, org, body_hash, status, event, body, created_at, checksum) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (scope) DO UPDATE SET status = excluded.status, \
         event = excluded.event, body = excluded.body, checksum = excluded.checksum",
    )
});

/// Writes answers; how many of them were not there before: they have got the next numbers.
fn answers(connection: &Connection, rows: &[&StoredAnswer]) -> rusqlite::Result<i64> {
    if rows.is_empty() {
        return Ok(0);
    }
    let newest = || -> rusqlite::Result<i64> {
        let mut newest = connection.prepare_cached(NEWEST_ANSWER)?;
        newest.query_row([], |row| row.get(0))
    };
    let before = newest()?;
    ANSWERS.write(connection, rows, answer)?;
    Ok(newest()? - before)
}

const NEWEST_ANSWER: &str = "SELECT COALESCE(MAX(no), 0) FROM idempotency";

fn answer(values: &mut Values<'_, '_>, row: &&StoredAnswer) -> rusqlite::Result<()> {
    let row = AnswerRow::of(row);
    values.put(row.scope.to_be_bytes())?;
    values.put(row.org)?;
    values.put(row.body_hash.to_be_bytes())?;
    values.put(row.status)?;
    values.put(row.event.map(u64::cast_signed))?;
    values.put(row.body.as_deref())?;
    values.put(row.created_at)?;
    values.put(row.checksum())
}

fn head(
    connection: &Connection,
    position: &Position,
    checksums: &[u8],
    answers: i64,
) -> Result<(), StoreError> {
    let insert = "INSERT INTO batches (no, seq, event, time, hash, checksums, answers) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    connection.prepare_cached(insert)?.execute(params![
        position.batch.cast_signed(),
        position.seq.cast_signed(),
        position.events.cast_signed(),
        position.time,
        position.hash,
        checksums,
        answers
    ])?;
    let update = "UPDATE head SET batch = ?1, seq = ?2, accounts = ?3, events = ?4, transactions = ?5, \
                  time = ?6, hash = ?7";
    connection.prepare_cached(update)?.execute(params![
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
