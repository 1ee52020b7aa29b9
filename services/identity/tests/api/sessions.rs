//! A user's own sessions: listed with device and last use, ended one by one or all.

use axum::body::Body;
use axum::http::{Request, header};
use serde_json::Value;
use values::{DAY, SECOND};

use crate::support::{Answer, App, PASSWORD, Tokens, on_each_engine};

const PATH: &str = "/api/v1/auth/sessions";

async fn with(app: &App, method: &str, path: &str, tokens: &Tokens) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::AUTHORIZATION, format!("Bearer {}", tokens.access))
        .body(Body::empty())
        .unwrap();
    app.send(request).await
}

async fn list(app: &App, tokens: &Tokens) -> Vec<Value> {
    let answer = with(app, "GET", PATH, tokens).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    answer.body["data"].as_array().unwrap().clone()
}

/// Ann with three logins, the newest last.
async fn logged_in_three_times(app: &App) -> [Tokens; 3] {
    let first = app.registered("ann@example.com").await;
    app.clock.advance(SECOND);
    let second = app.log_in("ann@example.com", PASSWORD).await.tokens();
    app.clock.advance(SECOND);
    let third = app.log_in("ann@example.com", PASSWORD).await.tokens();
    [first, second, third]
}

#[tokio::test]
async fn sessions_are_listed_with_device_and_address_and_the_own_one_is_marked() {
    on_each_engine(async |app| {
        let [_, second, _] = logged_in_three_times(&app).await;
        app.registered("bob@example.com").await;
        let sessions = list(&app, &second).await;
        let current: Vec<_> = sessions.iter().map(|one| &one["current"]).collect();
        assert_eq!(
            current,
            [false, true, false],
            "nobody else's, the newest first"
        );
        let one = &sessions[1];
        assert!(one["id"].as_str().unwrap().starts_with("ses_"));
        assert_eq!(
            (
                &one["kind"],
                &one["device"],
                &one["user_agent"],
                &one["address"]
            ),
            (
                &"tokens".into(),
                &"testkit".into(),
                &"testkit".into(),
                &"192.0.2.7".into()
            )
        );
        assert_eq!(one["created_at"], one["last_used_at"]);
    })
    .await;
}

#[tokio::test]
async fn a_long_list_comes_in_pages() {
    on_each_engine(async |app| {
        let [_, _, third] = logged_in_three_times(&app).await;
        let all = list(&app, &third).await;
        let first = with(&app, "GET", &format!("{PATH}?limit=2"), &third)
            .await
            .body;
        assert_eq!(first["data"].as_array().unwrap()[..], all[..2]);
        assert_eq!(first["has_more"], true);
        let cursor = first["next_cursor"].as_str().unwrap();
        let path = format!("{PATH}?limit=2&cursor={cursor}");
        let second = with(&app, "GET", &path, &third).await.body;
        assert_eq!(second["data"].as_array().unwrap()[..], all[2..]);
        assert_eq!(second["has_more"], false);
    })
    .await;
}

#[tokio::test]
async fn a_session_is_ended_by_another_of_its_user_and_its_tokens_stop_at_once() {
    on_each_engine(async |app| {
        let [first, second, _] = logged_in_three_times(&app).await;
        assert_eq!(
            app.me(&second.access).await.status,
            200,
            "and so remembered"
        );
        let id = list(&app, &second).await[1]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let path = format!("{PATH}/{id}");
        assert_eq!(with(&app, "DELETE", &path, &first).await.status, 204);
        assert_eq!(
            app.me(&second.access).await.refusal(),
            (401, "unauthenticated")
        );
        assert_eq!(app.refresh(&second.refresh).await.status, 401);
        assert_eq!(list(&app, &first).await.len(), 2);
        let twice = with(&app, "DELETE", &path, &first).await;
        assert_eq!(twice.refusal(), (404, "not_found"));
    })
    .await;
}

#[tokio::test]
async fn nobody_ends_or_sees_sessions_of_others() {
    on_each_engine(async |app| {
        let ann = app.registered("ann@example.com").await;
        let bob = app.registered("bob@example.com").await;
        let id = list(&app, &ann).await[0]["id"].as_str().unwrap().to_owned();
        let path = format!("{PATH}/{id}");
        let refused = with(&app, "DELETE", &path, &bob).await;
        assert_eq!(refused.refusal(), (404, "not_found"));
        // The same user in another organisation is somebody else.
        app.db
            .execute(
                "INSERT INTO organisations (no, name, slug, created_at) VALUES (2, 'two', 'two', 0)",
                vec![],
            )
            .await
            .unwrap();
        app.db
            .execute("UPDATE sessions SET org = 2", vec![])
            .await
            .unwrap();
        let refused = with(&app, "DELETE", &path, &ann).await;
        assert_eq!(refused.refusal(), (404, "not_found"));
        assert_eq!(list(&app, &ann).await.len(), 0);
        assert_eq!(with(&app, "DELETE", PATH, &bob).await.status, 204);
        assert_eq!(app.me(&ann.access).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn all_other_sessions_end_at_once_and_the_own_one_only_where_it_is_meant() {
    on_each_engine(async |app| {
        let [first, second, third] = logged_in_three_times(&app).await;
        let bob = app.registered("bob@example.com").await;
        assert_eq!(with(&app, "DELETE", PATH, &second).await.status, 204);
        for ended in [&first, &third] {
            assert_eq!(app.me(&ended.access).await.status, 401);
            assert_eq!(app.refresh(&ended.refresh).await.status, 401);
        }
        assert_eq!(app.me(&second.access).await.status, 200);
        let all = format!("{PATH}?all=true");
        assert_eq!(with(&app, "DELETE", &all, &second).await.status, 204);
        assert_eq!(app.me(&second.access).await.status, 401);
        assert_eq!(app.me(&bob.access).await.status, 200);
        let sql = "SELECT count(*) FROM audit_entries WHERE act = 'session.ended'";
        assert_eq!(app.db.fetch_one::<(i64,)>(sql, vec![]).await.unwrap(), (3,));
    })
    .await;
}

#[tokio::test]
async fn the_last_use_is_written_down_by_the_minute_and_at_each_refresh() {
    on_each_engine(async |app| {
        let tokens = app.registered("ann@example.com").await;
        let last_use = async || list(&app, &tokens).await[0]["last_used_at"].clone();
        let begun = last_use().await;
        app.clock.advance(30 * SECOND);
        assert_eq!(app.me(&tokens.access).await.status, 200);
        assert_eq!(last_use().await, begun, "not written yet");
        app.service.note_last_use().await.unwrap();
        let used = last_use().await;
        assert!(used.as_str() > begun.as_str(), "{used} {begun}");
        // Two nodes may write out of order.
        app.clock.advance(-10 * SECOND);
        assert_eq!(app.me(&tokens.access).await.status, 200);
        app.service.note_last_use().await.unwrap();
        assert_eq!(last_use().await, used);
        app.clock.advance(60 * SECOND);
        assert_eq!(app.refresh(&tokens.refresh).await.status, 200);
        assert!(last_use().await.as_str() > used.as_str());
    })
    .await;
}

#[tokio::test]
async fn what_has_ended_by_itself_is_not_listed() {
    on_each_engine(async |app| {
        app.registered("ann@example.com").await;
        app.clock.advance(30 * DAY + SECOND);
        let tokens = app.log_in("ann@example.com", PASSWORD).await.tokens();
        assert_eq!(
            list(&app, &tokens).await.len(),
            1,
            "the refresh token of the other has ended"
        );
    })
    .await;
}

#[tokio::test]
async fn bad_requests_are_refused() {
    on_each_engine(async |app| {
        let tokens = app.registered("ann@example.com").await;
        for (method, path, refusal) in [
            (
                "GET",
                format!("{PATH}?limit=0"),
                (422, "limit_out_of_range"),
            ),
            ("GET", format!("{PATH}?cursor=x"), (400, "invalid_cursor")),
            (
                "DELETE",
                format!("{PATH}/usr_00000000000000000000000000"),
                (400, "invalid_id"),
            ),
            ("DELETE", format!("{PATH}/x"), (400, "invalid_id")),
            (
                "DELETE",
                format!("{PATH}/ses_00000000000000000000000000"),
                (404, "not_found"),
            ),
        ] {
            assert_eq!(
                with(&app, method, &path, &tokens).await.refusal(),
                refusal,
                "{path}"
            );
        }
        let unknown = with(&app, "DELETE", &format!("{PATH}?al=true"), &tokens).await;
        assert_eq!(unknown.status, 400, "{:?}", unknown.body);
        assert_eq!(
            app.me(&tokens.access).await.status,
            200,
            "nothing was ended"
        );
        for path in [PATH, "/api/v1/auth/sessions?all=true"] {
            assert_eq!(app.get(path).await.refusal(), (401, "unauthenticated"));
        }
    })
    .await;
}
