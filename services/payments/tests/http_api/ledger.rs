//! The raw ledger: accounts, transfers in chains, holds, entries, the trial balance, and batches
//! that are refused.

use contracts::payments::AccountId;
use payments_core::wallet::SystemAccount;
use serde_json::{Value, json};
use values::SECOND;

use crate::http_api::support::{App, column, each};

/// An id that no transfer has.
const NO_TRANSFER: &str = "trf_01jd0000000000000000000000";

async fn accounts(app: &App, terms: &[Value]) -> Vec<String> {
    let made = app
        .by("admin")
        .post("/ledger/accounts", json!({ "accounts": terms }))
        .await;
    assert_eq!(made.status, 200, "{}", made.text);
    let results = made.body["results"].as_array().unwrap();
    assert!(
        column(results, "result")
            .iter()
            .all(|result| *result == "created"),
        "{}",
        made.text
    );
    column(results, "id")
        .into_iter()
        .map(str::to_owned)
        .collect()
}

async fn two(app: &App) -> (String, String) {
    let terms = [
        json!({ "currency": "USD", "code": 200 }),
        json!({ "currency": "USD", "debits_must_not_exceed_credits": true }),
    ];
    let made = accounts(app, &terms).await;
    (made[0].clone(), made[1].clone())
}

fn post(debit: &str, credit: &str, amount: i64) -> Value {
    json!({ "debit_account": debit, "credit_account": credit, "amount_minor": amount, "currency": "USD" })
}

async fn transfers(app: &App, transfers: Vec<Value>) -> Vec<Value> {
    let made = app
        .by("admin")
        .post("/ledger/transfers", json!({ "transfers": transfers }))
        .await;
    assert_eq!(made.status, 200, "{}", made.text);
    made.body["results"].as_array().unwrap().clone()
}

async fn balances(app: &App, account: &str) -> [i64; 4] {
    let found = app
        .by("admin")
        .get(&format!("/ledger/accounts/{account}"))
        .await;
    assert_eq!(found.status, 200, "{}", found.text);
    [
        "debits_posted",
        "credits_posted",
        "debits_pending",
        "credits_pending",
    ]
    .map(|field| found.body[field].as_i64().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_opened_with_its_terms() {
    each(async |app| {
        let terms = json!({ "currency": "JPY", "code": 65_535, "credits_must_not_exceed_debits": true,
                            "overdraft_limit": 7, "max_balance": 0 });
        let id = accounts(app, &[terms]).await.remove(0);
        let found = app.by("admin").get(&format!("/ledger/accounts/{id}")).await;
        assert_eq!(
            found.body,
            json!({
                "id": id, "currency": "JPY", "code": 65_535, "debits_posted": 0, "credits_posted": 0,
                "debits_pending": 0, "credits_pending": 0, "balance": 0, "available": 0,
                "debits_must_not_exceed_credits": false, "credits_must_not_exceed_debits": true,
                "overdraft_limit": 7, "max_balance": 0, "frozen": false, "closed": false, "entries": 0,
                "opened_at": "2026-01-01T00:00:00.000000Z",
            })
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_transfer_has_its_own_result_in_order() {
    each(async |app| {
        let (cash, ann) = two(app).await;
        let none = "acc_01jd0000000000000000000000";
        let mut named = post(&cash, &ann, 10);
        named["id"] = json!("trf_01jd0000000000000000000007");
        let mut other = named.clone();
        other["amount_minor"] = json!(11);
        let results = transfers(
            app,
            vec![
                post(&cash, &ann, 500),
                post(&ann, &cash, 501),
                named.clone(),
                named,
                other,
                post(&cash, none, 1),
                post(&cash, &cash, 1),
                post(&cash, &ann, 0),
                post(&cash, &ann, -1),
                post(&cash, &ann, i64::MAX),
            ],
        )
        .await;
        assert_eq!(
            column(&results, "result"),
            [
                "created",
                "insufficient_funds",
                "created",
                "exists",
                "id_exists_with_different_fields",
                "credit_account_not_found",
                "accounts_must_differ",
                "amount_must_be_positive",
                "amount_must_be_positive",
                "amount_overflow",
            ]
        );
        assert_eq!(results[2]["seq"], results[3]["seq"]);
        assert_eq!(results[2]["id"], "trf_01jd0000000000000000000007");
        assert!(results[1]["detail"].is_string() && results[1].get("seq").is_none());
        assert_eq!(balances(app, &ann).await, [0, 510, 0, 0]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_of_linked_transfers_happens_whole_or_not_at_all() {
    each(async |app| {
        let (cash, ann) = two(app).await;
        let linked = |mut transfer: Value| {
            transfer["linked"] = json!(true);
            transfer
        };
        let results = transfers(
            app,
            vec![
                linked(post(&cash, &ann, 100)),
                post(&ann, &cash, 101),
                linked(post(&cash, &ann, 100)),
                post(&ann, &cash, 99),
                linked(post(&cash, &ann, 5)),
            ],
        )
        .await;
        assert_eq!(
            column(&results, "result"),
            [
                "linked_transfer_failed",
                "insufficient_funds",
                "created",
                "created",
                "linked_transfer_failed"
            ]
        );
        assert_eq!(balances(app, &ann).await, [99, 100, 0, 0]);
    })
    .await;
}

fn hold(debit: &str, credit: &str, amount: i64) -> Value {
    let mut hold = post(debit, credit, amount);
    hold["hold"] = json!(true);
    hold
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_is_captured_in_parts_released_or_expires() {
    each(async |app| {
        let (cash, ann) = two(app).await;
        transfers(app, vec![post(&cash, &ann, 100)]).await;
        let mut soon = hold(&ann, &cash, 30);
        soon["timeout_ms"] = json!(5_000);
        let plain = hold(&ann, &cash, 30);
        let made = transfers(app, vec![plain.clone(), plain, soon]).await;
        let ids = column(&made, "id");
        assert_eq!(balances(app, &ann).await, [0, 100, 90, 0]);
        for (item, result) in [
            (
                json!({ "capture_of": ids[0], "amount_minor": 10 }),
                "created",
            ),
            (
                json!({ "capture_of": ids[0], "amount_minor": 21 }),
                "exceeds_hold",
            ),
            (
                json!({ "capture_of": ids[0], "amount_minor": 5, "final": true }),
                "created",
            ),
            (json!({ "capture_of": ids[0] }), "hold_already_captured"),
            (json!({ "release_of": ids[1] }), "created"),
            (json!({ "release_of": ids[1] }), "hold_already_released"),
            (json!({ "capture_of": NO_TRANSFER }), "hold_not_found"),
        ] {
            let results = transfers(app, vec![item.clone()]).await;
            assert_eq!(column(&results, "result"), [result], "{item}");
        }
        assert_eq!(balances(app, &ann).await, [15, 100, 30, 0]);
        app.wait(5 * SECOND);
        let late = transfers(app, vec![json!({ "capture_of": ids[2] })]).await;
        assert_eq!(column(&late, "result"), ["hold_expired"]);
        app.service.tick().await;
        assert_eq!(balances(app, &ann).await, [15, 100, 0, 0]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_tell_what_happened_newest_first_with_the_balance_after_each() {
    each(async |app| {
        let (cash, ann) = two(app).await;
        let first = vec![
            post(&cash, &ann, 100),
            hold(&ann, &cash, 30),
            hold(&ann, &cash, 20),
        ];
        let made = transfers(app, first).await;
        let ids = column(&made, "id");
        let then = vec![
            json!({ "capture_of": ids[1], "amount_minor": 10 }),
            json!({ "capture_of": ids[1], "amount_minor": 5, "final": true, "code": 300 }),
            json!({ "release_of": ids[2] }),
        ];
        transfers(app, then).await;
        let path = format!("/ledger/accounts/{ann}/entries");
        let rows = app.by("admin").all(&path, 4).await;
        let numbers = |field: &str| {
            let number = |row: &Value| row[field].as_i64().unwrap();
            rows.iter().map(number).collect::<Vec<_>>()
        };
        let kinds = [
            "release",
            "final_capture",
            "capture",
            "hold",
            "hold",
            "post",
        ];
        assert_eq!(column(&rows, "kind"), kinds);
        assert_eq!(numbers("amount_minor"), [20, 5, 10, 20, 30, 100]);
        assert_eq!(numbers("balance"), [85, 85, 90, 100, 100, 100]);
        assert_eq!(numbers("held"), [0, 20, 40, 50, 30, 0]);
        assert_eq!(numbers("code"), [0, 300, 100, 100, 100, 100]);
        let holds = [ids[2], ids[1], ids[1], "", "", ""];
        assert_eq!(column(&rows, "hold_id"), holds);
        assert!(
            column(&rows, "counterparty_account")
                .iter()
                .all(|other| *other == cash)
        );
        assert_eq!(column(&rows, "direction")[4..], ["debit", "credit"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_may_post_to_a_wallet_and_its_statement_shows_it() {
    each(async |app| {
        let wallet = app.wallet("ann", "USD", "5").await;
        let (cash, _) = two(app).await;
        let account = wallet.replace("wal_", "acc_");
        let results = transfers(
            app,
            vec![post(&cash, &account, 95), post(&account, &cash, 601)],
        )
        .await;
        assert_eq!(
            column(&results, "result"),
            ["created", "insufficient_funds"]
        );
        assert_eq!(app.balance(&wallet).await.0, "5.95");
        let page = app
            .by("ann")
            .get(&format!("/wallets/{wallet}/statement"))
            .await;
        let rows = page.body["data"].as_array().unwrap();
        assert_eq!(column(rows, "type"), ["ledger", "deposit"]);
        assert_eq!(column(rows, "amount"), ["0.95", "5.00"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hold_of_a_transaction_is_not_touched_behind_its_back() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "5").await;
        let shop = app.wallet("shop", "USD", "0").await;
        let payment = app.pay("ann", &ann, &shop, "5", "manual").await;
        let hold = payment["id"].as_str().unwrap().replace("txn_", "trf_");
        for what in ["capture_of", "release_of"] {
            let mut body = vec![json!({ "capture_of": NO_TRANSFER }); 20];
            body.push(json!({ what: hold }));
            let refused = app
                .by("admin")
                .post("/ledger/transfers", json!({ "transfers": body }))
                .await;
            assert_eq!(refused.refusal(), (422, "hold_of_transaction"));
            assert_eq!(refused.param(), format!("transfers[20].{what}"));
        }
        assert_eq!(app.balance(&ann).await, ("5.00".into(), "5.00".into()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_batch_is_taken_and_a_larger_one_refused() {
    each(async |app| {
        let (cash, ann) = two(app).await;
        let full = vec![post(&cash, &ann, 1); 8_192];
        let results = transfers(app, full.clone()).await;
        assert_eq!(results.len(), 8_192);
        assert!(
            column(&results, "result")
                .iter()
                .all(|result| *result == "created")
        );
        assert_eq!(balances(app, &ann).await, [0, 8_192, 0, 0]);
        let mut more = full;
        more.push(post(&cash, &ann, 1));
        let refused = app
            .by("admin")
            .post("/ledger/transfers", json!({ "transfers": more }))
            .await;
        assert_eq!(
            (refused.refusal(), refused.param()),
            ((422, "batch_too_large"), "transfers")
        );
        let accounts = json!({ "accounts": vec![json!({ "currency": "USD" }); 8_193] });
        let refused = app.by("admin").post("/ledger/accounts", accounts).await;
        assert_eq!(
            (refused.refusal(), refused.param()),
            ((422, "batch_too_large"), "accounts")
        );
    })
    .await;
}

/// Sends a batch whose second transfer is this one, and expects it to be refused at this field.
async fn refused_at(app: &App, item: Value, refusal: (u16, &str), field: &str) {
    let (cash, ann) = two(app).await;
    let body = json!({ "transfers": [post(&cash, &ann, 1), item] });
    let refused = app.by("admin").post("/ledger/transfers", body).await;
    assert_eq!(refused.refusal(), refusal, "{item}: {}", refused.text);
    assert_eq!(refused.param(), format!("transfers[1].{field}"), "{item}");
    assert_eq!(balances(app, &ann).await, [0; 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_field_refuses_the_batch_and_is_named() {
    each(async |app| {
        let (cash, ann) = two(app).await;
        for (field, value, refusal) in [
            ("code", json!(99), (422, "code_reserved")),
            ("code", json!(65_536), (400, "invalid_value")),
            ("currency", json!("usd"), (422, "unknown_currency")),
            ("amount_minor", json!("1"), (400, "invalid_value")),
            ("amount_minor", json!(1.5), (400, "invalid_value")),
            ("debit_account", json!("wal_x"), (400, "invalid_value")),
            ("debit_account", Value::Null, (400, "missing_field")),
            ("credit_account", Value::Null, (400, "missing_field")),
            ("amount_minor", Value::Null, (400, "missing_field")),
            ("currency", Value::Null, (400, "missing_field")),
            ("colour", json!(1), (400, "unknown_field")),
            ("final", json!(true), (400, "unknown_field")),
            ("timeout_ms", json!(1), (400, "unknown_field")),
        ] {
            let mut item = post(&cash, &ann, 1);
            item[field] = value;
            refused_at(app, item, refusal, field).await;
        }
        for timeout in [0, -1, 31_536_000_001_i64] {
            let mut item = hold(&cash, &ann, 1);
            item["timeout_ms"] = json!(timeout);
            refused_at(app, item, (422, "timeout_out_of_range"), "timeout_ms").await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_of_different_kinds_of_transfers_do_not_mix() {
    each(async |app| {
        let (cash, _) = two(app).await;
        for (one, other, value) in [
            ("capture_of", "debit_account", json!(cash)),
            ("capture_of", "credit_account", json!(cash)),
            ("capture_of", "currency", json!("USD")),
            ("capture_of", "hold", json!(true)),
            ("capture_of", "release_of", json!(NO_TRANSFER)),
            ("release_of", "amount_minor", json!(1)),
            ("release_of", "code", json!(100)),
            ("release_of", "final", json!(true)),
        ] {
            let item = json!({ one: NO_TRANSFER, other: value });
            refused_at(app, item, (400, "unknown_field"), other).await;
        }
        for path in ["accounts", "transfers"] {
            let body = json!({ path: [] });
            let refused = app.by("admin").post(&format!("/ledger/{path}"), body).await;
            assert_eq!(refused.refusal(), (422, "batch_empty"));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_with_impossible_terms_is_refused() {
    each(async |app| {
        let both = json!({ "currency": "USD", "debits_must_not_exceed_credits": true,
                           "credits_must_not_exceed_debits": true });
        // The settlement account of the first organisation in USD, not yet open.
        let settlement = SystemAccount::Settlement.id(1, money::Currency::USD);
        let settlement = AccountId(settlement).to_string();
        for (account, code, field) in [
            (
                both,
                "flags_exclude_each_other",
                "credits_must_not_exceed_debits",
            ),
            (
                json!({ "currency": "USD", "code": 1 }),
                "code_reserved",
                "code",
            ),
            (
                json!({ "currency": "USD", "code": 10 }),
                "code_reserved",
                "code",
            ),
            (
                json!({ "currency": "USD", "overdraft_limit": -1 }),
                "limit_negative",
                "overdraft_limit",
            ),
            (
                json!({ "currency": "USD", "max_balance": -1 }),
                "limit_negative",
                "max_balance",
            ),
            (
                json!({ "currency": "DOGE" }),
                "unknown_currency",
                "currency",
            ),
            (
                json!({ "currency": "USD", "id": settlement }),
                "id_reserved",
                "id",
            ),
        ] {
            let body = json!({ "accounts": [{ "currency": "USD" }, account] });
            let refused = app.by("admin").post("/ledger/accounts", body.clone()).await;
            assert_eq!(refused.refusal(), (422, code), "{body}");
            assert_eq!(refused.param(), format!("accounts[1].{field}"));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_opens_one_account() {
    each(async |app| {
        let id = AccountId(uuid::Uuid::from_u128((7 << 76) | (2 << 62) | 1)).to_string();
        let usd = json!({ "id": id, "currency": "USD" });
        accounts(app, &[usd.clone(), usd]).await;
        let euro = json!({ "accounts": [{ "id": id, "currency": "EUR" }] });
        let refused = app.by("admin").post("/ledger/accounts", euro).await;
        let results = refused.body["results"].as_array().unwrap();
        assert_eq!(
            column(results, "result"),
            ["account_exists_with_different_fields"]
        );
        let wallet = app.wallet("ann", "USD", "0").await;
        let taken =
            json!({ "accounts": [{ "id": wallet.replace("wal_", "acc_"), "currency": "USD" }] });
        let refused = app.by("admin").post("/ledger/accounts", taken).await;
        let results = refused.body["results"].as_array().unwrap();
        assert_eq!(
            column(results, "result"),
            ["account_exists_with_different_fields"]
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_balance_holds_sums_beyond_64_bits() {
    each(async |app| {
        let usd = json!({ "currency": "USD" });
        let ids = accounts(
            app,
            &[
                usd.clone(),
                usd.clone(),
                usd.clone(),
                usd,
                json!({ "currency": "EUR" }),
            ],
        )
        .await;
        let results = transfers(
            app,
            vec![
                post(&ids[0], &ids[1], i64::MAX),
                post(&ids[2], &ids[3], i64::MAX),
            ],
        )
        .await;
        assert_eq!(column(&results, "result"), ["created", "created"]);
        let sums = app.by("admin").get("/ledger/trial-balance").await;
        assert!(
            sums.text.contains("\"debits_posted\":18446744073709551614"),
            "{}",
            sums.text
        );
        assert!(
            sums.text
                .contains("\"credits_posted\":18446744073709551614"),
            "{}",
            sums.text
        );
        assert_eq!(sums.body["balanced"], true);
        let rows = sums.body["data"].as_array().unwrap();
        assert_eq!(column(rows, "currency"), ["EUR", "USD"]);
        assert_eq!(rows[1]["accounts"], 4);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trial_balance_shows_payflows_own_accounts() {
    each(async |app| {
        app.wallet("ann", "USD", "12.50").await;
        let shown = app.by("admin").get("/ledger/trial-balance").await;
        let settlement = SystemAccount::Settlement.id(1, money::Currency::USD);
        let expected = json!([{ "id": AccountId(settlement), "name": "settlement", "currency": "USD",
                                "balance": -1_250, "used_percent": 0 }]);
        assert_eq!(shown.body["system_accounts"], expected, "{}", shown.text);
        // Another organisation's are its own.
        let shown = app.by("foreign_admin").get("/ledger/trial-balance").await;
        assert_eq!(shown.body["system_accounts"], json!([]), "{}", shown.text);
    })
    .await;
}
