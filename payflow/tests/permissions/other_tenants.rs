//! What belongs to one organisation does not exist for another, on every route; and what a key
//! does, its owner has done.

use contracts::identity::Role;
use serde_json::{Value, json};

use crate::permissions::app::{App, PASSWORD, Things, on_each_engine};

/// One of everything in the first organisation, and the administrator of another.
async fn two_organisations(app: &App) -> (Things, String, String) {
    let root = app.somebody("ann@example.com", Role::Admin).await;
    let post = async |path: &str, body: Value| {
        let made = app.ask(Some(&root), "POST", path, Some(body)).await;
        assert_eq!(made.status, 201, "{path}: {made:?}");
        made
    };
    let wallet = post("/api/v1/wallets", json!({"currency": "USD"}))
        .await
        .text_of("id");
    let deposit = json!({"type": "deposit", "to_wallet": wallet, "amount": "5", "currency": "USD",
        "source": {"kind": "card", "token": "tok_ok"}});
    let transaction = post("/api/v1/transactions", deposit).await.text_of("id");
    let asked = json!({"name": "x", "scopes": ["ledger"]});
    let api_key = post("/api/v1/api-keys", asked).await.text_of("id");
    let admin = json!({"email": "boss@example.com", "name": "Boss", "password": PASSWORD});
    let acme = json!({"slug": "acme", "name": "Acme", "admin": admin});
    post("/api/v1/organisations", acme).await;
    let me = app.ask(Some(&root), "GET", "/api/v1/auth/me", None).await;
    let boss = app.log_in("acme", "boss@example.com").await;
    let boss = app.show_second_factor(&boss).await;
    let path = "/api/v1/auth/sessions";
    let sessions = app.ask(Some(&root), "GET", path, None).await;
    let session = sessions.body["data"][0]["id"].as_str().unwrap().to_owned();
    let user = me.text_of("id");
    let (webhook_endpoint, webhook_delivery) = app.webhook(&root).await;
    let (submission, document) = app.kyc(&root).await;
    let things = Things {
        submission,
        document,
        passkey: app.passkey(&user).await,
        notification: app.notification(&root).await,
        webhook_endpoint,
        webhook_delivery,
        message: app.message(&root).await,
        list: app.list(&root).await,
        case: app.case().await,
        alert: app.alert(&root).await,
        condition: app.condition(&root).await,
        user,
        wallet,
        transaction,
        api_key,
        session,
    };
    (things, root, boss)
}

#[tokio::test(flavor = "multi_thread")]
async fn anothers_objects_are_answered_like_ones_that_do_not_exist() {
    on_each_engine(async |app| {
        let (things, _, boss) = two_organisations(&app).await;
        let none = Things::missing();
        let mut tried = 0;
        for operation in &app.operations().await {
            if !operation.path.contains("{id}") {
                continue;
            }
            let ask = async |things: &Things| {
                let (path, body) = (things.path(operation), things.body(operation));
                app.ask(Some(&boss), &operation.method, &path, body).await
            };
            let (theirs, missing) = (ask(&things).await, ask(&none).await);
            assert_eq!(theirs.status, 404, "{}: {theirs:?}", operation.name);
            for field in ["status", "code", "detail", "errors"] {
                let theirs = theirs.body[field].to_string();
                // A refusal may name what was asked for.
                let theirs = theirs
                    .replace(&things.session, &none.session)
                    .replace(&things.passkey, &none.passkey)
                    .replace(&things.notification, &none.notification)
                    .replace(&things.message, &none.message)
                    .replace(&things.case, &none.case);
                let missing = missing.body[field].to_string();
                assert_eq!(theirs, missing, "{} {field}", operation.name);
            }
            tried += 1;
        }
        assert!(tried > 15, "only {tried} routes take an id");
        app.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_list_holds_anything_of_another_organisation() {
    on_each_engine(async |app| {
        let (things, _, boss) = two_organisations(&app).await;
        let account = things.wallet.replace("wal_", "acc_");
        for operation in &app.operations().await {
            if operation.method != "GET" || operation.path.contains('{') {
                continue;
            }
            let path = things.path(operation);
            let answer = app.ask(Some(&boss), "GET", &path, None).await;
            let Things {
                wallet,
                transaction,
                user,
                api_key,
                session,
                passkey,
                notification,
                webhook_endpoint,
                webhook_delivery,
                message,
                list,
                case,
                condition,
                submission,
                document,
                alert,
            } = &things;
            for id in [
                wallet,
                transaction,
                user,
                api_key,
                session,
                passkey,
                notification,
                webhook_endpoint,
                webhook_delivery,
                message,
                list,
                case,
                condition,
                submission,
                document,
                alert,
                &account,
                "ann@example.com",
            ] {
                let told = answer.text.contains(id);
                assert!(!told, "{} tells {id}: {answer:?}", operation.name);
            }
        }
        for list in ["wallets", "transactions", "api-keys"] {
            let path = format!("/api/v1/{list}");
            let answer = app.ask(Some(&boss), "GET", &path, None).await;
            assert_eq!(answer.body["data"], json!([]), "{list}");
        }
        app.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn money_never_crosses_between_organisations() {
    on_each_engine(async |app| {
        let (things, _, boss) = two_organisations(&app).await;
        let made = json!({"currency": "USD"});
        let made = app.ask(Some(&boss), "POST", "/api/v1/wallets", Some(made)).await;
        let (own, theirs) = (made.text_of("id"), &things.wallet);
        for (from, to) in [(theirs, &own), (&own, theirs), (theirs, theirs)] {
            let body = json!({"type": "payment", "from_wallet": from, "to_wallet": to, "amount": "1", "currency": "USD"});
            let refused = app.ask(Some(&boss), "POST", "/api/v1/transactions", Some(body)).await;
            assert_eq!(refused.status, 404, "{refused:?}");
        }
        let by_email = json!({"type": "transfer", "from_wallet": own, "to_email": "ann@example.com",
            "amount": "1", "currency": "USD"});
        let refused = app.ask(Some(&boss), "POST", "/api/v1/transactions", Some(by_email)).await;
        assert_eq!(refused.status, 404, "{refused:?}");
        app.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idempotency_key_belongs_to_the_user_whatever_they_came_with() {
    on_each_engine(async |app| {
        let (_, root, _) = two_organisations(&app).await;
        let key = app.key(&root, &["wallets:own"]).await;
        let open = async |token: &str| {
            let body = json!({"currency": "EUR"});
            app.ask_with(
                Some(token),
                "POST",
                "/api/v1/wallets",
                Some(body),
                Some("once"),
            )
            .await
        };
        let (first, again) = (open(&root).await, open(&key).await);
        assert_eq!((first.status, again.status), (201, 201));
        assert_eq!(first.text_of("id"), again.text_of("id"));
        app.close().await;
    })
    .await;
}
