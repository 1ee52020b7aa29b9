//! Wallets: opened, listed, frozen and closed.

use serde_json::json;

use crate::http_api::support::{column, each, transfer, user};

#[tokio::test(flavor = "multi_thread")]
async fn a_new_wallet_is_empty_and_the_callers_own() {
    each(async |app| {
        let body = json!({ "currency": "USD", "label": "Holidays" });
        let made = app.by("ann").post("/wallets", body).await;
        assert_eq!(made.status, 201);
        let id = made.id();
        assert_eq!(
            made.body,
            json!({
                "id": id, "owner_id": user("ann"), "currency": "USD", "label": "Holidays",
                "status": "active", "frozen_by": null,
                "balance": { "posted": "0.00", "held": "0.00", "available": "0.00" },
                "limits": { "daily": null, "monthly": null },
                "created_at": "2026-01-01T00:00:00.000000Z",
            })
        );
        let found = app.by("ann").get(&format!("/wallets/{id}")).await;
        assert_eq!((found.status, found.body), (200, made.body));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn amounts_have_the_decimals_of_their_currency() {
    each(async |app| {
        let yen = app.wallet("ann", "JPY", "1200").await;
        let dinar = app.wallet("ann", "KWD", "0.005").await;
        assert_eq!(app.balance(&yen).await.0, "1200");
        assert_eq!(app.balance(&dinar).await.0, "0.005");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_filtered_and_comes_page_by_page() {
    each(async |app| {
        let mut own = Vec::new();
        for currency in ["USD", "EUR", "USD", "JPY", "USD"] {
            own.push(app.wallet("ann", currency, "0").await);
        }
        let others = app.wallet("bob", "USD", "0").await;
        let foreign = app.wallet("stranger", "USD", "0").await;
        app.by("operator")
            .post_empty(&format!("/wallets/{}/freeze", own[0]))
            .await;
        app.by("ann")
            .post_empty(&format!("/wallets/{}/close", own[2]))
            .await;
        own.reverse();

        let ann = app.by("ann");
        for limit in [1, 2, 5, 100] {
            assert_eq!(column(&ann.all("/wallets", limit).await, "id"), own);
        }
        let operator = app.by("operator");
        let all = operator.all("/wallets", 3).await;
        assert_eq!(column(&all, "id")[0], others);
        assert_eq!(column(&all, "id")[1..], own);
        assert!(!column(&all, "id").contains(&foreign.as_str()));

        let ids = async |caller: crate::http_api::support::Caller<'_>, path: &str| {
            let rows = caller.all(path, 2).await;
            column(&rows, "id")
                .into_iter()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let owned = format!("/wallets?owner_id={}", user("ann"));
        assert_eq!(ids(operator, &owned).await, own);
        assert_eq!(ids(ann, &owned).await, own);
        assert!(
            ids(ann, &format!("/wallets?owner_id={}", user("bob")))
                .await
                .is_empty()
        );
        assert_eq!(
            ids(ann, "/wallets?currency=USD").await,
            [&own[0][..], &own[2], &own[4]]
        );
        assert_eq!(ids(ann, "/wallets?status=frozen").await, [&own[4][..]]);
        assert_eq!(
            ids(ann, "/wallets?status=frozen,closed").await,
            [&own[2][..], &own[4]]
        );
        assert_eq!(
            ids(ann, "/wallets?status=active&currency=USD").await,
            [&own[0][..]]
        );
        assert_eq!(ids(operator, "/wallets?status=closed").await, [&own[2][..]]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_wallet_neither_sends_nor_receives_until_it_is_unfrozen() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "50").await;
        let bob = app.wallet("bob", "USD", "50").await;
        let path = format!("/wallets/{ann}/freeze");
        let frozen = app
            .by("operator")
            .post(&path, json!({ "reason": "asked by the owner" }))
            .await;
        assert_eq!(
            (frozen.status, &frozen.body["status"]),
            (200, &json!("frozen"))
        );
        for (by, body, param, said) in [
            (
                "ann",
                transfer(&ann, &bob, "1", "USD"),
                "from_wallet",
                "The wallet in `from_wallet` is frozen and sends nothing: an operator has frozen it, so contact support.",
            ),
            (
                "bob",
                transfer(&bob, &ann, "1", "USD"),
                "to_wallet",
                "The wallet is frozen and takes no new transactions.",
            ),
        ] {
            let refused = app.by(by).post("/transactions", body).await;
            assert_eq!(refused.refusal(), (409, "account_frozen"), "{by}");
            assert_eq!((refused.param(), &refused.body["detail"]), (param, &json!(said)));
        }
        let path = format!("/wallets/{ann}/unfreeze");
        let active = app.by("operator").post_empty(&path).await;
        assert_eq!(
            (active.status, &active.body["status"]),
            (200, &json!("active"))
        );
        app.transfer("ann", &ann, &bob, "1", "USD").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_lets_go_what_they_froze_themselves_and_not_what_an_operator_froze() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "50").await;
        let stands = async |by, what: &str| {
            let done = app
                .by(by)
                .post_empty(&format!("/wallets/{ann}/{what}"))
                .await;
            match done.status {
                200 => done.body["frozen_by"]
                    .as_str()
                    .unwrap_or("nobody")
                    .to_owned(),
                _ => done.code().to_owned(),
            }
        };
        for (by, what, expected) in [
            ("bob", "freeze", "wallet_not_found"),
            ("ann", "freeze", "owner"),
            ("long_ago_ann", "unfreeze", "step_up_required"),
            ("ann", "freeze", "owner"),
            ("ann", "unfreeze", "nobody"),
            ("ann", "unfreeze", "nobody"),
            ("operator", "freeze", "operator"),
            ("ann", "unfreeze", "frozen_by_operator"),
            ("operator", "unfreeze", "nobody"),
            ("operator", "freeze", "operator"),
            ("ann", "unfreeze", "frozen_by_operator"),
            ("operator", "unfreeze", "nobody"),
            ("ann", "freeze", "owner"),
            ("operator", "unfreeze", "nobody"),
            // Both have frozen it, in either order: each lets go their own.
            ("long_ago_ann", "freeze", "owner"),
            ("operator", "freeze", "operator"),
            ("operator", "unfreeze", "owner"),
            ("ann", "unfreeze", "nobody"),
            ("operator", "freeze", "operator"),
            ("ann", "freeze", "operator"),
            ("ann", "unfreeze", "operator"),
            ("ann", "unfreeze", "frozen_by_operator"),
            ("ann", "freeze", "operator"),
            ("operator", "unfreeze", "owner"),
            ("operator", "unfreeze", "nobody"),
        ] {
            assert_eq!(stands(by, what).await, expected, "{by} {what}");
        }
        assert_eq!(stands("ann", "freeze").await, "owner");
        app.reopen().await;
        let found = app.by("ann").get(&format!("/wallets/{ann}")).await;
        assert_eq!(found.body["frozen_by"], "owner");
        let path = format!("/wallets/{ann}/unfreeze");
        assert_eq!(app.by("ann").post_empty(&path).await.status, 200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_empty_wallet_is_closed_and_then_for_ever() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "5").await;
        let bob = app.wallet("bob", "USD", "0").await;
        let close = format!("/wallets/{ann}/close");
        let refused = app.by("ann").post_empty(&close).await;
        assert_eq!(refused.refusal(), (409, "account_not_empty"));
        app.transfer("ann", &ann, &bob, "5", "USD").await;
        let closed = app.by("ann").post(&close, json!({})).await;
        assert_eq!(
            (closed.status, &closed.body["status"]),
            (200, &json!("closed"))
        );
        for path in [close, format!("/wallets/{ann}/close")] {
            let again = app.by("ann").post_empty(&path).await;
            assert_eq!(again.refusal(), (409, "account_closed"));
        }
        let refused = app
            .by("operator")
            .post_empty(&format!("/wallets/{ann}/unfreeze"))
            .await;
        assert_eq!(refused.refusal(), (409, "account_closed"));
        let refused = app
            .by("bob")
            .post("/transactions", transfer(&bob, &ann, "1", "USD"))
            .await;
        assert_eq!(refused.refusal(), (409, "account_closed"));
        let by_operator = app
            .by("operator")
            .post_empty(&format!("/wallets/{bob}/close"))
            .await;
        assert_eq!(by_operator.refusal(), (409, "account_not_empty"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_is_not_closed_while_a_hold_touches_it() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "5").await;
        let shop = app.wallet("shop", "USD", "0").await;
        let payment = app.pay("ann", &ann, &shop, "5", "manual").await;
        let close = format!("/wallets/{shop}/close");
        assert_eq!(
            app.by("shop").post_empty(&close).await.refusal(),
            (409, "account_not_empty")
        );
        let path = format!("/transactions/{}/cancel", payment["id"].as_str().unwrap());
        assert_eq!(app.by("shop").post_empty(&path).await.status, 200);
        assert_eq!(app.by("shop").post_empty(&close).await.status, 200);
    })
    .await;
}
