//! What a batch writes to SQLite, table by table. It begins and commits nothing.

use std::sync::LazyLock;

use ledger::{Account, AccountChange, Hold, Mark, Transfer};
use platform::clock::Timestamp;
use rusqlite::{Connection, params};
use uuid::Uuid;

use super::super::rows;
use super::super::store::{Event, ExternalId, Position, StoreError, StoredAnswer, Writes};
use super::insert::{Insert, Values};
use crate::transaction::Transaction;
use crate::wallet::Wallet;

/// Adds and changes the rows of a batch, the head row last.
///
/// # Errors
/// Those of SQLite.
pub fn rows(connection: &Connection, writes: &Writes<'_>) -> Result<(), StoreError> {
    TRANSFERS.run(connection, writes.transfers, transfer)?;
    CHANGES.run(connection, writes.account_changes, change)?;
    // The later of two changes of one account is the one that stands.
    ACCOUNTS.run(connection, writes.account_changes, account)?;
    MARKS.run(connection, writes.marks, mark)?;
    // In the order in which they lie on their pages: a tenth faster than in that of their first change.
    let mut accounts = writes.accounts.clone();
    accounts.sort_unstable_by_key(|row| row.no);
    BALANCES.run(connection, &accounts, balance)?;
    HOLDS.run(connection, &writes.holds, hold)?;
    WALLETS.run(connection, &writes.wallets, wallet)?;
    TRANSACTIONS.run(connection, &writes.transactions, transaction)?;
    EXTERNAL_IDS.run(connection, writes.external_ids, external_id)?;
    EVENTS.run(connection, writes.events, event)?;
    ANSWERS.run(connection, &writes.answers, answer)?;
    head(connection, &writes.position)
}

static TRANSFERS: LazyLock<Insert> =
    LazyLock::new(|| Insert::new("INSERT", "transfers", rows::TRANSFER, ""));

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

static CHANGES: LazyLock<Insert> =
    LazyLock::new(|| Insert::new("INSERT", "account_changes", rows::ACCOUNT_CHANGE, ""));

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

static ACCOUNTS: LazyLock<Insert> = LazyLock::new(|| {
    let columns = "no, id, org, currency, code, flags, overdraft_limit, max_balance, opened_at";
    let changed = "ON CONFLICT (no) DO UPDATE SET flags = excluded.flags, overdraft_limit = \
                   excluded.overdraft_limit, max_balance = excluded.max_balance";
    Insert::new("INSERT", "accounts", columns, changed)
});

fn account(values: &mut Values<'_, '_>, row: &AccountChange) -> rusqlite::Result<()> {
    values.put(row.no.0.cast_signed())?;
    values.put(row.id.0.to_be_bytes())?;
    values.put(row.org)?;
    values.put(row.currency.numeric())?;
    values.put(row.code)?;
    values.put(row.terms.flags.0)?;
    values.put(row.terms.overdraft_limit)?;
    values.put(row.terms.max_balance)?;
    values.put(row.time)
}

static MARKS: LazyLock<Insert> = LazyLock::new(|| Insert::new("INSERT", "marks", rows::MARK, ""));

fn mark(values: &mut Values<'_, '_>, row: &Mark) -> rusqlite::Result<()> {
    values.numbers([row.account.0.cast_signed(), row.time, row.seq.cast_signed()])
}

/// The table has no other index than its key, so that a row that is there is written over where it lies.
static BALANCES: LazyLock<Insert> =
    LazyLock::new(|| Insert::new("REPLACE", "balances", rows::BALANCE, ""));

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

static HOLDS: LazyLock<Insert> = LazyLock::new(|| {
    let changed = "ON CONFLICT (seq) DO UPDATE SET captured = excluded.captured, remaining = \
                   excluded.remaining, state = excluded.state";
    Insert::new("INSERT", "holds", rows::HOLD, changed)
});

fn hold(values: &mut Values<'_, '_>, row: &&Hold) -> rusqlite::Result<()> {
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

static WALLETS: LazyLock<Insert> = LazyLock::new(|| {
    let changed = "ON CONFLICT (account) DO UPDATE SET label = excluded.label, daily_limit = \
                   excluded.daily_limit, monthly_limit = excluded.monthly_limit, day = excluded.day, \
                   day_used = excluded.day_used, month = excluded.month, month_used = \
                   excluded.month_used, last_transaction = excluded.last_transaction, last_event = \
                   excluded.last_event";
    Insert::new("INSERT", "wallets", rows::WALLET, changed)
});

fn wallet(values: &mut Values<'_, '_>, row: &&Wallet) -> rusqlite::Result<()> {
    values.put(row.account.0.cast_signed())?;
    values.put(row.org)?;
    values.put(row.owner.as_bytes())?;
    values.put(&row.label)?;
    values.put(row.limits.daily)?;
    values.put(row.limits.monthly)?;
    values.put(row.used.day)?;
    values.put(row.used.on_day)?;
    values.put(row.used.month)?;
    values.put(row.used.in_month)?;
    values.put(row.last_transaction.cast_signed())?;
    values.put(row.last_event.cast_signed())?;
    values.put(row.created_at.micros())
}

static TRANSACTIONS: LazyLock<Insert> = LazyLock::new(|| {
    let changed = "ON CONFLICT (no) DO UPDATE SET status = excluded.status, captured = \
                   excluded.captured, refunded = excluded.refunded, failure_code = \
                   excluded.failure_code, failure_detail = excluded.failure_detail, proposal = \
                   excluded.proposal, attempts = excluded.attempts, due_at = excluded.due_at, \
                   last_event = excluded.last_event, updated_at = excluded.updated_at, completed_at = \
                   excluded.completed_at";
    Insert::new("INSERT", "transactions", rows::TRANSACTION, changed)
});

fn transaction(values: &mut Values<'_, '_>, row: &&Transaction) -> rusqlite::Result<()> {
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
    let failure = row.failure.as_ref();
    values.put(failure.map(|failure| failure.code.as_str()))?;
    values.put(failure.map(|failure| failure.detail.as_str()))?;
    values.put(row.created_by.as_bytes())?;
    values.put(&row.proposal)?;
    values.put(row.attempts)?;
    values.put(row.due_at.map(Timestamp::micros))?;
    values.put(row.last_event.cast_signed())?;
    values.put(row.created_at.micros())?;
    values.put(row.updated_at.micros())?;
    values.put(row.completed_at.map(Timestamp::micros))?;
    values.put(row.expires_at.map(Timestamp::micros))
}

static EXTERNAL_IDS: LazyLock<Insert> = LazyLock::new(|| {
    let columns = "owner, external_id, org, transaction_no";
    Insert::new("INSERT", "external_ids", columns, "")
});

fn external_id(
    values: &mut Values<'_, '_>,
    (id, no, org): &(ExternalId, u64, i64),
) -> rusqlite::Result<()> {
    values.put(id.owner.as_bytes())?;
    values.put(&id.text)?;
    values.put(org)?;
    values.put(no.cast_signed())
}

static EVENTS: LazyLock<Insert> =
    LazyLock::new(|| Insert::new("INSERT", "events", rows::EVENT, ""));

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

static ANSWERS: LazyLock<Insert> = LazyLock::new(|| {
    let columns = "scope, org, body_hash, status, event, body, created_at";
    let replaced = "ON CONFLICT (scope) DO UPDATE SET status = excluded.status, event = excluded.event, \
                    body = excluded.body";
    Insert::new("INSERT", "idempotency", columns, replaced)
});

fn answer(values: &mut Values<'_, '_>, row: &&StoredAnswer) -> rusqlite::Result<()> {
    values.put(row.scope.to_be_bytes())?;
    values.put(row.org)?;
    values.put(row.body_hash.to_be_bytes())?;
    values.put(row.status)?;
    values.put(row.event.map(u64::cast_signed))?;
    // What an event already says is not stored twice.
    values.put(row.body.as_deref().filter(|_| row.event.is_none()))?;
    values.put(row.created_at)
}

fn head(connection: &Connection, position: &Position) -> Result<(), StoreError> {
    let insert = "INSERT INTO batches (no, seq, event, time, hash) VALUES (?1, ?2, ?3, ?4, ?5)";
    connection.prepare_cached(insert)?.execute(params![
        position.batch.cast_signed(),
        position.seq.cast_signed(),
        position.events.cast_signed(),
        position.time,
        position.hash
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
