//! Statements and balances at a time: that they add up, and the CSV form.

use serde_json::{Value, json};
use values::{SECOND, Timestamp};

use crate::http_api::support::{App, column, each};

fn minor(text: &str) -> i64 {
    text.replace('.', "").parse().unwrap()
}

/// A wallet with a history, one second after the other: the times after each step, and the
/// balances.
async fn lived(app: &App) -> (String, Vec<(Timestamp, i64, i64)>) {
    let ann = app.wallet("ann", "USD", "0").await;
    let bob = app.wallet("bob", "USD", "0").await;
    let shop = app.wallet("shop", "USD", "0").await;
    let mut known = Vec::new();
    let mut note = async || {
        let (posted, held) = app.balance(&ann).await;
        known.push((app.now(), minor(&posted), minor(&held)));
        app.wait(SECOND);
    };
    note().await;
    app.deposit("ann", &ann, "100", "USD").await;
    note().await;
    app.transfer("ann", &ann, &bob, "30.25", "USD").await;
    note().await;
    let payment = app.pay("ann", &ann, &shop, "20", "manual").await;
    note().await;
    let path = format!("/transactions/{}", payment["id"].as_str().unwrap());
    app.by("shop")
        .post(&format!("{path}/capture"), json!({ "amount": "5" }))
        .await;
    note().await;
    app.by("shop")
        .post(&format!("{path}/cancel"), json!({}))
        .await;
    note().await;
    app.by("shop")
        .post(&format!("{path}/refund"), json!({ "amount": "2" }))
        .await;
    note().await;
    // Two in one moment.
    app.transfer("bob", &bob, &ann, "0.25", "USD").await;
    app.transfer("bob", &bob, &ann, "0.50", "USD").await;
    note().await;
    (ann, known)
}

fn add_up(rows: &[Value], opening: &str, closing: &str) {
    let mut balance = minor(opening);
    for row in rows.iter().rev() {
        balance += minor(row["amount"].as_str().unwrap());
        assert_eq!(minor(row["balance"].as_str().unwrap()), balance, "{row}");
    }
    assert_eq!(balance, minor(closing));
}

#[tokio::test(flavor = "multi_thread")]
async fn running_balances_add_up_from_the_opening_to_the_closing_balance() {
    each(async |app| {
        let (ann, _) = lived(app).await;
        for (limit, holds) in [(1, false), (3, false), (100, false), (2, true), (100, true)] {
            let path = format!("/wallets/{ann}/statement?include_holds={holds}");
            let rows = app.by("ann").all(&path, limit).await;
            let page = app.by("ann").get(&path).await;
            assert_eq!(page.body["opening_balance"], "0.00");
            assert_eq!(page.body["closing_balance"], "67.50");
            add_up(&rows, "0.00", "67.50");
            let seqs: Vec<_> = rows
                .iter()
                .map(|row| row["seq"].as_u64().unwrap())
                .collect();
            assert!(seqs.windows(2).all(|pair| pair[0] > pair[1]), "{seqs:?}");
            assert_eq!(rows.len(), if holds { 9 } else { 6 });
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_names_its_transaction_its_direction_and_the_other_wallet() {
    each(async |app| {
        let (ann, _) = lived(app).await;
        let path = format!("/wallets/{ann}/statement?include_holds=true");
        let rows = app.by("ann").all(&path, 100).await;
        assert_eq!(
            column(&rows, "type"),
            [
                "transfer", "transfer", "refund", "payment", "payment", "payment", "transfer",
                "deposit", "deposit"
            ]
        );
        assert_eq!(
            column(&rows, "entry"),
            [
                "post",
                "post",
                "post",
                "release",
                "capture",
                "hold",
                "post",
                "final_capture",
                "hold"
            ]
        );
        assert_eq!(
            column(&rows, "amount"),
            [
                "0.50", "0.25", "2.00", "0.00", "-5.00", "0.00", "-30.25", "100.00", "0.00"
            ]
        );
        assert_eq!(
            column(&rows, "hold_amount"),
            ["", "", "", "15.00", "", "20.00", "", "", "100.00"]
        );
        assert_eq!(
            column(&rows, "held"),
            [
                "0.00", "0.00", "0.00", "0.00", "15.00", "20.00", "0.00", "0.00", "0.00"
            ]
        );
        assert_eq!(
            column(&rows, "direction")[..4],
            ["credit", "credit", "credit", "debit"]
        );
        for deposit in &rows[7..] {
            assert_eq!(deposit["counterparty_wallet"], Value::Null);
        }
        for row in &rows[..7] {
            let id = row["transaction_id"].as_str().unwrap();
            let transaction = app.by("ann").get(&format!("/transactions/{id}")).await.body;
            assert_eq!(transaction["type"], row["type"]);
            let sides = [&transaction["from_wallet"], &transaction["to_wallet"]];
            assert!(sides.contains(&&row["counterparty_wallet"]), "{row}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_period_has_its_own_opening_and_closing_balance() {
    each(async |app| {
        let (ann, known) = lived(app).await;
        let zero = (Timestamp(0), 0, 0);
        let text = |minor: i64| format!("{}.{:02}", minor / 100, minor % 100);
        for from in 0..known.len() {
            for to in from..known.len() {
                let path = format!(
                    "/wallets/{ann}/statement?from={}&to={}",
                    known[from].0, known[to].0
                );
                let page = app.by("ann").get(&path).await;
                // `from` counts, `to` does not.
                let opening = from.checked_sub(1).map_or(zero, |before| known[before]).1;
                let closing = to.checked_sub(1).map_or(zero, |before| known[before]).1;
                assert_eq!(page.body["opening_balance"], text(opening), "{path}");
                assert_eq!(page.body["closing_balance"], text(closing), "{path}");
                let rows = app.by("ann").all(&path, 1).await;
                add_up(&rows, &text(opening), &text(closing));
            }
        }
        let path = format!(
            "/wallets/{ann}/statement?from={}&to={}",
            known[2].0, known[1].0
        );
        let refused = app.by("ann").get(&path).await;
        assert_eq!(
            (refused.refusal(), refused.param()),
            ((422, "invalid_period"), "to")
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_balance_at_a_time_is_what_it_was_then() {
    each(async |app| {
        let (ann, known) = lived(app).await;
        let at = async |time: &str| {
            let found = app
                .by("ann")
                .get(&format!("/wallets/{ann}/balance?at={time}"))
                .await;
            assert_eq!(found.status, 200, "{}", found.text);
            let text = |field: &str| minor(found.body["balance"][field].as_str().unwrap());
            assert_eq!(text("available"), text("posted") - text("held"));
            (text("posted"), text("held"))
        };
        assert_eq!(at("1999-12-31T23:59:59Z").await, (0, 0));
        for pair in known.windows(2) {
            assert_eq!(at(&pair[0].0.to_string()).await, (pair[0].1, pair[0].2));
            assert_eq!(
                at(&pair[1].0.plus(-1).to_string()).await,
                (pair[0].1, pair[0].2)
            );
        }
        assert_eq!(at("2999-01-01T01:00:00%2B01:00").await, (6_750, 0));
        let now = app.by("ann").get(&format!("/wallets/{ann}/balance")).await;
        assert_eq!(now.body["at"], app.now().to_string());
        assert_eq!(now.body["currency"], "USD");
        assert_eq!(now.body["wallet_id"], ann);
        assert_eq!(now.body["balance"]["posted"], "67.50");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_csv_file_holds_the_whole_period_newest_first() {
    each(async |app| {
        let (ann, known) = lived(app).await;
        let path = format!("/wallets/{ann}/statement?include_holds=true&limit=1");
        let file = app.by("ann").get_as(&path, "text/csv").await;
        assert_eq!(file.status, 200);
        assert_eq!(
            file.header("content-type"),
            "text/csv; charset=utf-8; header=present"
        );
        assert_eq!(
            file.header("content-disposition"),
            format!("attachment; filename=\"statement-{ann}.csv\"")
        );
        let rows = app.by("ann").all(&path.replace("&limit=1", ""), 100).await;
        let mut reader = csv::Reader::from_reader(file.text.as_bytes());
        let headers = reader.headers().unwrap().clone();
        let records: Vec<_> = reader.records().map(Result::unwrap).collect();
        assert_eq!(records.len(), rows.len());
        for (record, row) in records.iter().zip(&rows) {
            for (name, value) in headers.iter().zip(record) {
                let expected = match (name, &row[name]) {
                    ("currency", _) => "USD".to_owned(),
                    (_, Value::Number(number)) => number.to_string(),
                    (_, field) => field.as_str().unwrap_or_default().to_owned(),
                };
                assert_eq!(value, expected, "{name}");
            }
        }
        let path = format!("/wallets/{ann}/statement?from={}", known[7].0);
        let file = app
            .by("ann")
            .get_as(&path, "text/csv, application/json;q=0.9")
            .await;
        assert_eq!(file.text.matches("\r\n").count(), 3);
        let refused = app.by("ann").get_as(&path, "application/pdf").await;
        assert_eq!(
            (refused.refusal(), refused.param()),
            ((406, "not_acceptable"), "Accept")
        );
        let empty = app.wallet("ann", "USD", "0").await;
        let file = app
            .by("ann")
            .get_as(&format!("/wallets/{empty}/statement"), "text/csv")
            .await;
        assert_eq!(file.text.matches("\r\n").count(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_csv_file_comes_in_pieces_and_loses_nothing() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "0").await;
        let acc = ann.replace("wal_", "acc_");
        let other = json!({ "accounts": [{ "currency": "USD" }] });
        let other = app.by("admin").post("/ledger/accounts", other).await.body["results"][0]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let transfers: Vec<_> = (0..2_500)
            .map(|index| {
                json!({ "debit_account": other, "credit_account": acc, "amount_minor": index + 1,
                        "currency": "USD" })
            })
            .collect();
        let made = app
            .by("admin")
            .post("/ledger/transfers", json!({ "transfers": transfers }))
            .await;
        assert_eq!(made.status, 200, "{}", made.text);
        let path = format!("/wallets/{ann}/statement");
        let file = app.by("ann").get_as(&path, "text/csv").await;
        let mut reader = csv::Reader::from_reader(file.text.as_bytes());
        let amounts: Vec<i64> = reader
            .records()
            .map(|row| minor(&row.unwrap()[8]))
            .collect();
        assert_eq!(amounts, (1..=2_500).rev().collect::<Vec<_>>());
        let page = app.by("ann").get(&path).await;
        assert_eq!(page.body["data"][0]["type"], "ledger");
        assert_eq!(page.body["data"][0]["transaction_id"], Value::Null);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_of_a_statement_are_checked() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "0").await;
        for (query, refusal, param) in [
            ("from=yesterday", (400, "invalid_parameter"), "from"),
            ("to=2026-13-01T00:00:00Z", (400, "invalid_parameter"), "to"),
            ("include_holds=perhaps", (400, "invalid_parameter"), ""),
            ("limit=0", (422, "limit_out_of_range"), "limit"),
            ("limit=101", (422, "limit_out_of_range"), "limit"),
            ("cursor=c0", (400, "invalid_cursor"), "cursor"),
            ("page=2", (400, "unknown_parameter"), "page"),
            ("from=%00", (400, "invalid_character"), ""),
        ] {
            let refused = app
                .by("ann")
                .get(&format!("/wallets/{ann}/statement?{query}"))
                .await;
            assert_eq!(refused.refusal(), refusal, "{query}");
            if !param.is_empty() {
                assert_eq!(refused.param(), param, "{query}");
            }
        }
        let refused = app
            .by("ann")
            .get(&format!("/wallets/{ann}/balance?at=now"))
            .await;
        assert_eq!(
            (refused.refusal(), refused.param()),
            ((400, "invalid_parameter"), "at")
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_into_another_accounts_history_shows_nothing_of_it() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "5").await;
        let bob = app.wallet("bob", "USD", "1").await;
        app.deposit("bob", &bob, "2", "USD").await;
        let page = app
            .by("bob")
            .get(&format!("/wallets/{bob}/statement?limit=1"))
            .await;
        let cursor = page.body["next_cursor"].as_str().unwrap().to_owned();
        let path = format!("/wallets/{ann}/statement?cursor={cursor}");
        assert_eq!(app.by("ann").get(&path).await.body["data"], json!([]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deposit_from_outside_stands_in_the_statement_under_its_transaction() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "0").await;
        let deposit = json!({
            "type": "deposit", "to_wallet": ann, "amount": "7.00", "currency": "USD",
            "source": { "kind": "card", "token": "tok_ok" },
        });
        let made = app.by("ann").post("/transactions", deposit).await;
        assert_eq!(made.body["status"], "completed", "{}", made.text);
        let page = app
            .by("ann")
            .get(&format!("/wallets/{ann}/statement"))
            .await;
        assert_eq!(page.body["data"][0]["transaction_id"], made.body["id"]);
    })
    .await;
}

/// A history long enough to have marks, which walks to a time in the past begin at.
#[tokio::test(flavor = "multi_thread")]
async fn a_long_history_is_the_same_from_every_time_in_it() {
    const STEPS: usize = 6;
    const PER_STEP: usize = 130;
    each(async |app| {
        let ann = app.wallet("ann", "USD", "1000").await;
        let bob = app.wallet("bob", "USD", "1000").await;
        let account = |wallet: &str| wallet.replace("wal_", "acc_");
        let mut times = Vec::new();
        for step in 0..STEPS {
            app.wait(SECOND);
            let transfers: Vec<_> = (0..PER_STEP)
                .map(|number| {
                    let (from, to) = if number % 3 == 0 {
                        (&bob, &ann)
                    } else {
                        (&ann, &bob)
                    };
                    json!({ "debit_account": account(from), "credit_account": account(to),
                            "amount_minor": number + 1, "currency": "USD" })
                })
                .collect();
            let body = json!({ "transfers": transfers });
            let posted = app.by("admin").post("/ledger/transfers", body).await;
            assert_eq!(posted.status, 200, "{step}: {}", posted.text);
            times.push(app.now());
        }
        let all = app
            .by("ann")
            .all(&format!("/wallets/{ann}/statement"), 100)
            .await;
        assert_eq!(all.len(), 1 + STEPS * PER_STEP);
        for (step, time) in times.iter().enumerate() {
            let until = Timestamp(time.0 + 1);
            let expected = &all[(STEPS - 1 - step) * PER_STEP..];
            let path = format!("/wallets/{ann}/statement?to={until}");
            assert_eq!(
                app.by("ann").all(&path, 100).await,
                expected,
                "to step {step}"
            );
            let path = format!("/wallets/{ann}/balance?at={time}");
            let then = app.by("ann").get(&path).await;
            assert_eq!(
                then.body["balance"]["posted"], expected[0]["balance"],
                "{}",
                then.text
            );
        }
        let before = Timestamp(times[0].0 - 1);
        let path = format!("/wallets/{ann}/balance?at={before}");
        assert_eq!(
            app.by("ann").get(&path).await.body["balance"]["posted"],
            "1000.00"
        );
    })
    .await;
}
