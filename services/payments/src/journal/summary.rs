//! What a writer asks beyond what a batch names: before it trusts its memory again, and when a time
//! was accepted. The SQL for both engines and how its rows are read; it runs none of it.

use std::sync::LazyLock;

use contracts::payments::{TransactionStatus, TransactionType};
use hashbrown::HashMap;
use ledger::AccountNo;
use payments_core::acceptance::Acceptances;
use payments_core::batch::{HistorySummary, LimitWindow};
use payments_core::wallet::Used;

use super::acceptance;
use super::rows::{CellError, Cells};
use super::store::StoreError;

/// One question for all of a [`HistorySummary`]; $1: the number of the batch. A row says one thing,
/// and its other columns are NULL. The same text for both engines.
pub static SUMMARY: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT NULL AS id, hash, NULL AS data FROM batches WHERE no = $1 \
         UNION ALL SELECT id, NULL, NULL FROM (SELECT id FROM transfers ORDER BY id DESC LIMIT 1) AS t \
         UNION ALL SELECT id, NULL, NULL FROM (SELECT id FROM transactions ORDER BY id DESC LIMIT 1) AS x \
         UNION ALL SELECT NULL, NULL, data FROM ({}) AS c",
        acceptance::SELECT
    )
});

/// A row of [`SUMMARY`].
pub type SummaryRow = (Option<u128>, Option<Vec<u8>>, Option<String>);

/// Reads a row of [`SUMMARY`].
///
/// # Errors
/// [`CellError`].
pub fn summary_row(cells: &mut Cells<'_>) -> Result<SummaryRow, CellError> {
    Ok((
        cells.optional_id()?,
        cells.optional_bytes()?,
        cells.optional_text()?,
    ))
}

/// What the rows of [`SUMMARY`] say together.
///
/// # Errors
/// [`StoreError::Damaged`].
pub fn of(rows: Vec<SummaryRow>) -> Result<HistorySummary, StoreError> {
    let mut summary = HistorySummary::default();
    let mut accepted = Vec::new();
    for (id, hash, data) in rows {
        summary.greatest_id = summary.greatest_id.max(id.unwrap_or_default());
        if let Some(hash) = hash {
            summary.batch_hash = hash.try_into().ok();
        }
        accepted.extend(data);
    }
    summary.acceptances = Acceptances::read(accepted.iter().map(String::as_str))
        .map_err(|error| StoreError::Damaged(format!("an accepted time: {error}")))?;
    Ok(summary)
}

/// The numbers that [`COUNTED`] asks for: of the day, and of the month, the last transaction before
/// and when it began.
#[must_use]
pub fn numbers(window: &LimitWindow) -> [i64; 4] {
    let [before_day, before_month] = window.last_before.map(u64::cast_signed);
    [
        before_day,
        window.time.start_of_day().micros(),
        before_month,
        window.time.start_of_month().micros(),
    ]
}

/// What counts of wallets: those whose day or month lies after this window's ([`AHEAD`]), and what
/// has left wallets in it ([`COUNTED`]).
#[must_use]
pub fn used(
    window: &LimitWindow,
    ahead: Vec<AccountNo>,
    counted: Vec<Counted>,
) -> Vec<(AccountNo, Used)> {
    let (day, month) = (window.time.day(), window.time.month());
    let counted: HashMap<AccountNo, [i64; 2]> = counted.into_iter().collect();
    let used = |no: AccountNo| {
        let [on_day, in_month] = counted.get(&no).copied().unwrap_or_default();
        let used = Used {
            day,
            on_day,
            month,
            in_month,
        };
        (no, used)
    };
    ahead.into_iter().map(used).collect()
}

/// day, month -> the accounts of wallets whose day or month is a later one.
pub const AHEAD: &str = "SELECT account FROM wallets WHERE day > $1 OR month > $2 ORDER BY account";

/// What left a wallet: its account, on the day and in the month.
pub type Counted = (AccountNo, [i64; 2]);

/// [`numbers`], nobody's id -> [`Counted`]. Imports have no maker and refunds are not spent:
/// neither counts. SQLite numbers placeholders as they come, so they come in order.
pub static COUNTED: LazyLock<String> = LazyLock::new(|| {
    use TransactionStatus::{Cancelled, Completed, Expired, Failed, Reversed};
    let [failed, cancelled, expired, completed, reversed] =
        [Failed, Cancelled, Expired, Completed, Reversed].map(TransactionStatus::number);
    let refund = TransactionType::Refund.number();
    format!(
        "SELECT c.account, CAST(SUM(CASE WHEN c.no > $1 AND c.created_at >= $2 THEN c.counts ELSE 0 END) AS BIGINT), \
         CAST(SUM(c.counts) AS BIGINT) FROM (SELECT no, created_at, from_account AS account, \
         CASE WHEN status IN ({failed}, {cancelled}, {expired}) THEN 0 WHEN status IN ({completed}, {reversed}) \
         THEN captured ELSE amount END AS counts FROM transactions WHERE no > $3 AND created_at >= $4 \
         AND from_account IS NOT NULL AND type <> {refund} AND created_by <> $5) AS c GROUP BY c.account"
    )
});

/// Reads a row of [`COUNTED`].
///
/// # Errors
/// [`CellError`].
pub fn counted(cells: &mut Cells<'_>) -> Result<Counted, CellError> {
    let account = AccountNo(cells.number()?);
    Ok((account, [cells.int()?, cells.int()?]))
}
