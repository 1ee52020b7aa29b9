//! A store of the first edition becomes one of today: its accounts keep their sums, and long histories get their marks.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use testkit::{Engine, TestStore, engines};

/// The tables as the first edition made them, and as they are made of those.
fn migrations(engine: Engine) -> [&'static str; 2] {
    match engine {
        Engine::Sqlite => [
            include_str!("../../migrations/sqlite/0001_journal.sql"),
            include_str!("../../migrations/sqlite/0002_balances_marks_checksums.sql"),
        ],
        Engine::Postgres => [
            include_str!("../../migrations/postgres/0001_journal.sql"),
            include_str!("../../migrations/postgres/0002_balances_marks_checksums.sql"),
        ],
    }
}

/// Two accounts and 600 transfers between them, of which the second account also has 100 with a third.
const HISTORY: &str = "
    INSERT INTO accounts VALUES (1, ID1, 1, 840, 1, 1, 0, NULL, 600, 0, 5, 0, 600, 600, 7);
    INSERT INTO accounts VALUES (2, ID2, 1, 840, 1, 0, 3, 9000, 0, 600, 0, 5, 700, 700, 7);
    INSERT INTO accounts VALUES (3, ID3, 1, 840, 1, 0, 0, NULL, 100, 0, 0, 0, 700, 100, 8);
    INSERT INTO transfers
    WITH RECURSIVE numbers (no) AS (SELECT 1 UNION ALL SELECT no + 1 FROM numbers WHERE no < 700)
    SELECT no, ID, 10 * no, 1, 0, CASE WHEN no <= 600 THEN 1 ELSE 3 END, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0 FROM numbers;
";

/// The history in an engine's own words for ids.
fn history(engine: Engine) -> String {
    let (quote, of_row) = match engine {
        Engine::Sqlite => ("x'", "CAST(printf('%016d', no) AS BLOB)"),
        Engine::Postgres => ("'", "CAST(LPAD(CAST(no AS TEXT), 32, '0') AS uuid)"),
    };
    let sql = (1..=3).fold(HISTORY.to_owned(), |sql, no| {
        sql.replace(&format!("ID{no}"), &format!("{quote}{no:032x}'"))
    });
    sql.replace("ID,", &format!("{of_row},"))
}

const SUMS: &str = "SELECT account, debits_posted, credits_posted, debits_pending, credits_pending, last_seq, entries \
    FROM balances ORDER BY account";
const MARKS: &str = "SELECT account, time, seq FROM marks ORDER BY account, seq";

/// The sums and the marks after the upgrade.
async fn upgraded(engine: Engine) -> [Vec<Vec<i64>>; 2] {
    let store = TestStore::new(engine);
    let [first, second] = migrations(engine);
    let history = history(engine);
    match engine {
        Engine::Sqlite => {
            let connection = rusqlite::Connection::open(store.folder().join("old.db")).unwrap();
            for sql in [first, &history, second] {
                connection.execute_batch(sql).unwrap();
            }
            [SUMS, MARKS].map(|sql| {
                let mut statement = connection.prepare(sql).unwrap();
                let width = statement.column_count();
                let rows =
                    statement.query_map([], |row| (0..width).map(|at| row.get(at)).collect());
                rows.unwrap().map(Result::unwrap).collect()
            })
        }
        Engine::Postgres => {
            let mut connection = PgConnection::connect(store.database_url()).await.unwrap();
            let made = "CREATE SCHEMA old; SET search_path = old;";
            for sql in [made, first, &history, second] {
                let sql = AssertSqlSafe(sql.to_owned());
                sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
            }
            let mut found = [SUMS, MARKS].map(|_| Vec::new());
            for (sql, found) in [SUMS, MARKS].into_iter().zip(&mut found) {
                for row in sqlx::query(sql).fetch_all(&mut connection).await.unwrap() {
                    let width = sqlx::Row::len(&row);
                    found.push((0..width).map(|at| sqlx::Row::get(&row, at)).collect());
                }
            }
            found
        }
    }
}

#[tokio::test]
async fn a_store_of_the_first_edition_keeps_its_sums_and_gets_marks() {
    for engine in engines() {
        let [sums, marks] = upgraded(engine).await;
        let expected = [
            [1, 600, 0, 5, 0, 600, 600],
            [2, 0, 600, 0, 5, 700, 700],
            [3, 100, 0, 0, 0, 700, 100],
        ];
        assert_eq!(sums, expected.map(Vec::from), "{engine:?}");
        let expected = [
            [1, 2_560, 256],
            [1, 5_120, 512],
            [2, 2_560, 256],
            [2, 5_120, 512],
        ];
        assert_eq!(marks, expected.map(Vec::from), "{engine:?}");
    }
}
