//! What operators are told in the app, by what they may do.

use contracts::events::{EventId, Party};
use contracts::identity::{OrgId, Permission};
use contracts::notifications::{StaffMessages, StaffNews, StaffReader};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::engines;
use values::SECOND;

use crate::support::{App, user};
use crate::webhooks::receiver::{Answer, Receiver};

/// What somebody was told, the newest first: type and body.
async fn told(app: &App, who: &str) -> Vec<(String, String)> {
    let list = app.get(who, "/notifications").await;
    let text = |told: &Value, name: &str| told[name].as_str().unwrap().to_owned();
    let list = list["data"].as_array().unwrap().iter();
    list.map(|told| (text(told, "type"), text(told, "body")))
        .collect()
}

async fn kinds(app: &App, who: &str) -> Vec<String> {
    told(app, who)
        .await
        .into_iter()
        .map(|(kind, _)| kind)
        .collect()
}

#[tokio::test]
async fn those_who_may_resolve_are_told_of_what_is_unresolved_and_nobody_else() {
    for engine in engines() {
        let app = App::on(engine).await;
        let data = json!({"type": "deposit", "amount": "12.50", "currency": "USD"});
        let parties = [(Party::Payee, "bob")];
        let txn = "txn_01k9zv5rhcfb9s6yvp8g0vq3wb";
        for kind in ["unresolved", "resolution_proposed", "contradicted"] {
            let kind = format!("transaction.{kind}");
            app.feed.push(&kind, txn, &parties, data.clone());
        }
        app.service.catch_up().await.unwrap();
        let all = [
            "operator_contradicted",
            "operator_proposed",
            "operator_unresolved",
        ];
        for who in ["operator", "admin"] {
            assert_eq!(kinds(&app, who).await, all, "{who}");
        }
        assert_eq!(kinds(&app, "bob").await, ["transaction_unresolved"]);
        for who in ["auditor", "ann", "foreign_admin"] {
            assert!(kinds(&app, who).await.is_empty(), "{who}");
        }
        let (_, body) = told(&app, "operator").await.remove(2);
        assert!(body.contains("deposit of 12.50 USD"), "{body}");
        // In the app only: nothing is mailed.
        let path = "/admin/notifications/messages?type=operator_unresolved";
        assert_eq!(app.get("operator", path).await["data"], json!([]));
    }
}

#[tokio::test]
async fn what_nobody_can_say_of_the_staff_waits_for_a_day_and_holds_up_nobody() {
    for engine in engines() {
        let app = App::on(engine).await;
        app.village
            .away
            .store(true, std::sync::atomic::Ordering::SeqCst);
        let data = json!({"type": "deposit", "amount": "1.00", "currency": "USD"});
        app.feed.push(
            "transaction.unresolved",
            "txn_1",
            &[(Party::Payee, "bob")],
            data,
        );
        // What others are told does not wait for it.
        let parties = [(Party::Payee, "bob")];
        let other = json!({"type": "deposit", "amount": "2.00", "currency": "USD"});
        app.feed
            .push("transaction.completed", "txn_2", &parties, other);
        for _ in 0..24 {
            app.service.catch_up().await.unwrap();
            app.clock.advance(3_600 * SECOND);
        }
        let sql = "SELECT type FROM notifications";
        let told: Vec<(String,)> = app.db.fetch_all(sql, vec![]).await.unwrap();
        assert_eq!(told, [("deposit_completed".to_owned(),)]);
        app.village
            .away
            .store(false, std::sync::atomic::Ordering::SeqCst);
        app.service.catch_up().await.unwrap();
        assert_eq!(kinds(&app, "operator").await, ["operator_unresolved"]);
        let dead = app.get("operator", "/admin/dead-letters").await;
        assert_eq!(dead["data"], json!([]));
        let told = ["transaction_unresolved", "deposit_completed"];
        assert_eq!(kinds(&app, "bob").await, told);
    }
}

#[tokio::test]
async fn dead_letters_are_told_once_an_hour() {
    for engine in engines() {
        let app = App::on(engine).await;
        let give_up = async |number: i64| {
            let sql = "INSERT INTO dead_letters (id, org, consumer, feed, sequence, event, type, subject, cause, error, attempts, first_at, last_at)
                VALUES ($1, 1, 'webhooks', 'payments', $2, $1, 'transaction.completed', 'txn_1', 'x', 'x', 8, $3, $3)";
            let id = uuid::Uuid::from_u128(number.unsigned_abs().into());
            let now = platform::clock::Clock::now(&*app.clock);
            app.db
                .execute(sql, db::args![id, number, now])
                .await
                .unwrap();
        };
        app.service.tell_of_dead_letters().await.unwrap();
        assert!(kinds(&app, "operator").await.is_empty());
        for number in 1..4 {
            give_up(number).await;
        }
        let (node, _) = app.another_node().await;
        for service in [&app.service, &node, &app.service] {
            service.tell_of_dead_letters().await.unwrap();
        }
        let (kind, body) = told(&app, "operator").await.remove(0);
        assert_eq!(kind, "operator_dead_letters");
        assert_eq!(kinds(&app, "operator").await, [kind]);
        assert!(body.contains("webhooks:payments has given up 3"), "{body}");
        assert_eq!(kinds(&app, "admin").await.len(), 1);
        assert!(kinds(&app, "auditor").await.is_empty());
        // Those that wait are not told of again, new ones are.
        app.clock.advance(3_600 * SECOND);
        app.service.tell_of_dead_letters().await.unwrap();
        assert_eq!(kinds(&app, "operator").await.len(), 1);
        give_up(4).await;
        app.service.tell_of_dead_letters().await.unwrap();
        assert_eq!(kinds(&app, "operator").await.len(), 2);
    }
}

#[tokio::test]
async fn an_endpoint_of_the_organisation_that_is_disabled_is_told_to_those_who_manage_them() {
    for engine in engines() {
        let app = crate::webhooks::app(engine).await;
        let receiver = Receiver::start().await;
        for (owner, told) in [("bob", false), ("operator", true)] {
            receiver.answers([Answer::status(410)]);
            let body = json!({"url": receiver.url(), "event_types": ["wallet.opened"]});
            let (status, _) = app
                .request(owner, Method::POST, "/webhook-endpoints", Some(body))
                .await;
            assert_eq!(status, StatusCode::CREATED);
            app.feed.push(
                "wallet.opened",
                "wal_1",
                &[(Party::Owner, "bob")],
                json!({}),
            );
            app.service.catch_up().await.unwrap();
            app.service.deliver_webhooks().await.unwrap();
            let expected: &[&str] = if told {
                &["operator_webhook_disabled"]
            } else {
                &[]
            };
            assert_eq!(kinds(&app, "admin").await, expected);
            let told = ["webhook_disabled", "webhook_endpoint_added"];
            assert_eq!(kinds(&app, owner).await, told);
        }
        assert!(kinds(&app, "auditor").await.is_empty());
    }
}

fn alert(number: u128, kind: &str, to: StaffReader) -> StaffNews {
    StaffNews {
        event: EventId(uuid::Uuid::from_u128(number)),
        org: OrgId::DEFAULT,
        to,
        kind: kind.to_owned(),
        subject: "alt_1".to_owned(),
        facts: json!({"alert": "queue_age", "about": "mails", "severity": "warning", "says": "The oldest waits for 400 s."}),
    }
}

#[tokio::test]
async fn what_another_service_has_to_tell_the_staff_is_told_once_to_those_who_may_act_on_it() {
    for engine in engines() {
        let app = App::on(engine).await;
        let all = StaffReader::Who(Permission::AlertsManage);
        let (node, _) = app.another_node().await;
        for service in [&app.service, &node, &app.service] {
            let news = alert(1, "operator_alert", all);
            service.tell_staff(&news).await.unwrap();
        }
        for who in ["operator", "admin"] {
            let (kind, body) = told(&app, who).await.remove(0);
            assert_eq!(kind, "operator_alert");
            assert!(
                body.starts_with("The oldest waits for 400 s. About: mails."),
                "{body}"
            );
            assert_eq!(kinds(&app, who).await.len(), 1);
        }
        let one = StaffReader::One(user("admin"));
        let waiting = alert(2, "operator_alert_waiting", one);
        app.service.tell_staff(&waiting).await.unwrap();
        let critical = alert(3, "operator_alert_critical", all);
        app.service.tell_staff(&critical).await.unwrap();
        assert_eq!(kinds(&app, "admin").await.len(), 3);
        assert_eq!(kinds(&app, "operator").await.len(), 2);
        for who in ["auditor", "ann", "foreign_admin"] {
            assert!(kinds(&app, who).await.is_empty(), "{who}");
        }
        // Only what is critical is mailed.
        let mailed = app.get("operator", "/admin/notifications/messages").await;
        let mailed = mailed["data"].as_array().unwrap().iter();
        let mailed: Vec<_> = mailed.map(|message| message["type"].clone()).collect();
        assert_eq!(
            mailed,
            ["operator_alert_critical", "operator_alert_critical"]
        );
        let users = alert(4, "welcome", all);
        assert!(app.service.tell_staff(&users).await.is_err());
    }
}
