//! Rows added to a table, several to a statement: what a statement costs by itself is more than half of what a row costs.
//! It knows no table.

use rusqlite::{Connection, Statement, ToSql};

/// Rows of a full statement. A row costs a third less than on its own; with more of them little is gained.
const ROWS: usize = 16;

/// The statements that add rows to one table.
#[derive(Debug)]
pub struct Insert {
    columns: usize,
    one: String,
    full: String,
}

impl Insert {
    /// `INSERT INTO` or `REPLACE INTO` a table, into these columns, and what happens `on_conflict`.
    pub fn new(verb: &str, table: &str, columns: &str, on_conflict: &str) -> Self {
        let count = columns.split(", ").count();
        let row = format!("({})", ["?"; 1].repeat(count).join(", "));
        let text = |rows: usize| {
            let rows = vec![row.as_str(); rows].join(", ");
            format!("{verb} INTO {table} ({columns}) VALUES {rows} {on_conflict}")
        };
        Self {
            columns: count,
            one: text(1),
            full: text(ROWS),
        }
    }

    /// Adds rows; `bind` gives the values of one in the order of the columns.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn run<T>(
        &self,
        connection: &Connection,
        rows: &[T],
        bind: impl Fn(&mut Values<'_, '_>, &T) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<()> {
        let (full, rest) = rows.as_chunks::<ROWS>();
        if !full.is_empty() {
            let mut statement = connection.prepare_cached(&self.full)?;
            for rows in full {
                for (place, row) in rows.iter().enumerate() {
                    let mut values = Values {
                        statement: &mut statement,
                        bound: place * self.columns,
                    };
                    bind(&mut values, row)?;
                }
                statement.raw_execute()?;
            }
        }
        if !rest.is_empty() {
            let mut statement = connection.prepare_cached(&self.one)?;
            for row in rest {
                let mut values = Values {
                    statement: &mut statement,
                    bound: 0,
                };
                bind(&mut values, row)?;
                statement.raw_execute()?;
            }
        }
        Ok(())
    }
}

/// The values of a row, bound from the first to the last.
pub struct Values<'s, 'c> {
    statement: &'s mut Statement<'c>,
    bound: usize,
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

    /// The next values: numbers, whose most are most of all values.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn numbers<const N: usize>(&mut self, values: [i64; N]) -> rusqlite::Result<()> {
        values.into_iter().try_for_each(|value| self.put(value))
    }
}
