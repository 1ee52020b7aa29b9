//! The rows of transfers, several to a statement: what a statement costs by itself is more than half of what a row costs.
//! It knows this one table and how to add to it.

use std::sync::LazyLock;

use ledger::Transfer;
use rusqlite::{Connection, Statement};

/// One transfer, as the journal writes it; the yardstick of the benchmark inserts the same, one by one.
pub const INSERT_TRANSFER: &str = "INSERT INTO transfers (seq, id, time, org, kind, debit, credit, amount, code, hold, \
    expires_at, debit_prev, credit_prev, debit_balance, debit_held, credit_balance, credit_held) VALUES (?1, ?2, ?3, \
    ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)";
const COLUMNS: usize = 17;
/// Rows of a full statement. A row costs a third less than on its own; with more of them little is gained.
const ROWS: usize = 16;

/// The same for a full statement: a bare `?` has the number after the greatest one before it.
static INSERT_TRANSFERS: LazyLock<String> = LazyLock::new(|| {
    let one = format!(", ({})", ["?"; COLUMNS].join(", "));
    format!("{INSERT_TRANSFER}{}", one.repeat(ROWS - 1))
});

/// Adds rows.
///
/// # Errors
/// Those of SQLite.
pub fn insert(connection: &Connection, rows: &[Transfer]) -> rusqlite::Result<()> {
    let (full, rest) = rows.as_chunks::<ROWS>();
    if !full.is_empty() {
        let mut statement = connection.prepare_cached(&INSERT_TRANSFERS)?;
        for rows in full {
            for (place, row) in rows.iter().enumerate() {
                bind(&mut statement, place * COLUMNS, row)?;
            }
            statement.raw_execute()?;
        }
    }
    let mut statement = connection.prepare_cached(INSERT_TRANSFER)?;
    for row in rest {
        bind(&mut statement, 0, row)?;
        statement.raw_execute()?;
    }
    Ok(())
}

/// Binds a row to the placeholders after `before`.
fn bind(statement: &mut Statement<'_>, before: usize, row: &Transfer) -> rusqlite::Result<()> {
    let numbers = [
        row.time,
        row.org,
        i64::from(row.kind as u8),
        row.debit.0.cast_signed(),
        row.credit.0.cast_signed(),
        row.amount,
        i64::from(row.code),
        row.hold.cast_signed(),
        row.expires_at,
        row.debit_prev.cast_signed(),
        row.credit_prev.cast_signed(),
        row.debit_balance,
        row.debit_held,
        row.credit_balance,
        row.credit_held,
    ];
    statement.raw_bind_parameter(before + 1, row.seq.cast_signed())?;
    statement.raw_bind_parameter(before + 2, row.id.0.to_be_bytes())?;
    for (place, number) in numbers.into_iter().enumerate() {
        statement.raw_bind_parameter(before + 3 + place, number)?;
    }
    Ok(())
}
