//! Many signals, several nodes, and what fails in between.

use std::sync::atomic::Ordering;

use contracts::operations::{Severity, Signals};
use db::args;
use serde_json::json;
use testkit::engines;
use values::{DAY, SECOND};

use crate::support::App;

#[tokio::test]
async fn a_storm_of_equal_signals_is_one_row_and_at_most_two_notices() {
    for engine in engines() {
        let app = App::on(engine).await;
        for number in 0..20_000 {
            let severity = match number {
                0..5_000 => Severity::Warning,
                _ => Severity::Critical,
            };
            app.service.raise(app.signal("r", severity));
            if number % 2_000 == 0 {
                app.service.write_raised().await.unwrap();
            }
        }
        app.service.write_raised().await.unwrap();
        let alert = app.alert().await;
        assert_eq!(alert["count"], 20_000);
        assert_eq!(alert["evidence"].as_array().unwrap().len(), 5);
        let told = ["operator_alert", "operator_alert_critical"];
        assert_eq!(app.mailbox.kinds(), told);
        let told = ["opened", "told", "escalated", "told"];
        assert_eq!(app.timeline().await, told);
    }
}

#[tokio::test]
async fn nodes_that_raise_the_same_at_once_make_one_alert() {
    for engine in engines() {
        let app = App::on(engine).await;
        let other = app.another_node().await;
        for _ in 0..5 {
            for _ in 0..10 {
                app.service.raise(app.signal("r", Severity::Warning));
                other.raise(app.signal("r", Severity::Warning));
            }
            let (one, two) = tokio::join!(app.service.write_raised(), other.write_raised());
            one.unwrap();
            two.unwrap();
        }
        let alert = app.alert().await;
        assert_eq!(
            (&alert["count"], &alert["notices"]),
            (&json!(100), &json!(1))
        );
        assert_eq!(app.mailbox.kinds(), ["operator_alert"]);
    }
}

#[tokio::test]
async fn the_database_has_one_unresolved_alert_of_a_key() {
    for engine in engines() {
        let app = App::on(engine).await;
        app.raise("r", Severity::Warning).await;
        let copy = "INSERT INTO alerts (id, org, kind, subject, scenario, key_version, source, severity, status, firing,
            first_at, last_at, count, evidence, notices, entries, revision)
            VALUES ($1, 1, 'rule_breaker', 'r', '', 1, 2, 2, $2, 0, 0, 0, 1, '[]', 0, 0, 0)";
        for (number, status, is_taken) in [
            (1, "open", false),
            (2, "acknowledged", false),
            (3, "resolved", true),
        ] {
            let id = uuid::Uuid::from_u128(number);
            let done = app.db.execute(copy, args![id, status]).await;
            assert_eq!(done.is_ok(), is_taken, "{status}: {done:?}");
        }
    }
}

#[tokio::test]
async fn what_notifications_does_not_take_is_told_later_and_once() {
    for engine in engines() {
        let app = App::on(engine).await;
        app.mailbox.away.store(true, Ordering::SeqCst);
        app.raise("r", Severity::Warning).await;
        app.look().await;
        assert_eq!(app.alert().await["notices"], 0);
        app.mailbox.away.store(false, Ordering::SeqCst);
        for _ in 0..2 {
            app.look().await;
        }
        assert_eq!(app.alert().await["notices"], 1);
        assert_eq!(app.mailbox.kinds().len(), 1);
        let news = app.mailbox.told().remove(0);
        assert_eq!(news.facts["says"], "r held 9 of 10 transactions.");
        assert_eq!(
            (&news.facts["alert"], &news.facts["about"]),
            (&json!("rule_breaker"), &json!("r"))
        );
    }
}

#[tokio::test]
async fn a_notice_that_was_told_before_a_crash_is_not_told_again() {
    for engine in engines() {
        let app = App::on(engine).await;
        app.raise("r", Severity::Warning).await;
        // As it is where the node ended between the two.
        let undone = "UPDATE alerts SET notice = 'opened', notices = 0, told_severity = NULL, told_at = NULL";
        app.db.execute(undone, vec![]).await.unwrap();
        app.look().await;
        assert_eq!(app.mailbox.kinds().len(), 1);
        assert_eq!(app.alert().await["notices"], 1);
    }
}

#[tokio::test]
async fn others_of_a_kind_are_told_only_where_nobody_has_to_look_anyway() {
    for engine in engines() {
        let app = App::on(engine).await;
        for rule in ["a", "b", "c"] {
            app.raise(rule, Severity::Warning).await;
        }
        assert_eq!(app.mailbox.kinds().len(), 1);
        // Worse than what was told.
        app.raise("d", Severity::Critical).await;
        assert_eq!(app.mailbox.kinds().len(), 2);
        // Once all are acknowledged, a new one is news.
        for alert in app.alerts("").await {
            let path = format!("/alerts/{}/acknowledge", alert["id"].as_str().unwrap());
            app.post("operator", &path, json!({})).await;
        }
        app.raise("e", Severity::Info).await;
        assert_eq!(app.mailbox.kinds().len(), 3);
    }
}

#[tokio::test]
async fn a_group_is_resolved_when_all_of_it_are() {
    for engine in engines() {
        let app = App::on(engine).await;
        for rule in ["a", "b"] {
            app.raise(rule, Severity::Warning).await;
        }
        let ids: Vec<_> = app
            .alerts("")
            .await
            .into_iter()
            .map(|it| it["id"].clone())
            .collect();
        let group = async || {
            let path = format!("/alerts/{}", ids[0].as_str().unwrap());
            app.get("operator", &path).await["group"].clone()
        };
        assert_eq!(
            group().await,
            json!({"status": "open", "open": 2, "acknowledged": 0})
        );
        let act = async |place: usize, verb: &str, body| {
            let path = format!("/alerts/{}/{verb}", ids[place].as_str().unwrap());
            assert_eq!(app.post("operator", &path, body).await.0, 200);
        };
        act(0, "resolve", json!({"reason": "fixed"})).await;
        assert_eq!(
            group().await,
            json!({"status": "open", "open": 1, "acknowledged": 0})
        );
        act(1, "acknowledge", json!({})).await;
        assert_eq!(group().await["status"], "acknowledged");
        act(1, "resolve", json!({"reason": "fixed"})).await;
        assert_eq!(
            group().await,
            json!({"status": "resolved", "open": 0, "acknowledged": 0})
        );
    }
}

#[tokio::test]
async fn what_is_not_raised_any_more_ends_and_what_ended_long_ago_is_deleted() {
    for engine in engines() {
        let app = App::on(engine).await;
        app.raise("r", Severity::Warning).await;
        app.clock.advance(DAY - 2 * SECOND);
        app.look().await;
        assert_eq!(app.alert().await["status"], "open");
        app.look().await;
        let alert = app.alert().await;
        assert_eq!(alert["resolved"]["reason"], "quiet");
        app.clock.advance(89 * DAY);
        app.service.delete_old().await.unwrap();
        assert_eq!(app.alerts("&status=any").await.len(), 1);
        app.clock.advance(2 * DAY);
        app.service.delete_old().await.unwrap();
        assert!(app.alerts("&status=any").await.is_empty());
        let left: (i64,) = app
            .db
            .fetch_one("SELECT count(*) FROM alert_entries", vec![])
            .await
            .unwrap();
        assert_eq!(left, (0,));
    }
}

#[tokio::test]
async fn signals_are_written_when_it_is_closed() {
    for engine in engines() {
        let app = App::on(engine).await;
        app.service.raise(app.signal("r", Severity::Warning));
        module::Opened::close(&*app.service).await;
        assert_eq!(app.alert().await["count"], 1);
    }
}
