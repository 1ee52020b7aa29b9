//! What users are told in the app.

use contracts::events::Party;
use http::StatusCode;
use serde_json::{Value, json};
use testkit::engines;

use crate::support::App;

const TXN: &str = "txn_01k9zv5rhcfb9s6yvp8g0vq3wb";

fn transfer(app: &App) {
    app.feed.push(
        "transaction.completed",
        TXN,
        &[(Party::Payer, "ann"), (Party::Payee, "bob")],
        json!({"type": "transfer", "amount": "12.50", "currency": "USD"}),
    );
}

fn titles(list: &Value) -> Vec<&str> {
    let list = list["data"].as_array().unwrap().iter();
    list.map(|row| row["title"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn both_sides_of_a_transfer_are_told_in_their_own_words() {
    for engine in engines() {
        let app = App::on(engine).await;
        transfer(&app);
        app.service.catch_up().await.unwrap();
        let ann = app.get("ann", "/notifications").await;
        assert_eq!(titles(&ann), ["12.50 USD sent to bob Example"]);
        let bob = app.get("bob", "/notifications").await;
        assert_eq!(titles(&bob), ["12.50 USD from ann Example"]);
        assert_eq!(bob["unread"], 1);
        assert_eq!(bob["data"][0]["type"], "money_received");
        assert_eq!(bob["data"][0]["subject"], TXN);
        assert_eq!(bob["data"][0]["read_at"], Value::Null);
        for stranger in ["shop", "stranger", "operator"] {
            let list = app.get(stranger, "/notifications").await;
            assert_eq!((&list["data"], &list["unread"]), (&json!([]), &json!(0)));
        }
    }
}

#[tokio::test]
async fn what_was_read_keeps_its_time_and_is_nobody_elses() {
    for engine in engines() {
        let app = App::on(engine).await;
        transfer(&app);
        app.service.catch_up().await.unwrap();
        let id = app.get("bob", "/notifications").await["data"][0]["id"].clone();
        let path = format!("/notifications/{}/read", id.as_str().unwrap());
        for other in ["ann", "stranger", "admin"] {
            let (status, problem) = app.post(other, &path, json!({})).await;
            assert_eq!(
                (status, &problem["code"]),
                (StatusCode::NOT_FOUND, &json!("not_found"))
            );
        }
        let (status, read) = app.post("bob", &path, json!({})).await;
        assert_eq!(status, StatusCode::OK, "{read}");
        assert!(read["read_at"].is_string());
        app.clock.advance(1_000_000);
        let (_, again) = app.post("bob", &path, json!({})).await;
        assert_eq!(again["read_at"], read["read_at"]);
        let list = app.get("bob", "/notifications?unread=true").await;
        assert_eq!((&list["data"], &list["unread"]), (&json!([]), &json!(0)));
        let (status, _) = app
            .post("bob", "/notifications/wal_1/read", json!({}))
            .await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn read_all_leaves_what_came_after_the_newest_that_was_seen() {
    for engine in engines() {
        let app = App::on(engine).await;
        for _ in 0..3 {
            transfer(&app);
            app.service.catch_up().await.unwrap();
            app.clock.advance(1_000);
        }
        let list = app.get("bob", "/notifications?limit=2").await;
        assert_eq!(
            (&list["has_more"], &list["unread"]),
            (&json!(true), &json!(3))
        );
        let second = &list["data"][1]["id"];
        let (_, read) = app
            .post("bob", "/notifications/read-all", json!({"newest": second}))
            .await;
        assert_eq!(read, json!({"read": 2}));
        let next = list["next_cursor"].as_str().unwrap();
        let rest = app
            .get("bob", &format!("/notifications?limit=2&cursor={next}"))
            .await;
        assert_eq!((titles(&rest).len(), &rest["unread"]), (1, &json!(1)));
        let (_, read) = app.post("bob", "/notifications/read-all", json!({})).await;
        assert_eq!(read, json!({"read": 1}));
    }
}

#[tokio::test]
async fn a_consumer_that_is_put_back_tells_nobody_twice() {
    for engine in engines() {
        let app = App::on(engine).await;
        transfer(&app);
        app.service.catch_up().await.unwrap();
        let rewound = app.db.execute("UPDATE consumers SET position = 0", vec![]);
        rewound.await.unwrap();
        app.service.catch_up().await.unwrap();
        assert_eq!(app.get("bob", "/notifications").await["unread"], 1);
    }
}
