//! Conditions: whom they concern, on which side and how long, who may say so, and what is kept.

use contracts::payments::TransactionType;
use contracts::risk::{ProposedTransaction, RiskOutcome};
use http::{Method, StatusCode};
use platform::clock::Clock;
use risk::{ConditionId, Config};
use serde_json::{Value, json};
use testkit::engines;
use uuid::Uuid;
use values::SECOND;

use crate::rules::{over, publish};
use crate::support::{App, codes, user, wallet};

const CONDITIONS: &str = "/conditions";
const TOKEN: &str = "tok_ok";

fn code(answer: &(StatusCode, Value)) -> (u16, &str) {
    let (status, body) = answer;
    (status.as_u16(), body["code"].as_str().unwrap_or_default())
}

fn body(subject: &Value, side: &str, kind: &str) -> Value {
    json!({"subject": subject, "side": side, "kind": kind, "reason": "As agreed"})
}

/// An operator says something, and a second one approves it where that is needed: the id.
async fn say(app: &App, body: Value) -> String {
    let is_hard = body["kind"] == "block_hard";
    let (status, made) = app.post("operator", CONDITIONS, body).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let id = made["id"].as_str().unwrap().to_owned();
    if is_hard {
        assert_eq!(made["state"], "proposed");
        let path = format!("{CONDITIONS}/{id}/approve");
        let (status, approved) = app.request("second", Method::POST, &path, None).await;
        assert_eq!(status, StatusCode::OK, "{approved}");
    }
    id
}

/// Ends it, whatever it is.
async fn end(app: &App, id: &str) {
    let path = format!("{CONDITIONS}/{id}/end");
    for who in ["operator", "second"] {
        app.post(who, &path, json!({"reason": "It is over"})).await;
    }
    let shown = app.get("auditor", &format!("{CONDITIONS}/{id}")).await;
    assert_eq!(shown["state"], "ended", "{shown}");
}

/// Every transaction is looked at by an operator.
async fn review_all(app: &App) {
    let mut rule = over("look_at_all", 0);
    rule["effect"] = json!({"outcome": "review"});
    publish(app, rule).await;
}

/// A transfer from ann to bob, or a deposit of ann, or her withdrawal.
fn proposed(app: &App, number: u128, kind: TransactionType) -> ProposedTransaction {
    let transfer = app.transfer(number, "ann", "bob", 100);
    let instrument = Some(TOKEN.to_owned());
    match kind {
        TransactionType::Deposit => ProposedTransaction {
            to: transfer.from,
            from: None,
            kind,
            instrument,
            ..transfer
        },
        TransactionType::Withdrawal => ProposedTransaction {
            to: None,
            kind,
            instrument,
            ..transfer
        },
        TransactionType::Transfer | TransactionType::Payment | TransactionType::Refund => transfer,
    }
}

/// What conditions are about, a transaction, and whether the subject gives and receives there.
fn subjects() -> [(Value, TransactionType, bool, bool); 9] {
    use TransactionType::{Deposit, Transfer, Withdrawal};
    let pair = |from, to| json!({"pair": {"from": user(from), "to": user(to)}});
    [
        (json!({"person": user("ann")}), Transfer, true, false),
        (json!({"person": user("bob")}), Transfer, false, true),
        (json!({"wallet": wallet("ann")}), Transfer, true, false),
        (json!({"wallet": wallet("bob")}), Transfer, false, true),
        (json!({"counterparty": TOKEN}), Deposit, true, false),
        (json!({"counterparty": TOKEN}), Withdrawal, false, true),
        (json!({"counterparty": "tok_other"}), Deposit, false, false),
        (pair("ann", "bob"), Transfer, true, false),
        (pair("bob", "ann"), Transfer, false, true),
    ]
}

#[tokio::test]
async fn a_condition_counts_for_its_subject_on_its_side_and_in_its_time() {
    for engine in engines() {
        let mut config = Config::default();
        // The rule that looks at all stays in effect.
        config.breakers.percent_of_all = 100;
        let app = App::with(engine, config).await;
        review_all(&app).await;
        let mut number = 0;
        for (subject, transaction, gives, receives) in subjects() {
            for (side, meant) in [
                ("gives", gives),
                ("receives", receives),
                ("both", gives || receives),
            ] {
                for (kind, outcome) in [
                    ("block_hard", RiskOutcome::Decline),
                    ("allow", RiskOutcome::Approve),
                    ("block_soft", RiskOutcome::Decline),
                ] {
                    let begin = app.clock.now().plus(SECOND);
                    let mut said = body(&subject, side, kind);
                    said["starts_at"] = json!(begin);
                    said["expires_at"] = json!(begin.plus(SECOND));
                    let id = say(&app, said).await;
                    for in_time in [false, true, false] {
                        number += 1;
                        let decided = app.assess(&proposed(&app, number, transaction)).await;
                        let expected = if meant && in_time {
                            outcome
                        } else {
                            RiskOutcome::Review
                        };
                        assert_eq!(
                            decided.outcome, expected,
                            "{subject} {side} {kind} {in_time}"
                        );
                        let factor = format!("condition_{kind}");
                        let is_told = codes(&decided).contains(&factor.as_str());
                        assert_eq!(is_told, meant && in_time, "{decided:?}");
                        app.clock.advance(SECOND);
                    }
                    let shown = app.get("auditor", &format!("{CONDITIONS}/{id}")).await;
                    assert_eq!(shown["state"], "expired");
                }
            }
        }
    }
}

#[tokio::test]
async fn the_strongest_condition_of_a_subject_counts_and_what_was_allowed_is_told() {
    for engine in engines() {
        let app = App::on(engine).await;
        review_all(&app).await;
        let (ann, bob) = (
            json!({"person": user("ann")}),
            json!({"person": user("bob")}),
        );
        let mut number = 0;
        for (first, second, outcome) in [
            ((&ann, "allow"), (&ann, "block_soft"), RiskOutcome::Approve),
            ((&ann, "allow"), (&ann, "block_hard"), RiskOutcome::Decline),
            ((&ann, "allow"), (&bob, "block_soft"), RiskOutcome::Decline),
            ((&ann, "allow"), (&bob, "allow"), RiskOutcome::Approve),
            (
                (&ann, "block_soft"),
                (&ann, "block_hard"),
                RiskOutcome::Decline,
            ),
        ] {
            let mut said = Vec::new();
            for (subject, kind) in [first, second] {
                said.push(say(&app, body(subject, "both", kind)).await);
            }
            number += 1;
            let decided = app.assess(&app.transfer(number, "ann", "bob", 100)).await;
            assert_eq!(decided.outcome, outcome, "{first:?} {second:?}");
            app.service.write_decided().await.unwrap();
            let shown = app
                .get("operator", &format!("/risk/decisions/{}", decided.id))
                .await;
            assert_eq!(shown["conditions"].as_array().unwrap().len(), 2);
            if outcome == RiskOutcome::Approve {
                let without = if second.1 == "allow" {
                    "review"
                } else {
                    "decline"
                };
                assert_eq!(shown["without_allowance"], without);
                assert!(codes(&decided).contains(&"look_at_all"), "{decided:?}");
                let rules = shown["rules"].as_array().unwrap();
                let rule = rules.iter().find(|it| it["rule"] == "look_at_all").unwrap();
                assert_eq!(
                    (&rule["standing"], &rule["outcome"]),
                    (&json!("allowed"), &json!("review"))
                );
            } else {
                assert_eq!(shown["without_allowance"], Value::Null);
            }
            for id in said {
                end(&app, &id).await;
            }
        }
        let decided = app.assess(&app.transfer(99, "ann", "bob", 100)).await;
        assert_eq!(decided.outcome, RiskOutcome::Review, "all have ended");
    }
}

#[tokio::test]
async fn a_hard_block_takes_two_people_to_begin_and_to_end() {
    for engine in engines() {
        let app = App::on(engine).await;
        let subject = json!({"person": user("ann")});
        let (_, made) = app
            .post(
                "operator",
                CONDITIONS,
                body(&subject, "gives", "block_hard"),
            )
            .await;
        let path = format!("{CONDITIONS}/{}", made["id"].as_str().unwrap());
        let (approve, end) = (format!("{path}/approve"), format!("{path}/end"));
        let why = json!({"reason": "The account is hers again"});
        let outcome = async |number| {
            let asked = app.assess(&app.transfer(number, "ann", "bob", 100)).await;
            asked.outcome
        };
        assert_eq!(outcome(1).await, RiskOutcome::Approve);
        let own = app.request("operator", Method::POST, &approve, None).await;
        assert_eq!(code(&own), (409, "second_operator_needed"));
        let (status, approved) = app.request("second", Method::POST, &approve, None).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(approved["state"], "in_force");
        assert_eq!(approved["approved_by"], json!(user("second")));
        assert_eq!(outcome(2).await, RiskOutcome::Decline);
        let again = app.request("admin", Method::POST, &approve, None).await;
        assert_eq!(code(&again), (409, "not_proposed"));
        let (_, waiting) = app.post("second", &end, why.clone()).await;
        assert_eq!(waiting["state"], "in_force");
        assert_eq!(waiting["end_proposed_by"], json!(user("second")));
        assert_eq!(outcome(3).await, RiskOutcome::Decline);
        let own = app.post("second", &end, why.clone()).await;
        assert_eq!(code(&own), (409, "second_operator_needed"));
        let (_, ended) = app.post("operator", &end, why.clone()).await;
        assert_eq!(ended["state"], "ended");
        assert_eq!(outcome(4).await, RiskOutcome::Approve);
        let over = app.post("operator", &end, why.clone()).await;
        assert_eq!(code(&over), (409, "condition_over"));
        // A proposal ends by one person.
        let (_, made) = app
            .post(
                "operator",
                CONDITIONS,
                body(&subject, "gives", "block_hard"),
            )
            .await;
        let path = format!("{CONDITIONS}/{}/end", made["id"].as_str().unwrap());
        let (_, ended) = app.post("operator", &path, why).await;
        assert_eq!(ended["state"], "ended");
        let expected = [
            "condition.proposed",
            "condition.approved",
            "condition.end_proposed",
            "condition.ended",
            "condition.proposed",
            "condition.ended",
        ];
        assert_eq!(*app.trail.done.lock().unwrap(), expected);
    }
}

#[tokio::test]
async fn two_who_end_a_hard_block_at_once_do_not_end_it_twice() {
    for engine in engines() {
        let app = App::on(engine).await;
        let id = say(
            &app,
            body(&json!({"person": user("ann")}), "both", "block_hard"),
        )
        .await;
        let path = format!("{CONDITIONS}/{id}/end");
        let end = async |who| {
            let (status, _) = app.post(who, &path, json!({"reason": "It is over"})).await;
            status
        };
        let (one, other) = tokio::join!(end("operator"), end("second"));
        let fine = [one, other]
            .iter()
            .filter(|status| **status == StatusCode::OK)
            .count();
        let shown = app.get("auditor", &format!("{CONDITIONS}/{id}")).await;
        let state = shown["state"].as_str().unwrap();
        assert!(
            matches!((fine, state), (2, "ended") | (1, "in_force")),
            "{one} {other} {shown}"
        );
    }
}

#[tokio::test]
async fn conditions_hold_on_other_nodes_and_after_a_restart() {
    for engine in engines() {
        let app = App::on(engine).await;
        let other = app.another_node().await;
        let subject = json!({"counterparty": TOKEN});
        let id = say(&app, body(&subject, "both", "block_soft")).await;
        other.refresh().await.unwrap();
        let ask = proposed(&app, 1, TransactionType::Withdrawal);
        let decided = contracts::risk::Risk::assess(&*other, &ask).await.unwrap();
        assert_eq!(decided.outcome, RiskOutcome::Decline);
        let app = app.restarted().await;
        let ask = proposed(&app, 2, TransactionType::Withdrawal);
        assert_eq!(app.assess(&ask).await.outcome, RiskOutcome::Decline);
        end(&app, &id).await;
        other.refresh().await.unwrap();
        let ask = proposed(&app, 3, TransactionType::Withdrawal);
        let decided = contracts::risk::Risk::assess(&*other, &ask).await.unwrap();
        assert_eq!(decided.outcome, RiskOutcome::Approve);
    }
}

#[tokio::test]
async fn a_condition_under_an_idempotency_key_is_made_once() {
    for engine in engines() {
        let app = App::on(engine).await;
        let said = body(&json!({"person": user("ann")}), "both", "allow");
        let key = ("operator", "once");
        let first = app.post_once(key, CONDITIONS, &said).await;
        assert_eq!(first.0, StatusCode::CREATED);
        assert_eq!(app.post_once(key, CONDITIONS, &said).await, first);
        let listed = app.get("operator", CONDITIONS).await;
        assert_eq!(listed["data"], json!([first.1]));
        let other = body(&json!({"person": user("bob")}), "both", "allow");
        let reused = app.post_once(key, CONDITIONS, &other).await;
        assert_eq!(code(&reused), (422, "idempotency_key_reused"));
        let path = format!("{CONDITIONS}/{}/end", first.1["id"].as_str().unwrap());
        let why = json!({"reason": "It is over"});
        let ended = app.post_once(key, &path, &why).await;
        assert_eq!(ended.1["state"], "ended");
        assert_eq!(app.post_once(key, &path, &why).await, ended);
    }
}

#[tokio::test]
async fn conditions_are_listed_in_pages_by_subject_and_those_that_are_over_when_asked_for() {
    for engine in engines() {
        let app = App::on(engine).await;
        let ann = json!({"person": user("ann")});
        let pair = json!({"pair": {"from": user("bob"), "to": user("ann")}});
        let mut said = Vec::new();
        for subject in [ann.clone(), pair, json!({"wallet": wallet("bob")}), ann] {
            said.push(say(&app, body(&subject, "both", "block_soft")).await);
        }
        end(&app, &said[0]).await;
        let ids = async |query: &str| {
            let listed = app.get("auditor", &format!("{CONDITIONS}{query}")).await;
            let data = listed["data"].as_array().unwrap().iter();
            let ids: Vec<_> = data
                .map(|it| it["id"].as_str().unwrap().to_owned())
                .collect();
            (ids, listed["next_cursor"].clone())
        };
        let newest = |places: &[usize]| {
            places
                .iter()
                .map(|at| said[*at].clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(ids("").await.0, newest(&[3, 2, 1]));
        assert_eq!(ids("?all=true").await.0, newest(&[3, 2, 1, 0]));
        let of_ann = format!("?subject={}", user("ann"));
        assert_eq!(ids(&of_ann).await.0, newest(&[3, 1]));
        let (page, cursor) = ids("?limit=2").await;
        assert_eq!(page, newest(&[3, 2]));
        let rest = format!("?limit=2&cursor={}", cursor.as_str().unwrap());
        assert_eq!(ids(&rest).await, (newest(&[1]), Value::Null));
    }
}

#[tokio::test]
async fn what_could_never_count_or_is_about_its_author_is_refused() {
    for engine in engines() {
        let app = App::on(engine).await;
        let ann = json!({"person": user("ann")});
        let with = |field: &str, value: Value| {
            let mut body = body(&ann, "both", "allow");
            body[field] = value;
            body
        };
        let now = app.clock.now();
        let both = json!({"pair": {"from": user("ann"), "to": user("ann")}});
        for (body, status, expected) in [
            (with("reason", json!("")), 422, "invalid_reason"),
            (with("reason", json!("a\nb")), 422, "invalid_reason"),
            (with("expires_at", json!(now)), 422, "invalid_expiry"),
            (
                with("subject", json!({"device": "phone"})),
                422,
                "device_not_known",
            ),
            (
                with("subject", json!({"counterparty": "4111 1111"})),
                422,
                "invalid_token",
            ),
            (with("subject", both), 422, "invalid_pair"),
            (
                with("subject", json!({"person": user("nobody")})),
                404,
                "not_found",
            ),
            (
                with("subject", json!({"wallet": wallet("imported")})),
                404,
                "not_found",
            ),
            (
                with("subject", json!({"person": user("operator")})),
                403,
                "own_case",
            ),
            (
                with("subject", json!({"wallet": wallet("operator")})),
                403,
                "own_case",
            ),
        ] {
            let refused = app.post("operator", CONDITIONS, body).await;
            assert_eq!(code(&refused), (status, expected), "{}", refused.1);
        }
        for (field, value) in [
            ("side", json!("left")),
            ("kind", json!("maybe")),
            ("extra", json!(1)),
        ] {
            let (status, _) = app.post("operator", CONDITIONS, with(field, value)).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{field}");
        }
        assert_eq!(
            app.get("operator", "/conditions?all=true").await["data"],
            json!([])
        );
    }
}

#[tokio::test]
async fn whom_a_condition_is_about_does_not_end_it() {
    for engine in engines() {
        let app = App::on(engine).await;
        let id = say(
            &app,
            body(&json!({"person": user("admin")}), "both", "block_soft"),
        )
        .await;
        let own = app
            .post(
                "admin",
                &format!("{CONDITIONS}/{id}/end"),
                json!({"reason": "Mine"}),
            )
            .await;
        assert_eq!(code(&own), (403, "own_case"));
    }
}

#[tokio::test]
async fn a_condition_of_another_organisation_is_not_there() {
    for engine in engines() {
        let app = App::on(engine).await;
        let id = say(
            &app,
            body(&json!({"person": user("ann")}), "both", "block_soft"),
        )
        .await;
        let missing = ConditionId(Uuid::from_u128((7 << 76) | (2 << 62) | 9)).to_string();
        for (who, id) in [("foreign_admin", &id), ("operator", &missing)] {
            let path = format!("{CONDITIONS}/{id}");
            for (method, path, body) in [
                (Method::GET, path.clone(), None),
                (Method::POST, format!("{path}/approve"), None),
                (
                    Method::POST,
                    format!("{path}/end"),
                    Some(json!({"reason": "x"})),
                ),
            ] {
                let refused = app.request(who, method, &path, body).await;
                assert_eq!(code(&refused), (404, "not_found"), "{who} {path}");
            }
        }
        assert_eq!(
            app.get("foreign_admin", CONDITIONS).await["data"],
            json!([])
        );
        let theirs = body(&json!({"person": user("ann")}), "both", "allow");
        let refused = app.post("foreign_admin", CONDITIONS, theirs.clone()).await;
        assert_eq!(code(&refused), (404, "not_found"));
        for who in ["ann", "auditor"] {
            let (status, _) = app.post(who, CONDITIONS, theirs.clone()).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{who}");
        }
    }
}
