//! What a batch writes to PostgreSQL: one statement that moves the head row and, where it moved,
//! writes the rows of all tables from arrays. It builds texts and arguments; it talks to no server.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ledger::{Account, AccountChange, AccountNo, Hold, Mark, Transfer};
use payments_core::assessment::Assessment;
use payments_core::batch::{Event, ExternalId, Position, StoredAnswer, Writes};
use payments_core::transaction::Transaction;
use payments_core::wallet::Wallet;
use sqlx::postgres::{PgArguments, PgBindIterExt, PgHasArrayType};
use sqlx::{Arguments, Encode, Postgres, Type};
use uuid::Uuid;
use values::Timestamp;

use super::super::AnswerRow;
use super::super::store::StoreError;
use super::rows;

/// One statement in the making: a `WITH` of an `INSERT` or `UPDATE` per table, each from arrays,
/// one per column. The first of them moves the head row, and every other one does something only if
/// it has.
#[derive(Default)]
struct Statement {
    sql: String,
    arguments: PgArguments,
    parts: u32,
    placeholders: usize,
    failed: Option<StoreError>,
}

/// The fence: this condition reads what moving the head row has returned, so that the head row is
/// held before anything else is touched, and nothing is where somebody else has moved it on.
const MOVED: &str = "EXISTS (SELECT FROM moved)";

impl Statement {
    /// Moves the head row on, from where the batch began.
    fn head(&mut self, before: &Position, after: &Position) {
        let columns = rows::HEAD;
        let arguments = self.placeholders(columns);
        self.text(format_args!(
            "WITH moved AS (UPDATE head SET ({columns}) = ROW ({arguments}) WHERE id = 1 AND batch = $8 AND hash = $9 \
             RETURNING batch)"
        ));
        self.value(after.batch.cast_signed());
        self.value(after.seq.cast_signed());
        self.value(after.accounts.cast_signed());
        self.value(after.events.cast_signed());
        self.value(after.transactions.cast_signed());
        self.value(after.time);
        self.value(after.hash.as_slice());
        self.placeholders += 2;
        self.value(before.batch.cast_signed());
        self.value(before.hash.as_slice());
    }

    /// The batch's own row, and the end of the statement. It returns a row where the head row
    /// moved.
    fn batch(&mut self, checksums: &[u8], answers: Option<u32>) {
        let arguments = self.placeholders("checksums");
        let new = match answers {
            Some(part) => format!("(SELECT COUNT(*) FROM t{part} WHERE is_new)"),
            None => "0".to_owned(),
        };
        self.text(format_args!(
            " INSERT INTO batches (no, seq, event, time, hash, checksums, answers) \
             SELECT batch, $2, $4, $6, $7, {arguments}, {new} FROM moved RETURNING no"
        ));
        self.value(checksums);
    }

    /// Inserts rows; their columns follow, in this order.
    fn insert(&mut self, table: &str, columns: &str, on_conflict: &str) {
        let arrays = self.placeholders(columns);
        self.part(format_args!(
            "INSERT INTO {table} ({columns}) SELECT * FROM UNNEST({arrays}) WHERE {MOVED} {on_conflict}"
        ));
    }

    /// Sets columns of the rows with these keys; the key and the columns follow, in this order.
    fn update(&mut self, table: &str, key: &str, columns: &str) {
        let names = format!("{key}, {columns}");
        let arrays = self.placeholders(&names);
        let set: Vec<String> = columns
            .split(", ")
            .map(|column| format!("{column} = n.{column}"))
            .collect();
        let set = set.join(", ");
        self.part(format_args!(
            "UPDATE {table} AS o SET {set} FROM UNNEST({arrays}) AS n ({names}) WHERE o.{key} = n.{key} AND {MOVED}"
        ));
    }

    /// As many new placeholders as there are columns.
    fn placeholders(&mut self, columns: &str) -> String {
        let first = self.placeholders + 1;
        self.placeholders += columns.split(", ").count();
        let placeholders: Vec<String> = (first..=self.placeholders)
            .map(|number| format!("${number}"))
            .collect();
        placeholders.join(", ")
    }

    fn part(&mut self, text: std::fmt::Arguments<'_>) {
        self.parts += 1;
        let part = self.parts;
        self.text(format_args!(", t{part} AS ({text})"));
    }

    fn text(&mut self, text: std::fmt::Arguments<'_>) {
        if self.sql.write_fmt(text).is_err() {
            self.failed = Some(StoreError::Statement("a text was not written".to_owned()));
        }
    }

    /// One value.
    fn value<'v>(&mut self, value: impl Encode<'v, Postgres> + Type<Postgres>) {
        if let Err(error) = self.arguments.add(value) {
            self.failed = Some(StoreError::Statement(error.to_string()));
        }
    }

    /// The values of the next column.
    fn column<'v, I>(&mut self, values: I)
    where
        I: Iterator,
        I::Item: Encode<'v, Postgres> + Type<Postgres> + PgHasArrayType,
    {
        self.value(values.bind_iter());
    }

    /// The same of numbers from 0 up; the database's integers have a sign.
    fn numbers(&mut self, values: impl Iterator<Item = u64>) {
        self.column(values.map(u64::cast_signed));
    }

    /// The same of 128 bits.
    fn ids(&mut self, values: impl Iterator<Item = u128>) {
        self.column(values.map(Uuid::from_u128));
    }
}

/// Everything that a batch adds or changes, the head row included. What exists already is known by
/// its number: the head row had it counted. The statement returns a row; it returns none and does
/// nothing where the head row is not where the batch began.
///
/// # Errors
/// [`StoreError::Statement`] where a value cannot be sent.
pub fn batch(before: &Position, writes: &Writes<'_>) -> Result<(String, PgArguments), StoreError> {
    let mut statement = Statement::default();
    statement.head(before, &writes.position);
    statement.transfers(writes.transfers);
    statement.account_changes(writes.account_changes);
    statement.accounts(before, writes.account_changes);
    statement.balances(before, &writes.accounts);
    statement.marks(writes.marks);
    statement.holds(before, &writes.holds);
    statement.wallets(before, &writes.wallets);
    statement.transactions(before, &writes.transactions);
    statement.external_ids(writes.external_ids);
    statement.events(writes.events);
    let answers = statement.answers(&writes.answers);
    statement.batch(writes.checksums, answers);
    match statement.failed {
        Some(error) => Err(error),
        None => Ok((statement.sql, statement.arguments)),
    }
}

impl Statement {
    fn transfers(&mut self, rows: &[Transfer]) {
        if rows.is_empty() {
            return;
        }
        self.insert("transfers", rows::TRANSFER, "");
        self.numbers(rows.iter().map(|row| row.seq));
        self.ids(rows.iter().map(|row| row.id.0));
        self.column(rows.iter().map(|row| row.time));
        self.column(rows.iter().map(|row| row.org));
        self.column(rows.iter().map(|row| i64::from(row.kind as u8)));
        self.numbers(rows.iter().map(|row| row.debit.0));
        self.numbers(rows.iter().map(|row| row.credit.0));
        self.column(rows.iter().map(|row| row.amount));
        self.column(rows.iter().map(|row| i64::from(row.code)));
        self.numbers(rows.iter().map(|row| row.hold));
        self.column(rows.iter().map(|row| row.expires_at));
        self.numbers(rows.iter().map(|row| row.debit_prev));
        self.numbers(rows.iter().map(|row| row.credit_prev));
        self.column(rows.iter().map(|row| row.debit_balance));
        self.column(rows.iter().map(|row| row.debit_held));
        self.column(rows.iter().map(|row| row.credit_balance));
        self.column(rows.iter().map(|row| row.credit_held));
    }

    fn account_changes(&mut self, rows: &[AccountChange]) {
        if rows.is_empty() {
            return;
        }
        self.insert("account_changes", rows::ACCOUNT_CHANGE, "");
        self.numbers(rows.iter().map(|row| row.seq));
        self.column(rows.iter().map(|row| row.time));
        self.column(rows.iter().map(|row| row.org));
        self.numbers(rows.iter().map(|row| row.no.0));
        self.ids(rows.iter().map(|row| row.id.0));
        self.column(rows.iter().map(|row| i64::from(row.currency.numeric())));
        self.column(rows.iter().map(|row| i64::from(row.code)));
        self.column(rows.iter().map(|row| i64::from(row.terms.flags.0)));
        self.column(rows.iter().map(|row| row.terms.overdraft_limit));
        self.column(rows.iter().map(|row| row.terms.max_balance));
    }

    /// What is agreed about accounts: the later of two changes of one is the one that stands.
    fn accounts(&mut self, before: &Position, changes: &[AccountChange]) {
        let last: BTreeMap<AccountNo, &AccountChange> =
            changes.iter().map(|change| (change.no, change)).collect();
        let (new, known): (Vec<&AccountChange>, Vec<&AccountChange>) = last
            .into_values()
            .partition(|row| row.no.0 > before.accounts);
        if !new.is_empty() {
            let columns =
                "no, id, org, currency, code, opened_at, flags, overdraft_limit, max_balance";
            self.insert("accounts", columns, "");
            self.numbers(new.iter().map(|row| row.no.0));
            self.ids(new.iter().map(|row| row.id.0));
            self.column(new.iter().map(|row| row.org));
            self.column(new.iter().map(|row| i64::from(row.currency.numeric())));
            self.column(new.iter().map(|row| i64::from(row.code)));
            self.column(new.iter().map(|row| row.time));
            self.terms(&new);
        }
        if !known.is_empty() {
            self.update("accounts", "no", "flags, overdraft_limit, max_balance");
            self.numbers(known.iter().map(|row| row.no.0));
            self.terms(&known);
        }
    }

    fn terms(&mut self, rows: &[&AccountChange]) {
        self.column(rows.iter().map(|row| i64::from(row.terms.flags.0)));
        self.column(rows.iter().map(|row| row.terms.overdraft_limit));
        self.column(rows.iter().map(|row| row.terms.max_balance));
    }

    fn balances(&mut self, before: &Position, rows: &[&Account]) {
        let (new, known): (Vec<&Account>, Vec<&Account>) =
            rows.iter().partition(|row| row.no.0 > before.accounts);
        if !new.is_empty() {
            self.insert("balances", rows::BALANCE, "");
            self.sums(&new);
        }
        if !known.is_empty() {
            let columns =
                "debits_posted, credits_posted, debits_pending, credits_pending, last_seq, entries";
            self.update("balances", "account", columns);
            self.sums(&known);
        }
    }

    fn sums(&mut self, rows: &[&Account]) {
        self.numbers(rows.iter().map(|row| row.no.0));
        self.column(rows.iter().map(|row| row.debits_posted));
        self.column(rows.iter().map(|row| row.credits_posted));
        self.column(rows.iter().map(|row| row.debits_pending));
        self.column(rows.iter().map(|row| row.credits_pending));
        self.numbers(rows.iter().map(|row| row.last_seq));
        self.numbers(rows.iter().map(|row| row.entries));
    }

    fn marks(&mut self, rows: &[Mark]) {
        if rows.is_empty() {
            return;
        }
        self.insert("marks", rows::MARK, "");
        self.numbers(rows.iter().map(|row| row.account.0));
        self.column(rows.iter().map(|row| row.time));
        self.numbers(rows.iter().map(|row| row.seq));
    }

    fn holds(&mut self, before: &Position, rows: &[&Hold]) {
        let (new, known): (Vec<&Hold>, Vec<&Hold>) =
            rows.iter().partition(|row| row.seq > before.seq);
        if !new.is_empty() {
            self.insert("holds", rows::HOLD, "");
            self.numbers(new.iter().map(|row| row.seq));
            self.ids(new.iter().map(|row| row.id.0));
            self.column(new.iter().map(|row| row.org));
            self.numbers(new.iter().map(|row| row.debit.0));
            self.numbers(new.iter().map(|row| row.credit.0));
            self.column(new.iter().map(|row| i64::from(row.currency.numeric())));
            self.column(new.iter().map(|row| row.amount));
            self.column(new.iter().map(|row| row.captured));
            self.column(new.iter().map(|row| row.remaining));
            self.column(new.iter().map(|row| i64::from(row.state as u8)));
            self.column(new.iter().map(|row| row.expires_at));
        }
        if !known.is_empty() {
            self.update("holds", "seq", "captured, remaining, state");
            self.numbers(known.iter().map(|row| row.seq));
            self.column(known.iter().map(|row| row.captured));
            self.column(known.iter().map(|row| row.remaining));
            self.column(known.iter().map(|row| i64::from(row.state as u8)));
        }
    }

    fn wallets(&mut self, before: &Position, rows: &[&Wallet]) {
        let (new, known): (Vec<&Wallet>, Vec<&Wallet>) =
            rows.iter().partition(|row| row.account.0 > before.accounts);
        if !new.is_empty() {
            self.insert("wallets", rows::WALLET, "");
            self.numbers(new.iter().map(|row| row.account.0));
            self.column(new.iter().map(|row| row.org));
            self.column(new.iter().map(|row| row.owner));
            self.wallet_state(&new);
            self.column(new.iter().map(|row| row.created_at.micros()));
        }
        if !known.is_empty() {
            let columns = "label, daily_limit, monthly_limit, day, day_used, month, month_used, last_transaction, \
                           last_event";
            self.update("wallets", "account", columns);
            self.numbers(known.iter().map(|row| row.account.0));
            self.wallet_state(&known);
        }
    }

    /// The columns of a wallet that change.
    fn wallet_state(&mut self, rows: &[&Wallet]) {
        self.column(rows.iter().map(|row| row.label.as_deref()));
        self.column(rows.iter().map(|row| row.limits.daily));
        self.column(rows.iter().map(|row| row.limits.monthly));
        self.column(rows.iter().map(|row| row.used.day));
        self.column(rows.iter().map(|row| row.used.on_day));
        self.column(rows.iter().map(|row| row.used.month));
        self.column(rows.iter().map(|row| row.used.in_month));
        self.numbers(rows.iter().map(|row| row.last_transaction));
        self.numbers(rows.iter().map(|row| row.last_event));
    }

    fn transactions(&mut self, before: &Position, rows: &[&Transaction]) {
        let (new, known): (Vec<&Transaction>, Vec<&Transaction>) =
            rows.iter().partition(|row| row.no > before.transactions);
        if !new.is_empty() {
            self.new_transactions(&new);
        }
        if !known.is_empty() {
            let columns = "status, captured, refunded, failure_code, failure_detail, proposal, attempts, due_at, \
                           last_event, updated_at, completed_at, expires_at, checksum";
            self.update("transactions", "no", columns);
            self.numbers(known.iter().map(|row| row.no));
            self.column(known.iter().map(|row| row.status.number()));
            self.column(known.iter().map(|row| row.captured));
            self.column(known.iter().map(|row| row.refunded));
            self.failures(&known);
            self.column(known.iter().map(|row| row.proposal.as_deref()));
            self.column(known.iter().map(|row| row.attempts));
            self.column(known.iter().map(|row| row.due_at.map(Timestamp::micros)));
            self.numbers(known.iter().map(|row| row.last_event));
            self.column(known.iter().map(|row| row.updated_at.micros()));
            self.column(
                known
                    .iter()
                    .map(|row| row.completed_at.map(Timestamp::micros)),
            );
            self.column(
                known
                    .iter()
                    .map(|row| row.expires_at.map(Timestamp::micros)),
            );
            self.column(known.iter().map(|row| row.checksum()));
        }
    }

    fn new_transactions(&mut self, rows: &[&Transaction]) {
        let columns = format!("{}, checksum", rows::TRANSACTION);
        self.insert("transactions", &columns, "");
        self.numbers(rows.iter().map(|row| row.no));
        self.column(rows.iter().map(|row| row.id));
        self.column(rows.iter().map(|row| row.org));
        self.column(rows.iter().map(|row| row.kind.number()));
        self.column(rows.iter().map(|row| row.status.number()));
        self.column(rows.iter().map(|row| row.amount));
        self.column(rows.iter().map(|row| i64::from(row.currency.numeric())));
        self.column(rows.iter().map(|row| row.from.map(|no| no.0.cast_signed())));
        self.column(rows.iter().map(|row| row.to.map(|no| no.0.cast_signed())));
        self.numbers(rows.iter().map(|row| row.from_prev));
        self.numbers(rows.iter().map(|row| row.to_prev));
        self.column(rows.iter().map(|row| row.fee));
        self.column(rows.iter().map(|row| row.captured));
        self.column(rows.iter().map(|row| row.refunded));
        self.column(rows.iter().map(|row| row.description.as_deref()));
        self.column(rows.iter().map(|row| row.external_id.as_deref()));
        self.column(rows.iter().map(|row| row.metadata.as_deref()));
        self.column(rows.iter().map(|row| row.original));
        let instruments = || rows.iter().map(|row| row.instrument.as_ref());
        self.column(instruments().map(|instrument| instrument.map(|of| of.kind.as_str())));
        self.column(instruments().map(|instrument| instrument.map(|of| of.token.as_str())));
        self.failures(rows);
        self.column(rows.iter().map(|row| row.created_by));
        self.column(rows.iter().map(|row| row.proposal.as_deref()));
        self.column(rows.iter().map(|row| row.attempts));
        self.column(rows.iter().map(|row| row.due_at.map(Timestamp::micros)));
        self.numbers(rows.iter().map(|row| row.last_event));
        self.column(rows.iter().map(|row| row.created_at.micros()));
        self.column(rows.iter().map(|row| row.updated_at.micros()));
        self.column(
            rows.iter()
                .map(|row| row.completed_at.map(Timestamp::micros)),
        );
        self.column(rows.iter().map(|row| row.expires_at.map(Timestamp::micros)));
        self.column(
            rows.iter()
                .map(|row| row.risk.as_ref().map(Assessment::text)),
        );
        self.column(rows.iter().map(|row| row.checksum()));
    }

    fn failures(&mut self, rows: &[&Transaction]) {
        let failures = || rows.iter().map(|row| row.failure.as_ref());
        self.column(failures().map(|failure| failure.map(|of| of.code.as_str())));
        self.column(failures().map(|failure| failure.map(|of| of.detail.as_str())));
    }

    fn external_ids(&mut self, rows: &[(ExternalId, u64, i64)]) {
        if rows.is_empty() {
            return;
        }
        self.insert(
            "external_ids",
            "owner, external_id, org, transaction_no",
            "",
        );
        self.column(rows.iter().map(|(id, _, _)| id.owner));
        self.column(rows.iter().map(|(id, _, _)| id.text.as_str()));
        self.column(rows.iter().map(|(_, _, org)| *org));
        self.numbers(rows.iter().map(|(_, no, _)| *no));
    }

    fn events(&mut self, rows: &[Event]) {
        if rows.is_empty() {
            return;
        }
        self.insert("events", rows::EVENT, "");
        self.numbers(rows.iter().map(|row| row.seq));
        self.column(rows.iter().map(|row| row.org));
        self.column(rows.iter().map(|row| &*row.kind));
        self.column(rows.iter().map(|row| row.transaction.map(u64::cast_signed)));
        self.column(
            rows.iter()
                .map(|row| row.account.map(|no| no.0.cast_signed())),
        );
        self.numbers(rows.iter().map(|row| row.prev));
        self.column(rows.iter().map(|row| row.time));
        self.column(rows.iter().map(|row| row.actor.as_str()));
        self.column(rows.iter().map(|row| row.from));
        self.column(rows.iter().map(|row| row.to));
        self.column(rows.iter().map(|row| row.reason.as_deref()));
        self.column(rows.iter().map(|row| &*row.data));
    }

    /// The part that writes them, and returns of each whether it was not there before: only a row
    /// that another has taken the place of was locked.
    fn answers(&mut self, rows: &[&StoredAnswer]) -> Option<u32> {
        if rows.is_empty() {
            return None;
        }
        let replaced = "ON CONFLICT (scope) DO UPDATE SET status = excluded.status, event = excluded.event, \
                        body = excluded.body, checksum = excluded.checksum RETURNING xmax = 0 AS is_new";
        let columns = "scope, org, body_hash, status, event, body, created_at, checksum";
        self.insert("idempotency", columns, replaced);
        let rows: Vec<_> = rows.iter().map(|answer| AnswerRow::of(answer)).collect();
        self.ids(rows.iter().map(|row| row.scope));
        self.column(rows.iter().map(|row| row.org));
        self.ids(rows.iter().map(|row| row.body_hash));
        self.column(rows.iter().map(|row| i64::from(row.status)));
        self.column(rows.iter().map(|row| row.event.map(u64::cast_signed)));
        self.column(rows.iter().map(|row| row.body.as_deref()));
        self.column(rows.iter().map(|row| row.created_at));
        self.column(rows.iter().map(|row| row.checksum()));
        Some(self.parts)
    }
}
