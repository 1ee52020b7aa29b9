//! The SQL of the feed: events in the order of their commit, with the transactions and wallets that
//! they are of.

use contracts::identity::UserId;
use contracts::payments::{TransactionId, WalletId};
use db::{Db, args};
use payments_core::document::{TransactionRecord, to_json};
use payments_core::transaction::TransactionView;
use sqlx::FromRow;
use uuid::Uuid;

use super::transactions::{OwnedRow, after, columns, sides};
use super::{statements, unreadable};
use crate::error::Error;

statements! {
    /// after, limit -> [`FeedRow`]s, of all organisations.
    FEED = "SELECT e.seq, e.org, e.type, e.time, e.transaction_no, e.to_status, e.data, a.id AS wallet, w.owner \
        FROM events e LEFT JOIN accounts a ON a.no = e.account LEFT JOIN wallets w ON w.account = e.account \
        WHERE e.seq > $1 ORDER BY e.seq LIMIT $2";
    /// after, through -> the transactions of these events, with the owners of both sides.
    FEED_TRANSACTIONS = concat!(
        "SELECT ", columns!(), " FROM transactions t", sides!(), " WHERE t.no IN (SELECT e.transaction_no FROM events e WHERE e.seq > $1 AND e.seq <= $2) ORDER BY t.no"
    );
    /// -> the newest event.
    NEWEST_EVENT = "SELECT h.events FROM head h";
}

#[derive(FromRow)]
struct FeedRow {
    seq: i64,
    org: i64,
    #[sqlx(rename = "type")]
    kind: String,
    time: i64,
    transaction_no: Option<i64>,
    to_status: Option<i64>,
    data: String,
    wallet: Option<Uuid>,
    owner: Option<Uuid>,
}

/// An event, and what it is of, as that was then.
pub(crate) struct FedEvent {
    pub(crate) seq: i64,
    pub(crate) org: i64,
    pub(crate) kind: String,
    pub(crate) time: i64,
    pub(crate) subject: Option<FedSubject>,
}

/// What an event is of.
pub(crate) struct FedSubject {
    pub(crate) id: String,
    /// The document as JSON.
    pub(crate) data: String,
    pub(crate) payer: Option<UserId>,
    pub(crate) payee: Option<UserId>,
    pub(crate) owner: Option<UserId>,
}

/// The events after a position.
pub(crate) async fn events(db: &Db, after: i64, limit: u32) -> Result<Vec<FedEvent>, Error> {
    let rows: Vec<FeedRow> = db.fetch_all(FEED, args![after, i64::from(limit)]).await?;
    let Some(last) = rows.last().map(|row| row.seq) else {
        return Ok(Vec::new());
    };
    let has_transactions = rows.iter().any(|row| row.transaction_no.is_some());
    let mut transactions: Vec<(i64, TransactionRecord, [Option<Uuid>; 2])> = Vec::new();
    if has_transactions {
        let found: Vec<OwnedRow> = db.fetch_all(FEED_TRANSACTIONS, args![after, last]).await?;
        for row in found {
            let no = row.no();
            let (record, owners) = row.try_into()?;
            transactions.push((no, record, owners));
        }
    }
    rows.into_iter()
        .map(|row| fed(row, &transactions))
        .collect()
}

/// A transaction as others are told it: what risk thinks of it is not for both sides.
fn told(record: &TransactionRecord) -> String {
    let view = TransactionView {
        risk: None,
        ..record.view()
    };
    to_json(&view).to_string()
}

fn fed(
    row: FeedRow,
    transactions: &[(i64, TransactionRecord, [Option<Uuid>; 2])],
) -> Result<FedEvent, Error> {
    let subject = match (row.transaction_no, row.wallet) {
        (Some(no), _) => {
            let found = transactions.binary_search_by_key(&no, |(no, ..)| *no);
            let found = found.ok().and_then(|place| transactions.get(place));
            let (_, record, [from, to]) =
                found.ok_or_else(|| unreadable("events", row.seq, "transaction", no))?;
            let status = row.to_status.unwrap_or_default();
            let was = after(record.clone(), status, row.time, &row.data)?;
            Some(FedSubject {
                id: TransactionId(was.row.id).to_string(),
                data: told(&was),
                payer: from.map(UserId),
                payee: to.map(UserId),
                owner: None,
            })
        }
        (None, Some(wallet)) => Some(FedSubject {
            id: WalletId(wallet).to_string(),
            data: row.data,
            payer: None,
            payee: None,
            owner: row.owner.map(UserId),
        }),
        (None, None) => None,
    };
    Ok(FedEvent {
        seq: row.seq,
        org: row.org,
        kind: row.kind,
        time: row.time,
        subject,
    })
}

/// The position of the newest event.
pub(crate) async fn newest(db: &Db) -> Result<i64, Error> {
    let (newest,): (i64,) = db.fetch_one(NEWEST_EVENT, args![]).await?;
    Ok(newest)
}
