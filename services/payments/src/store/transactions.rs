//! Transactions: one by its id, and the timeline of one. Lists are [`super::lists`]'.

use std::sync::Arc;

use contracts::payments::{TransactionStatus, TransactionType};
use db::{Arg, Db, args};
use ledger::AccountNo;
use payments_core::assessment::Assessment;
use payments_core::document::{EventData, TransactionRecord};
use payments_core::transaction::{Failure, Instrument, InstrumentKind, Transaction};
use sqlx::FromRow;
use uuid::Uuid;
use values::Timestamp;

use super::ledger::currency;
use super::{statements, unreadable};
use crate::error::Error;

/// The columns of [`OwnedRow`], of `transactions t` with its [`sides`].
macro_rules! columns {
    () => {
        "t.no, t.id, t.org, t.type, t.status, t.amount, t.currency, t.from_account, t.to_account, \
         t.from_prev, t.to_prev, t.fee, t.captured, t.refunded, t.description, t.external_id, \
         t.metadata, t.original, t.instrument_kind, t.instrument_token, t.failure_code, \
         t.failure_detail, t.created_by, t.proposal, t.attempts, t.due_at, t.last_event, \
         t.created_at, t.updated_at, t.completed_at, t.expires_at, t.risk, f.id AS from_wallet, \
         g.id AS to_wallet, fw.owner AS from_owner, gw.owner AS to_owner"
    };
}

pub(super) use columns;

/// The accounts and wallets of both sides of `t`.
macro_rules! sides {
    () => {
        " LEFT JOIN accounts f ON f.no = t.from_account LEFT JOIN accounts g ON g.no = t.to_account \
         LEFT JOIN wallets fw ON fw.account = t.from_account LEFT JOIN wallets gw ON gw.account = t.to_account"
    };
}
pub(super) use sides;

statements! {
    /// id, org -> [`OwnedRow`].
    TRANSACTION_BY_ID = concat!(
        "SELECT ", columns!(), " FROM transactions t", sides!(), " WHERE t.id = $1 AND t.org = $2"
    );
    /// last event, limit -> [`EventRow`], newest first.
    TIMELINE = "WITH RECURSIVE walk (seq, prev, type, time, actor, from_status, to_status, reason, data) AS (\
        SELECT e.seq, e.prev, e.type, e.time, e.actor, e.from_status, e.to_status, e.reason, e.data \
        FROM events e WHERE e.seq = $1 \
        UNION ALL SELECT e.seq, e.prev, e.type, e.time, e.actor, e.from_status, e.to_status, e.reason, e.data \
        FROM walk w JOIN events e ON e.seq = w.prev) \
        SELECT seq, type, time, actor, from_status, to_status, reason, data FROM walk LIMIT $2";
    /// org, 16 ids -> those that are transactions'.
    TRANSACTIONS_AMONG = "SELECT t.id FROM transactions t WHERE t.org = $1 AND t.id IN \
        ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
}

/// A transaction.
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
    risk: Option<String>,
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
        let risk = row.risk.map(|text| Assessment::read(&text)).transpose();
        let risk = risk.map_err(|error| unreadable("transactions", row.no, "risk", error))?;
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
            risk,
        };
        transaction
            .read_refund_request()
            .map_err(|error| unreadable("transactions", row.no, "proposal", error))?;
        Ok(Self {
            row: Arc::new(transaction),
            from_wallet: row.from_wallet,
            to_wallet: row.to_wallet,
        })
    }
}

/// A transaction, and the owners of the wallets that give and receive.
pub(crate) type Owned = (TransactionRecord, [Option<Uuid>; 2]);

/// A row of one.
#[derive(FromRow)]
pub(super) struct OwnedRow {
    #[sqlx(flatten)]
    transaction: TransactionRow,
    from_owner: Option<Uuid>,
    to_owner: Option<Uuid>,
}

impl OwnedRow {
    pub(super) const fn no(&self) -> i64 {
        self.transaction.no
    }
}

impl TryFrom<OwnedRow> for Owned {
    type Error = Error;

    fn try_from(row: OwnedRow) -> Result<Self, Error> {
        let owners = [row.from_owner, row.to_owner];
        Ok((row.transaction.try_into()?, owners))
    }
}

/// The transaction with this id, and the owners of its wallets.
pub(crate) async fn transaction(db: &Db, org: i64, id: Uuid) -> Result<Option<Owned>, Error> {
    let row: Option<OwnedRow> = db.fetch_optional(TRANSACTION_BY_ID, args![id, org]).await?;
    row.map(TryInto::try_into).transpose()
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
    pub seq: i64,
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
