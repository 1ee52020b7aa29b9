//! What attackers send, to every endpoint that identity documents: none of it is a fault, and none
//! of it arrives in a mail's head. An endpoint that is added is attacked without a word here.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, header};
use contracts::identity::Role;
use serde_json::{Map, Value, json};

use crate::support::{Answer, App, PASSWORD, Purse, on_each_engine};

/// Texts that mean something to somebody: mail servers, terminals, databases, templates, people's
/// eyes.
fn hostile_texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "",
        " ",
        "\r\nBcc: eve@example.com",
        "ann@example.com\r\nBcc: eve@example.com",
        "ann@example.com,eve@example.com",
        "ann@example.com\u{2028}eve@example.com",
        "ann@еxample.com",
        "ａｎｎ@example.com",
        "ann@exa\u{ad}mple.com",
        "ann\u{200b}@example.com",
        "\u{202e}moc.elpmaxe@nna",
        "' OR 1=1 --",
        "$1; DROP TABLE users",
        "${jndi:ldap://x.example/a}",
        "{{7*7}}",
        "<script>alert(1)</script>",
        "\u{1b}[31m",
        "../../../etc/passwd",
        "https://eve.example",
        "//eve.example",
        "%00%0d%0a",
        "\u{feff}",
        "\u{10ffff}",
        "null",
        "-1",
        "1e400",
    ]
    .map(str::to_owned)
    .into();
    texts.push("e\u{301}".repeat(5_000));
    texts.push("ﷺ".repeat(1_000));
    texts.push("a".repeat(100_000));
    texts.push(format!("ann@{}example.com", "a.".repeat(120)));
    texts
}

/// Bodies that are no JSON, or not what is asked for.
fn hostile_bodies() -> Vec<Vec<u8>> {
    let mut bodies: Vec<Vec<u8>> = [
        &b""[..],
        b"{",
        b"[]",
        b"null",
        b"\"\"",
        b"1",
        b"{}{}",
        b"\xef\xbb\xbf{}",
        b"\xff\xfe{\x00}\x00",
        b"{\"email\":\"\xff\"}",
        b"{\"email\":\"\\ud800\"}",
        b"{\"email\":\"a\\u0000b\"}",
        b"{\"email\":1e999}",
        b"{\"email\":null,\"password\":[],\"name\":{}}",
        b"{\"email\":\"a@b.c\",\"email\":\"d@e.f\"}",
        b"{\"__proto__\":{\"role\":\"admin\"}}",
        b"{\"role\":\"admin\",\"org\":2}",
    ]
    .map(<[u8]>::to_vec)
    .into();
    bodies.push(b"[".repeat(100_000));
    bodies.push([b"{\"a\":".repeat(50_000), b"}".repeat(50_000)].concat());
    bodies.push(format!("{{\"email\":{}}}", "9".repeat(100_000)).into());
    bodies.push(b" ".repeat(300_000));
    bodies
}

/// Method, path, and the fields of the body, of every endpoint.
fn endpoints() -> Vec<(String, String, Vec<String>)> {
    let api = serde_json::to_value(identity::api()).unwrap();
    let mut found = Vec::new();
    for (path, item) in api["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            let schema = match schema["$ref"].as_str() {
                Some(name) => api.pointer(name.trim_start_matches('#')).unwrap(),
                None => schema,
            };
            let fields = schema["properties"]
                .as_object()
                .map_or(vec![], |fields| fields.keys().cloned().collect::<Vec<_>>());
            found.push((method.to_uppercase(), path.clone(), fields));
        }
    }
    assert!(found.len() >= 8, "{found:?}");
    found
}

/// The path with something for each of its parameters.
fn filled(path: &str, with: &str) -> String {
    let mut filled = String::new();
    for part in path.split('/').skip(1) {
        filled.push('/');
        filled.push_str(if part.starts_with('{') { with } else { part });
    }
    filled
}

async fn attack(app: &App, token: &str, method: &str, path: &str, body: Vec<u8>) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .body(Body::from(body))
        .unwrap();
    app.send(request).await
}

/// A refusal in the form of all refusals, or done; never a fault.
fn held(answer: &Answer, what: &str) {
    assert!(answer.status < 500, "{what}: {answer:?}");
    // The pages of mailed links are made for people.
    if answer.status >= 400 && !answer.body.is_string() {
        answer.refusal();
    }
}

#[tokio::test]
async fn no_body_is_a_fault_for_any_endpoint() {
    on_each_engine(async |app| {
        let app = app.without_needed_factors().await;
        app.service.set_wallets(Arc::new(Purse(Ok(true))));
        let token = app.token_of(Role::Admin).await;
        for (method, path, fields) in endpoints() {
            let path = filled(&path, "x");
            for body in hostile_bodies() {
                let what = format!("{method} {path} {:.80}", String::from_utf8_lossy(&body));
                let answer = attack(&app, &token, &method, &path, body).await;
                held(&answer, &what);
                let refused = fields.is_empty() || answer.status >= 400;
                assert!(refused, "{what}: {answer:?}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn no_text_in_any_field_is_a_fault_or_reaches_the_head_of_a_mail() {
    on_each_engine(async |app| {
        let app = app.without_needed_factors().await;
        app.service.set_wallets(Arc::new(Purse(Ok(true))));
        let token = app.token_of(Role::Admin).await;
        for (method, path, fields) in endpoints() {
            let path = filled(&path, "x");
            for (text, field) in pairs(&fields) {
                let body = with(&fields, &field, &text).to_string();
                let what = format!("{method} {path} {field} {text:.80?}");
                held(
                    &attack(&app, &token, &method, &path, body.into()).await,
                    &what,
                );
            }
        }
        app.service.deliver_messages().await.unwrap();
        for mail in app.inbox.take() {
            assert!(
                !mail.to.contains(|c: char| c.is_control() || c == ','),
                "{mail:?}"
            );
            assert!(
                !mail
                    .kind
                    .contains(|c: char| !c.is_ascii_lowercase() && c != '_'),
                "{mail:?}"
            );
        }
        let sql = "SELECT count(*) FROM users WHERE role = 'admin'";
        let (admins,): (i64,) = app.db.fetch_one(sql, vec![]).await.unwrap();
        assert_eq!(admins, 1);
        identity::verify_audit(&app.db).await.unwrap();
    })
    .await;
}

fn pairs(fields: &[String]) -> Vec<(String, String)> {
    let texts = hostile_texts();
    let of = |field: &String| {
        let with_field = |text: &String| (text.clone(), field.clone());
        texts.iter().map(with_field).collect::<Vec<_>>()
    };
    fields.iter().flat_map(of).collect()
}

/// A body in which one field is hostile and the others are as they should be.
fn with(fields: &[String], hostile: &str, text: &str) -> Value {
    let value = |field: &String| {
        let value = match field.as_str() {
            name if name == hostile => json!(text),
            "email" => json!("someone@example.com"),
            _ => json!(PASSWORD),
        };
        (field.clone(), value)
    };
    Value::Object(fields.iter().map(value).collect::<Map<_, _>>())
}

#[tokio::test]
async fn no_id_or_query_is_a_fault_for_any_endpoint() {
    on_each_engine(async |app| {
        let app = app.without_needed_factors().await;
        app.service.set_wallets(Arc::new(Purse(Ok(true))));
        let token = app.token_of(Role::Admin).await;
        for (method, path, _) in endpoints() {
            for hostile in [
                "%00",
                "%ff",
                "%0d%0aSet-Cookie:%20a=b",
                "..%2f..",
                "%F0%9F%92%A9",
                "-1",
            ] {
                let paths = [
                    filled(&path, hostile),
                    format!("{}?{hostile}={hostile}", filled(&path, "x")),
                    format!(
                        "{}?q={hostile}&cursor={hostile}&token={hostile}",
                        filled(&path, "x")
                    ),
                ];
                for path in paths {
                    let answer = attack(&app, &token, &method, &path, b"{}".to_vec()).await;
                    held(&answer, &format!("{method} {path}"));
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn no_authorization_header_is_a_fault() {
    on_each_engine(async |app| {
        let long = format!("Bearer {}", "a".repeat(60_000));
        for value in [
            &b""[..],
            b"Bearer",
            b"Bearer ",
            b"Bearer \xff",
            b"Basic YTpi",
            b"Bearer a b c",
            b"Bearer ..",
            b"Bearer eyJhbGciOiJub25lIn0.e30.",
            long.as_bytes(),
        ] {
            let request = Request::get("/api/v1/auth/me")
                .header(header::AUTHORIZATION, value)
                .header(header::COOKIE, &b"payflow_device=\xff; =;;; a"[..])
                .body(Body::empty())
                .unwrap();
            let answer = app.send(request).await;
            assert_eq!(answer.refusal(), (401, "unauthenticated"));
        }
    })
    .await;
}
