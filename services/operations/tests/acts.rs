//! What operators do to alerts, and what stands against it.

use contracts::notifications::StaffReader;
use contracts::operations::{Severity, Signals};
use http::Method;
use platform::clock::Clock;
use serde_json::{Value, json};
use testkit::engines;
use values::{DAY, SECOND};

use crate::support::{App, key, user};

const HOUR: i64 = 3_600 * SECOND;

/// Code of a refusal with its status.
fn code(answer: &(u16, Value)) -> (u16, &str) {
    (answer.0, answer.1["code"].as_str().unwrap_or_default())
}

#[tokio::test]
async fn an_alert_is_acknowledged_once_with_who_and_when() {
    for engine in engines() {
        let app = App::on(engine).await;
        app.raise("r", Severity::Warning).await;
        let done = app.act("operator", "acknowledge", json!({"comment": "I look"}));
        let (status, alert) = done.await;
        assert_eq!(status, 200, "{alert}");
        assert_eq!(alert["status"], "acknowledged");
        let expected = json!({"by": user("operator"), "at": app.clock.now(), "seconds": 0, "comment": "I look"});
        assert_eq!(alert["acknowledged"], expected);
        assert_eq!(alert["owner"], json!(user("operator")));
        app.clock.advance(90 * SECOND);
        for who in ["operator", "second"] {
            let again = app.act(who, "acknowledge", json!({})).await;
            assert_eq!(code(&again), (409, "already_acknowledged"));
            let said = again.1["detail"].as_str().unwrap();
            assert!(said.contains(&user("operator").to_string()), "{said}");
        }
        assert_eq!(app.alert().await["acknowledged"]["seconds"], 90);
        let id = app.alert().await["id"].as_str().unwrap().to_owned();
        let trail = app.trail.0.lock().unwrap().clone();
        assert_eq!(trail, [("alert.acknowledged", id)]);
        let told = ["opened", "told", "acknowledged"];
        assert_eq!(app.timeline().await, told);
    }
}

#[tokio::test]
async fn two_who_acknowledge_at_once_are_one_and_a_conflict() {
    for engine in engines() {
        let app = App::on(engine).await;
        app.raise("r", Severity::Warning).await;
        let (one, other) = tokio::join!(
            app.act("operator", "acknowledge", json!({})),
            app.act("second", "acknowledge", json!({}))
        );
        let mut statuses = [one.0, other.0];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "{one:?} {other:?}");
    }
}

#[tokio::test]
async fn more_of_the_same_is_counted_on_an_acknowledged_alert_and_worse_opens_it_again() {
    for engine in engines() {
        let app = App::on(engine).await;
        app.raise("r", Severity::Warning).await;
        app.act("operator", "acknowledge", json!({})).await;
        app.raise("r", Severity::Warning).await;
        app.raise("r", Severity::Info).await;
        let alert = app.alert().await;
        assert_eq!(
            (&alert["status"], &alert["count"], &alert["severity"]),
            (&json!("acknowledged"), &json!(3), &json!("warning"))
        );
        assert_eq!(app.mailbox.kinds(), ["operator_alert"]);
        app.raise("r", Severity::Critical).await;
        let alert = app.alert().await;
        assert_eq!(
            (&alert["status"], &alert["severity"], &alert["acknowledged"]),
            (&json!("open"), &json!("critical"), &Value::Null)
        );
        // The owner stays.
        assert_eq!(alert["owner"], json!(user("operator")));
        let told = ["operator_alert", "operator_alert_critical"];
        assert_eq!(app.mailbox.kinds(), told);
    }
}

#[tokio::test]
async fn a_snooze_outlives_repeats_and_ends_with_its_time_or_when_it_gets_worse() {
    for engine in engines() {
        let app = App::on(engine).await;
        app.mailbox
            .away
            .store(true, std::sync::atomic::Ordering::SeqCst);
        app.raise("r", Severity::Warning).await;
        app.mailbox
            .away
            .store(false, std::sync::atomic::Ordering::SeqCst);
        let until = app.clock.now().plus(2 * HOUR);
        let (status, alert) = app.act("operator", "snooze", json!({"until": until})).await;
        assert_eq!((status, &alert["snoozed"]["until"]), (200, &json!(until)));
        for _ in 0..3 {
            app.raise("r", Severity::Warning).await;
        }
        assert!(app.mailbox.kinds().is_empty());
        app.clock.advance(2 * HOUR);
        app.look().await;
        assert_eq!(app.mailbox.kinds(), ["operator_alert"]);
        assert_eq!(app.alert().await["snoozed"], Value::Null);

        let until = app.clock.now().plus(DAY);
        app.act("operator", "snooze", json!({"until": until})).await;
        app.raise("r", Severity::Critical).await;
        assert_eq!(app.alert().await["snoozed"], Value::Null);
        let told = ["operator_alert", "operator_alert_critical"];
        assert_eq!(app.mailbox.kinds(), told);

        for until in [app.clock.now(), app.clock.now().plus(31 * DAY)] {
            let refused = app.act("operator", "snooze", json!({"until": until})).await;
            assert_eq!(code(&refused), (422, "invalid_until"));
        }
        let refused = app.act("operator", "snooze", json!({})).await;
        assert_eq!(code(&refused), (400, "missing_field"));
        let until = app.clock.now().plus(DAY);
        app.act("operator", "snooze", json!({"until": until})).await;
        let (_, woken) = app.act("second", "snooze", json!({"until": null})).await;
        assert_eq!(woken["snoozed"], Value::Null);
    }
}

#[tokio::test]
async fn an_alert_is_resolved_by_hand_with_a_reason_that_is_for_people() {
    for engine in engines() {
        let app = App::on(engine).await;
        app.raise("r", Severity::Warning).await;
        for (body, expected) in [
            (json!({}), (400, "missing_field")),
            (json!({"reason": "bored"}), (400, "invalid_value")),
            (json!({"reason": "quiet"}), (422, "invalid_reason")),
            (json!({"reason": "other"}), (422, "invalid_comment")),
            (
                json!({"reason": "fixed", "comment": "a\nb"}),
                (422, "invalid_comment"),
            ),
            (
                json!({"reason": "fixed", "why": "x"}),
                (400, "unknown_field"),
            ),
        ] {
            let refused = app.act("operator", "resolve", body).await;
            assert_eq!(code(&refused), expected);
        }
        let body = json!({"reason": "other", "comment": "It is a test"});
        let (status, alert) = app.act("operator", "resolve", body).await;
        assert_eq!((status, &alert["status"]), (200, &json!("resolved")));
        let expected = json!({
            "at": app.clock.now(), "by": user("operator"), "reason": "other", "while_firing": true
        });
        assert_eq!(alert["resolved"], expected);
        for (verb, body) in [
            ("acknowledge", json!({})),
            ("resolve", json!({"reason": "fixed"})),
            ("snooze", json!({"until": app.clock.now().plus(DAY)})),
        ] {
            let refused = app.act("second", verb, body).await;
            assert_eq!(code(&refused), (409, "alert_resolved"), "{verb}");
        }
        assert!(app.alerts("").await.is_empty());
    }
}

#[tokio::test]
async fn what_fires_again_soon_is_the_same_alert_and_later_another_one_that_names_it() {
    for engine in engines() {
        let app = App::on(engine).await;
        app.raise("r", Severity::Warning).await;
        let first = app.alert().await["id"].clone();
        app.service.ended(key("r"));
        app.service.write_raised().await.unwrap();
        let alert = app.alert().await;
        assert_eq!(
            (&alert["status"], &alert["firing"]),
            (&json!("resolved"), &json!(false))
        );
        assert_eq!(alert["resolved"]["reason"], "condition_ended");
        assert_eq!(alert["resolved"]["by"], Value::Null);
        app.clock.advance(HOUR);
        app.raise("r", Severity::Warning).await;
        let alert = app.alert().await;
        assert_eq!((&alert["id"], &alert["count"]), (&first, &json!(2)));
        assert_eq!(alert["status"], "open");
        // What comes and goes is told once.
        assert_eq!(app.mailbox.kinds(), ["operator_alert"]);

        app.service.ended(key("r"));
        app.service.write_raised().await.unwrap();
        app.clock.advance(HOUR + 1);
        app.raise("r", Severity::Warning).await;
        let all = app.alerts("&status=any").await;
        assert_eq!(all.len(), 2);
        assert_eq!((&all[0]["follows"], &all[0]["count"]), (&first, &json!(1)));
        assert_eq!(app.mailbox.kinds().len(), 2);
    }
}

#[tokio::test]
async fn what_is_resolved_by_hand_and_fires_on_is_opened_and_told_again() {
    for engine in engines() {
        let app = App::on(engine).await;
        app.raise("r", Severity::Warning).await;
        app.act("operator", "resolve", json!({"reason": "fixed"}))
            .await;
        app.raise("r", Severity::Warning).await;
        assert_eq!(app.alert().await["status"], "open");
        assert_eq!(app.mailbox.kinds().len(), 2);
        let told = ["opened", "told", "resolved", "reopened", "told"];
        assert_eq!(app.timeline().await, told);
    }
}

#[tokio::test]
async fn who_has_acknowledged_is_reminded_until_it_is_resolved() {
    for engine in engines() {
        let app = App::on(engine).await;
        app.raise("r", Severity::Warning).await;
        app.act("operator", "acknowledge", json!({})).await;
        app.act("operator", "assign", json!({"owner": user("second")}))
            .await;
        for hours in [4, 8] {
            app.clock.advance(4 * HOUR - SECOND);
            app.raise("r", Severity::Warning).await;
            app.look().await;
            let news = app.mailbox.told().pop().unwrap();
            assert_eq!(news.kind, "operator_alert_waiting");
            assert_eq!(news.to, StaffReader::One(user("second")));
            assert_eq!(news.facts["hours"], hours);
            app.look().await;
        }
        assert_eq!(app.mailbox.kinds().len(), 3);
        app.act("second", "resolve", json!({"reason": "fixed"}))
            .await;
        app.clock.advance(5 * HOUR);
        app.look().await;
        assert_eq!(app.mailbox.kinds().len(), 3);
    }
}

#[tokio::test]
async fn an_alert_belongs_to_one_of_the_staff_who_may_manage_it() {
    for engine in engines() {
        let app = App::on(engine).await;
        app.raise("r", Severity::Warning).await;
        for owner in ["ann", "auditor", "foreign_admin"] {
            let refused = app
                .act("operator", "assign", json!({"owner": user(owner)}))
                .await;
            assert_eq!(code(&refused), (422, "invalid_owner"), "{owner}");
        }
        let (_, alert) = app
            .act("operator", "assign", json!({"owner": user("second")}))
            .await;
        assert_eq!(alert["owner"], json!(user("second")));
        let query = |who| format!("&owner={}", user(who));
        assert_eq!(app.alerts(&query("second")).await.len(), 1);
        assert!(app.alerts(&query("operator")).await.is_empty());
        let (_, alert) = app.act("operator", "assign", json!({"owner": null})).await;
        assert_eq!(alert["owner"], Value::Null);
    }
}

#[tokio::test]
async fn comments_are_in_the_timeline_and_the_same_twice_is_once() {
    for engine in engines() {
        let app = App::on(engine).await;
        app.raise("r", Severity::Warning).await;
        for who in ["operator", "operator", "second"] {
            let (status, _) = app
                .act(who, "comment", json!({"comment": "Until noon"}))
                .await;
            assert_eq!(status, 200);
        }
        let told = ["opened", "told", "commented", "commented"];
        assert_eq!(app.timeline().await, told);
        let own = module::Opened::personal_data(
            &*app.service,
            contracts::identity::OrgId(1),
            user("second"),
        );
        let own = own.await.unwrap();
        assert_eq!(own["alerts"]["data"][0]["comment"], "Until noon");
        for comment in ["", "a\nb", "\u{202e}"] {
            let refused = app
                .act("operator", "comment", json!({"comment": comment}))
                .await;
            assert_eq!(code(&refused), (422, "invalid_comment"));
        }
    }
}

#[tokio::test]
async fn alerts_are_listed_by_severity_status_and_kind_page_by_page() {
    for engine in engines() {
        let app = App::on(engine).await;
        for (rule, severity) in [
            ("a", Severity::Info),
            ("b", Severity::Warning),
            ("c", Severity::Critical),
        ] {
            app.raise(rule, severity).await;
        }
        let subjects = async |query: &str| {
            let found = app.alerts(query).await.into_iter();
            let found = found.map(|alert| alert["subject"].as_str().unwrap().to_owned());
            found.collect::<Vec<_>>().join("")
        };
        let id = app.alerts("&severity=info").await[0]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        app.post(
            "operator",
            &format!("/alerts/{id}/resolve"),
            json!({"reason": "fixed"}),
        )
        .await;
        for (query, expected) in [
            ("", "cb"),
            ("&status=any", "cba"),
            ("&status=resolved", "a"),
            ("&status=open", "cb"),
            ("&status=unresolved", "cb"),
            ("&status=acknowledged", ""),
            ("&severity=critical", "c"),
            ("&severity=warning&status=any", "b"),
            ("&kind=rule_breaker", "cb"),
            ("&kind=queue_age", ""),
        ] {
            assert_eq!(subjects(query).await, expected, "{query}");
        }
        let page = app.get("auditor", "/alerts?status=any&limit=2").await;
        let next = page["next_cursor"].as_str().unwrap();
        let rest = app
            .get(
                "auditor",
                &format!("/alerts?status=any&limit=2&cursor={next}"),
            )
            .await;
        assert_eq!(
            (&rest["data"][0]["subject"], &rest["has_more"]),
            (&json!("a"), &json!(false))
        );
        for query in [
            "severity=bad",
            "status=closed",
            "offset=1",
            "owner=none",
            "limit=x",
        ] {
            let (status, _) = app
                .request("operator", Method::GET, &format!("/alerts?{query}"), None)
                .await;
            assert_eq!(status, 400, "{query}");
        }
    }
}

#[tokio::test]
async fn users_and_other_organisations_see_nothing_of_it_and_auditors_change_nothing() {
    for engine in engines() {
        let app = App::on(engine).await;
        app.raise("r", Severity::Warning).await;
        let id = app.alert().await["id"].as_str().unwrap().to_owned();
        for (path, body) in [
            ("acknowledge", json!({})),
            ("resolve", json!({"reason": "fixed"})),
            ("snooze", json!({"until": null})),
            ("assign", json!({"owner": user("operator")})),
            ("comment", json!({"comment": "x"})),
        ] {
            let path = format!("/alerts/{id}/{path}");
            for (who, expected) in [("ann", 403), ("auditor", 403), ("foreign_admin", 404)] {
                let (status, _) = app.post(who, &path, body.clone()).await;
                assert_eq!(status, expected, "{who} {path}");
            }
        }
        for (who, expected) in [("ann", 403), ("foreign_admin", 404), ("auditor", 200)] {
            let path = format!("/alerts/{id}");
            let (status, _) = app.request(who, Method::GET, &path, None).await;
            assert_eq!(status, expected, "{who}");
        }
        assert_eq!(
            app.get("foreign_admin", "/alerts?status=any").await["data"],
            json!([])
        );
        assert!(app.trail.0.lock().unwrap().is_empty());
        assert_eq!(app.timeline().await, ["opened", "told"]);
    }
}
