//! `GET /api/v1/audit`: who may read the trail, and what they find in it.

use axum::body::Body;
use axum::http::{Request, header};
use contracts::identity::Role;
use db::args;
use identity::verify_audit;
use serde_json::Value;
use values::SECOND;

use crate::support::{Answer, App, PASSWORD, on_each_engine};

const PATH: &str = "/api/v1/audit";

async fn read(app: &App, token: &str, query: &str) -> Answer {
    app.send(request(token, query, None)).await
}

fn request(token: &str, query: &str, accept: Option<&str>) -> Request<Body> {
    let mut request = Request::get(format!("{PATH}{query}"))
        .header(header::AUTHORIZATION, format!("Bearer {token}"));
    if let Some(accept) = accept {
        request = request.header(header::ACCEPT, accept);
    }
    request.body(Body::empty()).unwrap()
}

/// The acts of a page, newest first.
fn acts(answer: &Answer) -> Vec<&str> {
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    let data = answer.body["data"].as_array().unwrap();
    data.iter()
        .map(|entry| entry["act"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn auditors_and_admins_read_the_trail_and_nobody_else_does() {
    on_each_engine(async |app| {
        let app = app.without_needed_factors().await;
        assert_eq!(app.get(PATH).await.refusal(), (401, "unauthenticated"));
        for role in Role::ALL {
            let token = app.token_of(role).await;
            let answer = read(&app, &token, "").await;
            match role {
                Role::Auditor | Role::Admin => assert_eq!(answer.status, 200, "{role}"),
                _ => {
                    assert_eq!(answer.refusal(), (403, "forbidden"), "{role}");
                    assert!(
                        answer.body["detail"]
                            .as_str()
                            .unwrap()
                            .contains("audit:read")
                    );
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn an_entry_says_who_did_what_from_where_and_pages_join_without_gaps() {
    on_each_engine(async |app| {
        let token = app.token_of(Role::Auditor).await;
        for _ in 0..5 {
            app.log_in("auditor@example.com", "wrong").await;
        }
        let newest = read(&app, &token, "?limit=1").await;
        let entry = &newest.body["data"][0];
        assert_eq!(
            (&entry["act"], &entry["outcome"]),
            (&"login.failed".into(), &"refused".into())
        );
        assert_eq!(entry["actor_kind"], "nobody");
        assert!(entry["subject"].as_str().unwrap().starts_with("usr_"));
        assert_eq!(entry["address"], testkit::client().address.to_string());
        assert_eq!(entry["hash"].as_str().unwrap().len(), 64);

        let mut numbers = Vec::new();
        let mut query = "?limit=3".to_owned();
        loop {
            let page = read(&app, &token, &query).await;
            let data = page.body["data"].as_array().unwrap();
            numbers.extend(data.iter().map(|entry| entry["no"].as_i64().unwrap()));
            let Some(cursor) = page.body["next_cursor"].as_str() else {
                break;
            };
            query = format!("?limit=3&cursor={cursor}");
        }
        let all = verify_audit(&app.db).await.unwrap().entries;
        assert_eq!(numbers, (1..=all).rev().collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test]
async fn each_filter_leaves_what_fits_and_nothing_else() {
    on_each_engine(async |app| {
        let token = app.token_of(Role::Auditor).await;
        app.clock.advance(SECOND);
        let ann = app.register("ann@example.com").await;
        let ann_id = ann.body["user"]["id"].as_str().unwrap().to_owned();
        let second = app.clock_text();
        app.clock.advance(SECOND);
        app.from("203.0.113.5", "100%_Phone")
            .log_in("ann@example.com", "wrong")
            .await;

        let found = async |query: &str| {
            let answer = read(&app, &token, query).await;
            acts(&answer).join(" ")
        };
        let registration = "session.begun user.registered";
        assert_eq!(found(&format!("?actor={ann_id}")).await, registration);
        assert_eq!(
            found(&format!("?subject={ann_id}")).await,
            "login.failed user.registered"
        );
        assert_eq!(
            found(&format!("?subject={ann_id}&actor={ann_id}")).await,
            "user.registered"
        );
        assert_eq!(found("?act=user.registered").await, "user.registered");
        assert_eq!(found("?outcome=refused").await, "login.failed");
        assert_eq!(found("?address=203.0.113.5").await, "login.failed");
        assert_eq!(found("?q=pHONE").await, "login.failed");
        assert_eq!(found("?q=100%25_").await, "login.failed");
        assert_eq!(found("?q=0%25p").await, "");
        assert_eq!(found("?q=LOGIN").await, "login.failed");
        assert_eq!(
            found(&format!(
                "?created_gte={second}&created_lt={}",
                app.clock_text()
            ))
            .await,
            registration
        );
        assert_eq!(
            found(&format!("?created_gte={}", app.clock_text())).await,
            "login.failed"
        );
        assert_eq!(found("?act=no.such.act").await, "");
        assert_eq!(found("?actor=%27%20OR%201=1--").await, "");
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_used_is_refused_by_its_name() {
    on_each_engine(async |app| {
        let app = app.without_needed_factors().await;
        let token = app.token_of(Role::Admin).await;
        let long = "x".repeat(201);
        for (query, status, code) in [
            ("?limit=0", 422, "limit_out_of_range"),
            ("?limit=101", 422, "limit_out_of_range"),
            ("?limit=x", 400, "invalid_parameter"),
            ("?cursor=x", 400, "invalid_cursor"),
            ("?outcome=maybe", 400, "invalid_parameter"),
            ("?created_gte=yesterday", 400, "invalid_parameter"),
            ("?created_lt=2026-13-01T00:00:00Z", 400, "invalid_parameter"),
            ("?nope=1", 400, "unknown_parameter"),
            ("?q=a%00b", 400, "invalid_character"),
            (&format!("?q={long}"), 422, "text_too_long"),
        ] {
            let answer = read(&app, &token, query).await;
            assert_eq!(answer.refusal(), (status, code), "{query}");
        }
        let answer = app.send(request(&token, "", Some("text/html"))).await;
        assert_eq!(answer.refusal(), (406, "not_acceptable"));
    })
    .await;
}

#[tokio::test]
async fn another_organisations_entries_are_not_there() {
    on_each_engine(async |app| {
        let app = app.without_needed_factors().await;
        let token = app.token_of(Role::Admin).await;
        let sql = "INSERT INTO organisations (no, name, slug, created_at) VALUES (2, 'other', 'other', 0)";
        app.db.execute(sql, vec![]).await.unwrap();
        let sql =
            "INSERT INTO audit_entries (no, org, time, actor_kind, act, outcome, details, hash)
            VALUES (1000, 2, 0, 'system', 'user.created', 'done', '{}', $1)";
        app.db.execute(sql, args![vec![0_u8; 32]]).await.unwrap();
        for query in ["?limit=100", "?act=user.created", "?q=user"] {
            let answer = read(&app, &token, query).await;
            let data = answer.body["data"].as_array().unwrap();
            assert!(!data.is_empty() && data.iter().all(|entry| entry["no"] != 1_000));
        }
    })
    .await;
}

#[tokio::test]
async fn a_file_has_every_entry_no_formula_and_leaves_an_entry_itself() {
    on_each_engine(async |app| {
        let token = app.token_of(Role::Auditor).await;
        let hostile = app.from("203.0.113.5", "=cmd|' /C calc'!A0, \"x\"");
        for _ in 0..1_001 {
            hostile.log_in("auditor@example.com", "wrong").await;
        }
        let entries = usize::try_from(verify_audit(&app.db).await.unwrap().entries).unwrap();

        let (headers, csv) = app.file(request(&token, "", Some("text/csv"))).await;
        assert_eq!(
            headers["content-type"],
            "text/csv; charset=utf-8; header=present"
        );
        assert_eq!(
            headers["content-disposition"],
            "attachment; filename=\"audit.csv\""
        );
        let lines: Vec<_> = csv.split_terminator("\r\n").collect();
        assert_eq!(lines.len(), entries + 1);
        assert!(lines[0].starts_with("no,time,actor_kind,"));
        assert!(
            lines[1].contains(",\"'=cmd|' /C calc'!A0, \"\"x\"\"\","),
            "{}",
            lines[1]
        );

        let query = "?outcome=refused";
        let (_, text) = app
            .file(request(&token, query, Some("application/x-ndjson")))
            .await;
        let lines: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), 1_001);
        assert!(lines.iter().all(|entry| entry["act"] == "login.failed"));

        let exports = read(&app, &token, "?act=audit.exported").await;
        let formats: Vec<_> = exports.body["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["details"]["format"].clone())
            .collect();
        assert_eq!(formats, ["ndjson", "csv"]);
        let answer = app.log_in("auditor@example.com", PASSWORD).await;
        assert_eq!(answer.status, 200);
    })
    .await;
}
