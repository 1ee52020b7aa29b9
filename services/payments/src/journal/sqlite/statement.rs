//! Rows written with prepared statements, several to a statement where that can be: what a
//! statement costs by itself is more than half of what a row costs. It knows no table.

use rusqlite::{Connection, Statement, ToSql};

/// Rows of a full statement. A row costs a third less than on its own; with more of them little is
/// gained.
const ROWS: usize = 16;

/// The statements that write rows of one table.
#[derive(Debug)]
pub struct Rows {
    columns: usize,
    one: String,
    full: Option<String>,
}

impl Rows {
    /// New rows with these columns.
    ///
    /// `OR FAIL` leaves what the statement did before it failed, and the whole batch is rolled back
    /// then anyway. Without it SQLite copies every page before it changes it, so that it could take
    /// back this one statement.
    pub fn inserted(table: &str, columns: &str) -> Self {
        Self::several("INSERT OR FAIL", table, columns)
    }

    /// New rows, or new values for all columns of those that are there. For tables without other
    /// indexes than their key, where a row is then written over in its place.
    pub fn replaced(table: &str, columns: &str) -> Self {
        Self::several("REPLACE", table, columns)
    }

    /// One row a statement: `?1`, `?2`, … are its values.
    pub fn each(sql: &str) -> Self {
        Self {
            columns: 0,
            one: sql.to_owned(),
            full: None,
        }
    }

    fn several(verb: &str, table: &str, columns: &str) -> Self {
        let count = columns.split(", ").count();
        let row = format!("({})", vec!["?"; count].join(", "));
        let text = |rows: usize| {
            let rows = vec![row.as_str(); rows].join(", ");
            format!("{verb} INTO {table} ({columns}) VALUES {rows}")
        };
        Self {
            columns: count,
            one: text(1),
            full: Some(text(ROWS)),
        }
    }

    /// Writes rows; `bind` gives the values of one in order.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn write<T>(
        &self,
        connection: &Connection,
        mut rows: &[T],
        bind: impl Fn(&mut Values<'_, '_>, &T) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<()> {
        if let Some(sql) = &self.full
            && rows.len() >= ROWS
        {
            let (full, rest) = rows.as_chunks::<ROWS>();
            let mut statement = connection.prepare_cached(sql)?;
            for rows in full {
                for (place, row) in rows.iter().enumerate() {
                    bind(&mut Values::of(&mut statement, place * self.columns), row)?;
                }
                statement.raw_execute()?;
            }
            rows = rest;
        }
        if rows.is_empty() {
            return Ok(());
        }
        let mut statement = connection.prepare_cached(&self.one)?;
        for row in rows {
            bind(&mut Values::of(&mut statement, 0), row)?;
            statement.raw_execute()?;
        }
        Ok(())
    }
}

/// The values of a row, bound from the first to the last.
pub struct Values<'s, 'c> {
    statement: &'s mut Statement<'c>,
    bound: usize,
}

impl<'s, 'c> Values<'s, 'c> {
    fn of(statement: &'s mut Statement<'c>, bound: usize) -> Self {
        Self { statement, bound }
    }
}

impl Values<'_, '_> {
    /// The next value.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn put(&mut self, value: impl ToSql) -> rusqlite::Result<()> {
        self.bound += 1;
        self.statement.raw_bind_parameter(self.bound, value)
    }

    /// The next values, all of them integers.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn numbers<const N: usize>(&mut self, values: [i64; N]) -> rusqlite::Result<()> {
        values.into_iter().try_for_each(|value| self.put(value))
    }
}
