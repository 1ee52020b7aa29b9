//! Who may do what: without a token, with the wrong role, on what is somebody else's or another
//! organisation's.

use serde_json::{Value, json};

use crate::http_api::support::{App, each, transfer, user};

/// Ids of one of everything, between ann and the shop.
struct Things {
    wallet: String,
    account: String,
    transfer: String,
    payment: String,
}

async fn things(app: &App) -> Things {
    let wallet = app.wallet("ann", "USD", "20").await;
    let shop = app.wallet("shop", "USD", "0").await;
    let id = |made: Value| made["id"].as_str().unwrap().to_owned();
    Things {
        transfer: id(app.transfer("ann", &wallet, &shop, "1", "USD").await),
        payment: id(app.pay("ann", &wallet, &shop, "5", "manual").await),
        account: wallet.replace("wal_", "acc_"),
        wallet,
    }
}

fn reads(things: &Things) -> Vec<String> {
    let Things {
        wallet,
        transfer,
        payment,
        ..
    } = things;
    vec![
        format!("/wallets/{wallet}"),
        format!("/wallets/{wallet}/statement"),
        format!("/wallets/{wallet}/balance"),
        format!("/transactions/{transfer}"),
        format!("/transactions/{payment}/timeline"),
        format!("/transactions?wallet_id={wallet}"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_good_token_everything_is_401() {
    each(async |app| {
        let things = things(app).await;
        let mut paths = reads(&things);
        paths.extend([
            "/wallets".to_owned(),
            "/transactions".to_owned(),
            "/recipients?email=a@b.c&currency=USD".to_owned(),
            "/ledger/trial-balance".to_owned(),
            format!("/ledger/accounts/{}", things.account),
        ]);
        for path in paths {
            let refused = app.by_nobody().get(&path).await;
            assert_eq!(refused.refusal(), (401, "unauthenticated"), "{path}");
            assert_eq!(refused.header("www-authenticate"), "Bearer");
            assert_eq!(
                app.by("nobody knows this token").get(&path).await.status,
                401
            );
        }
        for path in [
            "/wallets".to_owned(),
            "/transactions".to_owned(),
            "/ledger/accounts".to_owned(),
            "/ledger/transfers".to_owned(),
            format!("/wallets/{}/freeze", things.wallet),
            format!("/wallets/{}/limits", things.wallet),
            format!("/transactions/{}/capture", things.payment),
            format!("/transactions/{}/resolve", things.payment),
        ] {
            assert_eq!(
                app.by_nobody().post(&path, json!({})).await.status,
                401,
                "{path}"
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_somebody_elses_does_not_exist() {
    each(async |app| {
        let things = things(app).await;
        app.wallet("bob", "USD", "5").await;
        for path in reads(&things) {
            for outsider in ["bob", "stranger", "foreign_admin"] {
                let missing = app.by(outsider).get(&path).await;
                assert_eq!(missing.status, 404, "{outsider} {path}: {}", missing.text);
            }
            for reader in ["ann", "operator", "auditor", "admin"] {
                let found = app.by(reader).get(&path).await;
                assert_eq!(found.status, 200, "{reader} {path}: {}", found.text);
            }
        }
        for (path, body) in [
            (format!("/wallets/{}/close", things.wallet), json!({})),
            (
                format!("/transactions/{}/capture", things.payment),
                json!({}),
            ),
            (
                format!("/transactions/{}/capture", things.payment),
                json!({ "amount": "1" }),
            ),
            (
                format!("/transactions/{}/cancel", things.payment),
                json!({}),
            ),
            (
                format!("/transactions/{}/refund", things.payment),
                json!({ "amount": "1" }),
            ),
        ] {
            for outsider in ["bob", "stranger", "foreign_admin"] {
                let missing = app.by(outsider).post(&path, body.clone()).await;
                assert_eq!(missing.status, 404, "{outsider} {path}: {}", missing.text);
            }
        }
        for path in ["/freeze", "/unfreeze", "/limits", "/close"] {
            let path = format!("/wallets/{}{path}", things.wallet);
            let missing = app.by("foreign_admin").post(&path, json!({})).await;
            assert_eq!(missing.refusal(), (404, "wallet_not_found"), "{path}");
        }
        let entries = format!("/ledger/accounts/{}/entries", things.account);
        let missing = app.by("foreign_admin").get(&entries).await;
        assert_eq!(missing.refusal(), (404, "account_not_found"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_of_a_transaction_see_it_and_not_each_others_wallets() {
    each(async |app| {
        let things = things(app).await;
        let path = format!("/transactions/{}", things.transfer);
        assert_eq!(app.by("shop").get(&path).await.status, 200);
        assert_eq!(
            app.by("shop").get(&format!("{path}/timeline")).await.status,
            200
        );
        let wallet = app
            .by("shop")
            .get(&format!("/wallets/{}", things.wallet))
            .await;
        assert_eq!(wallet.refusal(), (404, "wallet_not_found"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_may_do_what_its_permissions_say_and_a_403_names_the_missing_one() {
    each(async |app| {
        let things = things(app).await;
        let wallet = |what: &str| format!("/wallets/{}{what}", things.wallet);
        let payment = |what: &str| format!("/transactions/{}{what}", things.payment);
        let deposit = json!({ "type": "deposit", "to_wallet": things.wallet, "amount": "1", "currency": "USD",
                              "source": { "kind": "card", "token": "tok_ok" } });
        let resolve = json!({ "outcome": "failed", "reason": "x" });
        let accounts = json!({ "accounts": [] });
        let transfers = json!({ "transfers": [] });
        for (path, body, permission, refused) in [
            ("/wallets".to_owned(), json!({ "currency": "USD" }), "wallets:own", &["operator", "auditor"][..]),
            (wallet("/freeze"), json!({}), "wallets:own", &["auditor"]),
            (wallet("/unfreeze"), json!({}), "wallets:own", &["auditor"]),
            (wallet("/limits"), json!({}), "wallets:limit", &["ann", "shop", "auditor"]),
            (wallet("/close"), json!({}), "wallets:own", &["auditor"]),
            ("/transactions".to_owned(), deposit, "transactions:own", &["operator", "auditor"]),
            (payment("/capture"), json!({}), "transactions:own", &["auditor"]),
            (payment("/cancel"), json!({}), "transactions:own", &["auditor"]),
            (payment("/refund"), json!({}), "transactions:own", &["auditor"]),
            (payment("/resolve"), resolve, "transactions:resolve", &["ann", "shop", "auditor"]),
            ("/ledger/accounts".to_owned(), accounts, "ledger", &["ann", "shop", "operator", "auditor"]),
            ("/ledger/transfers".to_owned(), transfers, "ledger", &["ann", "shop", "operator", "auditor"]),
        ] {
            for role in ["ann", "shop", "operator", "auditor", "admin"] {
                let answer = app.by(role).post(&path, body.clone()).await;
                if refused.contains(&role) {
                    assert_eq!(answer.refusal(), (403, "forbidden"), "{role} {path}");
                    assert_eq!(answer.body["errors"][0]["code"], permission, "{role} {path}");
                } else {
                    // Who stands on which side of a payment is another matter than the role.
                    assert_ne!(answer.param(), "permission", "{role} {path}: {}", answer.text);
                }
            }
        }
        for path in [
            "/ledger/trial-balance".to_owned(),
            format!("/ledger/accounts/{}", things.account),
            format!("/ledger/accounts/{}/entries", things.account),
        ] {
            for role in ["ann", "operator", "auditor"] {
                assert_eq!(app.by(role).get(&path).await.refusal(), (403, "forbidden"), "{role} {path}");
            }
        }
        let refused = app.by("auditor").get("/recipients?email=a@b.c&currency=USD").await;
        assert_eq!(refused.refusal(), (403, "forbidden"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dangerous_acts_need_a_fresh_second_factor_and_others_do_not() {
    each(async |app| {
        let things = things(app).await;
        let wallet = |what: &str| format!("/wallets/{}{what}", things.wallet);
        let resolve = format!("/transactions/{}/resolve", things.payment);
        let long_ago = app.by("long_ago_admin");
        for (path, body) in [
            (wallet("/unfreeze"), json!({})),
            (wallet("/limits"), json!({ "daily": "1" })),
            (resolve, json!({ "outcome": "failed", "reason": "x" })),
            ("/ledger/accounts".to_owned(), json!({ "accounts": [] })),
            ("/ledger/transfers".to_owned(), json!({ "transfers": [] })),
        ] {
            let refused = long_ago.post(&path, body.clone()).await;
            assert_eq!(refused.refusal(), (403, "step_up_required"), "{path}");
            assert_eq!(refused.body["methods"], json!(["password"]));
            let answer = app.by("admin").post(&path, body.clone()).await;
            assert_ne!(answer.status, 403, "{path}");
            let answer = app.by("long_ago_auditor").post(&path, body).await;
            assert_eq!(
                answer.refusal(),
                (403, "forbidden"),
                "{path}: the permission comes first"
            );
        }
        for path in ["/wallets", "/transactions", "/ledger/trial-balance"] {
            assert_eq!(long_ago.get(path).await.status, 200, "{path}");
        }
        let frozen = long_ago.post(&wallet("/freeze"), json!({})).await;
        assert_eq!(frozen.status, 200, "to stop money must be quick");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn money_leaves_only_the_callers_own_wallet_even_for_an_admin() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "20").await;
        let foreign = app.wallet("stranger", "USD", "20").await;
        let own = app.wallet("admin", "USD", "0").await;
        for from in [&ann, &foreign] {
            let refused = app
                .by("admin")
                .post("/transactions", transfer(from, &own, "1", "USD"))
                .await;
            assert_eq!(
                (refused.refusal(), refused.param()),
                ((404, "wallet_not_found"), "from_wallet")
            );
        }
        let refused = app
            .by("ann")
            .post("/transactions", transfer(&ann, &foreign, "1", "USD"))
            .await;
        assert_eq!(
            (refused.refusal(), refused.param()),
            ((404, "wallet_not_found"), "to_wallet")
        );
        let deposit = json!({ "type": "deposit", "to_wallet": ann, "amount": "1", "currency": "USD",
                              "source": { "kind": "card", "token": "tok_ok" } });
        let refused = app.by("admin").post("/transactions", deposit).await;
        assert_eq!(refused.refusal(), (404, "wallet_not_found"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_of_one_organisation_sees_nothing_of_another() {
    each(async |app| {
        let things = things(app).await;
        app.wallet("stranger", "USD", "7").await;
        let rows = app.by("foreign_admin").all("/transactions", 10).await;
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0]["created_by"], user("stranger"));
        let query = format!("/transactions?q={}", things.transfer);
        assert!(app.by("foreign_admin").all(&query, 10).await.is_empty());
        let sums = app.by("foreign_admin").get("/ledger/trial-balance").await;
        assert_eq!(sums.body["data"][0]["debits_posted"], 700);
    })
    .await;
}

#[tokio::test]
async fn what_operators_do_is_told_to_the_audit_trail_once_and_also_what_is_refused() {
    each(async |app| {
        let wallet = app.wallet("ann", "USD", "10").await;
        let path = |act: &str| format!("/wallets/{wallet}/{act}");
        assert_eq!(
            app.trail(),
            [],
            "what one does for oneself is no operator's act"
        );
        let key = "frozen-once";
        for _ in 0..2 {
            let frozen = app
                .by("operator")
                .post_once(key, &path("freeze"), json!({}))
                .await;
            assert_eq!(frozen.status, 200, "{}", frozen.text);
        }
        let told =
            |action, refusal: Option<&str>| (action, wallet.clone(), refusal.map(str::to_owned));
        assert_eq!(app.trail(), [told("wallet.frozen", None)]);
        for act in ["unfreeze", "limits"] {
            let done = app.by("operator").post(&path(act), json!({})).await;
            assert_eq!(done.status, 200, "{}", done.text);
        }
        let refused = app.by("operator").post(&path("close"), json!({})).await;
        let code = refused.body["code"].as_str().unwrap();
        let expected = [
            told("wallet.unfrozen", None),
            told("wallet.limited", None),
            told("wallet.closed", Some(code)),
        ];
        assert_eq!(app.trail(), expected);
        // Nobody may: nothing was tried.
        assert_eq!(
            app.by("ann").post(&path("limits"), json!({})).await.status,
            403
        );
        assert_eq!(app.trail(), []);
    })
    .await;
}
