//! What a transaction moved: its own transfers, and those that captured what it held. A capture has
//! an id of its own and no index on what it captures: the account's chain has it, at the time of
//! one of the transaction's events.

use db::{Db, args};
use ledger::{Account, Kind};
use payments_core::acceptance::Acceptances;
use payments_core::document::TransactionRecord;
use payments_core::wallet::suspended;
use sqlx::FromRow;
use uuid::Uuid;
use values::Timestamp;

use super::acceptances::acceptances;
use super::entries::{Entry, EntryRange, entries};
use super::ledger::account;
use super::transactions::timeline;
use super::{Bounds, statements, unreadable};
use crate::error::Error;

statements! {
    /// Two ids, org -> [`TransferRow`].
    TRANSFERS = "SELECT t.seq, t.id, t.time, t.kind, t.amount, d.id AS debit, d.code AS debit_code, \
        c.id AS credit, c.code AS credit_code FROM transfers t JOIN accounts d ON d.no = t.debit \
        JOIN accounts c ON c.no = t.credit WHERE t.id IN ($1, $2) AND t.org = $3 ORDER BY t.seq";
}

#[derive(FromRow)]
struct TransferRow {
    seq: i64,
    id: Uuid,
    time: i64,
    kind: i64,
    amount: i64,
    debit: Uuid,
    debit_code: i64,
    credit: Uuid,
    credit_code: i64,
}

/// A ledger transfer that moved money, with the id and the code of its accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moved {
    pub seq: u64,
    pub transfer: Uuid,
    pub time: Timestamp,
    /// Minor units.
    pub amount: i64,
    pub debit: (Uuid, i64),
    pub credit: (Uuid, i64),
}

/// How many changes of a transaction are read: one query has them.
const MOST_CHANGES: i64 = 500;

/// How many stretches of a history are looked at for all captures of a transaction: each takes two
/// queries at most.
const MOST_STRETCHES: usize = 32;

/// The changes that may have captured something.
const CAPTURING: [&str; 2] = ["transaction.captured", "transaction.completed"];

/// What of a transaction's movements was found.
#[derive(Debug)]
pub(crate) struct Postings {
    /// Oldest first.
    pub moved: Vec<Moved>,
    /// Whether that is all of them.
    pub is_complete: bool,
}

/// What a transaction moved.
pub(crate) async fn postings(
    db: &Db,
    record: &TransactionRecord,
    bounds: Bounds,
) -> Result<Postings, Error> {
    let (id, org) = (record.row.id, record.row.org);
    let acceptances = acceptances(db).await?;
    let args = args![id, suspended(id), org];
    let rows: Vec<TransferRow> = db.fetch_all(TRANSFERS, args).await?;
    let mut moved = Vec::new();
    let mut is_held = false;
    for row in rows {
        let kind = Kind::from_number(row.kind)
            .ok_or_else(|| unreadable("transfers", row.seq, "kind", row.kind))?;
        is_held |= kind == Kind::Hold;
        if kind == Kind::Post {
            moved.push(row.moved(&acceptances));
        }
    }
    let mut is_complete = true;
    let wallet = record.from_wallet.or(record.to_wallet);
    if is_held
        && let Some(wallet) = wallet
        && let Some(account) = account(db, org, wallet).await?
    {
        let captures = captures(db, record, &account, bounds, &acceptances).await?;
        is_complete = sum(&captures) >= record.row.captured;
        moved.extend(captures);
    }
    Ok(Postings { moved, is_complete })
}

impl TransferRow {
    fn moved(self, acceptances: &Acceptances) -> Moved {
        let seq = self.seq.cast_unsigned();
        Moved {
            seq,
            transfer: self.id,
            time: acceptances.of_record(seq, Timestamp(self.time)),
            amount: self.amount,
            debit: (self.debit, self.debit_code),
            credit: (self.credit, self.credit_code),
        }
    }
}

fn sum(moved: &[Moved]) -> i64 {
    moved.iter().map(|moved| moved.amount).sum()
}

/// What was captured of a transaction's hold, as far as the effort goes: as the history of one of
/// its wallets has it.
async fn captures(
    db: &Db,
    record: &TransactionRecord,
    account: &Account,
    bounds: Bounds,
    acceptances: &Acceptances,
) -> Result<Vec<Moved>, Error> {
    let changes = timeline(db, record.row.last_event, MOST_CHANGES).await?;
    let captured = changes
        .iter()
        .filter(|change| CAPTURING.contains(&change.kind.as_str()));
    let mut times: Vec<i64> = captured.map(|change| change.time).collect();
    times.dedup();
    let mut found: Vec<Moved> = Vec::new();
    let mut stretches = MOST_STRETCHES;
    for time in times.into_iter().map(Timestamp) {
        let mut range = EntryRange {
            // A clock that was wrong may have said a later time than what counts now.
            from: acceptances.of_record(1, time),
            before: time.plus(1),
            after: None,
            holds: false,
        };
        while stretches > 0 && sum(&found) < record.row.captured {
            stretches -= 1;
            let part = entries(db, account, &range, bounds, acceptances).await?;
            let captured = part.rows.iter();
            let captured = captured.filter(|entry| entry.hold == Some(record.row.id));
            found.extend(captured.map(|entry| of_account(entry, account)));
            let is_full = i64::try_from(part.rows.len()).is_ok_and(|rows| rows >= bounds.limit);
            let last = part.rows.last().filter(|_| is_full).map(|entry| entry.seq);
            range.after = part.floor.map(i64::cast_unsigned).or(last);
            if range.after.is_none() {
                break;
            }
        }
    }
    found.sort_by_key(|moved| moved.seq);
    Ok(found)
}

fn of_account(entry: &Entry, account: &Account) -> Moved {
    let this = (Uuid::from_u128(account.id.0), i64::from(account.code));
    let other = (entry.other, entry.other_code);
    let (debit, credit) = if entry.is_debit {
        (this, other)
    } else {
        (other, this)
    };
    Moved {
        seq: entry.seq,
        transfer: entry.id,
        time: entry.time,
        amount: entry.amount,
        debit,
        credit,
    }
}
