//! Breakers: a rule that hits far more often than it used to goes to shadow, for all to see, and
//! two people put it back.

use contracts::risk::RiskOutcome;
use http::{Method, StatusCode};
use platform::metrics::Metrics;
use risk::{BreakerConfig, Config};
use serde_json::{Value, json};
use testkit::{Engine, engines};

use crate::rules::{over, publish, publish_draft};
use crate::support::{App, user};

const RULE: &str = "/rules/look_at_all";
const REARM: &str = "/rules/look_at_all/rearm";

/// A breaker that trips at the tenth of ten hits.
async fn app(engine: Engine) -> App {
    let breakers = BreakerConfig {
        enabled: true,
        least_transactions: 10,
        least_hits: 5,
        ..BreakerConfig::default()
    };
    let config = Config {
        breakers,
        ..Config::default()
    };
    App::with(engine, config).await
}

/// From now on there is this rule and no other.
async fn only(app: &App, rule: Value) {
    let set = json!({"base_currency": "USD", "rules": [rule]});
    let drafted = app.request("operator", Method::PUT, "/rule-drafts", Some(set));
    assert_eq!(drafted.await.0, StatusCode::NO_CONTENT);
    publish_draft(app).await;
}

fn look_at(minor: i64) -> Value {
    let mut rule = over("look_at_all", minor);
    rule["effect"] = json!({"outcome": "review"});
    rule
}

/// So many transactions from a number on; what became of the last.
async fn transactions(app: &App, numbers: std::ops::Range<u128>) -> RiskOutcome {
    let mut last = RiskOutcome::Approve;
    for number in numbers {
        let asked = app.transfer(number, "ann", "bob", 100);
        last = app.assess(&asked).await.outcome;
    }
    app.service.write_decided().await.unwrap();
    last
}

async fn rearm(app: &App, who: &str) -> (u16, Value) {
    let (status, answer) = app.request(who, Method::POST, REARM, None).await;
    (status.as_u16(), answer)
}

#[tokio::test]
async fn a_rule_far_above_its_baseline_goes_to_shadow_for_all_to_see() {
    for engine in engines() {
        let app = app(engine).await;
        let metrics = Metrics::default();
        module::Opened::show_in(&*app.service, &metrics);
        let other = app.another_node().await;
        only(&app, look_at(0)).await;
        assert_eq!(transactions(&app, 0..9).await, RiskOutcome::Review);
        assert_eq!(app.get("auditor", RULE).await["breaker"], Value::Null);
        // The one that trips it is the last that it stops.
        assert_eq!(transactions(&app, 9..10).await, RiskOutcome::Review);
        assert_eq!(transactions(&app, 10..11).await, RiskOutcome::Approve);
        let rules = app.get("auditor", "/rules").await;
        let data = rules["data"].as_array().unwrap();
        let rule = data.iter().find(|it| it["code"] == "look_at_all").unwrap();
        let breaker = &rule["breaker"];
        assert_eq!(
            (&breaker["hits"], &breaker["asked"]),
            (&json!(10), &json!(10))
        );
        assert_eq!(rule["hit_rate"]["hits"], 11, "it is still asked");
        assert_eq!(rule["hit_rate"]["counted"], 10);
        assert!(
            metrics
                .render()
                .contains("payflow_risk_breaker_trips_total 1")
        );
        let acts = app.trail.done.lock().unwrap().clone();
        assert_eq!(acts, ["rule.drafted", "rules.published", "rule.tripped"]);
        let report = module::Opened::report(app.service.clone()).await.unwrap();
        let told = report.concerns.first().unwrap();
        assert_eq!(
            (told.key.kind.as_str(), told.key.subject.as_str()),
            ("rule_breaker", "look_at_all")
        );
        other.refresh().await.unwrap();
        let ask = app.transfer(20, "ann", "bob", 100);
        let decided = contracts::risk::Risk::assess(&*other, &ask).await.unwrap();
        assert_eq!(decided.outcome, RiskOutcome::Approve);
        let app = app.restarted().await;
        assert_eq!(transactions(&app, 30..50).await, RiskOutcome::Approve);
        assert_eq!(app.get("auditor", RULE).await["breaker"], *breaker);
    }
}

#[tokio::test]
async fn two_people_put_a_rule_back_into_effect() {
    for engine in engines() {
        let app = app(engine).await;
        only(&app, look_at(0)).await;
        let early = rearm(&app, "operator").await;
        assert_eq!((early.0, &early.1["code"]), (409, &json!("not_tripped")));
        transactions(&app, 0..10).await;
        let (status, proposed) = rearm(&app, "operator").await;
        assert_eq!(status, 200);
        assert_eq!(proposed["breaker"]["proposed_by"], json!(user("operator")));
        assert_eq!(transactions(&app, 10..11).await, RiskOutcome::Approve);
        let same = rearm(&app, "operator").await;
        assert_eq!(
            (same.0, &same.1["code"]),
            (409, &json!("second_operator_needed"))
        );
        let (status, armed) = rearm(&app, "second").await;
        assert_eq!((status, &armed["breaker"]), (200, &Value::Null));
        assert_eq!(transactions(&app, 20..29).await, RiskOutcome::Review);
        // What it used to hit is learnt anew: it trips as it did at first.
        transactions(&app, 29..30).await;
        assert_eq!(transactions(&app, 30..31).await, RiskOutcome::Approve);
        let acts = app.trail.done.lock().unwrap().clone();
        let expected = [
            "rule.tripped",
            "rule.rearm_proposed",
            "rule.rearmed",
            "rule.tripped",
        ];
        assert_eq!(acts[2..], expected);
        for (who, status) in [("auditor", 403), ("foreign_admin", 404)] {
            assert_eq!(rearm(&app, who).await.0, status, "{who}");
        }
    }
}

#[tokio::test]
async fn a_publication_in_which_the_rule_has_changed_puts_it_back_and_another_does_not() {
    for engine in engines() {
        let app = app(engine).await;
        only(&app, look_at(0)).await;
        transactions(&app, 0..10).await;
        publish(&app, over("something_else", 1_000_000)).await;
        assert_eq!(transactions(&app, 10..11).await, RiskOutcome::Approve);
        let changed = Some(look_at(50));
        let (status, _) = app.request("operator", Method::PUT, RULE, changed).await;
        assert_eq!(status, StatusCode::OK);
        publish_draft(&app).await;
        assert_eq!(app.get("auditor", RULE).await["breaker"], Value::Null);
        assert_eq!(transactions(&app, 20..21).await, RiskOutcome::Review);
    }
}

#[tokio::test]
async fn what_a_rule_used_to_hit_is_known_after_a_restart() {
    for engine in engines() {
        let breakers = BreakerConfig {
            enabled: true,
            least_transactions: 10,
            least_hits: 5,
            baseline_transactions: 20,
            percent_of_all: 100,
            ..BreakerConfig::default()
        };
        let config = Config {
            breakers,
            ..Config::default()
        };
        let app = App::with(engine, config).await;
        only(&app, look_at(100)).await;
        // A window of 30 transactions of which none hit.
        transactions(&app, 0..30).await;
        app.clock.advance(values::DAY);
        transactions(&app, 30..31).await;
        let app = app.restarted().await;
        let hit = |number| app.transfer(number, "ann", "bob", 200);
        for number in 40..50 {
            app.assess(&hit(number)).await;
        }
        let after = app.assess(&hit(50)).await;
        assert_eq!(after.outcome, RiskOutcome::Approve, "{after:?}");
    }
}

#[tokio::test]
async fn rules_that_decline_stay_in_effect_however_often_they_hit() {
    for engine in engines() {
        let app = app(engine).await;
        only(&app, over("decline_all", 0)).await;
        assert_eq!(transactions(&app, 0..40).await, RiskOutcome::Decline);
    }
}
