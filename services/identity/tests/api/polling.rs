//! What a node knows of sessions that end on others: as long as its background reads them, whatever
//! else stands still, and where it does not, by asking the database for each request.

use std::time::Duration;

use access::{AuthenticationError, Authenticator};
use axum::body::Body;
use axum::http::{Request, header};
use db::{Db, args};
use identity::KeyRotation;
use serde_json::json;
use tokio::time::timeout;
use values::SECOND;

use crate::support::{App, PASSWORD, on_each_engine};

/// The default of `identity.ended_sessions_max_age_s`.
const MAX_AGE: i64 = 30 * SECOND;

/// What the node says of its polling to `/health`.
async fn health(app: &App) -> Result<(), String> {
    app.check("ended_sessions").await
}

/// Waits until the maintenance of a node waits for a row that somebody holds.
async fn is_held_up(app: &App) {
    let sql = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'UPDATE sessions SET last_used_at%'";
    while app.db.fetch_one::<(i64,)>(sql, args![]).await.unwrap().0 == 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_row_that_somebody_holds_delays_no_end_of_a_session() {
    on_each_engine(async |app| {
        // On SQLite, nobody holds a row.
        if !matches!(app.db, Db::Postgres(_)) {
            return;
        }
        let ann = app.registered("ann@example.com").await;
        let bob = app.registered("bob@example.com").await;
        let other = app.another_node().await;
        app.clock.advance(SECOND);
        for tokens in [&ann, &bob] {
            assert_eq!(other.me(&tokens.access).await.status, 200);
        }
        let mut tx = app.db.begin().await.unwrap();
        let hold = "UPDATE sessions SET last_used_at = last_used_at WHERE user_id = \
                    (SELECT id FROM users WHERE email_normalised = 'ann@example.com')";
        assert_eq!(tx.execute(hold, args![]).await.unwrap(), 1);
        let background = other.service.start_background();
        let seen = timeout(Duration::from_secs(20), async {
            is_held_up(&app).await;
            assert_eq!(app.log_out(&bob.refresh).await, 204);
            while other.me(&bob.access).await.status == 200 {
                tokio::task::yield_now().await;
            }
        });
        assert!(
            seen.await.is_ok(),
            "the end was not seen, or nothing was held up"
        );
        assert_eq!(other.me(&ann.access).await.status, 200);
        drop((background, tx));
    })
    .await;
}

#[tokio::test]
async fn a_node_that_has_not_read_the_ends_for_long_reads_them_for_each_request() {
    on_each_engine(async |app| {
        let other = app.another_node().await;
        let tokens = app.registered("ann@example.com").await;
        let body = json!({"email": "ann@example.com", "password": PASSWORD, "session": "cookie"});
        let browser = app.post("/api/v1/auth/login", body).await;
        let all = browser.headers.get_all(header::SET_COOKIE).into_iter();
        let cookies = all.map(|value| value.to_str().unwrap().split(';').next().unwrap());
        let cookies = cookies.collect::<Vec<_>>().join("; ");
        let with_cookies = async || {
            let request = Request::get("/api/v1/auth/me").header(header::COOKIE, &cookies);
            other.send(request.body(Body::empty()).unwrap()).await
        };
        app.clock.advance(MAX_AGE - SECOND);
        assert_eq!(other.me(&tokens.access).await.status, 200);
        assert_eq!(with_cookies().await.status, 200);
        let me = app.me(&tokens.access).await;
        assert_eq!(me.status, 200);
        let ended = app.send_as(
            "DELETE",
            &tokens.access,
            "/api/v1/auth/sessions?all=true",
            String::new(),
        );
        assert_eq!(ended.await.status, 204);
        assert_eq!(other.me(&tokens.access).await.status, 200, "not polled yet");
        assert_eq!(with_cookies().await.status, 200, "not polled yet");
        assert_eq!(health(&other).await, Ok(()));

        app.clock.advance(SECOND + 1);
        assert_eq!(other.me(&tokens.access).await.status, 401);
        assert_eq!(with_cookies().await.status, 401);
        let told = health(&other).await.unwrap_err();
        assert!(told.contains("was last read 30 s ago"), "{told}");
        let background = other.service.start_background();
        while health(&other).await.is_err() {
            tokio::task::yield_now().await;
        }
        drop(background);
    })
    .await;
}

#[tokio::test]
async fn a_node_that_has_not_read_the_keys_for_long_accepts_nothing_that_a_leaked_one_signed() {
    on_each_engine(async |app| {
        let other = app.another_node().await;
        let tokens = app.registered("ann@example.com").await;
        assert_eq!(other.me(&tokens.access).await.status, 200);
        app.service.rotate_keys(KeyRotation::Leaked).await.unwrap();
        assert_eq!(other.me(&tokens.access).await.status, 200, "not polled yet");
        app.clock.advance(MAX_AGE + 1);
        assert_eq!(other.me(&tokens.access).await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn a_node_that_cannot_reach_the_database_for_long_accepts_no_token() {
    on_each_engine(async |app| {
        let tokens = app.registered("ann@example.com").await;
        let client = testkit::client();
        let ask = async || app.service.authenticate(&tokens.access, &client).await;
        assert!(ask().await.is_ok());
        app.db.close().await;
        app.clock.advance(MAX_AGE);
        assert!(ask().await.is_ok());
        app.clock.advance(1);
        let refused = ask().await;
        assert!(matches!(refused, Err(AuthenticationError::Unavailable)));
        let refused = app.me(&tokens.access).await;
        assert_eq!(refused.status, 503, "{:?}", refused.body);
        assert!(health(&app).await.is_err());
    })
    .await;
}
