//! What the acquirer tells on its own accord: late, twice, against itself, of nothing that exists;
//! and over HTTP only with its signature.

use axum::body::Body;
use contracts::payments::TransactionId;
use http::{HeaderMap, HeaderName, Request};
use payments::acquirer::{Connected, Unanswered, Verdict};
use platform::clock::Clock;
use serde_json::json;
use testkit::{FakeClock, TestStore, engines, ids};
use values::SECOND;
use web::signature::NotificationKey;

use super::harness::{App, Reply, SECONDS, Script, config, declined, reply, scripted};
use crate::acquirer::server::signed;

const KEY: &str = "key-of-the-signer-0001";

/// A withdrawal, and what the acquirer answered to its instruction.
async fn withdrawn(
    app: &App,
    script: &mut Script,
    verdict: Result<Verdict, Unanswered>,
) -> (String, String) {
    let wallet = app.wallet("ann", "EUR", 5_000).await;
    let (made, ()) = tokio::join!(app.withdraw(&wallet, "tok"), async {
        let call = script.instruction().await;
        match verdict {
            Ok(verdict) => call.answer(verdict),
            Err(error) => call.fail(error),
        }
    });
    (made.made().0, wallet)
}

#[tokio::test]
async fn a_notification_ends_what_was_processing_or_unresolved() {
    App::each(config(), async |app, mut script| {
        for before in [Ok(Verdict::Pending), Err(Unanswered::TimedOut)] {
            for (told, status, posted) in [
                (Verdict::Approved, "completed", "37.50"),
                (declined("closed"), "failed", "50.00"),
            ] {
                let (id, wallet) = withdrawn(&app, &mut script, before.clone()).await;
                script.tell(&id, told);
                app.tick().await;
                assert_eq!(app.status(&id).await, status);
                assert_eq!(app.balance(&wallet).await, (posted.into(), "0.00".into()));
                assert_eq!(app.due_in(&id).await.1, None);
            }
        }
        script.assert_silent();
    })
    .await;
}

#[tokio::test]
async fn a_contradiction_changes_nothing_and_is_written_down() {
    App::each(config(), async |app, mut script| {
        for (first, second, status, posted) in [
            (Verdict::Approved, declined("closed"), "completed", "37.50"),
            (declined("closed"), Verdict::Approved, "failed", "50.00"),
        ] {
            let (id, wallet) = withdrawn(&app, &mut script, Ok(first)).await;
            script.tell(&id, second);
            app.tick().await;
            assert_eq!(
                app.timeline(&id).await,
                ["processing", status, "contradicted"]
            );
            assert_eq!(app.status(&id).await, status);
            assert_eq!(app.balance(&wallet).await, (posted.into(), "0.00".into()));
        }
    })
    .await;
}

#[tokio::test]
async fn an_approval_after_two_operators_said_otherwise_is_written_down() {
    App::each(config(), async |app, mut script| {
        let (id, wallet) = withdrawn(&app, &mut script, Err(Unanswered::TimedOut)).await;
        app.resolve("operator", &id, "failed").await;
        app.resolve("deputy", &id, "failed").await;
        script.tell(&id, Verdict::Approved);
        app.tick().await;
        let timeline = app.timeline(&id).await;
        assert_eq!(
            timeline,
            [
                "processing",
                "unresolved",
                "resolution_proposed",
                "failed",
                "contradicted"
            ]
        );
        assert_eq!(app.balance(&wallet).await, ("50.00".into(), "0.00".into()));
    })
    .await;
}

#[tokio::test]
async fn a_notification_before_the_answer_ends_the_wait_of_nobody_and_counts_once() {
    App::each(config(), async |app, mut script| {
        let wallet = app.wallet("ann", "EUR", 0).await;
        let (made, ()) = tokio::join!(app.deposit(&wallet, "tok"), async {
            let call = script.instruction().await;
            script.tell(&call.instruction.id.to_string(), Verdict::Approved);
            app.tick().await;
            call.answer(Verdict::Approved);
        });
        let (id, status) = made.made();
        assert_eq!(status, "completed");
        assert_eq!(
            app.timeline(&id).await,
            ["processing", "completed", "answered_again"]
        );
        assert_eq!(app.balance(&wallet).await.0, "12.50");
    })
    .await;
}

#[tokio::test]
async fn what_says_nothing_or_concerns_nothing_is_passed_over() {
    App::each(config(), async |app, mut script| {
        let (id, wallet) = withdrawn(&app, &mut script, Ok(Verdict::Pending)).await;
        let other = app.wallet("ann", "EUR", 0).await;
        let body = json!({ "type": "transfer", "from_wallet": wallet, "to_wallet": other, "amount": "1",
                           "currency": "EUR" });
        let (transfer, _) = app.post("ann", "/transactions", body).await.made();
        script.tell(&id, Verdict::Pending);
        script.tell(&id, Verdict::Unknown);
        script.tell(&transfer, declined("closed"));
        script.tell(&TransactionId(ids(app.clock.clone()).next()).to_string(), Verdict::Approved);
        app.tick().await;
        assert_eq!(app.timeline(&id).await, ["processing"]);
        assert_eq!(app.timeline(&transfer).await, ["completed"]);
    })
    .await;
}

// --- over HTTP ---

/// Payments that take notifications over HTTP.
async fn each_with_endpoint(test: impl AsyncFn(App, Script)) {
    for engine in engines() {
        let store = TestStore::new(engine);
        let (connected, script) = scripted();
        let connected = Connected {
            notification_key: Some(NotificationKey::new(KEY)),
            ..connected
        };
        let app = App::open(&store, &FakeClock::new(), connected, config()).await;
        let service = app.service.clone();
        test(app, script).await;
        service.close().await;
    }
}

async fn notify(app: &App, headers: HeaderMap, body: &str) -> Reply {
    let mut request = Request::post("/api/v1/acquirer/notifications")
        .body(Body::from(body.to_owned()))
        .unwrap();
    *request.headers_mut() = headers;
    reply(app.router.clone(), request).await
}

fn now(app: &App) -> i64 {
    app.clock.now().micros() / SECOND
}

#[tokio::test]
async fn a_signed_notification_is_taken_in_before_it_is_answered() {
    each_with_endpoint(async |app, mut script| {
        let (id, wallet) = withdrawn(&app, &mut script, Ok(Verdict::Pending)).await;
        let body = json!({ "id": id, "status": "declined", "code": "account_closed", "detail": "Closed." }).to_string();
        for _ in 0..2 {
            let answer = notify(&app, signed(KEY, "msg_1", now(&app), &body), &body).await;
            assert_eq!((answer.status, answer.text.as_str()), (204, ""));
        }
        let transaction = app.transaction(&id).await;
        assert_eq!(transaction["status"], "failed");
        assert_eq!(transaction["failure"], json!({ "code": "account_closed", "detail": "Closed." }));
        assert_eq!(app.timeline(&id).await, ["processing", "failed", "answered_again"]);
        assert_eq!(app.balance(&wallet).await, ("50.00".into(), "0.00".into()));
    })
    .await;
}

#[tokio::test]
async fn a_notification_of_nothing_that_exists_is_answered_alike() {
    each_with_endpoint(async |app, _script| {
        let id = TransactionId(ids(app.clock.clone()).next());
        let body = json!({ "id": id, "status": "approved" }).to_string();
        assert_eq!(
            notify(&app, signed(KEY, "msg_1", now(&app), &body), &body)
                .await
                .status,
            204
        );
    })
    .await;
}

#[tokio::test]
async fn without_a_good_signature_nothing_is_taken_in() {
    each_with_endpoint(async |app, mut script| {
        let (id, _) = withdrawn(&app, &mut script, Ok(Verdict::Pending)).await;
        let body = json!({ "id": id, "status": "approved" }).to_string();
        let good = || signed(KEY, "msg_1", now(&app), &body);
        let without = |name: &'static str| {
            let mut headers = good();
            headers.remove(HeaderName::from_static(name));
            headers
        };
        for headers in [
            signed("key-of-somebody-else", "msg_1", now(&app), &body),
            signed(KEY, "msg_1", now(&app), "{}"),
            signed(KEY, "msg_1", now(&app) - 301, &body),
            signed(KEY, "msg_1", now(&app) + 301, &body),
            without("webhook-id"),
            without("webhook-timestamp"),
            without("webhook-signature"),
            HeaderMap::new(),
        ] {
            let answer = notify(&app, headers, &body).await;
            assert_eq!((answer.status, answer.code()), (401, "invalid_signature"));
        }
        // An access token is no signature, and a signature is good for five minutes.
        let mut token = HeaderMap::new();
        token.insert("authorization", "Bearer admin".parse().unwrap());
        assert_eq!(notify(&app, token, &body).await.status, 401);
        let recorded = good();
        app.clock.advance(301 * SECONDS);
        assert_eq!(notify(&app, recorded, &body).await.status, 401);
        assert_eq!(app.status(&id).await, "processing");
        assert_eq!(
            notify(&app, signed(KEY, "msg_1", now(&app), &body), &body)
                .await
                .status,
            204
        );
        assert_eq!(app.status(&id).await, "completed");
    })
    .await;
}

#[tokio::test]
async fn a_signed_body_of_the_wrong_form_is_refused() {
    each_with_endpoint(async |app, _script| {
        let id = TransactionId(ids(app.clock.clone()).next()).to_string();
        let endless = " ".repeat(16 * 1024 + 1);
        for (body, status, code) in [
            ("", 400, "malformed_notification"),
            ("{", 400, "malformed_notification"),
            (
                r#"{"id":"wal_1","status":"approved"}"#,
                400,
                "malformed_notification",
            ),
            (
                &json!({ "id": id, "status": "done" }).to_string(),
                400,
                "malformed_notification",
            ),
            (
                &json!({ "id": id }).to_string(),
                400,
                "malformed_notification",
            ),
            (&endless, 413, "body_too_large"),
        ] {
            let answer = notify(&app, signed(KEY, "msg_1", now(&app), body), body).await;
            assert_eq!((answer.status, answer.code()), (status, code));
        }
        let body = json!({ "id": id, "status": "approved" }).to_string();
        let mut headers = signed(KEY, "msg_1", now(&app), &body);
        headers.insert("content-type", "text/plain".parse().unwrap());
        assert_eq!(notify(&app, headers, &body).await.status, 415);
    })
    .await;
}

#[tokio::test]
async fn what_could_not_be_committed_has_to_be_sent_again() {
    each_with_endpoint(async |app, mut script| {
        let (id, _) = withdrawn(&app, &mut script, Ok(Verdict::Pending)).await;
        let journal = app.service.journal().clone();
        tokio::task::spawn_blocking(move || journal.close())
            .await
            .unwrap();
        let body = json!({ "id": id, "status": "approved" }).to_string();
        let answer = notify(&app, signed(KEY, "msg_1", now(&app), &body), &body).await;
        assert_eq!((answer.status, answer.code()), (503, "shutting_down"));
    })
    .await;
}
