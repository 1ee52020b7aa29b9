//! What operators say of matches, and how long that holds.

use contracts::risk::RiskOutcome;
use http::{Method, StatusCode};
use serde_json::json;

use super::{Screened, code, on_each_engine};
use crate::support::{codes, user};

const BOB: (u32, &str, &str) = (7, "Bobrik", "Zavadovsky");

/// Bob is like somebody on the list.
async fn bob_matches(it: &Screened) {
    it.app.is_called("bob", "Bobrik Zavadovsky");
    it.compare().await;
    assert_eq!(it.states("bob").await, ["open"]);
}

async fn outcome(it: &Screened, from: &str, to: &str) -> RiskOutcome {
    let proposed = it.app.transfer(1, from, to, 100);
    it.app.assess(&proposed).await.outcome
}

#[tokio::test]
async fn a_cleared_match_is_remembered_until_either_side_is_another() {
    on_each_engine(&[BOB], async |it| {
        bob_matches(&it).await;
        assert_eq!(
            it.decide_case("operator", "bob", "false_positive").await.0,
            200
        );
        assert_eq!(outcome(&it, "ann", "bob").await, RiskOutcome::Approve);
        // Another list, of which nothing is about him.
        assert_eq!(it.load(&[BOB, (9, "Somebody", "Otherwise")]).await, None);
        assert_eq!(it.states("bob").await, ["cleared"]);
        assert_eq!(outcome(&it, "bob", "ann").await, RiskOutcome::Approve);
        // The same entry with another name beside.
        assert_eq!(it.load(&[(7, "Bobrik A.", "Zavadovsky")]).await, None);
        assert_eq!(it.states("bob").await, ["open", "ended"]);
        assert_eq!(outcome(&it, "bob", "ann").await, RiskOutcome::Review);
        assert_eq!(
            it.decide_case("operator", "bob", "false_positive").await.0,
            200
        );
        it.app.is_called("bob", "Bobrik Zavadovski");
        it.compare().await;
        assert_eq!(it.states("bob").await, ["open", "ended", "ended"]);
        assert_eq!(outcome(&it, "ann", "bob").await, RiskOutcome::Review);
        let trail = it.app.trail.done.lock().unwrap().clone();
        assert_eq!(trail, ["case.decided", "case.decided"]);
    })
    .await;
}

#[tokio::test]
async fn who_is_confirmed_neither_sends_nor_receives_whatever_they_are_called() {
    on_each_engine(&[BOB], async |it| {
        bob_matches(&it).await;
        assert_eq!(it.decide_case("operator", "bob", "confirmed").await.0, 200);
        assert_eq!(it.states("bob").await, ["open"], "it takes two");
        let own = it.decide_case("operator", "bob", "confirmed").await;
        assert_eq!(
            (own.0, it.states("bob").await),
            (200, vec!["open".to_owned()]),
            "{own:?}"
        );
        assert_eq!(it.decide_case("second", "bob", "confirmed").await.0, 200);
        let declined = async || {
            for (from, to) in [("ann", "bob"), ("bob", "ann")] {
                let decided = it.app.assess(&it.app.transfer(1, from, to, 100)).await;
                assert_eq!(decided.outcome, RiskOutcome::Decline, "{decided:?}");
                let factor = &decided.factors[0];
                assert_eq!(factor.code, "sanctions_confirmed");
                assert!(
                    factor.detail.ends_with("Compared with the passport"),
                    "{factor:?}"
                );
            }
        };
        declined().await;
        it.app.is_called("bob", "Somebody Otherwise");
        it.compare().await;
        declined().await;
        assert_eq!(it.load(&[]).await, None, "the entry is gone");
        declined().await;
        assert_eq!(it.states("bob").await, ["confirmed"]);
        let own = it.decide("second", "bob", "clear").await;
        assert_eq!(
            (own.0, &own.1["code"]),
            (409, &json!("second_operator_needed"))
        );
        assert_eq!(it.decide("admin", "bob", "clear").await.0, 200);
        assert_eq!(outcome(&it, "ann", "bob").await, RiskOutcome::Approve);
    })
    .await;
}

#[tokio::test]
async fn who_takes_another_name_is_looked_at_all_the_same_and_a_gone_entry_ends_by_itself() {
    on_each_engine(&[BOB], async |it| {
        bob_matches(&it).await;
        it.app.is_called("bob", "Somebody Otherwise");
        it.compare().await;
        assert_eq!(it.states("bob").await, ["open"]);
        assert_eq!(outcome(&it, "ann", "bob").await, RiskOutcome::Review);
        it.app.is_called("bob", "Bobrik Zavadovsky");
        it.compare().await;
        assert_eq!(it.load(&[]).await, None);
        assert_eq!(it.states("bob").await, ["ended"]);
        assert_eq!(outcome(&it, "ann", "bob").await, RiskOutcome::Approve);
    })
    .await;
}

#[tokio::test]
async fn a_match_is_decided_through_its_case_as_long_as_that_is_open_and_by_nobody_it_is_about() {
    on_each_engine(&[BOB], async |it| {
        it.app.is_called("operator", "Bobrik Zavadovsky");
        it.compare().await;
        let own = it.decide("operator", "operator", "clear").await;
        assert_eq!((own.0, &own.1["code"]), (403, &json!("own_match")));
        let own = it
            .decide_case("operator", "operator", "false_positive")
            .await;
        assert_eq!(own.0, 403, "{own:?}");
        for verdict in ["clear", "confirm"] {
            let past = it.decide("second", "operator", verdict).await;
            assert_eq!((past.0, &past.1["code"]), (409, &json!("case_open")));
        }
        let inconclusive = it.decide_case("second", "operator", "inconclusive").await;
        assert_eq!(
            (inconclusive.0, it.states("operator").await),
            (200, vec!["open".to_owned()])
        );
        let (one, other) = tokio::join!(
            it.decide("second", "operator", "clear"),
            it.decide("admin", "operator", "clear")
        );
        let mut statuses = [one.0, other.0];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "{one:?} {other:?}");
        let trail = it.app.trail.done.lock().unwrap().clone();
        assert_eq!(trail, ["case.decided", "sanctions_match.cleared"]);
    })
    .await;
}

#[tokio::test]
async fn no_operator_lets_pass_what_is_to_or_from_somebody_who_is_confirmed() {
    on_each_engine(&[BOB], async |it| {
        bob_matches(&it).await;
        let held = it.app.transfer(1, "ann", "bob", 100);
        let decision = it.app.assess(&held).await;
        assert_eq!(decision.outcome, RiskOutcome::Review);
        it.app.service.write_decided().await.unwrap();
        it.app.tell(&held, "ann", "bob", "in_review");
        it.app.service.catch_up().await.unwrap();
        for by in ["operator", "second"] {
            assert_eq!(it.decide_case(by, "bob", "confirmed").await.0, 200);
        }
        let list = it.app.get("operator", "/cases?queue=transactions").await;
        let path = format!("/cases/{}/decide", list["data"][0]["id"].as_str().unwrap());
        let decide = |outcome, reason, word| {
            json!({"outcome": outcome, "reason": reason, "note": "", "transaction": word})
        };
        let approve = decide("false_positive", "known_customer", "approve");
        let proposed = it.app.post("operator", &path, approve.clone()).await;
        assert_eq!(proposed.0, StatusCode::OK, "{proposed:?}");
        let refused = it.app.post("second", &path, approve).await;
        assert_eq!(refused.0, StatusCode::CONFLICT, "{refused:?}");
        let said = refused.1["detail"].as_str().unwrap();
        assert!(said.contains("can only be declined"), "{said}");
        assert_eq!(it.app.reviewers.asked.lock().unwrap().len(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_match_is_seen_by_its_own_organisation_and_by_operators_only() {
    on_each_engine(&[BOB], async |it| {
        bob_matches(&it).await;
        let customer = it.customer("bob").await;
        let id = customer["matches"][0]["id"].as_str().unwrap().to_owned();
        let shown = it
            .app
            .get("auditor", &format!("/screening/matches/{id}"))
            .await;
        assert_eq!(shown, customer["matches"][0]);
        assert_eq!(shown["listed"]["names"][0]["text"], "Bobrik Zavadovsky");
        assert_eq!(shown["explanation"]["comparison"]["score"], 1000);
        let list = it
            .app
            .get("operator", "/screening/matches?state=open&limit=1")
            .await;
        assert_eq!(
            (&list["data"][0]["id"], &list["has_more"]),
            (&json!(id), &json!(false))
        );
        let none = it
            .app
            .get("operator", "/screening/matches?state=cleared")
            .await;
        assert_eq!(none["data"], json!([]));
        let reason = json!({"reason": "x"});
        for (who, status) in [("foreign_admin", 404), ("bob", 403), ("ann", 403)] {
            for (method, path, body) in [
                (Method::GET, format!("/screening/matches/{id}"), None),
                (
                    Method::GET,
                    format!("/screening/customers/{}", user("bob")),
                    None,
                ),
                (
                    Method::POST,
                    format!("/screening/matches/{id}/clear"),
                    Some(reason.clone()),
                ),
                (
                    Method::POST,
                    format!("/screening/matches/{id}/confirm"),
                    Some(reason.clone()),
                ),
            ] {
                let answer = it.app.request(who, method, &path, body).await;
                assert_eq!(answer.0.as_u16(), status, "{who} {path}: {answer:?}");
            }
        }
        let others = it.app.get("foreign_admin", "/screening/matches").await;
        assert_eq!(others["data"], json!([]));
        let path = format!("/screening/matches/{id}/clear");
        let without = it
            .app
            .post("operator", &path, json!({"reason": "a\nb"}))
            .await;
        assert_eq!(code(&without), (422, "invalid_reason"));
        let auditor = it.app.post("auditor", &path, reason).await;
        assert_eq!(auditor.0, StatusCode::FORBIDDEN);
    })
    .await;
}

#[tokio::test]
async fn what_one_node_loads_and_decides_holds_on_another() {
    on_each_engine(&[BOB], async |it| {
        let other = it.app.another_node().await;
        bob_matches(&it).await;
        let proposed = it.app.transfer(1, "ann", "bob", 100);
        let assess = async || {
            other.catch_up().await.unwrap();
            other.screen_once().await.unwrap();
            other.refresh().await.unwrap();
            contracts::risk::Risk::assess(&*other, &proposed)
                .await
                .unwrap()
        };
        assert_eq!(assess().await.outcome, RiskOutcome::Review);
        assert_eq!(
            it.decide_case("operator", "bob", "false_positive").await.0,
            200
        );
        assert_eq!(assess().await.outcome, RiskOutcome::Approve);
        assert_eq!(it.load(&[BOB, (8, "Annex", "Example")]).await, None);
        it.app.is_called("ann", "Annex Example");
        it.compare().await;
        let held = assess().await;
        assert!(
            codes(&held).contains(&"sanctions_match_of_payer"),
            "{held:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_match_opens_one_case_which_ends_with_it() {
    on_each_engine(&[BOB], async |it| {
        bob_matches(&it).await;
        let cases = async || -> Vec<(String, Option<String>)> {
            let sql = "SELECT subject, outcome FROM cases WHERE queue = 'sanctions'";
            it.app.db.fetch_all(sql, db::args![]).await.unwrap()
        };
        let customer = it.customer("bob").await;
        let id = customer["matches"][0]["id"].as_str().unwrap().to_owned();
        assert_eq!(cases().await, [(id.clone(), None)]);
        it.compare().await;
        assert_eq!(cases().await.len(), 1);
        assert_eq!(it.load(&[]).await, None, "the entry is gone");
        let ended = Some("no_longer_needed".to_owned());
        assert_eq!(cases().await, [(id, ended)]);
    })
    .await;
}
