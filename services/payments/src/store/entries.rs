//! The history of one account: the transfers that touched it, from the newest one back, each with
//! the balance after it. A page looks at so many of them and no more.

use contracts::payments::TransactionType;
use db::{Db, args};
use ledger::{Account, Kind};
use payments_core::acceptance::Acceptances;
use sqlx::FromRow;
use uuid::Uuid;
use values::Timestamp;

use super::{Bounds, statements, unreadable};
use crate::error::Error;

/// A transfer `t` as the account $1 sees it: the columns of `walk`.
macro_rules! side {
    () => {
        "t.seq, t.id, t.time, t.kind, t.amount, t.code, t.hold, \
         CAST(CASE WHEN t.debit = $1 THEN 1 ELSE 0 END AS BIGINT), \
         CASE WHEN t.debit = $1 THEN t.credit ELSE t.debit END, \
         CASE WHEN t.debit = $1 THEN t.debit_prev ELSE t.credit_prev END, \
         CASE WHEN t.debit = $1 THEN t.debit_balance ELSE t.credit_balance END, \
         CASE WHEN t.debit = $1 THEN t.debit_held ELSE t.credit_held END"
    };
}

/// The chain of the account $1 from the transfer $2 back; it goes on from a row for which `$on`
/// holds.
macro_rules! walk {
    ($on:literal) => {
        concat!(
            "WITH RECURSIVE walk (seq, id, time, kind, amount, code, hold, debit, other, prev, balance, held, step) AS (\
             SELECT ", side!(), ", CAST(1 AS BIGINT) FROM transfers t WHERE t.seq = $2 AND (t.debit = $1 OR t.credit = $1) \
             UNION ALL SELECT ", side!(), ", w.step + 1 FROM walk w JOIN transfers t ON t.seq = w.prev WHERE ", $on, ")"
        )
    };
}

statements! {
    /// account, first seq, from, before, kinds, but this seq, limit, org, entries to look at, the
    /// last seq before `from` and before `before` whatever their times are -> [`EntryRow`], of
    /// which the last is there, too, if it does not pass.
    ENTRIES = concat!(
        walk!("w.time >= $3 AND w.seq > $10 AND w.step < $9"),
        ", seen AS (SELECT w.*, CASE WHEN w.time >= $3 AND w.seq > $10 AND (w.time < $4 OR w.seq <= $11) \
         AND (CAST($5 AS BIGINT) >> CAST(w.kind AS INTEGER)) & 1 = 1 AND w.seq <> $6 \
         THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END AS passes FROM walk w), \
         page AS (SELECT n.* FROM seen n WHERE n.passes = 1 OR n.step = $9 LIMIT $7) \
         SELECT p.prev, p.step, p.passes, p.seq, p.id, p.time, p.kind, p.amount, p.code, p.debit, p.balance, p.held, \
         o.id AS other_id, o.code AS other_code, h.id AS hold_id, x.id AS transaction_id, \
         x.type AS transaction_type, x.description \
         FROM page p JOIN accounts o ON o.no = p.other LEFT JOIN transfers h ON h.seq = p.hold \
         LEFT JOIN transactions x ON x.id = COALESCE(h.id, p.id) AND x.org = $8 ORDER BY p.seq DESC"
    );
    /// account, first seq, at, the last seq until then whatever its time is -> seq, balance and
    /// held after the last transfer at or before that time.
    HISTORIC_BALANCE = concat!(
        walk!("w.time > $3 AND w.seq > $4"),
        " SELECT w.seq, w.balance, w.held FROM walk w WHERE w.time <= $3 OR w.seq <= $4 LIMIT 1"
    );
    /// account, time, the last seq before that time whatever its own is -> seq of a marked entry at
    /// or after that time, and mostly the first.
    FIRST_MARK_SINCE = "SELECT m.seq FROM marks m WHERE m.account = $1 AND m.time >= $2 AND m.seq > $3 \
        ORDER BY m.time, m.seq LIMIT 1";
}

#[derive(FromRow)]
struct EntryRow {
    prev: i64,
    step: i64,
    passes: i64,
    seq: i64,
    id: Uuid,
    time: i64,
    kind: i64,
    amount: i64,
    code: i64,
    debit: i64,
    balance: i64,
    held: i64,
    other_id: Uuid,
    other_code: i64,
    hold_id: Option<Uuid>,
    transaction_id: Option<Uuid>,
    transaction_type: Option<i64>,
    description: Option<String>,
}

/// A transfer as one of its two accounts sees it.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub seq: u64,
    pub id: Uuid,
    pub time: Timestamp,
    pub kind: Kind,
    /// Minor units: moved, reserved or freed, as the kind says.
    pub amount: i64,
    pub code: i64,
    /// Whether the account is the one that gives.
    pub is_debit: bool,
    /// The account's balance after it.
    pub balance: i64,
    /// What is held of the account after it.
    pub held: i64,
    /// The id of the account at the other end.
    pub other: Uuid,
    /// The code of that account.
    pub other_code: i64,
    /// The id of the hold that it captures or frees.
    pub hold: Option<Uuid>,
    /// The transaction that it belongs to.
    pub transaction: Option<(Uuid, TransactionType)>,
    /// The words of that transaction's maker.
    pub description: Option<String>,
}

impl TryFrom<EntryRow> for Entry {
    type Error = Error;

    fn try_from(row: EntryRow) -> Result<Self, Error> {
        let kind = Kind::from_number(row.kind)
            .ok_or_else(|| unreadable("transfers", row.seq, "kind", row.kind))?;
        let transaction = match (row.transaction_id, row.transaction_type) {
            (Some(id), Some(number)) => {
                let kind = TransactionType::from_number(number)
                    .ok_or_else(|| unreadable("transactions", id, "type", number))?;
                Some((id, kind))
            }
            _ => None,
        };
        Ok(Self {
            seq: row.seq.cast_unsigned(),
            id: row.id,
            time: Timestamp(row.time),
            kind,
            amount: row.amount,
            code: row.code,
            is_debit: row.debit == 1,
            balance: row.balance,
            held: row.held,
            other: row.other_id,
            other_code: row.other_code,
            hold: row.hold_id,
            transaction,
            description: row.description,
        })
    }
}

/// Which entries of a history.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EntryRange {
    /// From this time on.
    pub from: Timestamp,
    /// Before this time.
    pub before: Timestamp,
    /// The seq of the last entry that was seen; the range begins after it. `None`: at the newest.
    pub after: Option<u64>,
    /// Whether entries count that move nothing: holds, and holds that are freed.
    pub holds: bool,
}

impl EntryRange {
    /// All of them.
    pub const ALL: Self = Self {
        from: Timestamp(i64::MIN),
        before: Timestamp(i64::MAX),
        after: None,
        holds: true,
    };
}

/// The kinds that move money, and all kinds: sets of their numbers.
const MOVING: i64 =
    (1 << Kind::Post as u8) | (1 << Kind::Capture as u8) | (1 << Kind::FinalCapture as u8);
const EVERY: i64 = i64::MAX;

/// Entries of an account, newest first.
#[derive(Debug)]
pub(crate) struct Entries {
    /// Those of the range.
    pub rows: Vec<Entry>,
    /// The seq of the entry where the effort ended: older ones were not looked at. `None`: there
    /// was no need to.
    pub floor: Option<i64>,
}

/// Entries of an account.
pub(crate) async fn entries(
    db: &Db,
    account: &Account,
    range: &EntryRange,
    bounds: Bounds,
    acceptances: &Acceptances,
) -> Result<Entries, Error> {
    let steps = bounds.steps();
    let after = range.after.map(u64::cast_signed);
    let last_before_range = acceptances.last_record_before(range.from).cast_signed();
    let first = match after {
        Some(seq) => seq,
        None => last_before(db, account, range.before, acceptances).await?,
    };
    let args = args![
        account.no.0.cast_signed(),
        first,
        range.from,
        range.before,
        if range.holds { EVERY } else { MOVING },
        after.unwrap_or(0),
        bounds.limit,
        account.org,
        steps,
        last_before_range,
        acceptances.last_record_before(range.before).cast_signed()
    ];
    let rows: Vec<EntryRow> = db.fetch_all(ENTRIES, args).await?;
    let floor = rows
        .last()
        .filter(|row| row.step == steps && row.prev > 0)
        .filter(|row| row.time >= range.from.0 && row.seq > last_before_range)
        .map(|row| row.seq);
    let mut rows: Vec<Entry> = rows
        .into_iter()
        .filter(|row| row.passes == 1)
        .map(Entry::try_from)
        .collect::<Result<_, Error>>()?;
    for row in &mut rows {
        row.time = acceptances.of_record(row.seq, row.time);
    }
    let is_full = i64::try_from(rows.len()).is_ok_and(|rows| rows >= bounds.limit);
    Ok(Entries {
        rows,
        floor: floor.filter(|_| !is_full),
    })
}

/// An entry from which a walk back meets everything before a time, and soon: the first mark since,
/// or the newest entry.
async fn last_before(
    db: &Db,
    account: &Account,
    time: Timestamp,
    acceptances: &Acceptances,
) -> Result<i64, Error> {
    let args = args![
        account.no.0.cast_signed(),
        time,
        acceptances.last_record_before(time).cast_signed()
    ];
    let mark: Option<(i64,)> = db.fetch_optional(FIRST_MARK_SINCE, args).await?;
    Ok(mark.map_or(account.last_seq.cast_signed(), |(seq,)| seq))
}

/// How an account stood at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, FromRow)]
pub(crate) struct HistoricBalance {
    /// The seq of its last entry until then. 0: none.
    pub seq: i64,
    /// Minor units.
    pub balance: i64,
    /// Minor units.
    pub held: i64,
}

/// How an account stood after everything that happened at or before a time; before its first entry:
/// at nothing.
pub(crate) async fn historic_balance(
    db: &Db,
    account: &Account,
    at: Timestamp,
    acceptances: &Acceptances,
) -> Result<HistoricBalance, Error> {
    let after = at.plus(1);
    let first = last_before(db, account, after, acceptances).await?;
    let args = args![
        account.no.0.cast_signed(),
        first,
        at,
        acceptances.last_record_before(after).cast_signed()
    ];
    let found: Option<HistoricBalance> = db.fetch_optional(HISTORIC_BALANCE, args).await?;
    Ok(found.unwrap_or_default())
}
