//! One value at a time of a SQLite store is damaged, in every column of every row of every table:
//! `verify` finds it and names the table. Tables and columns are the file's own, so that a new one
//! is in the test from its first day.

use ledger::Request;
use payments::verify::VerifyError;
use payments_core::command::Operation;
use rusqlite::Connection;
use rusqlite::types::Value;
use testkit::Engine;

use crate::journal::assessed;
use crate::journal::harness::{alone, id, posting, system};
use crate::journal::verification::filled;

/// Columns that may say anything: the place of a row whose key is another column, and the day and
/// month of which nothing is used.
fn means_nothing(table: &str, column: &str, columns: &[String], values: &[Value]) -> bool {
    let is_zero = |column: &str| {
        let at = columns.iter().position(|name| name == column).unwrap();
        values[at] == Value::Integer(0)
    };
    match (table, column) {
        ("idempotency", "no") => true,
        ("wallets", "day") => is_zero("day_used"),
        ("wallets", "month") => is_zero("month_used"),
        _ => false,
    }
}

/// The tables that may be named for a column: account changes and transfers share their numbers, so
/// that one that is missing is missed among the transfers.
fn named(table: &str, column: &str, found: &str) -> bool {
    found == table || ((table, column) == ("account_changes", "seq") && found == "transfers")
}

/// The value with its lowest or last bit flipped; of NULL, what is like nothing else in the column.
fn flipped(value: &Value, of: &str) -> Option<Value> {
    match value {
        Value::Null => Some(match of {
            "INTEGER" => Value::Integer(1),
            "TEXT" => Value::Text("x".to_owned()),
            "BLOB" => Value::Blob(vec![1; 16]),
            other => panic!("a column of type {other}"),
        }),
        Value::Real(_) => None,
        Value::Integer(number) => Some(Value::Integer(number ^ 1)),
        Value::Text(text) => {
            let mut bytes = text.clone().into_bytes();
            *bytes.last_mut()? ^= 1;
            String::from_utf8(bytes).ok().map(Value::Text)
        }
        Value::Blob(bytes) => {
            let mut bytes = bytes.clone();
            *bytes.last_mut()? ^= 1;
            Some(Value::Blob(bytes))
        }
    }
}

/// What a value is damaged to: one bit of it, and where it may be NULL and is not, NULL.
fn damaged(value: &Value, of: &str) -> Vec<Value> {
    let gone = (*value != Value::Null).then_some(Value::Null);
    flipped(value, of).into_iter().chain(gone).collect()
}

fn names(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(sql).unwrap();
    let names = statement.query_map([], |row| row.get(0)).unwrap();
    names.map(Result::unwrap).collect()
}

/// A table of the file.
struct Table {
    name: String,
    columns: Vec<String>,
    /// Of what type each of them is.
    types: Vec<String>,
    /// The columns that tell one row from another.
    key: Vec<String>,
}

fn tables(connection: &Connection) -> Vec<Table> {
    let all = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_sqlx%' ESCAPE '\\' \
               AND name NOT LIKE 'sqlite%'";
    names(connection, all)
        .into_iter()
        .map(|name| {
            let info = |what: &str, rest: &str| {
                let sql = format!("SELECT {what} FROM pragma_table_info('{name}') {rest}");
                names(connection, &sql)
            };
            Table {
                columns: info("name", ""),
                types: info("type", ""),
                key: info("name", "WHERE pk > 0 ORDER BY pk"),
                name,
            }
        })
        .collect()
}

/// All rows of a table: the key, then all columns.
fn rows(connection: &Connection, table: &Table) -> Vec<Vec<Value>> {
    let Table {
        name, columns, key, ..
    } = table;
    let (keys, all) = (key.join(", "), columns.join(", "));
    let select = format!("SELECT {keys}, {all} FROM {name}");
    let mut statement = connection.prepare(&select).unwrap();
    let width = key.len() + columns.len();
    let rows = statement.query_map([], |row| (0..width).map(|at| row.get(at)).collect());
    rows.unwrap().map(Result::unwrap).collect()
}

/// Each column of a row with its value, and what that is damaged to.
fn damages<'a>(table: &'a Table, row: &'a [Value]) -> Vec<(&'a String, &'a Value, Value)> {
    let columns = table.columns.iter().zip(&table.types).zip(row);
    let each = columns.flat_map(|((column, of), value)| {
        let wrong = damaged(value, of).into_iter();
        wrong.map(move |wrong| (column, value, wrong))
    });
    each.collect()
}

#[test]
fn a_flipped_bit_in_any_column_of_any_row_is_found_and_its_table_named() {
    let place = filled(Engine::Sqlite);
    // Long histories have marks.
    let many =
        (1_000..1_300).map(|number| alone(Request::Post(posting(id(number), id(3), id(4), 1))));
    let journal = place.start();
    assessed::submit_all(&journal);
    journal
        .submit_blocking(system(Operation::Post(many.collect())))
        .unwrap();
    journal.close();
    let file = place.file();
    let connection = Connection::open(&file).unwrap();
    let mut flips = 0;
    let mut missed = Vec::new();
    for table in tables(&connection) {
        let Table {
            name, columns, key, ..
        } = &table;
        let keyed: Vec<String> = (key.iter().enumerate())
            .map(|(at, column)| format!("{column} = ?{}", at + 2))
            .collect();
        let rows = rows(&connection, &table);
        assert!(!rows.is_empty(), "{name} has no row to damage");
        // Rows of a kind are alike: of many, every thirtieth.
        let step = 1 + rows.len() / 30;
        for row in rows.into_iter().step_by(step) {
            let (keys, values) = row.split_at(key.len());
            for (column, value, wrong) in damages(&table, values) {
                if means_nothing(name, column, columns, values) {
                    continue;
                }
                let sql = format!(
                    "UPDATE {name} SET {column} = ?1 WHERE {}",
                    keyed.join(" AND ")
                );
                let set = |value: &Value, keys: &[Value]| {
                    let values = std::iter::once(value).chain(keys);
                    connection.execute(&sql, rusqlite::params_from_iter(values))
                };
                // Where a constraint of the table does not let it in, damage of this kind cannot be
                // read either.
                if set(&wrong, keys).is_err() {
                    continue;
                }
                flips += 1;
                let found = match place.verify() {
                    Err(VerifyError::Mismatch { table, .. }) if named(name, column, table) => None,
                    other => Some(format!("{other:?}")),
                };
                if let Some(found) = found {
                    missed.push(format!(
                        "{name} {keys:?} {column}: {value:?} → {wrong:?}: {found}"
                    ));
                }
                let mut keys = keys.to_vec();
                if let Some(at) = key.iter().position(|of_key| of_key == column) {
                    keys[at] = wrong;
                }
                assert_eq!(set(value, &keys).unwrap(), 1);
            }
        }
    }
    assert!(
        missed.is_empty(),
        "{} of {flips}:\n{}",
        missed.len(),
        missed.join("\n")
    );
    assert!(flips > 1_000, "only {flips} values were damaged");
    place.verified();
}
