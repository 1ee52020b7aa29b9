//! What opens cases, what ends them by itself, and what is shown of them.

use contracts::payments::TransactionType;
use contracts::risk::ProposedTransaction;
use db::{DbError, args};
use http::StatusCode;
use module::{Module, Place};
use serde_json::{Value, json};
use testkit::engines;

use super::{code, reviewing};
use crate::support::{App, user, uuid};

#[tokio::test]
async fn a_transaction_in_review_opens_one_case_with_all_that_was_known() {
    for engine in engines() {
        let app = reviewing(engine, false).await;
        let (made, id) = app.waits(1, 250_000).await;
        // A first operator has proposed something in payments: it is in review again.
        app.moves(&made, "in_review").await;
        let case = app.whole(&id).await;
        assert_eq!(case["subject"], json!(made.id));
        for (field, expected) in [
            ("queue", json!("transactions")),
            ("title", json!("In review: 2500.00 USD")),
            ("state", json!("open")),
            // 30 for a risk of 60, 7 for a quarter of the limit.
            ("priority", json!(37)),
            ("amount", json!("2500.00")),
            ("currency", json!("USD")),
            ("hits", json!(1)),
            ("needs_two", json!(false)),
            ("overdue", json!(false)),
            ("owner", Value::Null),
            ("transaction_status", json!("in_review")),
        ] {
            assert_eq!(case[field], expected, "{field}");
        }
        let people = json!([
            { "user": user("ann"), "is_subject": true },
            { "user": user("bob"), "is_subject": false },
        ]);
        assert_eq!(case["people"], people);
        let [factors, sides] = case["evidence"].as_array().unwrap().as_slice() else {
            panic!("{case}")
        };
        assert_eq!(factors["rows"][0]["value"]["score"], 60);
        let labels = factors["rows"].as_array().unwrap().iter();
        let labels: Vec<_> = labels.map(|row| super::text(&row["label"])).collect();
        assert_eq!(labels, ["decision", "check_all", "payer_not_verified"]);
        assert_eq!(sides["about"], "sides");
        let who = &sides["rows"][0];
        assert_eq!(who["value"], json!(user("ann")));
        assert_eq!(who["compared_with"], json!(user("bob")));
        assert!(
            case["reasons"]
                .as_array()
                .unwrap()
                .contains(&json!("fraud"))
        );
        assert_eq!(app.kinds(&id).await, ["opened"]);
    }
}

#[tokio::test]
async fn a_case_that_came_before_its_decision_learns_of_it() {
    for engine in engines() {
        let app = reviewing(engine, true).await;
        let made = app.transfer(1, "ann", "bob", 100);
        app.assess(&made).await;
        app.tell(&made, "ann", "bob", "in_review");
        app.service.catch_up().await.unwrap();
        let case = app.only("queue=transactions").await;
        // Nobody knows how grave it is.
        assert_eq!(
            (&case["priority"], &case["needs_two"]),
            (&json!(25), &json!(false))
        );
        app.service.write_decided().await.unwrap();
        let case = app.only("queue=transactions").await;
        assert_eq!(
            (&case["priority"], &case["needs_two"]),
            (&json!(30), &json!(true))
        );
    }
}

#[tokio::test]
async fn what_became_of_a_transaction_elsewhere_ends_its_case() {
    for engine in engines() {
        let app = reviewing(engine, false).await;
        for (number, status, outcome) in [
            (1, "completed", "transaction_approved"),
            (2, "authorised", "transaction_approved"),
            (3, "processing", "transaction_approved"),
            (4, "failed", "transaction_declined"),
            (5, "cancelled", "transaction_cancelled"),
            (6, "expired", "transaction_expired"),
        ] {
            let (made, id) = app.waits(number, 100).await;
            app.moves(&made, status).await;
            let case = app.whole(&id).await;
            assert_eq!(case["state"], "closed", "{status}");
            assert_eq!(case["decision"]["outcome"], outcome);
            assert_eq!(case["decision"]["automatic"], true);
            assert_eq!(case["decision"]["decided_by"], Value::Null);
            assert_eq!(app.kinds(&id).await, ["opened", "closed"]);
        }
        let rules = app.get("operator", "/rules/check_all").await;
        assert_eq!(
            rules["precision"]["decided"], 0,
            "what ended by itself says nothing"
        );
    }
}

#[tokio::test]
async fn an_unresolved_transaction_has_a_case_that_ends_when_it_is_known_what_became_of_it() {
    for engine in engines() {
        let app = App::on(engine).await;
        let made = app.transfer(1, "ann", "bob", 1_000_000);
        app.tell(&made, "ann", "bob", "processing");
        app.service.catch_up().await.unwrap();
        app.moves(&made, "unresolved").await;
        let case = app.only("queue=unresolved").await;
        assert_eq!(case["priority"], 30, "the amount alone, to begin with");
        let id = super::text(&case["id"]);
        let decision = json!({ "outcome": "valuable", "reason": "fraud" });
        let refused = app.act("operator", &id, "decide", decision).await;
        assert_eq!(code(&refused), (409, "ends_by_evidence"));
        app.moves(&made, "completed").await;
        let case = app.whole(&id).await;
        assert_eq!(case["decision"]["outcome"], "transaction_resolved");
        let refused = app
            .act("operator", &id, "reopen", json!({ "reason": "x" }))
            .await;
        assert_eq!(code(&refused), (409, "ends_by_evidence"));
    }
}

#[tokio::test]
async fn the_feed_told_again_opens_nothing_again() {
    for engine in engines() {
        let app = reviewing(engine, false).await;
        let (made, id) = app.waits(1, 100).await;
        app.moves(&made, "completed").await;
        let consumer = app.service.consumer("risk", "payments").unwrap();
        consumer.rewind(0).await.unwrap();
        app.service.catch_up().await.unwrap();
        let case = app.only("queue=transactions").await;
        assert_eq!(
            (&case["id"], &case["state"]),
            (&json!(id), &json!("closed"))
        );
    }
}

#[tokio::test]
async fn what_has_something_in_common_with_a_case_is_named() {
    for engine in engines() {
        let app = reviewing(engine, false).await;
        let deposit = |number: u128| ProposedTransaction {
            kind: TransactionType::Deposit,
            instrument: Some("tok_card".to_owned()),
            ..app.transfer(number, "ann", "bob", 100)
        };
        let earlier = deposit(1);
        app.tell(&earlier, "ann", "bob", "completed");
        let made = deposit(2);
        app.tell(&made, "ann", "bob", "in_review");
        app.service.catch_up().await.unwrap();
        let (_, other) = app.waits(3, 100).await;
        let own = app.only(&format!("subject={}", made.id)).await;
        let case = app.whole(own["id"].as_str().unwrap()).await;
        let links = &case["links"];
        assert_eq!(links["same_people"][0]["id"], json!(other));
        assert_eq!(links["same_people"].as_array().unwrap().len(), 1);
        assert_eq!(links["same_subject"], json!([]));
        let same = links["same_instrument"].as_array().unwrap();
        assert_eq!(same.len(), 1);
        assert_eq!(same[0]["transaction"], json!(earlier.id));
        assert_eq!(same[0]["status"], "completed");
    }
}

#[tokio::test]
async fn a_case_is_there_for_its_own_organisation_and_its_operators_only() {
    for engine in engines() {
        let app = reviewing(engine, false).await;
        let (_, id) = app.waits(1, 100).await;
        let path = format!("/cases/{id}");
        for (who, expected) in [
            ("auditor", StatusCode::OK),
            ("operator", StatusCode::OK),
            ("ann", StatusCode::FORBIDDEN),
            ("foreign_admin", StatusCode::NOT_FOUND),
        ] {
            assert_eq!(app.refused(who, &path).await, expected, "{who}");
        }
        let foreign = app.get("foreign_admin", "/cases").await;
        assert_eq!(foreign["data"], json!([]));
        for act in ["assign", "comment", "snooze", "pin", "reopen", "decide"] {
            let body = match act {
                "assign" => json!({ "owner": null }),
                "comment" => json!({ "text": "x" }),
                "snooze" => json!({ "until": null, "reason": "x" }),
                "pin" => json!({ "priority": 1, "reason": "x" }),
                "reopen" => json!({ "reason": "x" }),
                _ => super::approve(),
            };
            for (who, expected) in [("foreign_admin", 404), ("auditor", 403), ("ann", 403)] {
                let (status, answer) = app.act(who, &id, act, body.clone()).await;
                assert_eq!(status.as_u16(), expected, "{who} {act}: {answer}");
            }
        }
        let none = risk::CaseId(uuid(1));
        assert_eq!(
            app.refused("operator", &format!("/cases/{none}")).await,
            404
        );
    }
}

#[tokio::test]
async fn a_second_open_case_of_a_subject_is_refused_by_the_database() {
    for engine in engines() {
        let app = App::on(engine).await;
        app.case(1, "kyc", 50).await;
        let sql = "INSERT INTO cases (id, org, queue, subject, title, priority, hits, last_hit_at, opened_at, due_at)
            VALUES ($1, 1, $2, 'subject-1', 'x', 1, 1, 1, 1, 1)";
        let again = app.db.execute(sql, args![uuid(9), "kyc"]).await;
        assert!(matches!(again, Err(DbError::Unique(_))), "{again:?}");
        app.db
            .execute(sql, args![uuid(9), "sanctions"])
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_case_that_nobody_could_have_written_fails_the_verification() {
    for engine in engines() {
        let app = App::on(engine).await;
        app.case(1, "kyc", 50).await;
        let config = risk::Config::default();
        let verify = async || {
            let module = risk::Module {
                config: config.clone(),
            };
            let place = Place::Database(String::new());
            module
                .verify(&app.db, &place, std::sync::Arc::new(|_, _| {}))
                .await
        };
        let said = verify().await.unwrap();
        assert!(said[0].contains("1 cases can be read"), "{said:?}");
        let sql = "UPDATE cases SET outcome = 'confirmed'";
        app.db.execute(sql, args![]).await.unwrap();
        assert!(verify().await.is_err());
    }
}
