//! Logging out.

use axum::body::Body;
use axum::http::Request;

use crate::fake_browser::bearer;
use crate::support::on_each_engine;

#[tokio::test]
async fn a_logout_stops_access_tokens_at_once() {
    on_each_engine(async |app| {
        let first = app.registered("ann@example.com").await;
        let second = app.refresh(&first.refresh).await.tokens();
        assert_eq!(
            app.me(&first.access).await.status,
            200,
            "verified, so in memory"
        );
        assert_eq!(app.log_out(&second.refresh).await, 204);
        for tokens in [first, second] {
            assert_eq!(
                app.me(&tokens.access).await.refusal(),
                (401, "unauthenticated")
            );
            assert_eq!(
                app.refresh(&tokens.refresh).await.refusal(),
                (401, "unauthenticated")
            );
        }
    })
    .await;
}

#[tokio::test]
async fn any_refresh_token_of_a_session_logs_out_and_does_so_twice() {
    on_each_engine(async |app| {
        let first = app.registered("ann@example.com").await;
        let second = app.refresh(&first.refresh).await.tokens();
        assert_eq!(app.log_out(&first.refresh).await, 204);
        assert_eq!(app.me(&second.access).await.status, 401);
        assert_eq!(app.log_out(&second.refresh).await, 204);
    })
    .await;
}

#[tokio::test]
async fn an_unknown_token_logs_nobody_out() {
    on_each_engine(async |app| {
        let tokens = app.registered("ann@example.com").await;
        for unknown in ["", "pfr_unknown", &tokens.access] {
            assert_eq!(app.log_out(unknown).await, 204);
        }
        assert_eq!(app.me(&tokens.access).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_logout_without_a_body_ends_the_session_that_asks() {
    on_each_engine(async |app| {
        let tokens = app.registered("ann@example.com").await;
        let path = "/api/v1/auth/logout";
        let nobody = Request::post(path).body(Body::empty()).unwrap();
        assert_eq!(app.send(nobody).await.refusal(), (401, "unauthenticated"));
        assert_eq!(bearer(&app, "POST", path, &tokens.access).await.status, 204);
        assert_eq!(app.me(&tokens.access).await.status, 401);
        assert_eq!(app.refresh(&tokens.refresh).await.status, 401);
        let text = app.post_text(path, "{").await;
        assert_eq!(text.status, 400, "a body that is there is read");
    })
    .await;
}
