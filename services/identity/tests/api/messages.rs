//! Mails: written with what they tell of, sent at least once, sealed while they wait, erased
//! afterwards; and the link in the first of them.

use std::sync::atomic::Ordering;

use db::args;
use values::{DAY, SECOND};

use crate::support::{Answer, App, Mail, on_each_engine};

/// The path and query of the link in a mail.
fn link(mail: &Mail) -> String {
    let (_, rest) = mail.text.split_once("http://127.0.0.1:8080").unwrap();
    rest.split_whitespace().next().unwrap().to_owned()
}

/// Registers somebody and takes their mail.
async fn mailed(app: &App, email: &str) -> (String, Mail) {
    let access = app.registered(email).await.access;
    app.service.deliver_messages().await.unwrap();
    let mails = app.inbox.take();
    assert_eq!(mails.len(), 1);
    (access, mails.into_iter().next().unwrap())
}

async fn is_verified(app: &App, access: &str) -> bool {
    app.me(access).await.body["email_verified"] == true
}

async fn count(app: &App, sql: &'static str) -> i64 {
    app.db.fetch_one::<(i64,)>(sql, vec![]).await.unwrap().0
}

fn refused(answer: &Answer) {
    assert_eq!(answer.refusal(), (422, "invalid_link"));
}

#[tokio::test]
async fn the_link_that_is_mailed_shows_that_the_email_is_theirs_once() {
    on_each_engine(async |app| {
        let (access, mail) = mailed(&app, "Ann@example.com").await;
        assert_eq!(mail.to, "Ann@example.com");
        assert!(mail.id.starts_with("msg_"));
        assert!(!is_verified(&app, &access).await);
        assert_eq!(app.follow(&link(&mail)).await.status, 204);
        assert!(is_verified(&app, &access).await);
        refused(&app.follow(&link(&mail)).await);
        let told = "SELECT count(*) FROM audit_entries WHERE act = 'email.verified' AND subject IS NOT NULL";
        assert_eq!(count(&app, told).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_link_that_is_none_confirms_nothing() {
    on_each_engine(async |app| {
        let (access, mail) = mailed(&app, "ann@example.com").await;
        let path = "/api/v1/auth/verify-email";
        for token in ["", "pfo_", "x", "%F0%9F%98%80", &"x".repeat(5_000)] {
            refused(&app.follow(&format!("{path}?token={token}")).await);
        }
        for (query, code) in [
            ("", "missing_parameter"),
            ("?token=a&user=b", "unknown_parameter"),
            ("?token=%00", "invalid_character"),
        ] {
            let answer = app.get(&format!("{path}{query}")).await;
            assert_eq!(answer.refusal(), (400, code), "{query}");
        }
        app.clock.advance(DAY);
        refused(&app.follow(&link(&mail)).await);
        assert!(
            app.service
                .verify_email("pfo_", &testkit::client())
                .await
                .is_err()
        );
        app.clock.advance(-DAY);
        assert!(!is_verified(&app, &access).await);
    })
    .await;
}

#[tokio::test]
async fn a_link_confirms_only_the_address_that_it_was_mailed_to() {
    on_each_engine(async |app| {
        let (access, mail) = mailed(&app, "ann@example.com").await;
        let sql =
            "UPDATE users SET email = 'eve@example.com', email_normalised = 'eve@example.com'";
        app.db.execute(sql, vec![]).await.unwrap();
        refused(&app.follow(&link(&mail)).await);
        assert!(!is_verified(&app, &access).await);
    })
    .await;
}

#[tokio::test]
async fn a_registration_that_is_refused_mails_nobody() {
    on_each_engine(async |app| {
        mailed(&app, "ann@example.com").await;
        assert_eq!(app.register("ANN@example.com").await.status, 409);
        app.service.deliver_messages().await.unwrap();
        assert_eq!(app.inbox.take(), []);
    })
    .await;
}

#[tokio::test]
async fn a_mail_that_waits_is_sealed_and_one_that_is_sent_is_erased() {
    on_each_engine(async |app| {
        app.registered("ann@example.com").await;
        let sql = "SELECT data FROM messages";
        let (data,): (Vec<u8>,) = app.db.fetch_one(sql, vec![]).await.unwrap();
        for secret in [&b"pfo_"[..], b"http", b"token"] {
            assert!(!data.windows(secret.len()).any(|bytes| bytes == secret));
        }
        app.service.deliver_messages().await.unwrap();
        assert_eq!(app.inbox.take().len(), 1);
        let erased = "SELECT count(*) FROM messages
            WHERE data IS NULL AND address IS NULL AND due_at IS NULL AND sent_at IS NOT NULL";
        assert_eq!(count(&app, erased).await, 1);
        app.service.deliver_messages().await.unwrap();
        assert_eq!(app.inbox.take(), []);

        app.clock.advance(30 * DAY);
        app.delete_expired().await;
        assert_eq!(count(&app, "SELECT count(*) FROM messages").await, 0);
        assert_eq!(count(&app, "SELECT count(*) FROM one_time_tokens").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_mail_that_cannot_be_sent_comes_again_later_under_the_same_id() {
    on_each_engine(async |app| {
        app.inbox.closed.store(true, Ordering::SeqCst);
        app.registered("ann@example.com").await;
        app.service.deliver_messages().await.unwrap();
        app.inbox.closed.store(false, Ordering::SeqCst);
        app.clock.advance(10 * SECOND - 1);
        app.service.deliver_messages().await.unwrap();
        assert_eq!(app.inbox.take(), [], "not yet");
        app.clock.advance(1);
        app.service.deliver_messages().await.unwrap();
        assert_eq!(app.inbox.take().len(), 1);
        assert_eq!(count(&app, "SELECT attempts FROM messages").await, 2);
    })
    .await;
}

#[tokio::test]
async fn one_mail_that_cannot_be_sent_does_not_hold_the_others_up() {
    on_each_engine(async |app| {
        app.registered("ann@example.com").await;
        let damage = "UPDATE messages SET data = $1";
        app.db.execute(damage, args![vec![1; 60]]).await.unwrap();
        app.registered("bob@example.com").await;
        app.service.deliver_messages().await.unwrap();
        let mails = app.inbox.take();
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].to, "bob@example.com");
    })
    .await;
}

#[tokio::test]
async fn a_clock_that_is_days_ahead_for_a_while_neither_gives_a_mail_up_nor_puts_it_off() {
    on_each_engine(async |app| {
        app.inbox.closed.store(true, Ordering::SeqCst);
        app.registered("ann@example.com").await;
        app.clock.step(40 * DAY);
        app.registered("bob@example.com").await;
        app.service.deliver_messages().await.unwrap();
        assert_eq!(count(&app, "SELECT max(attempts) FROM messages").await, 1);
        app.inbox.closed.store(false, Ordering::SeqCst);
        app.clock.step(-40 * DAY);
        app.service.deliver_messages().await.unwrap();
        assert_eq!(app.inbox.take().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_mail_that_another_node_puts_off_by_a_clock_that_is_a_little_ahead_waits() {
    on_each_engine(async |app| {
        app.registered("ann@example.com").await;
        let (longest, ahead) = (3_600, 600);
        let put_off = "UPDATE messages SET due_at = due_at + $1";
        let args = args![(longest + ahead) * SECOND];
        app.db.execute(put_off, args).await.unwrap();
        app.service.deliver_messages().await.unwrap();
        assert_eq!(app.inbox.take(), []);
    })
    .await;
}

#[tokio::test]
async fn after_three_days_of_attempts_a_mail_is_given_up_and_erased() {
    on_each_engine(async |app| {
        app.inbox.closed.store(true, Ordering::SeqCst);
        app.registered("ann@example.com").await;
        for _ in 0..81 {
            let waits = "SELECT count(*) FROM messages WHERE due_at IS NOT NULL";
            assert_eq!(count(&app, waits).await, 1);
            app.service.deliver_messages().await.unwrap();
            app.clock.advance(3_600 * SECOND);
        }
        let given_up = "SELECT count(*) FROM messages
            WHERE data IS NULL AND address IS NULL AND due_at IS NULL AND sent_at IS NULL";
        assert_eq!(count(&app, given_up).await, 1);
        app.inbox.closed.store(false, Ordering::SeqCst);
        app.clock.advance(DAY);
        app.service.deliver_messages().await.unwrap();
        assert_eq!(app.inbox.take(), []);
    })
    .await;
}

#[tokio::test]
async fn two_nodes_send_each_mail_once_where_neither_fails() {
    on_each_engine(async |app| {
        let other = app.another_node().await;
        for name in 0..10 {
            app.registered(&format!("ann{name}@example.com")).await;
        }
        let (one, two) = tokio::join!(
            app.service.deliver_messages(),
            other.service.deliver_messages()
        );
        assert!(one.is_ok() && two.is_ok());
        let mut to: Vec<_> = [app.inbox.take(), other.inbox.take()]
            .concat()
            .into_iter()
            .map(|mail| mail.to)
            .collect();
        assert_eq!(to.len(), 10);
        to.sort();
        to.dedup();
        assert_eq!(to.len(), 10);
    })
    .await;
}

#[tokio::test]
async fn the_background_work_sends_by_itself() {
    on_each_engine(async |app| {
        app.registered("ann@example.com").await;
        let background = app.service.start_background();
        while app.inbox.take().is_empty() {
            tokio::task::yield_now().await;
        }
        drop(background);
    })
    .await;
}
