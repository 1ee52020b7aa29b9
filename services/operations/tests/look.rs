//! What the look at the platform sees, and that it is over.

use std::sync::atomic::Ordering;

use contracts::identity::OrgId;
use contracts::operations::{AlertKey, Severity, Signal};
use module::{InFlight, LedgerCheck, QueueFigures, Report};
use platform::clock::Clock;
use serde_json::{Value, json};
use testkit::engines;
use values::{SECOND, Timestamp};

use crate::support::App;

fn queue(name: &str, dead_letters: i64, oldest: Option<Timestamp>, paused: i64) -> QueueFigures {
    QueueFigures {
        name: name.to_owned(),
        depth: 3,
        oldest,
        dead_letters,
        paused,
    }
}

fn queues(queues: Vec<QueueFigures>) -> Report {
    Report {
        queues,
        ..Report::default()
    }
}

/// Kind and status of all alerts, the newest first.
async fn all(app: &App) -> Vec<(String, String)> {
    let text = |alert: &Value, name: &str| alert[name].as_str().unwrap().to_owned();
    let alerts = app.alerts("&status=any").await;
    alerts
        .iter()
        .map(|alert| (text(alert, "kind"), text(alert, "status")))
        .collect()
}

/// The one alert of a kind that is not resolved.
async fn of(app: &App, kind: &str) -> Value {
    app.alerts(&format!("&kind={kind}")).await.remove(0)
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(kind, status)| ((*kind).to_owned(), (*status).to_owned()))
        .collect()
}

#[tokio::test]
async fn what_services_report_amiss_is_an_alert_that_ends_by_itself() {
    for engine in engines() {
        let app = App::on(engine).await;
        app.look().await;
        assert_eq!(all(&app).await, []);
        app.reports(Report {
            ledger: Some(LedgerCheck {
                checked_at: app.clock.now(),
                accounts: 2,
                balanced: false,
                unbalanced_currencies: vec!["EUR", "USD"],
            }),
            in_flight: Some(InFlight {
                unresolved: 7,
                ..InFlight::default()
            }),
            ..queues(vec![queue("mails", 2, None, 0)])
        });
        for _ in 0..3 {
            app.look().await;
        }
        let mut found = all(&app).await;
        found.sort();
        let expected = [
            ("dead_letters", "open"),
            ("ledger_check", "open"),
            ("unresolved", "open"),
        ];
        assert_eq!(found, pairs(&expected));
        let ledger = &app.alerts("&severity=critical").await[0];
        assert_eq!(ledger["count"], 3);
        let says = ledger["evidence"][2]["says"].as_str().unwrap();
        assert!(says.contains("EUR, USD"), "{says}");
        app.reports(Report::default());
        app.look().await;
        assert!(app.alerts("").await.is_empty());
        let ended = app.alerts("&status=resolved").await;
        assert!(
            ended
                .iter()
                .all(|it| it["resolved"]["reason"] == "condition_ended")
        );
    }
}

#[tokio::test]
async fn a_check_that_fails_twice_in_a_row_is_an_alert() {
    for engine in engines() {
        let app = App::on(engine).await;
        app.part.0.store(true, Ordering::SeqCst);
        app.look().await;
        assert_eq!(all(&app).await, []);
        app.look().await;
        let alert = app.alert().await;
        assert_eq!(
            (&alert["kind"], &alert["subject"]),
            (&json!("health_check"), &json!("journal"))
        );
        assert_eq!(alert["severity"], "critical");
        assert_eq!(app.mailbox.kinds(), ["operator_alert_critical"]);
        app.part.0.store(false, Ordering::SeqCst);
        app.look().await;
        assert_eq!(app.alert().await["status"], "resolved");
    }
}

#[tokio::test]
async fn what_a_service_would_say_that_does_not_report_is_not_over() {
    for engine in engines() {
        let app = App::on(engine).await;
        app.reports(queues(vec![queue("mails", 2, None, 0)]));
        app.look().await;
        *app.reporting.0.lock().unwrap() = None;
        app.look().await;
        app.look().await;
        let expected = [("services_silent", "open"), ("dead_letters", "open")];
        assert_eq!(all(&app).await, pairs(&expected));
        app.reports(Report::default());
        app.look().await;
        let expected = [
            ("services_silent", "resolved"),
            ("dead_letters", "resolved"),
        ];
        assert_eq!(all(&app).await, pairs(&expected));
    }
}

#[tokio::test]
async fn a_concern_that_a_service_reports_is_an_alert_of_its_organisation_while_it_does() {
    for engine in engines() {
        let app = App::on(engine).await;
        let concern = Signal {
            key: AlertKey::new(OrgId(2), "cases_overdue", "sanctions"),
            severity: Severity::Warning,
            says: "4 cases are overdue.".to_owned(),
            at: app.clock.now(),
        };
        app.reports(Report {
            concerns: vec![concern],
            ..Report::default()
        });
        app.look().await;
        assert_eq!(all(&app).await, []);
        let theirs =
            async || app.get("foreign_admin", "/alerts?status=any").await["data"][0].take();
        assert_eq!(theirs().await["kind"], "cases_overdue");
        app.reports(Report::default());
        app.look().await;
        assert_eq!(theirs().await["status"], "resolved");
    }
}

#[tokio::test]
async fn many_failures_of_an_organisation_are_an_alert_of_that_organisation_for_as_long_as_they_are_new()
 {
    for engine in engines() {
        let app = App::on(engine).await;
        // It begins with what comes next.
        app.look().await;
        app.feed.push(2, 20, "transaction.completed", None);
        app.feed.push(1, 15, "transaction.completed", None);
        app.feed
            .push(1, 5, "transaction.failed", Some("processing_error"));
        app.feed.push(1, 5, "transaction.processing", None);
        app.look().await;
        let alert = app.alert().await;
        assert_eq!(
            (&alert["kind"], &alert["severity"]),
            (&json!("failure_rate"), &json!("warning"))
        );
        let says = alert["evidence"][0]["says"].as_str().unwrap();
        assert!(says.starts_with("5 of 20 transactions"), "{says}");
        assert_eq!(
            app.get("foreign_admin", "/alerts?status=any").await["data"],
            json!([])
        );
        app.clock.advance(16 * 60 * SECOND);
        app.look().await;
        assert_eq!(app.alert().await["status"], "resolved");
    }
}

#[tokio::test]
async fn a_spike_of_declines_is_seen_against_the_hours_before() {
    for engine in engines() {
        let app = App::on(engine).await;
        app.look().await;
        // Two of a hundred are declined, for an hour.
        app.feed.push(1, 980, "transaction.completed", None);
        app.feed
            .push(1, 20, "transaction.failed", Some("card_declined"));
        app.look().await;
        assert_eq!(all(&app).await, []);
        app.clock.advance(3_600 * SECOND);
        app.feed.push(1, 280, "transaction.completed", None);
        app.feed
            .push(1, 20, "transaction.failed", Some("card_declined"));
        app.look().await;
        let alert = app.alert().await;
        assert_eq!(
            (&alert["kind"], &alert["severity"]),
            (&json!("decline_spike"), &json!("warning"))
        );
        // More of them: now the failures explain it, and are told instead.
        app.feed
            .push(1, 60, "transaction.failed", Some("card_declined"));
        app.look().await;
        let [failures, spike] = &app.alerts("").await[..] else {
            panic!("there are two")
        };
        assert_eq!(failures["kind"], "failure_rate");
        assert_eq!(spike["suppressed_by"], failures["id"]);
    }
}

#[tokio::test]
async fn what_another_alert_explains_is_stored_and_told_once_that_is_over() {
    for engine in engines() {
        let app = App::on(engine).await;
        let old = Some(app.clock.now().plus(-600 * SECOND));
        app.reports(queues(vec![
            queue("mails", 0, old, 1),
            queue("hooks", 0, None, 0),
        ]));
        app.look().await;
        let [age, paused] = [of(&app, "queue_age").await, of(&app, "queue_paused").await];
        assert_eq!(age["suppressed_by"], paused["id"]);
        let told = |app: &App| {
            let told = app.mailbox.told().into_iter();
            told.map(|news| news.facts["alert"].clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(told(&app), ["queue_paused"]);
        // A restart in between changes nothing: it is evaluated before anything is told.
        let restarted = app.another_node().await;
        app.clock.advance(60 * SECOND);
        assert!(restarted.look().await.unwrap());
        assert_eq!(told(&app), ["queue_paused"]);
        app.reports(queues(vec![queue("mails", 0, old, 0)]));
        app.clock.advance(60 * SECOND);
        assert!(app.service.look().await.unwrap());
        assert_eq!(told(&app), ["queue_paused", "queue_age"]);
        assert_eq!(of(&app, "queue_age").await["suppressed_by"], Value::Null);
    }
}

#[tokio::test]
async fn one_node_looks_and_another_one_takes_over_when_it_does_not() {
    for engine in engines() {
        let app = App::on(engine).await;
        let other = app.another_node().await;
        app.reports(queues(vec![queue("mails", 2, None, 0)]));
        for _ in 0..3 {
            app.look().await;
            assert!(!other.look().await.unwrap());
        }
        assert_eq!(app.alert().await["count"], 3);
        app.clock.advance(45 * SECOND);
        assert!(other.look().await.unwrap());
        assert!(!app.service.look().await.unwrap());
        let alert = app.alert().await;
        assert_eq!((&alert["count"], &alert["notices"]), (&json!(4), &json!(1)));
        // A clock that was far ahead keeps nobody from looking.
        app.db
            .execute("UPDATE watch SET until = until + 9000000000", vec![])
            .await
            .unwrap();
        assert!(app.service.look().await.unwrap());
    }
}

#[tokio::test]
async fn open_alerts_are_counted_by_severity() {
    for engine in engines() {
        let app = App::on(engine).await;
        let metrics = platform::metrics::Metrics::default();
        module::Opened::show_in(&*app.service, &metrics);
        app.raise("r", Severity::Critical).await;
        app.look().await;
        let shown = metrics.render();
        let line = "payflow_operations_alerts{severity=\"critical\",status=\"open\"} 1";
        assert!(shown.contains(line), "{shown}");
    }
}
