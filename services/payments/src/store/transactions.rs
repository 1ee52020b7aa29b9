//! Transactions: one by its id, the history of one wallet, all of an organisation, and the timeline of one.

use std::sync::Arc;

use contracts::payments::{TransactionStatus, TransactionType};
use ledger::AccountNo;
use money::Currency;
use platform::args;
use platform::clock::Timestamp;
use platform::db::{Arg, Db};
use sqlx::FromRow;
use uuid::Uuid;

use super::ledger::currency;
use super::{statements, unreadable};
use crate::document::{EventData, TransactionRecord};
use crate::error::Error;
use crate::transaction::{Failure, Instrument, InstrumentKind, Transaction};

/// The columns of [`TransactionRow`].
macro_rules! columns {
    () => {
        "t.no, t.id, t.org, t.type, t.status, t.amount, t.currency, t.from_account, t.to_account, \
         t.from_prev, t.to_prev, t.fee, t.captured, t.refunded, t.description, t.external_id, \
         t.metadata, t.original, t.instrument_kind, t.instrument_token, t.failure_code, \
         t.failure_detail, t.created_by, t.proposal, t.attempts, t.due_at, t.last_event, \
         t.created_at, t.updated_at, t.completed_at, t.expires_at, f.id AS from_wallet, \
         g.id AS to_wallet"
    };
}

/// The accounts of both sides of `t`.
macro_rules! sides {
    () => {
        " LEFT JOIN accounts f ON f.no = t.from_account LEFT JOIN accounts g ON g.no = t.to_account"
    };
}

/// $1: at least this number, $2: below this one, $3: limit, $4: statuses, $5: types, $6: currency or null, $7, $8: least
/// and most, $9: pattern or null; of `s`.
macro_rules! filters {
    () => {
        "s.no >= $1 AND s.no < $2 \
         AND (CAST($4 AS BIGINT) >> CAST(s.status AS INTEGER)) & 1 = 1 \
         AND (CAST($5 AS BIGINT) >> CAST(s.type AS INTEGER)) & 1 = 1 \
         AND (CAST($6 AS BIGINT) IS NULL OR s.currency = CAST($6 AS BIGINT)) \
         AND s.amount >= $7 AND s.amount <= $8 \
         AND (CAST($9 AS TEXT) IS NULL OR LOWER(s.description) LIKE LOWER(CAST($9 AS TEXT)) ESCAPE '\\' \
         OR LOWER(s.external_id) LIKE LOWER(CAST($9 AS TEXT)) ESCAPE '\\')"
    };
}

/// The transactions of the organisation $10 that pass the filters and `$and`, newest first.
macro_rules! of_all {
    ($and:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            " FROM (SELECT s.* FROM transactions s WHERE s.org = $10 AND ",
            $and,
            filters!(),
            " ORDER BY s.no DESC LIMIT $3) t",
            sides!(),
            " ORDER BY t.no DESC"
        )
    };
}

/// A transaction `s` as the wallet of account $10 sees it: what the filters need, and the one before.
macro_rules! link {
    () => {
        "s.no, s.type, s.status, s.amount, s.currency, s.description, s.external_id, \
         CASE WHEN s.from_account = $10 THEN s.from_prev ELSE s.to_prev END"
    };
}

statements! {
    /// id, org -> [`TransactionRow`] with the owners of both sides.
    TRANSACTION_BY_ID = concat!(
        "SELECT ", columns!(), ", fw.owner AS from_owner, gw.owner AS to_owner FROM transactions t", sides!(),
        " LEFT JOIN wallets fw ON fw.account = t.from_account LEFT JOIN wallets gw ON gw.account = t.to_account \
         WHERE t.id = $1 AND t.org = $2"
    );
    /// The filters', org -> [`TransactionRow`].
    TRANSACTIONS_OF_ALL = of_all!("");
    /// The same where no status of the filters' is completed (6): the index of the others has them.
    TRANSACTIONS_NOT_COMPLETED = of_all!("s.status <> 6 AND ");
    /// The filters', account, the number to begin with if it is one of its own, the number of its last one
    /// -> [`TransactionRow`].
    TRANSACTIONS_OF_WALLET = concat!(
        "WITH RECURSIVE walk (no, type, status, amount, currency, description, external_id, prev) AS (\
         SELECT ", link!(), " FROM transactions s WHERE s.no = COALESCE((SELECT c.no FROM transactions c \
         WHERE c.no = $11 AND (c.from_account = $10 OR c.to_account = $10)), CAST($12 AS BIGINT)) \
         UNION ALL SELECT ", link!(), " FROM walk w JOIN transactions s ON s.no = w.prev WHERE w.prev >= $1), \
         page AS (SELECT s.no FROM walk s WHERE ", filters!(), " LIMIT $3) \
         SELECT ", columns!(), " FROM page p JOIN transactions t ON t.no = p.no", sides!(), " ORDER BY t.no DESC"
    );
    /// time -> the number of the first transaction made at or after it. Numbers have no gaps and times never go back,
    /// so that halving the range finds it.
    FIRST_TRANSACTION_SINCE = "WITH RECURSIVE find (low, high) AS (\
        SELECT CAST(1 AS BIGINT), h.transactions + 1 FROM head h \
        UNION ALL SELECT CASE WHEN m.created_at < $1 THEN m.no + 1 ELSE f.low END, \
        CASE WHEN m.created_at < $1 THEN f.high ELSE m.no END \
        FROM find f JOIN transactions m ON m.no = (f.low + f.high) / 2 WHERE f.low < f.high) \
        SELECT MIN(high) FROM find";
    /// last event, limit -> [`EventRow`], newest first.
    TIMELINE = "WITH RECURSIVE walk (prev, type, time, actor, from_status, to_status, reason, data) AS (\
        SELECT e.prev, e.type, e.time, e.actor, e.from_status, e.to_status, e.reason, e.data \
        FROM events e WHERE e.seq = $1 \
        UNION ALL SELECT e.prev, e.type, e.time, e.actor, e.from_status, e.to_status, e.reason, e.data \
        FROM walk w JOIN events e ON e.seq = w.prev) \
        SELECT type, time, actor, from_status, to_status, reason, data FROM walk LIMIT $2";
    /// org, 16 ids -> those that are transactions'.
    TRANSACTIONS_AMONG = "SELECT t.id FROM transactions t WHERE t.org = $1 AND t.id IN \
        ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
}

#[derive(FromRow)]
struct TransactionRow {
    no: i64,
    id: Uuid,
    org: i64,
    #[sqlx(rename = "type")]
    kind: i64,
    status: i64,
    amount: i64,
    currency: i64,
    from_account: Option<i64>,
    to_account: Option<i64>,
    from_prev: i64,
    to_prev: i64,
    fee: i64,
    captured: i64,
    refunded: i64,
    description: Option<String>,
    external_id: Option<String>,
    metadata: Option<String>,
    original: Option<Uuid>,
    instrument_kind: Option<String>,
    instrument_token: Option<String>,
    failure_code: Option<String>,
    failure_detail: Option<String>,
    created_by: Uuid,
    proposal: Option<String>,
    attempts: i64,
    due_at: Option<i64>,
    last_event: i64,
    created_at: i64,
    updated_at: i64,
    completed_at: Option<i64>,
    expires_at: Option<i64>,
    from_wallet: Option<Uuid>,
    to_wallet: Option<Uuid>,
}

impl TryFrom<TransactionRow> for TransactionRecord {
    type Error = Error;

    fn try_from(row: TransactionRow) -> Result<Self, Error> {
        let unknown = |what, value: &dyn ToString| {
            unreadable("transactions", row.no, what, value.to_string())
        };
        let instrument = match (row.instrument_kind, row.instrument_token) {
            (Some(name), Some(token)) => Some(Instrument {
                kind: InstrumentKind::from_name(&name)
                    .ok_or_else(|| unknown("instrument", &name))?,
                token,
            }),
            _ => None,
        };
        let failure = row
            .failure_code
            .zip(row.failure_detail)
            .map(|(code, detail)| Failure { code, detail });
        let account = |no: Option<i64>| no.map(|no| AccountNo(no.cast_unsigned()));
        let transaction = Transaction {
            no: row.no.cast_unsigned(),
            id: row.id,
            org: row.org,
            kind: TransactionType::from_number(row.kind)
                .ok_or_else(|| unknown("type", &row.kind))?,
            status: TransactionStatus::from_number(row.status)
                .ok_or_else(|| unknown("status", &row.status))?,
            amount: row.amount,
            currency: currency("transactions", row.no, row.currency)?,
            from: account(row.from_account),
            to: account(row.to_account),
            from_prev: row.from_prev.cast_unsigned(),
            to_prev: row.to_prev.cast_unsigned(),
            fee: row.fee,
            captured: row.captured,
            refunded: row.refunded,
            description: row.description,
            external_id: row.external_id,
            metadata: row.metadata,
            original: row.original,
            instrument,
            failure,
            created_by: row.created_by,
            proposal: row.proposal,
            attempts: row.attempts,
            due_at: row.due_at.map(Timestamp),
            last_event: row.last_event.cast_unsigned(),
            created_at: Timestamp(row.created_at),
            updated_at: Timestamp(row.updated_at),
            completed_at: row.completed_at.map(Timestamp),
            expires_at: row.expires_at.map(Timestamp),
        };
        Ok(Self {
            row: Arc::new(transaction),
            from_wallet: row.from_wallet,
            to_wallet: row.to_wallet,
        })
    }
}

#[derive(FromRow)]
struct OwnedRow {
    #[sqlx(flatten)]
    transaction: TransactionRow,
    from_owner: Option<Uuid>,
    to_owner: Option<Uuid>,
}

/// The transaction with this id, and the owners of its wallets.
pub(crate) async fn transaction(
    db: &Db,
    org: i64,
    id: Uuid,
) -> Result<Option<(TransactionRecord, [Option<Uuid>; 2])>, Error> {
    let row: Option<OwnedRow> = db.fetch_optional(TRANSACTION_BY_ID, args![id, org]).await?;
    row.map(|row| {
        let owners = [row.from_owner, row.to_owner];
        Ok((TransactionRecord::try_from(row.transaction)?, owners))
    })
    .transpose()
}

/// Which transactions.
#[derive(Debug, Clone)]
pub(crate) struct TransactionFilter {
    /// From this number on.
    pub from: i64,
    /// Before this number.
    pub before: i64,
    /// A set of the statuses' numbers.
    pub statuses: i64,
    /// A set of the types' numbers.
    pub types: i64,
    /// In this currency only.
    pub currency: Option<Currency>,
    /// The least and the most of an amount, in minor units.
    pub amounts: [i64; 2],
    /// What description or `external_id` must contain, whatever the case: a pattern of LIKE.
    pub pattern: Option<String>,
}

impl TransactionFilter {
    fn args(&self, limit: i64) -> Vec<Arg> {
        args![
            self.from,
            self.before,
            limit,
            self.statuses,
            self.types,
            self.currency.map(|currency| i64::from(currency.numeric())),
            self.amounts[0],
            self.amounts[1],
            self.pattern.clone()
        ]
    }
}

/// Transactions of an organisation, newest first.
pub(crate) async fn transactions_of_all(
    db: &Db,
    org: i64,
    filter: &TransactionFilter,
    limit: i64,
) -> Result<Vec<TransactionRecord>, Error> {
    let mut args = filter.args(limit);
    args.push(org.into());
    let with_completed = filter.statuses >> TransactionStatus::Completed.number() & 1 == 1;
    let sql = if with_completed {
        TRANSACTIONS_OF_ALL
    } else {
        TRANSACTIONS_NOT_COMPLETED
    };
    records(db.fetch_all(sql, args).await?)
}

/// Transactions of one wallet, newest first, by its chain from `last` back; from `hint` back where that is one of its own.
pub(crate) async fn transactions_of_wallet(
    db: &Db,
    account: i64,
    last: i64,
    hint: Option<i64>,
    filter: &TransactionFilter,
    limit: i64,
) -> Result<Vec<TransactionRecord>, Error> {
    let mut args = filter.args(limit);
    args.extend(args![account, hint, last]);
    records(db.fetch_all(TRANSACTIONS_OF_WALLET, args).await?)
}

fn records(rows: Vec<TransactionRow>) -> Result<Vec<TransactionRecord>, Error> {
    rows.into_iter().map(TransactionRecord::try_from).collect()
}

/// The number of the first transaction made at or after a time; one more than the last where there is none.
pub(crate) async fn first_since(db: &Db, time: Timestamp) -> Result<i64, Error> {
    let (no,): (i64,) = db.fetch_one(FIRST_TRANSACTION_SINCE, args![time]).await?;
    Ok(no)
}

/// A transaction as it was after an event.
///
/// # Errors
/// Data, or a status, that this version does not know.
pub(crate) fn after(
    record: TransactionRecord,
    status: i64,
    time: i64,
    data: &str,
) -> Result<TransactionRecord, Error> {
    let no = record.row.no;
    let known = TransactionStatus::from_number(status)
        .ok_or_else(|| unreadable("events of transaction", no, "to_status", status))?;
    let data: EventData = serde_json::from_str(data)
        .map_err(|error| unreadable("events of transaction", no, "data", error))?;
    let row = data.apply((*record.row).clone(), known, Timestamp(time));
    Ok(TransactionRecord {
        row: Arc::new(row),
        ..record
    })
}

/// A change in a timeline.
#[derive(Debug, FromRow)]
pub(crate) struct EventRow {
    #[sqlx(rename = "type")]
    pub kind: String,
    pub time: i64,
    pub actor: String,
    pub from_status: Option<i64>,
    pub to_status: Option<i64>,
    pub reason: Option<String>,
    pub data: String,
}

/// The timeline that ends with this event, newest first.
pub(crate) async fn timeline(db: &Db, last_event: u64, limit: i64) -> Result<Vec<EventRow>, Error> {
    let args = args![last_event.cast_signed(), limit];
    Ok(db.fetch_all(TIMELINE, args).await?)
}

/// Which of these ids are transactions'.
pub(crate) async fn transactions_among(
    db: &Db,
    org: i64,
    ids: &[Uuid],
) -> Result<Vec<Uuid>, Error> {
    let mut found = Vec::new();
    for ids in ids.chunks(AMONG) {
        let padded = ids.iter().copied().chain(std::iter::repeat(Uuid::nil()));
        let mut args = args![org];
        args.extend(padded.take(AMONG).map(Arg::from));
        let rows: Vec<(Uuid,)> = db.fetch_all(TRANSACTIONS_AMONG, args).await?;
        found.extend(rows.into_iter().map(|(id,)| id));
    }
    Ok(found)
}

/// How many ids [`TRANSACTIONS_AMONG`] takes.
const AMONG: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_completed_is_the_one_that_the_index_leaves_out() {
        let left_out = format!("s.status <> {} ", TransactionStatus::Completed.number());
        assert!(TRANSACTIONS_NOT_COMPLETED.contains(&left_out));
        assert!(!TRANSACTIONS_OF_ALL.contains(&left_out));
    }
}
