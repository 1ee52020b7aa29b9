//! What an event left, as a document, and the stored answers that are such documents: the SQL for both engines and how its
//! rows are read. It runs none of it.

use std::sync::{Arc, LazyLock};

use contracts::payments::TransactionStatus;
use uuid::Uuid;

use super::rows::{self, CellError, Cells};
use super::store::StoredAnswer;
use crate::document::{Document, EventData, TransactionRecord, is_whole};

/// The columns that [`document`] reads, of an event `e` beside [`BESIDE`].
pub static COLUMNS: LazyLock<String> = LazyLock::new(|| {
    let transaction = rows::of_table("t", rows::TRANSACTION);
    format!("e.data, e.transaction_no, e.to_status, e.time, f.id, o.id, {transaction}")
});

/// The transaction of an event `e`, and the accounts of its wallets.
pub const BESIDE: &str = "LEFT JOIN transactions AS t ON t.no = e.transaction_no \
    LEFT JOIN accounts AS f ON f.no = t.from_account LEFT JOIN accounts AS o ON o.no = t.to_account";

/// What an event left: its transaction or wallet as it was then. None where there is no such event.
///
/// # Errors
/// [`CellError`].
pub fn document(cells: &mut Cells<'_>) -> Result<Option<Document>, CellError> {
    let Some(data) = cells.optional_text()? else {
        return Ok(None);
    };
    if cells.optional_int()?.is_none() || is_whole(&data) {
        return Ok(Some(Document::Text(data.into())));
    }
    let status = cells.parsed("a status", TransactionStatus::from_number)?;
    let time = cells.time()?;
    let from_wallet = cells.optional_id()?.map(Uuid::from_u128);
    let to_wallet = cells.optional_id()?.map(Uuid::from_u128);
    let row = rows::transaction(cells)?;
    let data: EventData = serde_json::from_str(&data).map_err(|error| CellError {
        column: 0,
        problem: format!("the data of its event: {error}"),
    })?;
    Ok(Some(Document::Transaction(TransactionRecord {
        row: Arc::new(data.apply(row, status, time)),
        from_wallet,
        to_wallet,
    })))
}

/// The columns of `idempotency`, in the order of [`own_row`].
const ANSWER: &str = "scope, org, body_hash, status, event, body, created_at";

/// Stored answers with what they point at, for [`answer`]; the condition on `i.scope` is to follow.
pub static SELECT_ANSWERS: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {}, {} FROM idempotency AS i LEFT JOIN events AS e ON e.seq = i.event {BESIDE} WHERE i.scope",
        rows::of_table("i", ANSWER),
        *COLUMNS
    )
});

/// A stored answer, as [`SELECT_ANSWERS`] finds it: its text, or what the event left.
///
/// # Errors
/// [`CellError`].
pub fn answer(cells: &mut Cells<'_>) -> Result<StoredAnswer, CellError> {
    let own = own_row(cells)?;
    Ok(match own.body {
        Some(_) => own,
        None => StoredAnswer {
            body: document(cells)?,
            ..own
        },
    })
}

/// A row of `idempotency` alone.
///
/// # Errors
/// [`CellError`].
pub fn own_row(cells: &mut Cells<'_>) -> Result<StoredAnswer, CellError> {
    Ok(StoredAnswer {
        scope: cells.id()?,
        org: cells.int()?,
        body_hash: cells.id()?,
        status: cells.small()?,
        event: cells.optional_int()?.map(i64::cast_unsigned),
        body: cells
            .optional_text()?
            .map(|text| Document::Text(text.into())),
        created_at: cells.int()?,
    })
}
