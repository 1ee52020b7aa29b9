//! What time does to cases.

use db::args;
use module::Opened;
use platform::clock::Clock;
use platform::metrics::Metrics;
use serde_json::{Value, json};
use testkit::engines;
use values::{DAY, SECOND};

use super::{reviewing, text};
use crate::support::App;

const HOUR: i64 = 3_600 * SECOND;

#[tokio::test]
async fn a_case_that_waits_becomes_more_urgent_until_it_is_overdue() {
    for engine in engines() {
        let app = reviewing(engine, false).await;
        let (_, id) = app.waits(1, 100).await;
        for (hours, priority, overdue) in [
            (7, 30, false),
            (1, 35, false),
            (8, 40, false),
            (8, 50, true),
        ] {
            app.clock.advance(hours * HOUR);
            app.service.sweep_cases().await.unwrap();
            // Another node finds nothing to do.
            app.service.sweep_cases().await.unwrap();
            let case = app.whole(&id).await;
            assert_eq!(
                (&case["priority"], &case["overdue"]),
                (&json!(priority), &json!(overdue))
            );
        }
        let raised = app.event(&id, "priority_raised").await;
        assert_eq!(
            (&raised["by"], &raised["before"]),
            (&Value::Null, &json!(40))
        );
        let kinds = app.kinds(&id).await;
        assert_eq!(kinds.len(), 4, "{kinds:?}");
    }
}

#[tokio::test]
async fn a_case_that_slept_long_enough_wakes() {
    for engine in engines() {
        let app = App::on(engine).await;
        let id = app.case(1, "kyc", 50).await;
        let sleep = json!({ "until": app.clock.now().plus(DAY), "reason": "Later" });
        app.acts("operator", &id, "snooze", sleep).await;
        app.clock.advance(DAY - 1);
        app.service.sweep_cases().await.unwrap();
        assert_eq!(app.whole(&id).await["state"], "snoozed");
        app.clock.advance(1);
        assert_eq!(
            app.whole(&id).await["state"],
            "assigned",
            "also before a sweep"
        );
        app.service.sweep_cases().await.unwrap();
        app.service.sweep_cases().await.unwrap();
        let kinds = app.kinds(&id).await;
        assert_eq!(
            kinds.iter().filter(|kind| *kind == "woken").count(),
            1,
            "{kinds:?}"
        );
    }
}

#[tokio::test]
async fn a_transaction_that_waits_and_has_no_case_gets_one() {
    for engine in engines() {
        let app = reviewing(engine, false).await;
        let (_, review) = app.waits(1, 100).await;
        let made = app.transfer(2, "ann", "bob", 100);
        app.tell(&made, "ann", "bob", "processing");
        app.service.catch_up().await.unwrap();
        app.moves(&made, "unresolved").await;
        // As after an upgrade of a store that is older than cases.
        app.db.execute("DELETE FROM cases", args![]).await.unwrap();
        app.service.sweep_cases().await.unwrap();
        assert_eq!(
            app.get("auditor", "/cases").await["data"],
            json!([]),
            "the feed comes first"
        );
        app.clock.advance(61 * SECOND);
        for _ in 0..2 {
            app.service.sweep_cases().await.unwrap();
            let case = app.only("queue=transactions").await;
            assert_ne!(text(&case["id"]), review);
            assert_eq!(
                app.only("queue=unresolved").await["subject"],
                json!(made.id)
            );
        }
    }
}

#[tokio::test]
async fn what_waits_is_counted_for_operators_and_as_metrics() {
    for engine in engines() {
        let app = App::on(engine).await;
        let metrics = Metrics::default();
        app.service.show_in(&metrics);
        let opened = app.clock.now();
        app.case(1, "kyc", 50).await;
        app.clock.advance(30 * HOUR);
        app.case(2, "kyc", 50).await;
        app.case(3, "sanctions", 50).await;
        app.service.sweep_cases().await.unwrap();
        let report = app.service.clone().report().await.unwrap();
        let told = report.concerns.first().unwrap();
        assert_eq!(
            (told.key.kind.as_str(), told.says.as_str()),
            ("cases_overdue", "1 of 3 open cases are overdue.")
        );
        assert_eq!(report.concerns.len(), 1);
        let cases = report.cases.unwrap();
        assert_eq!(
            (cases.open, cases.overdue, cases.oldest),
            (3, 1, Some(opened))
        );
        let text = metrics.render();
        for line in [
            "payflow_risk_cases_open{queue=\"kyc\"} 2",
            "payflow_risk_cases_open{queue=\"sanctions\"} 1",
            "payflow_risk_cases_open{queue=\"transactions\"} 0",
            "payflow_risk_cases_overdue{queue=\"kyc\"} 1",
            "payflow_risk_cases_oldest_age_seconds{queue=\"kyc\"} 108000",
        ] {
            assert!(text.contains(line), "{line} is not in {text}");
        }
    }
}
