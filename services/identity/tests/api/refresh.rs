//! Rotation of refresh tokens, and what happens when one is used twice.

use contracts::identity::{Identity, Role};
use platform::clock::{DAY, SECOND};

use crate::support::on_each_engine;

#[tokio::test]
async fn a_refresh_gives_new_tokens_for_the_same_session() {
    on_each_engine(async |app| {
        let first = app.registered("ann@example.com").await;
        app.clock.advance(10 * SECOND);
        let answer = app.refresh(&first.refresh).await;
        assert_eq!(answer.status, 200);
        assert_eq!(
            (&answer.body["token_type"], &answer.body["expires_in"]),
            (&"Bearer".into(), &900.into())
        );
        let second = answer.tokens();
        assert_ne!(second.refresh, first.refresh);
        assert_ne!(second.access, first.access);

        let of = async |token: &str| {
            app.service
                .authenticate(token, &testkit::client())
                .await
                .unwrap()
        };
        assert_eq!(
            of(&second.access).await,
            of(&first.access).await,
            "the old access token lives on"
        );
        assert_eq!(app.refresh(&second.refresh).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_second_use_of_a_refresh_token_ends_the_whole_family() {
    on_each_engine(async |app| {
        let first = app.registered("ann@example.com").await;
        let second = app.refresh(&first.refresh).await.tokens();
        let third = app.refresh(&second.refresh).await.tokens();
        assert_eq!(app.me(&third.access).await.status, 200);

        assert_eq!(
            app.refresh(&first.refresh).await.refusal(),
            (401, "unauthenticated")
        );
        for tokens in [first, second, third] {
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

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_refreshes_at_once_one_wins_and_the_other_ends_the_family() {
    on_each_engine(async |app| {
        let tokens = app.registered("ann@example.com").await;
        let (one, two) = tokio::join!(app.refresh(&tokens.refresh), app.refresh(&tokens.refresh));
        let (winner, loser) = if one.status == 200 {
            (one, two)
        } else {
            (two, one)
        };
        assert_eq!(winner.status, 200);
        assert_eq!(loser.refusal(), (401, "unauthenticated"));
        assert_eq!(app.me(&winner.tokens().access).await.status, 401);
        assert_eq!(app.refresh(&winner.tokens().refresh).await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn a_refresh_token_ends_when_it_is_not_used_for_thirty_days() {
    on_each_engine(async |app| {
        let mut tokens = app.registered("ann@example.com").await;
        app.clock.advance(30 * DAY - 1);
        tokens = app.refresh(&tokens.refresh).await.tokens();
        app.clock.advance(30 * DAY);
        assert_eq!(
            app.refresh(&tokens.refresh).await.refusal(),
            (401, "unauthenticated")
        );
    })
    .await;
}

#[tokio::test]
async fn a_session_ends_after_ninety_days_however_often_it_is_refreshed() {
    on_each_engine(async |app| {
        let mut tokens = app.registered("ann@example.com").await;
        for _ in 0..4 {
            app.clock.advance(20 * DAY);
            tokens = app.refresh(&tokens.refresh).await.tokens();
        }
        app.clock.advance(10 * DAY - 60 * SECOND);
        let last = app.refresh(&tokens.refresh).await;
        assert_eq!(
            last.body["expires_in"], 60,
            "no access token outlives its session"
        );
        app.clock.advance(60 * SECOND);
        assert_eq!(app.me(&last.tokens().access).await.status, 401);
        assert_eq!(
            app.refresh(&last.tokens().refresh).await.refusal(),
            (401, "unauthenticated")
        );
    })
    .await;
}

#[tokio::test]
async fn what_is_no_refresh_token_of_ours_is_refused() {
    on_each_engine(async |app| {
        let tokens = app.registered("ann@example.com").await;
        let long = "x".repeat(100_000);
        for token in [
            "",
            "pfr_",
            "' OR 1=1 --",
            &tokens.access,
            &tokens.refresh[4..],
            &long,
        ] {
            assert_eq!(app.refresh(token).await.refusal(), (401, "unauthenticated"));
        }
        assert_eq!(app.refresh(&tokens.refresh).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn refresh_tokens_are_not_stored() {
    on_each_engine(async |app| {
        let tokens = app.registered("ann@example.com").await;
        let rows: Vec<(Vec<u8>,)> = app
            .db
            .fetch_all("SELECT token_hash FROM refresh_tokens", vec![])
            .await
            .unwrap();
        let expected = blake3::hash(tokens.refresh.as_bytes());
        assert_eq!(rows, [(expected.as_bytes().to_vec(),)]);
    })
    .await;
}

#[tokio::test]
async fn a_refresh_looks_at_the_user_again() {
    on_each_engine(async |app| {
        let tokens = app.registered("ann@example.com").await;
        app.db
            .execute("UPDATE users SET role = 'merchant'", vec![])
            .await
            .unwrap();
        let tokens = app.refresh(&tokens.refresh).await.tokens();
        assert_eq!(
            app.service
                .authenticate(&tokens.access, &testkit::client())
                .await
                .unwrap()
                .role,
            Role::Merchant
        );
        app.suspend_all().await;
        assert_eq!(
            app.refresh(&tokens.refresh).await.refusal(),
            (401, "unauthenticated")
        );
    })
    .await;
}
