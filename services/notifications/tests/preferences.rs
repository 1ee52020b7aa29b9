//! What users want to be told by which way, and when not.

use contracts::events::Party;
use http::{Method, StatusCode};
use platform::clock::Clock;
use serde_json::{Value, json};
use testkit::engines;
use values::SECOND;

use crate::messages::{happens, states, to, transfer, with_server};
use crate::support::App;

const PATH: &str = "/users/me/notification-preferences";
const HOUR: i64 = 3_600 * SECOND;

pub async fn put(app: &App, who: &str, document: &Value) -> (StatusCode, Value) {
    app.request(who, Method::PUT, PATH, Some(document.clone()))
        .await
}

/// Sets one choice of somebody, such as `/groups/payments/email`.
pub async fn choose(app: &App, who: &str, pointer: &str, value: Value) {
    let mut document = app.get(who, PATH).await;
    *document.pointer_mut(pointer).unwrap() = value;
    let (status, answer) = put(app, who, &document).await;
    assert_eq!((status, &answer), (StatusCode::OK, &document));
}

#[tokio::test]
async fn the_document_is_complete_and_everyones_own() {
    for engine in engines() {
        let app = App::on(engine).await;
        let ways = json!({"in_app": true, "email": true, "sms": false, "push": true});
        let default = json!({
            "groups": {"payments": ways, "account": ways, "security": ways},
            "quiet_hours": null,
            "digest": null
        });
        assert_eq!(app.get("ann", PATH).await, default);
        choose(&app, "ann", "/groups/payments/sms", json!(true)).await;
        let quiet = json!({"start": "22:00", "end": "07:00"});
        choose(&app, "ann", "/quiet_hours", quiet.clone()).await;
        let anns = app.get("ann", PATH).await;
        assert_eq!(anns["groups"]["payments"]["sms"], true);
        assert_eq!(anns["quiet_hours"], quiet);
        for other in ["bob", "stranger"] {
            assert_eq!(app.get(other, PATH).await, default);
        }
    }
}

/// Changes of the document: what stands where, and how that is refused.
fn refused() -> Vec<(&'static str, Value, u16, &'static str, &'static str)> {
    let essential = "essential_notifications";
    let quiet = |start: &str| json!({"start": start, "end": "07:00"});
    vec![
        (
            "/groups/weather",
            json!({}),
            400,
            "unknown_field",
            "groups.weather",
        ),
        (
            "/groups/payments/fax",
            json!(true),
            400,
            "unknown_field",
            "groups.payments.fax",
        ),
        (
            "/groups/payments",
            Value::Null,
            400,
            "missing_field",
            "groups.payments",
        ),
        (
            "/groups/account/sms",
            Value::Null,
            400,
            "missing_field",
            "groups.account.sms",
        ),
        (
            "/groups/account/sms",
            json!(1),
            400,
            "invalid_value",
            "groups.account.sms",
        ),
        (
            "/groups/security/email",
            json!(false),
            422,
            essential,
            "groups.security.email",
        ),
        (
            "/groups/security/in_app",
            json!(false),
            422,
            essential,
            "groups.security.in_app",
        ),
        (
            "/quiet_hours",
            quiet("25:00"),
            400,
            "invalid_value",
            "quiet_hours.start",
        ),
        (
            "/quiet_hours",
            quiet("07:00"),
            422,
            "invalid_quiet_hours",
            "quiet_hours",
        ),
    ]
}

#[tokio::test]
async fn what_is_unknown_missing_or_essential_is_refused_by_name() {
    for engine in engines() {
        let app = App::on(engine).await;
        let default = app.get("ann", PATH).await;
        for (pointer, value, status, code, param) in refused() {
            let mut document = default.clone();
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            let parent = document.pointer_mut(parent).unwrap();
            let parent = parent.as_object_mut().unwrap();
            match value {
                Value::Null => parent.remove(name),
                value => parent.insert(name.to_owned(), value),
            };
            let (answered, problem) = put(&app, "ann", &document).await;
            assert_eq!(answered.as_u16(), status, "{document}: {problem}");
            assert_eq!(problem["code"], code, "{problem}");
            assert_eq!(problem["errors"][0]["param"], param, "{problem}");
        }
        assert_eq!(app.get("ann", PATH).await, default);
    }
}

#[tokio::test]
async fn what_is_not_wanted_is_not_told_by_that_way_and_what_is_essential_is() {
    for engine in engines() {
        let (app, server) = with_server(engine).await;
        choose(&app, "ann", "/groups/payments/email", json!(false)).await;
        choose(&app, "bob", "/groups/payments/in_app", json!(false)).await;
        choose(&app, "bob", "/groups/account/email", json!(false)).await;
        choose(&app, "bob", "/groups/account/in_app", json!(false)).await;
        transfer(&app).await;
        assert_eq!(to(&server.take()), ["bob@example.com"]);
        let listed = |list: Value| list["data"].as_array().unwrap().len();
        assert_eq!(listed(app.get("ann", "/notifications").await), 1);
        assert_eq!(listed(app.get("bob", "/notifications").await), 0);
        let frozen = json!({"label": "Main"});
        happens(
            &app,
            "wallet.limited",
            &[(Party::Owner, "bob")],
            frozen.clone(),
        )
        .await;
        assert!(server.take().is_empty());
        happens(&app, "wallet.frozen", &[(Party::Owner, "bob")], frozen).await;
        assert_eq!(to(&server.take()), ["bob@example.com"]);
        assert_eq!(listed(app.get("bob", "/notifications").await), 1);
    }
}

#[tokio::test]
async fn unsubscribing_is_a_preference_and_setting_it_again_ends_it() {
    for engine in engines() {
        let (app, server) = with_server(engine).await;
        transfer(&app).await;
        let mails = server.take();
        let bobs = mails
            .iter()
            .find(|mail| mail.to == "bob@example.com")
            .unwrap();
        let link = bobs.header("List-Unsubscribe").unwrap();
        let path = link
            .trim_matches(['<', '>'])
            .trim_start_matches("https://pay.example");
        let (status, _) = app.page(Method::POST, path).await;
        assert_eq!(status, StatusCode::OK);
        let wanted = app.get("bob", PATH).await;
        assert_eq!(wanted["groups"]["payments"]["email"], false);
        assert_eq!(wanted["groups"]["account"]["email"], true);
        transfer(&app).await;
        assert_eq!(to(&server.take()), ["ann@example.com"]);
        choose(&app, "bob", "/groups/payments/email", json!(true)).await;
        transfer(&app).await;
        assert_eq!(to(&server.take()), ["ann@example.com", "bob@example.com"]);
    }
}

#[tokio::test]
async fn quiet_hours_hold_what_is_not_essential_until_they_end() {
    for engine in engines() {
        let (app, server) = with_server(engine).await;
        // One hour of the day has begun, in Kathmandu, and ends in three.
        app.village
            .change("bob", |bob| bob.timezone = "Asia/Kathmandu".to_owned());
        let local = app.clock.now().micros() + 20_700 * SECOND;
        let time = |after: i64| {
            let minutes = (local + after).div_euclid(60 * SECOND).rem_euclid(1_440);
            format!("{:02}:{:02}", minutes / 60, minutes % 60)
        };
        let quiet = json!({"start": time(-HOUR), "end": time(3 * HOUR)});
        choose(&app, "bob", "/quiet_hours", quiet).await;
        transfer(&app).await;
        assert_eq!(to(&server.take()), ["ann@example.com"]);
        let frozen = json!({"label": "Main"});
        happens(&app, "wallet.frozen", &[(Party::Owner, "bob")], frozen).await;
        assert_eq!(to(&server.take()), ["bob@example.com"]);
        let held =
            |states: Vec<(String, String)>| states.iter().any(|(state, _)| state == "queued");
        for _ in 0..2 {
            app.clock.advance(HOUR);
            app.service.send_messages().await.unwrap();
            assert!(server.take().is_empty() && held(states(&app).await));
        }
        app.clock.advance(HOUR + 60 * SECOND);
        app.service.send_messages().await.unwrap();
        assert_eq!(to(&server.take()), ["bob@example.com"]);
        assert!(!held(states(&app).await));
    }
}
