//! Transactions that are assessed: what passes, what waits for a code or for an operator, what is
//! declined, and what happens where risk cannot answer.

use contracts::identity::OrgId;
use contracts::notifications::CodeNotSent;
use contracts::risk::{NotReviewed, Review, Reviewed, Reviews, RiskOutcome};
use payments_core::command::{Actor, Answer, Command, Operation};
use serde_json::{Value, json};
use values::{DAY, SECOND};

use crate::http_api::fake_risk::{FakeRisk, Says};
use crate::http_api::support::{App, column, each, transfer, user};

const STEP_UP: Says = Says::Outcome(RiskOutcome::StepUp);
const REVIEW: Says = Says::Outcome(RiskOutcome::Review);
const DECLINE: Says = Says::Outcome(RiskOutcome::Decline);
const APPROVE: Says = Says::Outcome(RiskOutcome::Approve);

/// A funded wallet of ann's and one of bob's; from here on transactions are assessed.
async fn begin(app: &App, says: Says) -> (String, String, std::sync::Arc<FakeRisk>) {
    let ann = app.wallet("ann", "USD", "100").await;
    let bob = app.wallet("bob", "USD", "0").await;
    (ann, bob, FakeRisk::of(app, says))
}

fn at(id: &str, act: &str) -> String {
    format!("/transactions/{id}{act}")
}

async fn status(app: &App, id: &str) -> Value {
    let found = app.by("auditor").get(&at(id, "")).await;
    found.body["status"].clone()
}

async fn make(app: &App, from: &str, to: &str, amount: &str) -> Value {
    let body = transfer(from, to, amount, "USD");
    let made = app.by("ann").post("/transactions", body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.body
}

fn id(made: &Value) -> String {
    made["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_approved_completes_at_once_and_only_operators_learn_why() {
    each(async |app| {
        let (ann, bob, risk) = begin(app, APPROVE).await;
        let made = make(app, &ann, &bob, "40").await;
        assert_eq!(made["status"], "completed");
        assert_eq!(made["risk"], json!({ "level": "high" }));
        assert_eq!(made["verification"], Value::Null);
        let asked = risk.asked.lock().unwrap().pop().unwrap();
        assert_eq!(asked.id.to_string(), id(&made));
        assert_eq!((asked.amount_minor, asked.currency), (4_000, "USD"));
        assert_eq!(asked.from.unwrap().owner.to_string(), user("ann"));
        assert_eq!(asked.to.unwrap().owner.to_string(), user("bob"));
        let seen = async |by| app.by(by).get(&at(&id(&made), "")).await.body["risk"].clone();
        assert_eq!(seen("ann").await, json!({ "level": "high" }));
        assert_eq!(seen("bob").await, Value::Null);
        for by in ["operator", "auditor"] {
            let risk = seen(by).await;
            assert_eq!(risk["score"], 65, "{by}");
            assert_eq!(risk["factors"][0]["code"], "amount_over_5000", "{by}");
            assert_eq!(
                (&risk["rule_set"], &risk["outcome"]),
                (&json!(4), &json!("approve"))
            );
        }
        assert_eq!(app.balance(&bob).await.0, "40.00");
    })
    .await;
}

/// A payment of 40.00 that waits, and the code that was sent for it.
async fn makes_what_waits_for_a_code(
    app: &App,
    risk: &FakeRisk,
    ann: &str,
    bob: &str,
) -> (String, String) {
    let made = make(app, ann, bob, "40").await;
    assert_eq!(made["status"], "requires_verification");
    let verification =
        json!({ "required": true, "methods": ["code"], "expires_at": made["expires_at"] });
    assert_eq!(made["verification"], verification);
    assert_eq!(
        app.balance(ann).await,
        ("100.00".to_owned(), "40.00".to_owned())
    );
    let (terms, code) = risk.code().await;
    assert_eq!(
        (terms.amount.as_str(), terms.payee.as_str()),
        ("40.00", "bob Example")
    );
    assert_eq!(terms.user.to_string(), user("ann"));
    (id(&made), code)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_up_holds_the_money_until_its_maker_shows_the_code() {
    each(async |app| {
        let (ann, bob, risk) = begin(app, STEP_UP).await;
        let (of, code) = makes_what_waits_for_a_code(app, &risk, &ann, &bob).await;
        let confirm = async |by, code: &str| {
            let answer = app
                .by(by)
                .post(&at(&of, "/confirm"), json!({ "code": code }))
                .await;
            (answer.status, answer.code().to_owned(), answer.text)
        };
        let (status, code_of, text) = confirm("ann", "000000").await;
        assert_eq!((status, code_of.as_str()), (422, "code_wrong"));
        assert!(text.contains("4 tries are left"), "{text}");
        for (by, code, status, code_of) in [
            ("ann", "12x456", 422, "invalid_code"),
            ("ann", "999999", 429, "too_many_tries"),
            ("bob", code.as_str(), 403, "forbidden"),
            ("shop", code.as_str(), 404, "transaction_not_found"),
            ("stranger", code.as_str(), 404, "transaction_not_found"),
            ("operator", code.as_str(), 403, "forbidden"),
        ] {
            let (found, found_code, text) = confirm(by, code).await;
            assert_eq!(
                (found, found_code.as_str()),
                (status, code_of),
                "{by}: {text}"
            );
        }
        // The code of one transaction is not that of another.
        let other = make(app, &ann, &bob, "41").await;
        let (_, code_of_other) = risk.code().await;
        assert_eq!(confirm("ann", &code_of_other).await.0, 422);
        let done = app
            .by("ann")
            .post(&at(&of, "/confirm"), json!({ "code": code }))
            .await;
        assert_eq!(
            (done.status, &done.body["status"]),
            (200, &json!("completed")),
            "{}",
            done.text
        );
        assert_eq!(done.body["expires_at"], Value::Null);
        assert_eq!(app.balance(&bob).await.0, "40.00");
        assert_eq!(confirm("ann", &code).await.1, "wrong_state");
        assert_eq!(status_of(app, &other).await, "requires_verification");
        // Both sides' statements and the postings have it.
        for (by, wallet) in [("ann", &ann), ("bob", &bob)] {
            let statement = app
                .by(by)
                .get(&format!("/wallets/{wallet}/statement"))
                .await;
            assert!(statement.text.contains(&of), "{by}: {}", statement.text);
        }
        let timeline = app.by("ann").get(&at(&of, "/timeline")).await;
        let kinds = column(timeline.body["data"].as_array().unwrap(), "type").join(" ");
        assert_eq!(
            kinds,
            "transaction.requires_verification transaction.completed"
        );
    })
    .await;
}

async fn status_of(app: &App, made: &Value) -> Value {
    status(app, &id(made)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_cannot_be_sent_is_sent_again_on_request() {
    each(async |app| {
        let (ann, bob, risk) = begin(app, STEP_UP).await;
        *risk.sends.lock().unwrap() = Err(CodeNotSent::NoWay);
        let of = id(&make(app, &ann, &bob, "40").await);
        for (not_sent, status, code) in [
            (CodeNotSent::NoWay, 409, "no_channel"),
            (
                CodeNotSent::TooMany { retry_after_s: 30 },
                429,
                "too_many_codes",
            ),
            (CodeNotSent::NotNow, 503, "code_not_sent"),
        ] {
            *risk.sends.lock().unwrap() = Err(not_sent);
            let answer = app.by("ann").post_empty(&at(&of, "/resend-code")).await;
            assert_eq!(answer.refusal(), (status, code));
        }
        let early = app
            .by("ann")
            .post(&at(&of, "/confirm"), json!({ "code": "123456" }))
            .await;
        assert_eq!(early.refusal(), (409, "code_expired"));
        *risk.sends.lock().unwrap() = Ok(());
        let sent = app.by("ann").post_empty(&at(&of, "/resend-code")).await;
        assert_eq!(
            sent.body,
            json!({ "channel": "email", "hint": "a…@example.com" })
        );
        for by in ["bob", "operator"] {
            let answer = app.by(by).post_empty(&at(&of, "/resend-code")).await;
            assert_eq!(answer.refusal(), (403, "forbidden"), "{by}");
        }
        let (_, code) = risk.code().await;
        let done = app
            .by("ann")
            .post(&at(&of, "/confirm"), json!({ "code": code }))
            .await;
        assert_eq!(done.body["status"], "completed", "{}", done.text);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_too_long_expires_and_counts_against_no_limit() {
    each(async |app| {
        let ann = app.wallet("ann", "EUR", "100").await;
        let bob = app.wallet("bob", "EUR", "0").await;
        let risk = FakeRisk::of(app, STEP_UP);
        let body = transfer(&ann, &bob, "90", "EUR");
        let of = app.by("ann").post("/transactions", body.clone()).await.id();
        let (_, code) = risk.code().await;
        let second = app.by("ann").post("/transactions", body.clone()).await;
        assert_eq!(second.status, 422, "{}", second.text);
        app.wait(15 * 60 * SECOND);
        let late = app
            .by("ann")
            .post(&at(&of, "/confirm"), json!({ "code": code }))
            .await;
        assert_eq!(late.refusal(), (409, "transaction_expired"));
        app.service.tick().await;
        assert_eq!(status(app, &of).await, "expired");
        let late = app
            .by("ann")
            .post(&at(&of, "/confirm"), json!({ "code": code }))
            .await;
        assert_eq!(late.refusal(), (409, "transaction_expired"));
        assert_eq!(app.balance(&ann).await.1, "0.00");
        risk.say(REVIEW);
        let of = app.by("ann").post("/transactions", body.clone()).await.id();
        app.wait(7 * DAY);
        app.service.tick().await;
        assert_eq!(status(app, &of).await, "expired");
        risk.say(DECLINE);
        let declined = app.by("ann").post("/transactions", body.clone()).await;
        assert_eq!(declined.body["status"], "failed", "{}", declined.text);
        assert_eq!(declined.body["failure"]["code"], "risk_declined");
        assert_eq!(
            app.balance(&ann).await,
            ("100.00".to_owned(), "0.00".to_owned())
        );
        risk.say(APPROVE);
        let passed = app.by("ann").post("/transactions", body).await;
        assert_eq!(passed.body["status"], "completed", "{}", passed.text);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_is_decided_by_an_operator_who_takes_no_part_and_two_where_it_takes_two() {
    each(async |app| {
        let (ann, bob, risk) = begin(app, REVIEW).await;
        let word = json!({ "reason": "Called them: all is well." });
        let of = id(&make(app, &ann, &bob, "10").await);
        for by in ["ann", "bob", "auditor"] {
            let answer = app.by(by).post(&at(&of, "/approve"), word.clone()).await;
            assert_eq!(answer.status, 403, "{by}");
        }
        for (by, status, code) in [
            ("long_ago_operator", 403, "step_up_required"),
            ("foreign_admin", 404, "transaction_not_found"),
        ] {
            let answer = app.by(by).post(&at(&of, "/approve"), word.clone()).await;
            assert_eq!(answer.refusal(), (status, code), "{by}");
        }
        let done = app
            .by("operator")
            .post(&at(&of, "/approve"), word.clone())
            .await;
        assert_eq!(done.body["status"], "completed", "{}", done.text);
        let again = app
            .by("deputy")
            .post(&at(&of, "/decline"), word.clone())
            .await;
        assert_eq!(again.refusal(), (409, "wrong_state"));
        // What operators said, its maker does not read.
        for (by, reason) in [("ann", Value::Null), ("auditor", word["reason"].clone())] {
            let timeline = app.by(by).get(&at(&of, "/timeline")).await;
            assert_eq!(timeline.body["data"][1]["reason"], reason, "{by}");
        }
        let trail = app.trail();
        assert!(
            trail.contains(&("transaction.approved", of.clone(), None)),
            "{trail:?}"
        );
        risk.say(Says::ReviewByTwo);
        for (act, status, balance) in [
            ("/approve", "completed", "20.00"),
            ("/decline", "failed", "20.00"),
        ] {
            let of = id(&make(app, &ann, &bob, "10").await);
            let first = app.by("operator").post(&at(&of, act), word.clone()).await;
            assert_eq!(first.body["status"], "in_review", "{}", first.text);
            let alone = app.by("operator").post(&at(&of, act), word.clone()).await;
            assert_eq!(alone.refusal(), (409, "second_operator_needed"));
            let second = app
                .by("deputy")
                .post_once(&act[1..], &at(&of, act), word.clone())
                .await;
            let again = app
                .by("deputy")
                .post_once(&act[1..], &at(&of, act), word.clone())
                .await;
            assert_eq!((again.is_replayed(), &again.text), (true, &second.text));
            assert_eq!(second.body["status"], status, "{}", second.text);
            assert_eq!(app.balance(&bob).await.0, balance);
        }
        assert_eq!(
            app.balance(&ann).await,
            ("80.00".to_owned(), "0.00".to_owned())
        );
        // An administrator's own transfer is another's case.
        let own = app.wallet("admin", "USD", "0").await;
        let of = id(&make(app, &ann, &own, "5").await);
        let answer = app.by("admin").post(&at(&of, "/approve"), word).await;
        assert_eq!(answer.refusal(), (403, "own_case"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_transaction_is_its_makers_to_cancel() {
    each(async |app| {
        let (ann, bob, risk) = begin(app, STEP_UP).await;
        let one = id(&make(app, &ann, &bob, "10").await);
        let two = id(&make(app, &ann, &bob, "11").await);
        risk.say(REVIEW);
        let three = id(&make(app, &ann, &bob, "12").await);
        for (of, by, status, code) in [
            (&one, "bob", 403, "forbidden"),
            (&one, "shop", 404, "transaction_not_found"),
            (&three, "operator", 403, "forbidden"),
        ] {
            let answer = app.by(by).post_empty(&at(of, "/cancel")).await;
            assert_eq!(answer.refusal(), (status, code), "{by}");
        }
        for (of, by) in [(&one, "ann"), (&two, "operator"), (&three, "ann")] {
            let answer = app.by(by).post_empty(&at(of, "/cancel")).await;
            assert_eq!(answer.body["status"], "cancelled", "{}", answer.text);
        }
        let again = app.by("ann").post_empty(&at(&one, "/cancel")).await;
        assert_eq!(again.refusal(), (409, "wrong_state"));
        assert_eq!(
            app.balance(&ann).await,
            ("100.00".to_owned(), "0.00".to_owned())
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_answer_a_code_will_do_for_little_and_more_is_refused() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "3000").await;
        let bob = app.wallet("bob", "USD", "0").await;
        let risk = FakeRisk::of(app, Says::Fails);
        for says in [Says::Fails, Says::Never] {
            risk.say(says);
            let made = make(app, &ann, &bob, "1000").await;
            assert_eq!(made["status"], "requires_verification", "{says:?}");
            let seen = app.by("operator").get(&at(&id(&made), "")).await;
            assert_eq!(seen.body["risk"]["rule_set"], 0);
            assert_eq!(seen.body["risk"]["factors"][0]["code"], "risk_unavailable");
            let more = app
                .by("ann")
                .post("/transactions", transfer(&ann, &bob, "1000.01", "USD"))
                .await;
            assert_eq!(more.refusal(), (503, "risk_unavailable"), "{says:?}");
            assert_eq!(more.body["retryable"], true);
            assert!(!more.header("retry-after").is_empty());
            let asked = risk.asked.lock().unwrap().last().unwrap().id;
            assert_eq!(risk.dropped.lock().unwrap().last(), Some(&asked));
            assert_eq!(
                app.by("ann").get(&at(&asked.to_string(), "")).await.status,
                404
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn risk_is_asked_once_and_told_of_what_was_not_made() {
    each(async |app| {
        let (ann, bob, risk) = begin(app, STEP_UP).await;
        let body = transfer(&ann, &bob, "10", "USD");
        let first = app
            .by("ann")
            .post_once("one", "/transactions", body.clone())
            .await;
        let again = app.by("ann").post_once("one", "/transactions", body).await;
        assert!(again.is_replayed());
        assert_eq!(first.text, again.text);
        let (_, code) = risk.code().await;
        let confirm = async || {
            let path = at(&first.id(), "/confirm");
            app.by("ann")
                .post_once("two", &path, json!({ "code": code }))
                .await
        };
        let (done, repeated) = (confirm().await, confirm().await);
        assert_eq!(done.body["status"], "completed", "{}", done.text);
        assert_eq!((repeated.is_replayed(), &repeated.text), (true, &done.text));
        // As it was then, also after it has gone on.
        let body = transfer(&ann, &bob, "10", "USD");
        let again = app.by("ann").post_once("one", "/transactions", body).await;
        assert_eq!(again.text, first.text);
        assert_eq!(risk.asked.lock().unwrap().len(), 1);
        assert!(risk.dropped.lock().unwrap().is_empty());
        for (from, amount, code) in [
            (&ann, "1000", "insufficient_funds"),
            (&bob, "1", "wallet_not_found"),
        ] {
            let refused = app
                .by("ann")
                .post("/transactions", transfer(from, &bob, amount, "USD"))
                .await;
            assert_eq!(refused.code(), code, "{}", refused.text);
            let asked = risk.asked.lock().unwrap().last().unwrap().id;
            assert_eq!(risk.dropped.lock().unwrap().last(), Some(&asked));
        }
        risk.say(DECLINE);
        let refused = app
            .by("ann")
            .post("/transactions", transfer(&ann, &bob, "1000", "USD"))
            .await;
        assert_eq!(
            refused.refusal(),
            (422, "insufficient_funds"),
            "as it would be anyway"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_twice_at_once_has_one_effect() {
    each(async |app| {
        let (ann, bob, risk) = begin(app, STEP_UP).await;
        let make_one = || async {
            let body = transfer(&ann, &bob, "10", "USD");
            app.by("ann").post("/transactions", body).await.status
        };
        let made = tokio::join!(
            make_one(),
            make_one(),
            make_one(),
            make_one(),
            make_one(),
            make_one(),
            make_one(),
            make_one(),
            make_one(),
            make_one()
        );
        assert_eq!(made, (201, 201, 201, 201, 201, 201, 201, 201, 201, 201));
        assert_eq!(
            app.balance(&ann).await,
            ("100.00".to_owned(), "100.00".to_owned())
        );
        let (terms, code) = risk.code().await;
        let path = at(&terms.transaction.to_string(), "/confirm");
        let confirm = || app.by("ann").post(&path, json!({ "code": code }));
        let (one, two) = tokio::join!(confirm(), confirm());
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "{} {}", one.text, two.text);
        assert_eq!(app.balance(&bob).await.0, "10.00");
        let cancelled = app
            .by("ann")
            .all("/transactions?status=requires_verification", 50)
            .await;
        for it in &cancelled {
            app.by("ann")
                .post_empty(&at(it["id"].as_str().unwrap(), "/cancel"))
                .await;
        }
        risk.say(REVIEW);
        let of = id(&make(app, &ann, &bob, "7").await);
        let word = json!({ "reason": "Looked at." });
        let [approve, decline] = ["/approve", "/decline"].map(|act| at(&of, act));
        let (one, two) = tokio::join!(
            app.by("operator").post(&approve, word.clone()),
            app.by("deputy").post(&decline, word.clone())
        );
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "{} {}", one.text, two.text);
        assert_eq!(app.balance(&ann).await.1, "0.00");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_had_to_wait_goes_on_as_its_type_does() {
    each(async |app| {
        let (ann, _, risk) = begin(app, STEP_UP).await;
        let shop = app.wallet("shop", "USD", "0").await;
        let card = json!({ "kind": "card", "token": "tok_ok" });
        let now = app.now();
        for (body, payee, ends, left) in [
            (json!({ "type": "deposit", "to_wallet": ann, "source": card }), "your own wallet", "completed", "130.00"),
            (json!({ "type": "withdrawal", "from_wallet": ann, "destination": card }), "your card", "completed", "100.00"),
            (
                json!({ "type": "payment", "from_wallet": ann, "to_wallet": shop, "capture": "manual" }),
                "shop Example",
                "authorised",
                "100.00",
            ),
        ] {
            let mut body = body;
            body["amount"] = "30".into();
            body["currency"] = "USD".into();
            let made = app.by("ann").post("/transactions", body).await;
            assert_eq!(made.body["status"], "requires_verification", "{}", made.text);
            let (terms, code) = risk.code().await;
            assert_eq!(terms.payee, payee);
            app.service.tick().await;
            assert_eq!(status(app, &made.id()).await, "requires_verification");
            app.wait(60 * SECOND);
            let path = at(&made.id(), "/confirm");
            let done = app.by("ann").post(&path, json!({ "code": code })).await;
            assert_eq!((done.status, &done.body["status"]), (200, &json!(ends)), "{}", done.text);
            assert_eq!(app.balance(&ann).await.0, left);
            if ends == "authorised" {
                let end = app.now().plus(7 * DAY).to_string();
                assert_eq!(done.body["expires_at"], end.as_str(), "from when it went on");
                let captured = app.by("shop").post_empty(&at(&made.id(), "/capture")).await;
                assert_eq!(captured.body["status"], "completed", "{}", captured.text);
            }
        }
        assert!(app.now() > now);
        // A wallet that was frozen meanwhile sends nothing.
        let made = make(app, &ann, &shop, "1").await;
        let (_, code) = risk.code().await;
        app.by("operator").post_empty(&format!("/wallets/{ann}/freeze")).await;
        let answer = app.by("ann").post(&at(&id(&made), "/confirm"), json!({ "code": code })).await;
        assert_eq!(answer.refusal(), (409, "account_frozen"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reviews_of_another_service_go_on_even_where_the_process_dies_before_the_acquirer_is_told()
{
    each(async |app| {
        let (ann, _, _risk) = begin(app, REVIEW).await;
        let card = json!({ "kind": "card", "token": "tok_ok" });
        let body = json!({ "type": "withdrawal", "from_wallet": ann, "destination": card,
                           "amount": "30", "currency": "USD" });
        let one = app.by("ann").post("/transactions", body.clone()).await.id();
        let two = app.by("ann").post("/transactions", body).await.id();
        let review = |of: &str, by: &str| Review {
            org: OrgId::DEFAULT,
            transaction: of.parse().unwrap(),
            by: user(by).parse().unwrap(),
            approve: true,
            reason: "Fine.".to_owned(),
        };
        let own = app.service.review(&review(&one, "ann")).await;
        assert!(matches!(own, Err(NotReviewed::NotYours)), "{own:?}");
        let decided = app.service.review(&review(&one, "operator")).await;
        assert!(matches!(decided, Ok(Reviewed::Decided)), "{decided:?}");
        let again = app.service.review(&review(&one, "deputy")).await;
        assert!(matches!(again, Err(NotReviewed::NotWaiting)), "{again:?}");
        // The commit alone, as if the process had died after it.
        let Review {
            transaction, by, ..
        } = review(&two, "operator");
        let command = Command {
            org: 1,
            actor: Actor::Operator(by.uuid()),
            idempotency: None,
            request_id: None,
            operation: Operation::Review {
                transaction: transaction.uuid(),
                id: testkit::ids(app.clock.clone()).next(),
                approve: true,
                reason: "Fine.".to_owned(),
            },
        };
        let answer = app.service.journal().submit(command).await.unwrap();
        assert!(matches!(answer, Answer::Done(_)), "{answer:?}");
        assert_eq!(status(app, &two).await, "processing");
        app.reopen().await;
        app.wait(31 * SECOND);
        app.service.tick().await;
        for of in [&one, &two] {
            assert_eq!(status(app, of).await, "completed");
        }
        assert_eq!(
            app.balance(&ann).await,
            ("40.00".to_owned(), "0.00".to_owned())
        );
    })
    .await;
}
