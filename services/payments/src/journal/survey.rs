//! What a writer asks beyond what a batch names: before it trusts its memory again, and when a time was accepted. The SQL for
//! both engines and how its rows are read; it runs none of it.

use std::sync::LazyLock;

use contracts::payments::{TransactionStatus, TransactionType};
use hashbrown::HashMap;
use ledger::AccountNo;
use values::Timestamp;

use super::acceptance::{self, Acceptances};
use super::rows::{CellError, Cells};
use super::store::StoreError;
use crate::wallet::Used;

/// What a writer has to know that does not trust its memory.
#[derive(Debug, Clone, Default)]
pub struct Survey {
    /// The greatest id of a transfer or transaction: none above it can exist.
    pub greatest_id: u128,
    /// The hash of the batch that was asked for, if it was committed.
    pub batch_hash: Option<[u8; 32]>,
    /// The times that were accepted.
    pub acceptances: Acceptances,
}

/// One question for all of a [`Survey`]; $1: the number of the batch. A row says one thing, and its other columns are NULL.
/// The same text for both engines.
pub static SURVEY: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT NULL AS id, hash, NULL AS data FROM batches WHERE no = $1 \
         UNION ALL SELECT id, NULL, NULL FROM (SELECT id FROM transfers ORDER BY id DESC LIMIT 1) AS t \
         UNION ALL SELECT id, NULL, NULL FROM (SELECT id FROM transactions ORDER BY id DESC LIMIT 1) AS x \
         UNION ALL SELECT NULL, NULL, data FROM ({}) AS c",
        acceptance::SELECT
    )
});

/// A row of [`SURVEY`].
pub type Surveyed = (Option<u128>, Option<Vec<u8>>, Option<String>);

/// Reads a row of [`SURVEY`].
///
/// # Errors
/// [`CellError`].
pub fn surveyed(cells: &mut Cells<'_>) -> Result<Surveyed, CellError> {
    Ok((
        cells.optional_id()?,
        cells.optional_bytes()?,
        cells.optional_text()?,
    ))
}

impl Survey {
    /// What the rows of [`SURVEY`] say together.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn of(rows: Vec<Surveyed>) -> Result<Self, StoreError> {
        let mut survey = Self::default();
        let mut accepted = Vec::new();
        for (id, hash, data) in rows {
            survey.greatest_id = survey.greatest_id.max(id.unwrap_or_default());
            if let Some(hash) = hash {
                survey.batch_hash = hash.try_into().ok();
            }
            accepted.extend(data);
        }
        survey.acceptances = Acceptances::read(accepted.iter().map(String::as_str))
            .map_err(|error| StoreError::Damaged(format!("an accepted time: {error}")))?;
        Ok(survey)
    }
}

/// What has left wallets since a day and a month began.
#[derive(Debug, Clone, Copy)]
pub struct Since {
    /// The time whose day and month it is.
    pub time: Timestamp,
    /// The numbers of the last transactions that count as made before that day, and before that month.
    pub last_before: [u64; 2],
}

impl Since {
    /// The day and the month of a time.
    #[must_use]
    pub fn of(time: Timestamp, acceptances: &Acceptances) -> Self {
        let begun = [time.start_of_day(), time.start_of_month()];
        Self {
            time,
            last_before: begun.map(|at| acceptances.last_transaction_before(at)),
        }
    }

    /// The numbers that [`COUNTED`] asks for: of the day, and of the month, the last transaction before and when it began.
    #[must_use]
    pub fn numbers(&self) -> [i64; 4] {
        let [before_day, before_month] = self.last_before.map(u64::cast_signed);
        [
            before_day,
            self.time.start_of_day().micros(),
            before_month,
            self.time.start_of_month().micros(),
        ]
    }

    /// What counts of wallets: those whose day or month lies after this time's ([`AHEAD`]), and what has left wallets
    /// ([`COUNTED`]).
    #[must_use]
    pub fn used(&self, ahead: Vec<AccountNo>, counted: Vec<Counted>) -> Vec<(AccountNo, Used)> {
        let (day, month) = (self.time.day(), self.time.month());
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
}

/// day, month -> the accounts of wallets whose day or month is a later one.
pub const AHEAD: &str = "SELECT account FROM wallets WHERE day > $1 OR month > $2 ORDER BY account";

/// What left a wallet: its account, on the day and in the month.
pub type Counted = (AccountNo, [i64; 2]);

/// [`Since::numbers`], nobody's id -> [`Counted`]. Imports have no maker and refunds are not spent: neither counts. SQLite
/// numbers placeholders as they come, so they come in order.
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
