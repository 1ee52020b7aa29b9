//! Endpoints as the API has them.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::engines;

use super::*;

const URL: &str = "https://shop.invalid/hooks";

#[tokio::test]
async fn an_endpoint_is_made_with_a_secret_that_is_shown_once() {
    for engine in engines() {
        let app = app(engine).await;
        let body = json!({"url": URL, "event_types": ["*", "transaction.completed"], "description": " Orders "});
        let (status, made) = app.post("ann", PATH, body).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        let id = made["id"].as_str().unwrap();
        assert!(id.starts_with("whk_"));
        let secret = made["secret"].as_str().unwrap().strip_prefix("whsec_");
        assert_eq!(STANDARD.decode(secret.unwrap()).unwrap().len(), 32);
        assert_eq!(made["url"], URL);
        assert_eq!(made["event_types"], json!(["*", "transaction.completed"]));
        assert_eq!(made["description"], "Orders");
        assert_eq!(
            (&made["status"], &made["audience"]),
            (&json!("enabled"), &json!("own"))
        );
        let one = app.one("ann", id).await;
        assert_eq!(one["secret"], Value::Null);
        assert_eq!(one["created_at"], made["created_at"]);
        let list = app.get("ann", PATH).await;
        assert_eq!(list["data"], json!([one]));
        let sql = "SELECT secret FROM webhook_endpoints";
        let (sealed,): (Vec<u8>,) = app.db.fetch_one(sql, vec![]).await.unwrap();
        let plain = STANDARD.decode(secret.unwrap()).unwrap();
        assert!(!sealed.windows(32).any(|bytes| bytes == plain));
    }
}

#[tokio::test]
async fn an_endpoint_is_its_owners_and_an_operator_may_look_at_it() {
    for engine in engines() {
        let app = app(engine).await;
        let (id, _) = app.endpoint("ann", URL, &["*"]).await;
        let path = format!("{PATH}/{id}");
        for other in ["bob", "shop", "stranger"] {
            for (method, path, body) in [
                (Method::GET, path.clone(), None),
                (Method::GET, format!("{path}/deliveries"), None),
                (Method::PATCH, path.clone(), Some(json!({}))),
                (Method::DELETE, path.clone(), None),
                (Method::POST, format!("{path}/test"), Some(json!({}))),
                (
                    Method::POST,
                    format!("{path}/rotate-secret"),
                    Some(json!({})),
                ),
                (
                    Method::POST,
                    format!("{path}/recover"),
                    Some(json!({"since": "2026-01-01T00:00:00Z"})),
                ),
            ] {
                let (status, answer) = app.request(other, method, &path, body).await;
                assert_eq!(status, StatusCode::NOT_FOUND, "{other} {path}: {answer}");
            }
            assert_eq!(app.get(other, PATH).await["data"], json!([]));
        }
        for operator in ["operator", "admin"] {
            assert_eq!(app.one(operator, &id).await["id"], json!(id));
            let (status, _) = app.patch(operator, &id, json!({"url": URL})).await;
            assert_eq!(status, StatusCode::NOT_FOUND);
            let (own, _) = app.endpoint(operator, URL, &["*"]).await;
            assert_eq!(app.one(operator, &own).await["audience"], "organisation");
        }
    }
}

#[tokio::test]
async fn what_cannot_be_an_endpoint_is_refused_by_name() {
    for engine in engines() {
        let app = App::on(engine).await;
        for (change, code, param) in [
            (json!({"url": "shop.invalid"}), "invalid_url", "url"),
            (
                json!({"url": "https://me:word@shop.invalid"}),
                "invalid_url",
                "url",
            ),
            (
                json!({"url": "http://shop.invalid"}),
                "https_required",
                "url",
            ),
            (
                json!({"url": "http://127.0.0.1:9/"}),
                "private_address",
                "url",
            ),
            (
                json!({"url": "https://169.254.169.254/"}),
                "private_address",
                "url",
            ),
            (
                json!({"url": "https://[::ffff:10.0.0.1]/"}),
                "private_address",
                "url",
            ),
            (
                json!({"url": "https://localhost/"}),
                "private_address",
                "url",
            ),
            (
                json!({"event_types": []}),
                "invalid_event_types",
                "event_types",
            ),
            (
                json!({"event_types": ["money.lost"]}),
                "unknown_event_type",
                "event_types",
            ),
            (
                json!({"description": "a\nb"}),
                "invalid_description",
                "description",
            ),
            (
                json!({"description": "x".repeat(201)}),
                "invalid_description",
                "description",
            ),
        ] {
            let mut body = json!({"url": URL, "event_types": ["*"]});
            for (name, value) in change.as_object().unwrap() {
                body[name] = value.clone();
            }
            let (status, problem) = app.post("ann", PATH, body).await;
            assert_eq!(
                status,
                StatusCode::UNPROCESSABLE_ENTITY,
                "{change}: {problem}"
            );
            assert_eq!(problem["code"], code, "{change}");
            assert_eq!(problem["errors"][0]["param"], param);
        }
        assert_eq!(app.get("ann", PATH).await["data"], json!([]));
    }
}

#[tokio::test]
async fn a_description_hides_nothing_and_is_in_any_script() {
    for engine in engines() {
        let app = app(engine).await;
        let with = |text: &str| json!({"url": URL, "event_types": ["*"], "description": text});
        for hidden in ["Orders \u{202e}txt.exe", "\u{200b}", "Or\u{ad}ders"] {
            let (_, refused) = app.post("ann", PATH, with(hidden)).await;
            assert_eq!(refused["code"], "invalid_description", "{hidden:?}");
        }
        let shown = "הזמנות \u{1f469}\u{200d}\u{1f4bb}";
        let (_, made) = app.post("ann", PATH, with(shown)).await;
        assert_eq!(made["description"], shown);
    }
}

#[tokio::test]
async fn a_user_has_so_many_endpoints_and_no_more() {
    for engine in engines() {
        let mut settings = settings();
        settings.webhooks.endpoints_per_user = 2;
        let app = App::with(engine, settings).await;
        let (first, _) = app.endpoint("ann", URL, &["*"]).await;
        app.endpoint("ann", URL, &["*"]).await;
        app.endpoint("bob", URL, &["*"]).await;
        let body = json!({"url": URL, "event_types": ["*"]});
        let (_, refused) = app.post("ann", PATH, body).await;
        assert_eq!(refused["code"], "too_many_webhook_endpoints");
        let path = format!("{PATH}/{first}");
        let (status, _) = app.request("ann", Method::DELETE, &path, None).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        let (status, _) = app.request("ann", Method::GET, &path, None).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        app.endpoint("ann", URL, &["*"]).await;
    }
}

#[tokio::test]
async fn an_endpoint_is_changed_in_what_is_named() {
    for engine in engines() {
        let app = app(engine).await;
        let (id, _) = app.endpoint("ann", URL, &["*"]).await;
        app.clock.advance(SECOND);
        let change =
            json!({"event_types": ["wallet.*"], "description": "Till", "status": "disabled"});
        let (status, changed) = app.patch("ann", &id, change).await;
        assert_eq!(status, StatusCode::OK, "{changed}");
        assert_eq!(
            (&changed["url"], &changed["event_types"]),
            (&json!(URL), &json!(["wallet.*"]))
        );
        assert_eq!(
            (&changed["status"], &changed["disabled_reason"]),
            (&json!("disabled"), &json!("by_owner"))
        );
        let change =
            json!({"url": "https://other.invalid/", "description": "", "status": "enabled"});
        let (_, changed) = app.patch("ann", &id, change).await;
        assert_eq!(
            (&changed["url"], &changed["description"]),
            (&json!("https://other.invalid/"), &Value::Null)
        );
        assert_eq!(
            (&changed["status"], &changed["disabled_at"]),
            (&json!("enabled"), &Value::Null)
        );
        let (status, _) = app.patch("ann", &id, json!({"status": "off"})).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn pages_go_on_where_the_last_one_ended() {
    for engine in engines() {
        let app = app(engine).await;
        for _ in 0..3 {
            app.endpoint("ann", URL, &["*"]).await;
        }
        let first = app.get("ann", &format!("{PATH}?limit=2")).await;
        let next = first["next_cursor"].as_str().unwrap();
        let second = app
            .get("ann", &format!("{PATH}?limit=2&cursor={next}"))
            .await;
        assert_eq!(first["data"].as_array().unwrap().len(), 2);
        assert_eq!(second["data"].as_array().unwrap().len(), 1);
        assert_eq!(second["has_more"], false);
    }
}
