//! Dead letters and queues, as operators deal with them.

use contracts::events::Party;
use db::args;
use http::StatusCode;
use serde_json::{Value, json};
use testkit::{Engine, engines};
use uuid::Uuid;

use crate::support::App;

const LETTERS: &str = "/admin/dead-letters";
const QUEUES: &str = "/admin/queues";

/// An event that bob was not told of, as a dead letter: its id.
async fn lost(app: &App) -> String {
    app.feed.push(
        "transaction.completed",
        "txn_01k9zv5rhcfb9s6yvp8g0vq3wb",
        &[(Party::Payee, "bob")],
        json!({"type": "deposit", "amount": "12.50", "currency": "USD"}),
    );
    app.service.catch_up().await.unwrap();
    let forgotten = app.db.execute("DELETE FROM notifications", vec![]);
    forgotten.await.unwrap();
    let id = Uuid::from_u128((7 << 76) | (2 << 62) | 0xbeef);
    let sql = "INSERT INTO dead_letters (id, org, consumer, feed, sequence, event, type, subject, cause, error, attempts, first_at, last_at)
        VALUES ($1, 1, 'notifications', 'payments', 1, $1, 'transaction.completed', 'txn_1', 'no #', 'no 7', 8, 5, 6)";
    app.db.execute(sql, args![id]).await.unwrap();
    events::DeadLetterId(id).to_string()
}

#[tokio::test]
async fn a_dead_letter_is_found_by_its_cause_and_replayed_once() {
    for engine in engines() {
        let app = App::on(engine).await;
        let id = lost(&app).await;
        let groups = app.get("operator", &format!("{LETTERS}/groups")).await;
        let group = &groups["data"][0];
        assert_eq!(
            (&group["cause"], &group["count"]),
            (&json!("no #"), &json!(1))
        );
        let list = app
            .get("auditor", &format!("{LETTERS}?type=transaction.completed"))
            .await;
        assert_eq!(list["data"][0]["id"], id);
        let one = app.get("operator", &format!("{LETTERS}/{id}")).await;
        assert_eq!(one["content"]["type"], "transaction.completed");
        assert_eq!(one["content"]["data"]["amount"], "12.50");
        // The cause is not mended yet.
        break_table(&app, "subject", "topic").await;
        let (status, problem) = app
            .send("operator", &format!("{LETTERS}/{id}/replay"))
            .await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("failed_again"))
        );
        break_table(&app, "topic", "subject").await;
        let (status, letter) = app
            .send("operator", &format!("{LETTERS}/{id}/replay"))
            .await;
        assert_eq!(
            (status, &letter["state"]),
            (StatusCode::OK, &json!("replayed")),
            "{letter}"
        );
        assert_eq!(letter["attempts"], 9);
        assert_eq!(app.get("bob", "/notifications").await["unread"], 1);
        let (status, problem) = app
            .send("operator", &format!("{LETTERS}/{id}/replay"))
            .await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::CONFLICT, &json!("dead_letter_ended"))
        );
        assert_eq!(app.get("bob", "/notifications").await["unread"], 1);
        let done = ["failed_again", "", "dead_letter_ended"]
            .map(|code| (!code.is_empty()).then(|| code.to_owned()));
        let expected = done.map(|refusal| ("dead_letter.replayed", id.clone(), refusal));
        assert_eq!(*app.trail.0.lock().unwrap(), expected);
    }
}

#[tokio::test]
async fn letters_are_replayed_and_discarded_once_under_a_key() {
    for engine in engines() {
        let app = App::on(engine).await;
        let id = lost(&app).await;
        let path = format!("{LETTERS}/{id}/replay");
        for replayed in [false, true] {
            let answer = app.post_once("operator", &path, "one").await;
            assert_eq!(answer, (StatusCode::OK, replayed));
        }
        assert_eq!(app.get("bob", "/notifications").await["unread"], 1);
        let path = format!("{LETTERS}/replay");
        let all = json!({"filter": {}});
        let (_, _, begun) = app
            .post_body_once("operator", &path, "all", all.clone())
            .await;
        let (status, replayed, again) = app.post_body_once("operator", &path, "all", all).await;
        assert_eq!((status, replayed), (StatusCode::ACCEPTED, true));
        assert_eq!(begun["id"], again["id"]);
        let sql = "UPDATE dead_letters SET state = 'waiting', ended_by = NULL";
        app.db.execute(sql, vec![]).await.unwrap();
        let path = format!("{LETTERS}/{id}/discard");
        let why = json!({"reason": "told by phone"});
        for done_before in [false, true] {
            let (status, replayed, letter) = app
                .post_body_once("operator", &path, "two", why.clone())
                .await;
            assert_eq!((status, replayed), (StatusCode::OK, done_before));
            assert_eq!(letter["state"], "discarded");
        }
        let other = json!({"reason": "something else"});
        let (_, _, refused) = app.post_body_once("operator", &path, "two", other).await;
        assert_eq!(refused["code"], "idempotency_key_reused");
        let hidden = json!({"reason": "fine\u{202e}"});
        let (_, refused) = app.post("operator", &path, hidden).await;
        assert_eq!(refused["code"], "invalid_reason");
        let acts = ["replayed", "replayed", "discarded"].map(|act| format!("dead_letter.{act}"));
        let trail = app.trail.0.lock().unwrap();
        let found: Vec<_> = trail.iter().map(|(act, ..)| (*act).to_owned()).collect();
        assert_eq!(found, acts);
    }
}

async fn break_table(app: &App, from: &'static str, to: &'static str) {
    let sql = match (from, to) {
        ("subject", _) => "ALTER TABLE notifications RENAME COLUMN subject TO topic",
        _ => "ALTER TABLE notifications RENAME COLUMN topic TO subject",
    };
    assert_ne!(from, to);
    app.db.execute(sql, vec![]).await.unwrap();
}

#[tokio::test]
async fn a_dead_letter_is_discarded_with_a_reason_and_is_nobody_elses() {
    for engine in engines() {
        let app = App::on(engine).await;
        let id = lost(&app).await;
        let path = format!("{LETTERS}/{id}/discard");
        for stranger in ["foreign_admin"] {
            let (status, _) = app.post(stranger, &path, json!({"reason": "x"})).await;
            assert_eq!(status, StatusCode::NOT_FOUND);
            let list = app.get(stranger, LETTERS).await;
            assert_eq!(list["data"], json!([]));
        }
        for who in ["ann", "shop", "auditor"] {
            let (status, _) = app.post(who, &path, json!({"reason": "x"})).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{who}");
        }
        let (_, problem) = app.post("operator", &path, json!({"reason": " "})).await;
        assert_eq!(problem["code"], "invalid_reason");
        let (status, letter) = app
            .post("operator", &path, json!({"reason": "told by phone"}))
            .await;
        assert_eq!(status, StatusCode::OK, "{letter}");
        assert_eq!(
            (&letter["state"], &letter["reason"]),
            (&json!("discarded"), &json!("told by phone"))
        );
        assert_eq!(app.get("operator", LETTERS).await["data"], json!([]));
        let list = app
            .get("operator", &format!("{LETTERS}?state=discarded"))
            .await;
        assert_eq!(list["data"][0]["id"], id);
        let trail = [("dead_letter.discarded", id, None)];
        assert_eq!(*app.trail.0.lock().unwrap(), trail);
    }
}

#[tokio::test]
async fn all_letters_that_fit_are_discarded_with_a_reason() {
    for engine in engines() {
        let app = App::on(engine).await;
        let id = lost(&app).await;
        let path = format!("{LETTERS}/discard");
        let other = json!({"filter": {"cause": "another"}, "reason": "mended"});
        let (status, none) = app.post("operator", &path, other).await;
        assert_eq!(
            (status, none),
            (StatusCode::OK, json!({"discarded": 0, "has_more": false}))
        );
        let all = json!({"filter": {"cause": "no #"}, "reason": "told by phone"});
        let (status, _) = app.post("auditor", &path, all.clone()).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let (status, _) = app
            .post("operator", &path, json!({"filter": {}, "reason": " "}))
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        for done_before in [false, true] {
            let (_, replayed, done) = app
                .post_body_once("operator", &path, "one", all.clone())
                .await;
            assert_eq!(replayed, done_before);
            assert_eq!(done, json!({"discarded": 1, "has_more": false}));
        }
        let (_, none) = app.post("operator", &path, all).await;
        assert_eq!(none["discarded"], 0);
        let letter = app.get("operator", &format!("{LETTERS}/{id}")).await;
        assert_eq!(
            (&letter["state"], &letter["reason"]),
            (&json!("discarded"), &json!("told by phone"))
        );
        let trail = [("dead_letter.discarded", "1 dead letters".to_owned(), None)];
        assert_eq!(*app.trail.0.lock().unwrap(), trail);
    }
}

#[tokio::test]
async fn all_letters_that_fit_are_replayed_in_the_background() {
    for engine in engines() {
        let app = App::on(engine).await;
        lost(&app).await;
        let body = json!({"filter": {"cause": "no #"}});
        let (status, replay) = app
            .post("operator", &format!("{LETTERS}/replay"), body)
            .await;
        assert_eq!(
            (status, &replay["total"]),
            (StatusCode::ACCEPTED, &json!(1)),
            "{replay}"
        );
        let background = app.service.start_background();
        let path = format!("{LETTERS}/replays/{}", replay["id"].as_str().unwrap());
        let ended = until(&app, &path, |replay| replay["state"] == "done").await;
        assert_eq!(
            (&ended["replayed"], &ended["failed"]),
            (&json!(1), &json!(0))
        );
        assert_eq!(app.get("bob", "/notifications").await["unread"], 1);
        drop(background);
    }
}

async fn until(app: &App, path: &str, is: impl Fn(&Value) -> bool) -> Value {
    loop {
        let answer = app.get("operator", path).await;
        if is(&answer) {
            return answer;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_queue_is_seen_paused_and_resumed() {
    for engine in engines() {
        let app = App::on(engine).await;
        lost(&app).await;
        let queues = app.get("auditor", QUEUES).await;
        let queue = &queues["data"][0];
        assert_eq!(queue["name"], "notifications:payments");
        assert_eq!(
            (&queue["depth"], &queue["dead_letters"]),
            (&json!(0), &json!(1))
        );
        let path = format!("{QUEUES}/notifications:payments");
        let (status, _) = app.send("auditor", &format!("{path}/pause")).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let (status, paused) = app.send("operator", &format!("{path}/pause")).await;
        assert_eq!(
            (status, &paused["paused"]),
            (StatusCode::OK, &json!(true)),
            "{paused}"
        );
        let event = json!({"type": "deposit"});
        app.feed.push(
            "transaction.completed",
            "txn_2",
            &[(Party::Payee, "bob")],
            event,
        );
        let queue = app.get("operator", QUEUES).await["data"][0].take();
        assert_eq!(
            (&queue["depth"], queue["oldest"].is_string()),
            (&json!(1), true)
        );
        let (_, resumed) = app.send("operator", &format!("{path}/resume")).await;
        assert_eq!(resumed["paused"], false);
        app.service.catch_up().await.unwrap();
        assert_eq!(app.get("operator", QUEUES).await["data"][0]["depth"], 0);
        let (status, _) = app.send("operator", &format!("{QUEUES}/none/pause")).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        // Queues are the installation's: another organisation does not even see them.
        let (status, _) = app
            .request("foreign_admin", http::Method::GET, QUEUES, None)
            .await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let acts: Vec<_> = app
            .trail
            .0
            .lock()
            .unwrap()
            .iter()
            .map(|(act, ..)| *act)
            .collect();
        assert_eq!(acts, ["queue.paused", "queue.resumed"]);
    }
}

#[tokio::test]
async fn a_channel_is_a_queue_that_is_seen_and_stopped_and_holds_up_no_other() {
    for engine in engines() {
        let (app, server) = crate::messages::with_server(engine).await;
        let (node, _) = app.another_node().await;
        let email = async || {
            let list = app.get("auditor", QUEUES).await;
            let mut queues = list["data"].as_array().unwrap().iter();
            queues
                .find(|queue| queue["name"] == "messages:email")
                .unwrap()
                .clone()
        };
        let idle = email().await;
        assert_eq!(
            (
                &idle["kind"],
                &idle["depth"],
                &idle["paused"],
                &idle["oldest"]
            ),
            (&json!("channel"), &json!(0), &json!(false), &Value::Null)
        );
        let (_, paused) = app
            .send("operator", &format!("{QUEUES}/messages:email/pause"))
            .await;
        assert_eq!(
            (&paused["name"], &paused["paused"]),
            (&json!("messages:email"), &json!(true))
        );
        crate::messages::transfer(&app).await;
        for service in [&app.service, &node] {
            service.send_messages().await.unwrap();
        }
        assert!(server.take().is_empty());
        let waiting = email().await;
        assert_eq!(
            (&waiting["depth"], waiting["oldest"].is_string()),
            (&json!(2), true)
        );
        // What waited for a time that is long over is no message of a clock that was ahead.
        app.clock.advance(values::DAY);
        app.service.send_messages().await.unwrap();
        assert!(server.take().is_empty());
        let (_, resumed) = app
            .send("operator", &format!("{QUEUES}/messages:email/resume"))
            .await;
        assert_eq!(resumed["paused"], false);
        app.service.send_messages().await.unwrap();
        assert_eq!(server.take().len(), 2);
        let done = email().await;
        assert_eq!((&done["depth"], &done["in_flight"]), (&json!(0), &json!(0)));
        assert!(done["per_second"].as_f64().unwrap() > 0.0);
        let sql = "UPDATE deliveries SET state = 'failed'";
        app.db.execute(sql, vec![]).await.unwrap();
        assert_eq!(email().await["dead_letters"], 2);
    }
}

#[tokio::test]
async fn queues_come_in_pages_consumers_and_channels_first() {
    for engine in engines() {
        let app = App::on(engine).await;
        let mut endpoints = Vec::new();
        for _ in 0..3 {
            let body = json!({"url": "https://hooks.invalid/", "event_types": ["*"]});
            let (_, made) = app.post("bob", "/webhook-endpoints", body).await;
            endpoints.push(made["id"].as_str().unwrap().to_owned());
        }
        let mut expected: Vec<_> = [
            "notifications:payments",
            "webhooks:payments",
            "messages:email",
            "messages:sms",
            "messages:push",
        ]
        .map(str::to_owned)
        .into();
        expected.sort_unstable();
        let (mut found, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = app
                .get("operator", &format!("{QUEUES}?limit=3{cursor}"))
                .await;
            let names = page["data"].as_array().unwrap().iter();
            found.extend(names.map(|queue| queue["name"].as_str().unwrap().to_owned()));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(found.split_off(5), endpoints);
        found.sort_unstable();
        assert_eq!(found, expected);
    }
}

#[tokio::test]
async fn queues_are_shown_as_metrics() {
    let app = App::on(Engine::Sqlite).await;
    let body = json!({"url": "https://hooks.invalid/", "event_types": ["*"]});
    app.post("bob", "/webhook-endpoints", body).await;
    let metrics = platform::metrics::Metrics::default();
    module::Opened::show_in(&*app.service, &metrics);
    lost(&app).await;
    let background = app.service.start_background();
    loop {
        let text = metrics.render();
        let are_there = [
            "payflow_events_dead_letters{queue=\"notifications/payments\"} 1",
            "payflow_events_queue_depth{queue=\"notifications/payments\"} 0",
            "payflow_events_handled_total{queue=\"notifications/payments\"} 1",
            "payflow_events_queue_paused{queue=\"messages/email\"} 0",
            "payflow_events_queue_paused{queue=\"webhook_endpoints\"} 0",
        ];
        if are_there.iter().all(|line| text.contains(line)) {
            break;
        }
        tokio::task::yield_now().await;
    }
    drop(background);
}

#[tokio::test]
async fn an_overview_has_each_queue_and_all_endpoints_together() {
    let app = App::on(Engine::Sqlite).await;
    lost(&app).await;
    let report = module::Opened::report(app.service.clone()).await.unwrap();
    let names: Vec<_> = report
        .queues
        .iter()
        .map(|queue| queue.name.as_str())
        .collect();
    assert_eq!(names.last(), Some(&"webhook_endpoints"));
    let given_up = |name| {
        let queue = report.queues.iter().find(|queue| queue.name == name);
        queue.map(|queue| queue.dead_letters)
    };
    assert_eq!(given_up("notifications:payments"), Some(1), "{names:?}");
}
