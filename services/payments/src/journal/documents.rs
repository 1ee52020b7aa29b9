//! What an event left, as a document, and the stored answers that are such documents: the SQL for
//! both engines and how its rows are read. It runs none of it.

use std::sync::{Arc, LazyLock};

use contracts::payments::TransactionStatus;
use payments_core::batch::StoredAnswer;
use payments_core::document::{Document, EventData, TransactionRecord};
use uuid::Uuid;

use super::answer_row::{ANSWER, AnswerRow};
use super::rows::{self, CellError, Cells};

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
    if cells.optional_int()?.is_none() {
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
    let row = AnswerRow::read(cells)?;
    let document = match &row.body {
        Some(text) => Document::Text((**text).into()),
        None => document(cells)?.ok_or_else(|| CellError {
            column: 0,
            problem: "the event of a stored answer is not there".to_owned(),
        })?,
    };
    Ok(row.answer(document))
}
