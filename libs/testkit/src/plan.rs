//! How an engine means to find what a statement asks for.
#![expect(
    clippy::unwrap_used,
    reason = "support of tests: what goes wrong here fails the test"
)]

use db::Db;
use sqlx::ConnectOptions;

use crate::{Engine, TestStore};

/// What an engine means to do for a statement of a service, whatever its arguments are.
///
/// # Panics
/// Where it does not take the statement.
pub async fn plan(store: &TestStore, db: &Db, schema: &'static str, sql: &str) -> String {
    let lines: Vec<String> = match store.engine() {
        Engine::Sqlite => {
            let sql = format!("EXPLAIN QUERY PLAN {sql}").leak();
            let rows: Vec<(i64, i64, i64, String)> = db.fetch_all(sql, vec![]).await.unwrap();
            rows.into_iter().map(|row| row.3).collect()
        }
        // A plan for any arguments.
        Engine::Postgres => {
            let of_all = |count: &usize| sql.contains(&format!("${count}"));
            let count = (1..50).rev().find(of_all).unwrap_or_default();
            let nothing = match count {
                0 => String::new(),
                _ => format!("({})", vec!["NULL"; count].join(", ")),
            };
            let sql = format!(
                "SET plan_cache_mode = force_generic_plan; PREPARE planned AS {sql}; \
                 EXPLAIN EXECUTE planned {nothing}; DEALLOCATE planned"
            );
            let options = db::postgres_options(store.database_url(), schema);
            let options = options.unwrap().options(db::BY_KEYS);
            let mut session = options.connect().await.unwrap();
            let found = sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).fetch_all(&mut session);
            let rows = found.await.unwrap();
            let line = |row: &sqlx::postgres::PgRow| sqlx::Row::get(row, 0);
            rows.iter().map(line).collect()
        }
    };
    lines.join("\n")
}
