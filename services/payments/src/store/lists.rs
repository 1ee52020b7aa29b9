//! Lists of transactions: all of an organisation, those of one status, and those of one wallet,
//! newest first. Each looks at so many rows and no more, whatever the filter, and says how far it
//! came.

use std::ops::Range;

use contracts::payments::TransactionStatus;
use db::{Arg, Db, args};
use money::Currency;
use sqlx::FromRow;
use uuid::Uuid;
use values::Timestamp;

use super::acceptances::acceptances;
use super::transactions::{Owned, OwnedRow, columns, sides};
use super::zones::{ZoneFilter, Zones};
use super::{Bounds, statements};
use crate::error::Error;

/// How many ten-thousandths of a unit the minor unit of the currency of `s` is. A test holds these
/// numbers against the list of currencies.
macro_rules! scale {
    () => {
        "CASE WHEN s.currency IN (108, 152, 174, 262, 324, 352, 392, 410, 548, 600, 646, 704, 800, 940, 950, 952, 953) \
         THEN 10000 WHEN s.currency IN (48, 368, 400, 414, 434, 512, 788) THEN 10 \
         WHEN s.currency IN (927, 990) THEN 1 ELSE 100 END"
    };
}

/// $1: at least this number, $2: below this one, $3: limit, $4: statuses, $5: types, $6: currency
/// or null, $7, $8: least and most, in minor units, or without a currency in ten-thousandths of
/// each row's own unit, $9: pattern or null; of `s`.
macro_rules! filters {
    () => {
        concat!(
            "s.no >= $1 AND s.no < $2 \
             AND (CAST($4 AS BIGINT) >> CAST(s.status AS INTEGER)) & 1 = 1 \
             AND (CAST($5 AS BIGINT) >> CAST(s.type AS INTEGER)) & 1 = 1 \
             AND (CAST($6 AS BIGINT) IS NULL OR s.currency = CAST($6 AS BIGINT)) \
             AND s.amount >= CASE WHEN CAST($6 AS BIGINT) IS NULL AND CAST($7 AS BIGINT) > -9223372036854775807 \
             THEN (CAST($7 AS BIGINT) + ", scale!(), " - 1) / ", scale!(), " ELSE CAST($7 AS BIGINT) END \
             AND s.amount <= CASE WHEN CAST($6 AS BIGINT) IS NULL AND CAST($8 AS BIGINT) < 9223372036854775807 \
             THEN CAST($8 AS BIGINT) / ", scale!(), " ELSE CAST($8 AS BIGINT) END \
             AND (CAST($9 AS TEXT) IS NULL OR LOWER(s.description) LIKE LOWER(CAST($9 AS TEXT)) ESCAPE '\\' \
             OR LOWER(s.external_id) LIKE LOWER(CAST($9 AS TEXT)) ESCAPE '\\')"
        )
    };
}

/// What the filters need of a transaction `s`.
macro_rules! filtered {
    () => {
        "s.no, s.type, s.status, s.amount, s.currency, s.description, s.external_id"
    };
}

/// The transactions whose numbers `$page` selects.
macro_rules! rows_of {
    ($($page:expr),*) => {
        concat!(
            "SELECT ", columns!(), " FROM (", $($page),*, ") p JOIN transactions t ON t.no = p.no",
            sides!(), " ORDER BY t.no DESC"
        )
    };
}

/// Those of $11 rows of status $12, which is not completed (6).
macro_rules! of_status {
    () => {
        "FROM transactions s WHERE s.status = $12 AND s.status <> 6 AND s.org = $10 AND s.no >= $1 AND s.no < $2 \
         ORDER BY s.no DESC LIMIT "
    };
}

/// The payments (4) of organisation $1 before number $2 that a refund was asked for, newest first.
macro_rules! asked_to_refund {
    ($columns:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM transactions s WHERE s.proposal IS NOT NULL AND s.type = 4 AND s.org = $1 \
             AND s.no < $2 ORDER BY s.no DESC"
        )
    };
}

/// The account $10's side of a transaction `s`: the one before in its chain, and how many of the
/// chain were looked at.
macro_rules! link {
    ($entry:literal, $step:literal) => {
        concat!(
            filtered!(),
            ", CASE WHEN s.from_account = $10 THEN s.from_prev ELSE s.to_prev END, ",
            $entry,
            ", ",
            $step
        )
    };
}

/// Where the chain of account $10 is entered: at $12, the newest of its own among the 4,096 numbers
/// up to the one that was seen last, or at $13, the newest of all.
macro_rules! entry {
    () => {
        "COALESCE((SELECT c.no FROM transactions c WHERE c.no <= $12 AND c.no > $12 - 4096 \
         AND (c.from_account = $10 OR c.to_account = $10) ORDER BY c.no DESC LIMIT 1), CAST($13 AS BIGINT))"
    };
}

statements! {
    /// The filters', org -> [`OwnedRow`].
    IN_RANGE = rows_of!(
        "SELECT s.no FROM transactions s WHERE s.org = $10 AND ", filters!(), " ORDER BY s.no DESC LIMIT $3"
    );
    /// The filters', account -> [`OwnedRow`].
    OF_WALLET_IN_RANGE = rows_of!(
        "SELECT s.no FROM transactions s WHERE (s.from_account = $10 OR s.to_account = $10) AND ", filters!(),
        " ORDER BY s.no DESC LIMIT $3"
    );
    /// The filters', org, rows to look at, status -> [`OwnedRow`].
    OF_STATUS = rows_of!(
        "SELECT s.no FROM (SELECT ", filtered!(), " ", of_status!(), "$11) s WHERE ", filters!(), " LIMIT $3"
    );
    /// org, before, rows -> [`OwnedRow`].
    ASKED_TO_REFUND = rows_of!(asked_to_refund!("s.no"), " LIMIT $3");
    /// org, before, rows to look at, owner -> [`OwnedRow`].
    OWN_ASKED_TO_REFUND = rows_of!(
        "SELECT s.no FROM (", asked_to_refund!("s.no, s.from_account, s.to_account"), " LIMIT $3) s \
         LEFT JOIN wallets payer ON payer.account = s.from_account \
         LEFT JOIN wallets payee ON payee.account = s.to_account WHERE payer.owner = $4 OR payee.owner = $4"
    );
    /// org, before, rows -> the number of the last of one more than so many.
    LAST_ASKED_TO_REFUND = concat!(asked_to_refund!("s.no"), " LIMIT 1 OFFSET $3");
    /// from, before, org, status, rows -> the number of the last of so many rows of a status.
    LAST_OF_STATUS = "SELECT s.no FROM transactions s WHERE s.status = $4 AND s.status <> 6 AND s.org = $3 \
        AND s.no >= $1 AND s.no < $2 ORDER BY s.no DESC LIMIT 1 OFFSET $5";
    /// The filters', account, rows to look at, the number that was seen last or null, the number of
    /// its last one -> [`LinkRow`], of which the last is there, too, if it does not pass.
    OF_WALLET = concat!(
        "WITH RECURSIVE walk (no, type, status, amount, currency, description, external_id, prev, entry, step) AS (\
         SELECT ", link!("s.no", "CAST(1 AS BIGINT)"), " FROM transactions s WHERE s.no = ", entry!(),
        " UNION ALL SELECT ", link!("w.entry", "w.step + 1"),
        " FROM walk w JOIN transactions s ON s.no = w.prev WHERE w.prev >= $1 AND w.step < $11), \
         seen AS (SELECT s.no, s.prev, s.entry, s.step, \
         CASE WHEN ", filters!(), " THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END AS passes FROM walk s), \
         page AS (SELECT n.no, n.prev, n.entry, n.step, n.passes FROM seen n WHERE n.passes = 1 OR n.step = $11 LIMIT $3) \
         SELECT ", columns!(), ", p.prev, p.entry, p.step, p.passes FROM page p JOIN transactions t ON t.no = p.no",
        sides!(), " ORDER BY t.no DESC"
    );
    /// time, the number of the last transaction that counts as made before it -> the number of the
    /// first one made at or after it. Numbers have no gaps, and after that one the times up to this
    /// one never go back, so that halving the range finds it.
    FIRST_TRANSACTION_SINCE = "WITH RECURSIVE find (low, high) AS (\
        SELECT CAST($2 AS BIGINT) + 1, h.transactions + 1 FROM head h \
        UNION ALL SELECT CASE WHEN m.created_at < $1 THEN m.no + 1 ELSE f.low END, \
        CASE WHEN m.created_at < $1 THEN f.high ELSE m.no END \
        FROM find f JOIN transactions m ON m.no = (f.low + f.high) / 2 WHERE f.low < f.high) \
        SELECT MIN(high) FROM find";
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
    /// The least and the most of an amount: in minor units of the currency, or without one in
    /// ten-thousandths of the unit of each row's own.
    pub amounts: [i64; 2],
    /// What description or `external_id` must contain, whatever the case.
    pub text: Option<String>,
}

impl TransactionFilter {
    fn currency(&self) -> Option<i64> {
        self.currency.map(|currency| i64::from(currency.numeric()))
    }

    fn args(&self, among: Range<i64>, limit: i64) -> Vec<Arg> {
        args![
            among.start,
            among.end,
            limit,
            self.statuses,
            self.types,
            self.currency(),
            self.amounts[0],
            self.amounts[1],
            self.text.as_deref().map(pattern)
        ]
    }

    fn sought(&self) -> ZoneFilter {
        let [least, most] = self.amounts;
        let amounts = match self.currency {
            Some(_) => [least, most],
            // The least that it can be in any currency; the most is that with four decimals.
            None => [least / 10_000, most],
        };
        let text = self.text.as_deref();
        ZoneFilter::new(self.types, self.currency(), amounts, text)
    }
}

/// The pattern of LIKE for "has this text in it".
fn pattern(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

/// Part of a list, newest first.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The rows that pass.
    pub rows: Vec<Owned>,
    /// Where the effort ended: what passes below this number was not looked for. `None`: there was
    /// no need to.
    pub floor: Option<i64>,
}

/// Whose transactions are looked for in ranges of numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum TransactionScope {
    /// An organisation's.
    Org(i64),
    /// From or to this account.
    Account(i64),
}

/// What a query costs by itself: this part of the effort, so that there are no more of them for a
/// page.
const QUERIES: i64 = 16;

/// Transactions by their numbers, zone by zone: what no row of a zone can pass is passed over.
pub(crate) async fn in_ranges(
    db: &Db,
    zones: &Zones,
    whose: TransactionScope,
    filter: &TransactionFilter,
    bounds: Bounds,
) -> Result<Found, Error> {
    let sought = filter.sought();
    let mut found = Found::default();
    let (mut left, mut before) = (bounds, filter.before);
    while let Some(run) = zones.newest(&sought, filter.from..before, left.effort.max(1)) {
        if left.effort <= 0 {
            found.floor = Some(run.end);
            break;
        }
        before = run.start;
        left.effort -= run.end - run.start + bounds.effort / QUERIES;
        let mut args = filter.args(run, left.limit);
        let rows: Vec<OwnedRow> = match whose {
            TransactionScope::Org(org) => {
                args.push(org.into());
                db.fetch_all(IN_RANGE, args).await?
            }
            TransactionScope::Account(account) => {
                args.push(account.into());
                db.fetch_all(OF_WALLET_IN_RANGE, args).await?
            }
        };
        left.limit -= i64::try_from(rows.len()).unwrap_or(i64::MAX);
        found.rows.extend(records(rows)?);
        if left.limit <= 0 {
            break;
        }
    }
    Ok(found)
}

/// Transactions of an organisation that have this status, which is not completed: an index has
/// those.
pub(crate) async fn of_status(
    db: &Db,
    org: i64,
    status: TransactionStatus,
    filter: &TransactionFilter,
    bounds: Bounds,
) -> Result<Found, Error> {
    let among = filter.from..filter.before;
    let mut args = filter.args(among, bounds.limit);
    let steps = bounds.steps();
    args.extend(args![org, steps, status.number()]);
    let rows: Vec<OwnedRow> = db.fetch_all(OF_STATUS, args).await?;
    let mut found = Found {
        rows: records(rows)?,
        floor: None,
    };
    if found.rows.len() < usize::try_from(bounds.limit).unwrap_or_default() {
        let (from, before) = (filter.from, filter.before);
        let args = args![from, before, org, status.number(), steps - 1];
        let last: Option<(i64,)> = db.fetch_optional(LAST_OF_STATUS, args).await?;
        found.floor = last.map(|(no,)| no);
    }
    Ok(found)
}

/// Payments of an organisation before a number that a refund was asked for: an owner's, or all,
/// which pass. Each stretch of them is twice as long as the one before, so that few are read where
/// all pass.
pub(crate) async fn asked_to_refund(
    db: &Db,
    (org, owner): (i64, Option<Uuid>),
    mut before: i64,
    bounds: Bounds,
    passes: impl Fn(&Owned) -> bool + Send,
) -> Result<Found, Error> {
    let mut found = Found::default();
    let (mut steps, mut stretch) = (bounds.steps(), bounds.limit);
    while steps > 0 && i64::try_from(found.rows.len()).is_ok_and(|rows| rows < bounds.limit) {
        stretch = stretch.min(steps);
        let rows: Vec<OwnedRow> = match owner {
            None => {
                let args = args![org, before, stretch];
                db.fetch_all(ASKED_TO_REFUND, args).await?
            }
            Some(owner) => {
                let args = args![org, before, stretch, owner];
                db.fetch_all(OWN_ASKED_TO_REFUND, args).await?
            }
        };
        found
            .rows
            .extend(records(rows)?.into_iter().filter(&passes));
        let args = args![org, before, stretch - 1];
        let last: Option<(i64,)> = db.fetch_optional(LAST_ASKED_TO_REFUND, args).await?;
        found.floor = last.map(|(no,)| no);
        let Some(last) = found.floor else { break };
        before = last;
        steps -= stretch;
        stretch = stretch.saturating_mul(2);
    }
    Ok(found)
}

/// A transaction in a wallet's chain.
#[derive(FromRow)]
struct LinkRow {
    #[sqlx(flatten)]
    transaction: OwnedRow,
    prev: i64,
    entry: i64,
    step: i64,
    passes: i64,
}

/// A chain in which of so many numbers in a row one is a wallet's own is dense: there, ranges of
/// numbers are read as fast as the chain, and zones of them are passed over.
const DENSE: i64 = 16;

/// Transactions of one wallet by its chain: from `last` back, or from what comes at or soon after
/// the one that was `seen` last. Where the chain is dense it is left for ranges of numbers.
pub(crate) async fn of_wallet(
    db: &Db,
    zones: &Zones,
    chain: Chain,
    filter: &TransactionFilter,
    bounds: Bounds,
) -> Result<Found, Error> {
    let steps = bounds.halved().steps();
    let mut args = filter.args(filter.from..filter.before, bounds.limit);
    args.extend(args![chain.account, steps, chain.seen, chain.last]);
    let rows: Vec<LinkRow> = db.fetch_all(OF_WALLET, args).await?;
    let stopped = rows
        .last()
        .filter(|row| row.step == steps && row.prev >= filter.from)
        .map(|row| (row.transaction.no(), row.entry));
    let passing = rows.into_iter().filter(|row| row.passes == 1);
    let mut found = Found {
        rows: records(passing.map(|row| row.transaction))?,
        floor: None,
    };
    let left = bounds.limit - i64::try_from(found.rows.len()).unwrap_or(i64::MAX);
    let Some((floor, entry)) = stopped.filter(|_| left > 0) else {
        return Ok(found);
    };
    if floor < filter.before && entry - floor > steps * DENSE {
        found.floor = Some(floor);
        return Ok(found);
    }
    let rest = TransactionFilter {
        before: filter.before.min(floor),
        ..filter.clone()
    };
    let bounds = Bounds {
        limit: left,
        ..bounds.halved()
    };
    let more = in_ranges(
        db,
        zones,
        TransactionScope::Account(chain.account),
        &rest,
        bounds,
    )
    .await?;
    found.rows.extend(more.rows);
    found.floor = more.floor;
    Ok(found)
}

/// The chain of a wallet's transactions, and where it is entered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chain {
    /// The number of the wallet's account.
    pub account: i64,
    /// The number of its newest transaction.
    pub last: i64,
    /// The number of the transaction that was seen last, of this wallet or another.
    pub seen: Option<i64>,
}

fn records(rows: impl IntoIterator<Item = OwnedRow>) -> Result<Vec<Owned>, Error> {
    rows.into_iter().map(Owned::try_from).collect()
}

/// The number of the first transaction made at or after a time; one more than the last where there
/// is none.
pub(crate) async fn first_since(db: &Db, time: Timestamp) -> Result<i64, Error> {
    let last_before = acceptances(db).await?.last_transaction_before(time);
    let args = args![time, last_before.cast_signed()];
    let (no,): (i64,) = db.fetch_one(FIRST_TRANSACTION_SINCE, args).await?;
    Ok(no)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_of_each_currency_is_that_of_the_list() {
        let numbers = |before: &str| -> Vec<u16> {
            let (list, _) = scale!().split_once(before).unwrap();
            let (_, list) = list.rsplit_once(" IN (").unwrap();
            let numbers = list.split(", ");
            numbers.map(|number| number.parse().unwrap()).collect()
        };
        for (exponent, before) in [(0, ") THEN 10000 "), (3, ") THEN 10 "), (4, ") THEN 1 ")] {
            let of = Currency::all().filter(|currency| currency.exponent() == exponent);
            let mut expected: Vec<u16> = of.map(Currency::numeric).collect();
            expected.sort_unstable();
            assert_eq!(numbers(before), expected, "{exponent}");
        }
        let others =
            Currency::all().filter(|currency| ![0, 2, 3, 4].contains(&currency.exponent()));
        assert_eq!(others.count(), 0);
    }

    #[test]
    fn the_number_of_completed_is_the_one_that_the_index_leaves_out() {
        let left_out = format!("s.status <> {} ", TransactionStatus::Completed.number());
        assert!(OF_STATUS.contains(&left_out) && LAST_OF_STATUS.contains(&left_out));
        assert!(!IN_RANGE.contains(&left_out));
    }
}
