//! Lists that rules ask about: what is on them, for how long, and who may see them.

use contracts::risk::RiskOutcome;
use http::{Method, StatusCode};
use platform::clock::Clock;
use serde_json::{Value, json};
use testkit::engines;
use values::DAY;

use crate::rules::{over, publish};
use crate::support::{App, user};

async fn make(app: &App, name: &str, kind: &str) -> String {
    let body = json!({"name": name, "kind": kind, "description": "A test"});
    let (status, made) = app.post("operator", "/lists", body).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    made["id"].as_str().unwrap().to_owned()
}

async fn put(app: &App, list: &str, body: Value) -> (u16, Value) {
    let (status, answer) = app
        .post("operator", &format!("/lists/{list}/entries"), body)
        .await;
    (status.as_u16(), answer)
}

/// Declines payments to those whose e-mail is on a list.
fn rule(list: &str) -> Value {
    let mut rule = over("blocked", 1);
    rule["when"] = json!({"in_list": {"field": "email_of_payee", "list": list}});
    rule
}

#[tokio::test]
async fn a_rule_asks_about_a_list_whose_values_count_at_once_and_until_their_time_is_over() {
    for engine in engines() {
        let app = App::on(engine).await;
        let list = make(&app, "blocked_payees", "emails").await;
        publish(&app, rule("blocked_payees")).await;
        let outcome = async |number| {
            let asked = app.assess(&app.transfer(number, "ann", "bob", 100)).await;
            app.service.write_decided().await.unwrap();
            asked.outcome
        };
        assert_eq!(outcome(1).await, RiskOutcome::Approve);
        let until = app.clock.now().plus(DAY);
        let entry = json!({"value": "BOB@example.com", "note": "Asked for", "expires_at": until});
        let (status, entry) = put(&app, &list, entry).await;
        assert_eq!((status, &entry["value"]), (200, &json!("bob@example.com")));
        assert_eq!(outcome(2).await, RiskOutcome::Decline);
        let shown = app.get("auditor", &format!("/lists/{list}/entries")).await;
        assert_eq!(shown["data"], json!([entry]));
        app.clock.advance(DAY);
        assert_eq!(outcome(3).await, RiskOutcome::Approve);
        put(&app, &list, json!({"value": "bob@example.com"})).await;
        assert_eq!(outcome(4).await, RiskOutcome::Decline);
        let path = format!("/lists/{list}/entries/remove");
        let remove = async || {
            app.post("operator", &path, json!({"value": "Bob@Example.com"}))
                .await
        };
        assert_eq!(remove().await.0, StatusCode::NO_CONTENT);
        assert_eq!(remove().await.0, StatusCode::NOT_FOUND);
        assert_eq!(outcome(5).await, RiskOutcome::Approve);
        let path = format!("/lists/{list}");
        let in_use = app.request("operator", Method::DELETE, &path, None).await;
        assert_eq!(in_use.1["code"], "list_in_use");
    }
}

#[tokio::test]
async fn a_rule_about_a_list_that_is_not_there_is_refused() {
    for engine in engines() {
        let app = App::on(engine).await;
        let (status, refused) = app.post("operator", "/rules", rule("nobody_made_it")).await;
        assert_eq!(
            (status.as_u16(), &refused["code"]),
            (422, &json!("invalid_rules"))
        );
    }
}

#[tokio::test]
async fn what_is_no_list_or_no_value_is_refused() {
    for engine in engines() {
        let app = App::on(engine).await;
        let list = make(&app, "countries", "countries").await;
        for (body, code) in [
            (
                json!({"name": "Not A Name", "kind": "texts"}),
                "invalid_name",
            ),
            (json!({"name": "countries", "kind": "texts"}), "list_exists"),
            (
                json!({"name": "x", "kind": "texts", "description": "a\nb"}),
                "invalid_text",
            ),
        ] {
            let (_, refused) = app.post("operator", "/lists", body).await;
            assert_eq!(refused["code"], code);
        }
        let past = app.clock.now();
        for (body, code) in [
            (json!({"value": "Germany"}), "invalid_value"),
            (json!({"value": "DE", "expires_at": past}), "invalid_expiry"),
            (json!({"value": "DE", "note": "\u{202e}"}), "invalid_text"),
        ] {
            assert_eq!(put(&app, &list, body).await.1["code"], code);
        }
        let path = format!("/lists/{list}");
        let gone = app.request("operator", Method::DELETE, &path, None).await;
        assert_eq!(gone.0, StatusCode::NO_CONTENT);
        let gone = app.request("operator", Method::DELETE, &path, None).await;
        assert_eq!(gone.0, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_list_of_another_organisation_is_not_there() {
    for engine in engines() {
        let app = App::on(engine).await;
        let list = make(&app, "trusted", "emails").await;
        put(&app, &list, json!({"value": "bob@example.com"})).await;
        let value = json!({"value": "bob@example.com"});
        for (method, path, body) in [
            (Method::GET, format!("/lists/{list}"), None),
            (Method::DELETE, format!("/lists/{list}"), None),
            (Method::GET, format!("/lists/{list}/entries"), None),
            (
                Method::POST,
                format!("/lists/{list}/entries"),
                Some(value.clone()),
            ),
            (
                Method::POST,
                format!("/lists/{list}/entries/remove"),
                Some(value),
            ),
        ] {
            let (status, _) = app.request("foreign_admin", method, &path, body).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        }
        assert_eq!(app.get("foreign_admin", "/lists").await["data"], json!([]));
        let shown = app
            .get("operator", &format!("/lists/{list}/entries?limit=1"))
            .await;
        assert_eq!(shown["has_more"], false);
        let (status, _) = app.request("ann", Method::GET, "/lists", None).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn values_are_found_by_a_part_of_them() {
    for engine in engines() {
        let app = App::on(engine).await;
        let list = make(&app, "texts", "texts").await;
        for value in ["100% sure", "2000 sure", "A_b", "aXb", "Zebra!"] {
            put(&app, &list, json!({"value": value})).await;
        }
        let found = async |query: &str| {
            let path = format!("/lists/{list}/entries?{query}");
            let page = app.get("auditor", &path).await;
            let rows = page["data"].as_array().unwrap().iter();
            let values = rows.map(|row| row["value"].as_str().unwrap().to_owned());
            (values.collect::<Vec<_>>(), page["has_more"] == true)
        };
        // What means something else in a pattern of SQL is a letter like any other.
        for (query, expected) in [
            ("q=SURE", vec!["100% sure", "2000 sure"]),
            ("q=0%25", vec!["100% sure"]),
            ("q=a_", vec!["A_b"]),
            ("q=!", vec!["Zebra!"]),
            ("q=nowhere", vec![]),
        ] {
            assert_eq!(found(query).await.0, expected, "{query}");
        }
        let (first, more) = found("q=sure&limit=1").await;
        assert_eq!(
            (first.as_slice(), more),
            (["100% sure".to_owned()].as_slice(), true)
        );
        let (rest, more) = found("q=sure&limit=1&after=100%25%20sure").await;
        assert_eq!(
            (rest.as_slice(), more),
            (["2000 sure".to_owned()].as_slice(), false)
        );
    }
}

#[tokio::test]
async fn nobody_puts_themselves_on_a_list_or_takes_themselves_off() {
    for engine in engines() {
        let app = App::on(engine).await;
        let own = user("operator").to_string();
        for (kind, value) in [("users", own.as_str()), ("emails", "Operator@example.com")] {
            let list = make(&app, kind, kind).await;
            let body = json!({"value": value});
            let (status, refused) = put(&app, &list, body.clone()).await;
            assert_eq!((status, &refused["code"]), (403, &json!("own_case")));
            let path = format!("/lists/{list}/entries");
            let (status, _) = app.post("second", &path, body.clone()).await;
            assert_eq!(status, StatusCode::OK);
            let path = format!("/lists/{list}/entries/remove");
            let (_, refused) = app.post("operator", &path, body.clone()).await;
            assert_eq!(refused["code"], "own_case");
            let (status, _) = app.post("second", &path, body).await;
            assert_eq!(status, StatusCode::NO_CONTENT);
        }
    }
}
#[tokio::test]
async fn a_rule_and_a_list_under_an_idempotency_key_are_made_once() {
    for engine in engines() {
        let app = App::on(engine).await;
        let list = json!({"name": "trusted", "kind": "emails", "description": "A test"});
        for (path, body) in [("/lists", list), ("/rules", over("over_3000", 300_000))] {
            let key = ("operator", "the same key");
            let first = app.post_once(key, path, &body).await;
            assert_eq!(first.0, StatusCode::CREATED, "{}", first.1);
            assert_eq!(app.post_once(key, path, &body).await, first);
            let (status, again) = app.post("operator", path, body).await;
            assert_eq!(status, StatusCode::CONFLICT, "{again}");
            let (status, reused) = app.post_once(key, path, &over("other", 1)).await;
            assert!(status.is_client_error(), "{path}: {reused}");
        }
        assert_eq!(
            app.get("operator", "/lists").await["data"]
                .as_array()
                .unwrap()
                .len(),
            1
        );
        let draft = app.get("operator", "/rule-drafts").await;
        assert_eq!(
            (
                &draft["revision"],
                &draft["rules"]["rules"].as_array().unwrap().len()
            ),
            (&json!(1), &7)
        );
    }
}
