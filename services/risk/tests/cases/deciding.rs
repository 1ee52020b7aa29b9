//! Decisions: who may, when it takes two, what payments does of it, and what is learnt from it.

use contracts::risk::{Risk, RiskOutcome};
use db::args;
use http::StatusCode;
use serde_json::{Value, json};
use testkit::engines;
use values::SECOND;

use super::{approve, code, decline, reviewing};
use crate::rules::{over, publish};
use crate::support::{App, Says, codes, user};

#[tokio::test]
async fn one_operator_decides_a_small_transaction_through_its_case() {
    for engine in engines() {
        let app = reviewing(engine, false).await;
        let (made, id) = app.waits(1, 100).await;
        let mut decision = approve();
        decision["note"] = json!("Has shown the invoice");
        let case = app.acts("operator", &id, "decide", decision.clone()).await;
        assert_eq!(
            (&case["state"], &case["owner"]),
            (&json!("closed"), &json!(user("operator")))
        );
        let end = &case["decision"];
        assert_eq!(end["outcome"], "false_positive");
        assert_eq!(
            (&end["automatic"], &end["reason"]),
            (&json!(false), &json!("known_customer"))
        );
        assert_eq!(end["decided_by"], json!(user("operator")));
        let asked = app.reviewers.asked.lock().unwrap().clone();
        assert_eq!(asked.len(), 1);
        assert_eq!(
            (asked[0].transaction, asked[0].by),
            (made.id, user("operator"))
        );
        assert!(asked[0].approve);
        assert_eq!(asked[0].reason, "known_customer: Has shown the invoice");
        // What the feed tells of it later, and the same request again, change nothing.
        app.moves(&made, "completed").await;
        let again = app.acts("operator", &id, "decide", decision).await;
        assert_eq!(again["decision"], case["decision"]);
        assert_eq!(app.kinds(&id).await, ["opened", "decided"]);
        let other = app.act("second", &id, "decide", decline()).await;
        assert_eq!(code(&other), (409, "case_closed"));
        assert!(app.trail.0.lock().unwrap().contains(&"case.decided"));
    }
}

#[tokio::test]
async fn a_large_one_takes_two_and_the_first_decision_is_a_proposal() {
    for engine in engines() {
        // By the amount, by an amount that nobody can compare, and where risk says so.
        for (needs_two, amount, currency) in [
            (false, 1_000_000, "USD"),
            (false, 100, "CHF"),
            (true, 100, "USD"),
        ] {
            let app = reviewing(engine, needs_two).await;
            let (made, id) = app.waits(1, amount).await;
            if currency != "USD" {
                let sql = "UPDATE cases SET amount_base = NULL, currency = $1";
                app.db.execute(sql, args![currency]).await.unwrap();
            }
            let case = app.acts("operator", &id, "decide", approve()).await;
            assert_eq!(case["state"], "assigned");
            assert_eq!(case["proposal"]["outcome"], "false_positive");
            assert_eq!(case["proposal"]["by"], json!(user("operator")));
            assert_eq!(
                app.reviewers.asked.lock().unwrap().len(),
                0,
                "no money moves"
            );
            let mut other_words = approve();
            other_words["note"] = json!("Really");
            let alone = app.act("operator", &id, "decide", other_words).await;
            assert_eq!(code(&alone), (409, "second_operator_needed"));
            if needs_two {
                // Payments wants two, too: it hears of both.
                app.reviewers.says.lock().unwrap().push_back(Says::Proposed);
            }
            let case = app.acts("second", &id, "decide", approve()).await;
            assert_eq!(case["state"], "closed");
            assert_eq!(case["decision"]["proposed_by"], json!(user("operator")));
            assert_eq!(case["decision"]["decided_by"], json!(user("second")));
            let asked = app.reviewers.asked.lock().unwrap().clone();
            let by: Vec<_> = asked.iter().map(|review| review.by).collect();
            let both = [user("second"), user("operator")];
            assert_eq!(by, both[..1 + usize::from(needs_two)]);
            assert_eq!(asked[0].transaction, made.id);
            assert_eq!(app.kinds(&id).await, ["opened", "proposed", "decided"]);
        }
    }
}

#[tokio::test]
async fn another_decision_takes_the_place_of_a_proposal_and_does_not_count_alone() {
    for engine in engines() {
        let app = reviewing(engine, true).await;
        let (_, id) = app.waits(1, 100).await;
        app.acts("operator", &id, "decide", approve()).await;
        let case = app.acts("second", &id, "decide", decline()).await;
        assert_eq!(case["proposal"]["by"], json!(user("second")));
        assert_eq!(case["state"], "assigned");
        assert_eq!(app.reviewers.asked.lock().unwrap().len(), 0);
        let case = app.acts("operator", &id, "decide", decline()).await;
        assert_eq!(case["decision"]["outcome"], "confirmed");
        assert!(!app.reviewers.asked.lock().unwrap()[0].approve);
    }
}

#[tokio::test]
async fn confirmed_sanctions_take_two_and_cleared_ones_do_not() {
    for engine in engines() {
        let app = App::on(engine).await;
        let (one, two) = (
            app.case(1, "sanctions", 50).await,
            app.case(2, "sanctions", 50).await,
        );
        let cleared = json!({ "outcome": "false_positive", "reason": "other_birth_date" });
        let case = app.acts("operator", &one, "decide", cleared).await;
        assert_eq!(case["state"], "closed");
        let confirmed = json!({ "outcome": "confirmed", "reason": "same_person" });
        let case = app
            .acts("operator", &two, "decide", confirmed.clone())
            .await;
        assert_eq!(case["state"], "assigned");
        let case = app.acts("second", &two, "decide", confirmed).await;
        assert_eq!(case["decision"]["outcome"], "confirmed");
        assert_eq!(app.reviewers.asked.lock().unwrap().len(), 0);
    }
}

#[tokio::test]
async fn an_operator_does_not_decide_their_own_case_or_one_of_a_colleague() {
    for engine in engines() {
        let app = App::on(engine).await;
        let id = app.case(1, "kyc", 50).await;
        app.takes_part(&id, "operator").await;
        let decision = json!({ "outcome": "valuable", "reason": "not_enough_evidence" });
        for (act, body) in [
            ("decide", decision.clone()),
            ("assign", json!({ "owner": user("operator") })),
            ("comment", json!({ "text": "It is fine" })),
            ("snooze", json!({ "until": null, "reason": "x" })),
            ("pin", json!({ "priority": 0, "reason": "x" })),
            ("reopen", json!({ "reason": "x" })),
            ("attachments", json!({ "name": "a.txt", "content": "eA==" })),
        ] {
            let refused = app.act("operator", &id, act, body).await;
            assert_eq!(code(&refused), (403, "own_case"), "{act}");
        }
        let theirs = app
            .act("admin", &id, "assign", json!({ "owner": user("operator") }))
            .await;
        assert_eq!(code(&theirs), (409, "own_case"));
        app.acts("admin", &id, "assign", json!({ "owner": user("admin") }))
            .await;
        let refused = app.act("second", &id, "decide", decision.clone()).await;
        assert_eq!(code(&refused), (409, "case_assigned"));
        app.acts("admin", &id, "decide", decision).await;
    }
}

#[tokio::test]
async fn of_two_operators_who_decide_at_once_one_wins() {
    for engine in engines() {
        let app = reviewing(engine, false).await;
        for number in 0..4 {
            let (_, id) = app.waits(number, 100).await;
            let (one, two) = tokio::join!(
                app.act("operator", &id, "decide", approve()),
                app.act("second", &id, "decide", decline()),
            );
            let mut statuses = [one.0.as_u16(), two.0.as_u16()];
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 409], "{one:?} {two:?}");
            let asked = app.reviewers.asked.lock().unwrap().len() as u128;
            assert_eq!(asked, number + 1, "payments is asked once");
        }
        // Also where both confirm what a third has proposed.
        let (_, id) = app.waits(9, 1_000_000).await;
        app.acts("admin", &id, "decide", approve()).await;
        let (one, two) = tokio::join!(
            app.act("operator", &id, "decide", approve()),
            app.act("second", &id, "decide", approve()),
        );
        let mut statuses = [one.0.as_u16(), two.0.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "{one:?} {two:?}");
        assert_eq!(app.reviewers.asked.lock().unwrap().len(), 5);
    }
}

#[tokio::test]
async fn what_payments_refuses_leaves_the_case_open() {
    for engine in engines() {
        let app = reviewing(engine, false).await;
        let (made, id) = app.waits(1, 100).await;
        for (says, expected) in [
            (Says::Refused, (409, "payments_refused")),
            (Says::NotYours, (403, "own_case")),
        ] {
            app.reviewers.says.lock().unwrap().push_back(says);
            let refused = app.act("operator", &id, "decide", approve()).await;
            assert_eq!(code(&refused), expected);
            let case = app.whole(&id).await;
            assert_eq!(
                (&case["state"], &case["under_way"]),
                (&json!("open"), &Value::Null)
            );
        }
        // Payments wants a second operator, of which risk did not know.
        app.reviewers.says.lock().unwrap().push_back(Says::Proposed);
        let case = app.acts("operator", &id, "decide", approve()).await;
        assert_eq!(case["proposal"]["by"], json!(user("operator")));
        assert_eq!(case["needs_two"], true);
        // It is not in review any more: the feed ends the case.
        app.reviewers
            .says
            .lock()
            .unwrap()
            .push_back(Says::NotWaiting);
        let refused = app.act("second", &id, "decide", approve()).await;
        assert_eq!(code(&refused), (409, "transaction_not_in_review"));
        app.moves(&made, "expired").await;
        let case = app.whole(&id).await;
        assert_eq!(case["decision"]["outcome"], "transaction_expired");
    }
}

#[tokio::test]
async fn a_decision_that_payments_did_not_answer_is_carried_out_later() {
    for engine in engines() {
        let app = reviewing(engine, false).await;
        // It was not done: a sweep asks again.
        let (_, id) = app.waits(1, 100).await;
        app.reviewers.says.lock().unwrap().push_back(Says::Away);
        let away = app.act("operator", &id, "decide", approve()).await;
        assert_eq!(code(&away), (503, "payments_unavailable"));
        let case = app.whole(&id).await;
        assert_eq!(case["under_way"]["by"], json!(user("operator")));
        let other = app.act("second", &id, "decide", decline()).await;
        assert_eq!(code(&other), (409, "decision_under_way"));
        app.service.sweep_cases().await.unwrap();
        assert_eq!(app.reviewers.asked.lock().unwrap().len(), 1, "not at once");
        app.clock.advance(11 * SECOND);
        app.service.sweep_cases().await.unwrap();
        let case = app.whole(&id).await;
        assert_eq!(case["decision"]["decided_by"], json!(user("operator")));
        // It was done, and the node stopped before it could write so: the feed tells.
        for (number, decision, status, outcome) in [
            (2, approve(), "completed", "false_positive"),
            (3, decline(), "failed", "confirmed"),
            (4, approve(), "expired", "transaction_expired"),
        ] {
            let (made, id) = app.waits(number, 100).await;
            app.reviewers.says.lock().unwrap().push_back(Says::Away);
            app.act("operator", &id, "decide", decision).await;
            app.moves(&made, status).await;
            let case = app.whole(&id).await;
            assert_eq!(case["decision"]["outcome"], outcome);
        }
    }
}

#[tokio::test]
async fn a_decision_has_to_fit_the_case() {
    for engine in engines() {
        let app = reviewing(engine, false).await;
        let (made, id) = app.waits(1, 100).await;
        let of = |outcome: &str, reason: &str, word: Option<&str>| json!({ "outcome": outcome, "reason": reason, "transaction": word });
        for (body, expected) in [
            (
                of("confirmed", "same_person", Some("decline")),
                (422, "invalid_reason_code"),
            ),
            (
                of("confirmed", "fraud", None),
                (422, "transaction_required"),
            ),
            (
                of("confirmed", "fraud", Some("approve")),
                (422, "contradictory_decision"),
            ),
            (
                of("false_positive", "fraud", Some("decline")),
                (422, "contradictory_decision"),
            ),
        ] {
            let refused = app.act("operator", &id, "decide", body).await;
            assert_eq!(code(&refused), expected);
        }
        app.moves(&made, "completed").await;
        app.acts(
            "operator",
            &id,
            "reopen",
            json!({ "reason": "It was fraud" }),
        )
        .await;
        let refused = app.act("operator", &id, "decide", decline()).await;
        assert_eq!(code(&refused), (409, "nothing_waits"));
        let after = of("confirmed", "fraud", None);
        let case = app.acts("operator", &id, "decide", after).await;
        assert_eq!(case["decision"]["outcome"], "confirmed");
        assert_eq!(app.reviewers.asked.lock().unwrap().len(), 0);
    }
}

#[tokio::test]
async fn what_operators_found_is_the_precision_of_the_rules_that_hit() {
    for engine in engines() {
        let app = reviewing(engine, false).await;
        let precision = async |rule: &str| {
            let rule = app.get("operator", &format!("/rules/{rule}")).await;
            rule["precision"].clone()
        };
        let none = json!({ "decided": 0, "confirmed": 0, "percent": null });
        assert_eq!(precision("check_all").await, none);
        let mut last = String::new();
        for (number, decision) in [
            (1, decline()),
            (2, approve()),
            (3, approve()),
            (4, decline()),
        ] {
            let (_, id) = app.waits(number, 100).await;
            app.acts("operator", &id, "decide", decision).await;
            last = id;
        }
        let half = json!({ "decided": 4, "confirmed": 2, "percent": 50 });
        assert_eq!(precision("check_all").await, half);
        assert_eq!(precision("payer_not_verified").await, half);
        assert_eq!(precision("amount_over_5000").await, none);
        app.acts("second", &last, "reopen", json!({ "reason": "Once more" }))
            .await;
        let less = json!({ "decided": 3, "confirmed": 1, "percent": 33 });
        assert_eq!(precision("check_all").await, less);
    }
}

#[tokio::test]
async fn who_was_confirmed_before_is_known_to_rules_on_every_node_until_the_case_is_reopened() {
    for engine in engines() {
        let app = reviewing(engine, false).await;
        let mut rule = over("again", 0);
        rule["when"] = json!({ "compare": {
            "left": { "field": "confirmed_before" }, "is": "equal", "right": { "value": true } } });
        rule["effect"] = json!({ "points": 5 });
        publish(&app, rule).await;
        let is_known = async |from: &str, to: &str, number: u128| {
            let decision = app.assess(&app.transfer(number, from, to, 100)).await;
            codes(&decision).contains(&"again")
        };
        assert!(!is_known("ann", "bob", 10).await);
        let (_, id) = app.waits(1, 100).await;
        app.acts("operator", &id, "decide", decline()).await;
        app.service.refresh().await.unwrap();
        assert!(is_known("ann", "bob", 11).await);
        assert!(!is_known("bob", "ann", 12).await, "he was the other side");
        let node = app.another_node().await;
        let proposed = app.transfer(13, "ann", "bob", 100);
        let there = node.assess(&proposed).await.unwrap();
        assert!(codes(&there).contains(&"again"));
        assert_eq!(there.outcome, RiskOutcome::Review);
        app.acts("operator", &id, "reopen", json!({ "reason": "It was not" }))
            .await;
        app.service.refresh().await.unwrap();
        assert!(!is_known("ann", "bob", 14).await);
        assert_eq!(
            app.act("ann", &id, "decide", decline()).await.0,
            StatusCode::FORBIDDEN
        );
    }
}
