//! `payflow import`: the same end however often it is run and wherever it is killed.
#![cfg(test)]

use std::io::Write;
use std::process::Stdio;

use crate::process::{Server, payflow, read, run, stderr, stdout, store_words, write};
use serde_json::{Value, json};
use testkit::{Engine, TestStore, engines};

fn words(command: &[&str], store: &TestStore) -> Vec<String> {
    command
        .iter()
        .map(|word| (*word).to_owned())
        .chain(store_words(store))
        .collect()
}

/// A week in small: some customers, some terminals, amounts in cents.
fn week(rows: usize) -> (String, i64) {
    let mut text = "transaction_id,datetime,customer_id,terminal_id,amount,fraud\n".to_owned();
    let mut total = 0;
    for row in 0..rows {
        let cents = 1 + (row * 7_919) % 20_000;
        total += i64::try_from(cents).unwrap();
        text.push_str(&format!(
            "{row},2018-07-30T{:02}:{:02}:00Z,{},{},{}.{:02},0\n",
            row / 60 % 24,
            row % 60,
            row % 37,
            row * 31 % 53,
            cents / 100,
            cents % 100
        ));
    }
    (text, total)
}

/// What `verify` says after its first word of praise: counts, sums and the hash differ where the
/// stores differ.
fn verified(store: &TestStore) -> String {
    let output = run(words(&["verify"], store));
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output)
}

#[test]
fn a_second_import_changes_nothing() {
    for engine in engines() {
        let store = TestStore::new(engine);
        let folder = tempfile::tempdir().unwrap();
        let (text, total) = week(2_000);
        let file = write(folder.path(), "week.csv", &text);
        let file = file.to_str().unwrap();
        let first = run(words(&["import", "payments", file], &store));
        assert!(first.status.success(), "{}", stderr(&first));
        let sum = format!("{}.{:02} USD", total / 100, total % 100);
        assert!(
            stdout(&first).contains("2000 imported"),
            "{}",
            stdout(&first)
        );
        assert!(
            stdout(&first).contains(&sum),
            "{} in {}",
            sum,
            stdout(&first)
        );
        let before = verified(&store);
        let second = run(words(&["import", "payments", file], &store));
        assert!(
            stdout(&second).contains("0 imported"),
            "{}",
            stdout(&second)
        );
        assert!(
            stdout(&second).contains("2000 there already"),
            "{}",
            stdout(&second)
        );
        assert_eq!(verified(&store), before);
    }
}

#[test]
fn an_import_killed_in_the_middle_is_finished_by_the_next() {
    for engine in engines() {
        let store = TestStore::new(engine);
        let folder = tempfile::tempdir().unwrap();
        let (text, _) = week(3_000);
        let file = write(folder.path(), "week.csv", &text);
        let file = file.to_str().unwrap();
        // Killed while the store fills: the first look at a store that has something in it.
        let mut child = payflow(words(&["import", "payments", file], &store))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        wait_for_rows(&store, &mut child);
        child.kill().unwrap();
        child.wait().unwrap();
        let again = run(words(&["import", "payments", file], &store));
        assert!(again.status.success(), "{}", stderr(&again));
        assert!(
            !stdout(&again).contains(", 0 there already, 0 rejected, in 0.0"),
            "{}",
            stdout(&again)
        );
        let whole = TestStore::new(engine);
        assert!(
            run(words(&["import", "payments", file], &whole))
                .status
                .success()
        );
        assert_eq!(sums(&verified(&store)), sums(&verified(&whole)));
        let third = run(words(&["import", "payments", file], &store));
        assert!(stdout(&third).contains("0 imported"), "{}", stdout(&third));
    }
}

/// The lines about balances: the number of batches and the hash depend on when the kill came.
fn sums(report: &str) -> Vec<String> {
    report
        .lines()
        .filter(|line| line.contains("USD"))
        .map(str::to_owned)
        .collect()
}

/// Returns when the import has begun to write, or has ended.
fn wait_for_rows(store: &TestStore, child: &mut std::process::Child) {
    loop {
        let grown = match store.engine() {
            Engine::Sqlite => {
                let wal = store.folder().join("payments.db-wal");
                std::fs::metadata(wal).is_ok_and(|wal| wal.len() > 400_000)
            }
            // The process has its own connection; a moment after its start will do.
            Engine::Postgres => true,
        };
        if grown || child.try_wait().unwrap().is_some() {
            return;
        }
        std::thread::yield_now();
    }
}

#[test]
fn bad_rows_go_to_the_rejects_with_line_and_reason() {
    let store = TestStore::new(Engine::Sqlite);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bad.csv");
    let mut out = std::fs::File::create(&file).unwrap();
    out.write_all(
        b"transaction_id,datetime,customer_id,terminal_id,amount\n\
          1,2018-07-30T00:00:00Z,1,1,5.00\n\
          2,2018-07-30T00:00:00Z,1,1,0.00\n\
          3,2018-07-30T00:00:00Z,1,1,five\n\
          1,2018-07-30T00:00:00Z,1,1,9.00\n\
          4,2018-07-30T00:00:00Z,\xff,1,9.00\n\
          5,2018-07-30T00:00:00Z,2,1,92233720368547758.08\n\
          6,2018-07-30T00:00:00Z,2,1,7.00\n",
    )
    .unwrap();
    let done = run(words(
        &["import", "payments", file.to_str().unwrap()],
        &store,
    ));
    assert!(done.status.success(), "{}", stderr(&done));
    assert!(
        stdout(&done).contains("7 rows: 2 imported (12.00 USD), 0 there already, 5 rejected"),
        "{}",
        stdout(&done)
    );
    let rejects = read(&folder.path().join("bad.csv.rejects.csv"));
    let lines: Vec<_> = rejects
        .lines()
        .skip(1)
        .map(|line| line.split(',').next().unwrap())
        .collect();
    assert_eq!(lines, ["3", "4", "5", "6", "7"], "{rejects}");
    verified(&store);
}

#[test]
fn a_file_that_is_missing_or_has_no_header_is_refused_plainly() {
    let store = TestStore::new(Engine::Sqlite);
    let missing = run(words(&["import", "payments", "no-such-file.csv"], &store));
    assert_eq!(missing.status.code(), Some(1));
    assert!(
        stderr(&missing).contains("no-such-file.csv"),
        "{}",
        stderr(&missing)
    );
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "x.csv", "a,b\n1,2\n");
    let headless = run(words(
        &["import", "payments", file.to_str().unwrap()],
        &store,
    ));
    assert_eq!(headless.status.code(), Some(1));
    assert!(
        stderr(&headless).contains("transaction_id"),
        "{}",
        stderr(&headless)
    );
    let currency = run(words(
        &["import", "payments", "x", "--currency", "ZZZ"],
        &store,
    ));
    assert_eq!(currency.status.code(), Some(2));
}

#[tokio::test]
async fn imported_users_log_in_with_the_passwords_they_had() {
    for engine in engines() {
        let store = TestStore::new(engine);
        let folder = tempfile::tempdir().unwrap();
        // "U*U", from the test vectors of the crypt_blowfish library.
        let hash = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
        let text = format!(
            "email,password_hash,name,role,email_verified\n\
             ann@example.com,{hash},Ann,user,true\n\
             ANN@example.com,{hash},Ann again,admin,true\n\
             bob@example.com,secret-of-bob,Bob,,\n\
             no mail,{hash},Cid,,\n\
             dan@example.com,{hash},,auditor,\n"
        );
        let file = write(folder.path(), "users.csv", &text);
        let file = file.to_str().unwrap();
        let first = run(words(&["import", "users", file], &store));
        assert!(first.status.success(), "{}", stderr(&first));
        let said = stdout(&first);
        assert!(
            said.starts_with("5 rows: 2 imported, 0 there already, 3 rejected\n"),
            "{said}"
        );
        let rejects = read(&folder.path().join("users.csv.rejects.csv"));
        for (line, reason) in [(3, "before"), (4, "hash"), (5, "e-mail")] {
            let row = rejects
                .lines()
                .find(|row| row.starts_with(&format!("{line},")));
            assert!(row.unwrap().contains(reason), "{rejects}");
        }
        assert!(
            !rejects.contains("secret-of-bob") && !rejects.contains(hash),
            "{rejects}"
        );
        let second = stdout(&run(words(&["import", "users", file], &store)));
        assert!(
            second.starts_with("5 rows: 0 imported, 2 there already, 3 rejected"),
            "{second}"
        );

        let server = Server::start(&store, &[]);
        let login = json!({"email": "ann@example.com", "password": "U*U"});
        let url = format!("{}/api/v1/auth/login", server.url);
        let answer = server.client.post(url).json(&login).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["user"]["role"], "user", "the first row counts");
        assert_eq!(body["user"]["email_verified"], true);
    }
}
