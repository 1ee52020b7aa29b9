//! Messages from an event, or from another service, to a mail server: who gets which, once.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use contracts::events::Party;
use contracts::identity::OrgId;
use contracts::notifications::{DirectMessage, MessageId, Messages};
use notifications::{Config, EmailConfig, SmtpConfig, Tls};
use platform::clock::Clock;
use serde_json::{Value, json};
use testkit::{Engine, engines};
use uuid::Uuid;
use values::{DAY, SECOND};

use crate::smtp_server::{Received, SmtpServer};
use crate::support::{App, user};

pub const TXN: &str = "txn_01k9zv5rhcfb9s6yvp8g0vq3wb";

/// Notifications that send by a server.
pub async fn with_server(engine: Engine) -> (App, Arc<SmtpServer>) {
    let server = SmtpServer::start().await;
    let app = App::with(engine, config(server.port, 0)).await;
    (app, server)
}

/// Settings with a server, and perhaps another one.
pub fn config(port: u16, fallback: u16) -> Config {
    let server = |port: u16| SmtpConfig {
        host: if port == 0 {
            String::new()
        } else {
            "127.0.0.1".to_owned()
        },
        port,
        tls: Tls::None,
        user: String::new(),
        password: String::new().into(),
        ca_file: String::new(),
        timeout_ms: 2_000,
        connections: 2,
    };
    Config {
        public_url: "https://pay.example".to_owned(),
        email: EmailConfig {
            from: "PayFlow <payflow@example.com>".to_owned(),
            provider: vec!["smtp".to_owned()],
            folder: String::new(),
            smtp: server(port),
            fallback: server(fallback),
        },
        ..Config::default()
    }
}

/// Commits an event and has what follows from it sent.
pub async fn happens(app: &App, kind: &str, parties: &[(Party, &str)], data: Value) {
    app.feed.push(kind, TXN, parties, data);
    app.service.catch_up().await.unwrap();
    app.service.send_messages().await.unwrap();
}

pub async fn transfer(app: &App) {
    let parties = [(Party::Payer, "ann"), (Party::Payee, "bob")];
    let data =
        json!({"type": "transfer", "amount": "12.50", "currency": "USD", "description": "Tea"});
    happens(app, "transaction.completed", &parties, data).await;
}

/// A message from another service.
pub fn direct(app: &App, id: u128, kind: &str, data: Value) -> DirectMessage {
    DirectMessage {
        id: MessageId(Uuid::from_u128(id)),
        org: OrgId::DEFAULT,
        user: None,
        address: "new@example.com".to_owned(),
        kind: kind.to_owned(),
        data,
        at: app.clock.now(),
    }
}

/// Where messages went, in order.
pub fn to(received: &[Received]) -> Vec<&str> {
    let mut to: Vec<_> = received.iter().map(|mail| mail.to.as_str()).collect();
    to.sort_unstable();
    to
}

pub async fn count(app: &App, sql: &'static str) -> i64 {
    app.db.fetch_one::<(i64,)>(sql, vec![]).await.unwrap().0
}

/// What became of the messages, in order of their addresses.
pub async fn states(app: &App) -> Vec<(String, String)> {
    let sql = "SELECT state, coalesce(error, '') FROM deliveries ORDER BY message";
    app.db.fetch_all(sql, vec![]).await.unwrap()
}

#[tokio::test]
async fn both_sides_of_a_transfer_get_a_mail_of_their_own_once() {
    for engine in engines() {
        let (app, server) = with_server(engine).await;
        transfer(&app).await;
        let mails = server.take();
        assert_eq!(to(&mails), ["ann@example.com", "bob@example.com"]);
        let bobs = mails
            .iter()
            .find(|mail| mail.to == "bob@example.com")
            .unwrap();
        assert_eq!(
            bobs.header("Subject").unwrap(),
            "12.50 USD from ann Example"
        );
        assert_eq!(bobs.header("To").unwrap(), "bob@example.com");
        let id = bobs.header("Message-ID").unwrap();
        assert!(
            id.starts_with("<msg_") && id.ends_with("@example.com>"),
            "{id}"
        );
        for part in [
            "Hello bob Example,",
            "Amount: 12.50 USD",
            "Description: Tea",
            TXN,
            "UTC",
        ] {
            assert!(bobs.text.contains(part), "{part}: {}", bobs.text);
        }
        let rewind = "UPDATE consumers SET position = 0";
        app.db.execute(rewind, vec![]).await.unwrap();
        app.service.catch_up().await.unwrap();
        app.service.send_messages().await.unwrap();
        assert_eq!(server.take().len(), 0);
        let erased = "SELECT count(*) FROM messages m JOIN deliveries d ON d.message = m.id WHERE m.data IS NULL
            AND d.state = 'sent' AND d.provider = 'smtp' AND d.provider_id = '2.0.0 queued as 4711'";
        assert_eq!(count(&app, erased).await, 2);
    }
}

/// They are written sixteen at a time: some of them are there already, others are not.
#[tokio::test]
async fn what_is_told_anew_among_new_events_is_one_mail_each() {
    for engine in engines() {
        let (app, server) = with_server(engine).await;
        let parties = [(Party::Payer, "ann"), (Party::Payee, "bob")];
        let data = json!({"type": "transfer", "amount": "12.50", "currency": "USD"});
        for done in [5, 40] {
            for number in 0..done {
                let txn = format!("txn_{done}_{number}");
                let kind = "transaction.completed";
                app.feed.push(kind, &txn, &parties, data.clone());
            }
            let rewind = "UPDATE consumers SET position = 0";
            app.db.execute(rewind, vec![]).await.unwrap();
            app.service.catch_up().await.unwrap();
            app.service.send_messages().await.unwrap();
            assert_eq!(server.take().len(), 2 * done);
        }
        let deliveries = "SELECT count(*) FROM deliveries WHERE state = 'sent'";
        assert_eq!(count(&app, deliveries).await, 90);
    }
}

#[tokio::test]
async fn a_mail_comes_in_the_language_of_its_reader() {
    for engine in engines() {
        let (app, server) = with_server(engine).await;
        app.village
            .change("bob", |bob| bob.locale = "de-AT".to_owned());
        app.village
            .change("ann", |ann| ann.name = "Zo\u{eb} <b>".to_owned());
        transfer(&app).await;
        let mails = server.take();
        let bobs = mails
            .iter()
            .find(|mail| mail.to == "bob@example.com")
            .unwrap();
        let subject = bobs.header("Subject").unwrap();
        assert!(
            subject.contains("=?utf-8?") && bobs.text.is_ascii(),
            "{subject}"
        );
        let (_, html) = bobs.text.split_once("text/html").unwrap();
        assert!(
            html.contains("&lt;b&gt;") && !html.contains("<b>"),
            "{html}"
        );
        assert_eq!(
            count(&app, "SELECT count(*) FROM messages WHERE language = 'de'").await,
            1
        );
        let list = app.get("bob", "/notifications").await;
        assert_eq!(list["data"][0]["title"], "12,50 USD von Zo\u{eb} <b>");
    }
}

#[tokio::test]
async fn a_message_of_another_service_is_sealed_while_it_waits_and_sent_once_under_its_id() {
    for engine in engines() {
        let (app, server) = with_server(engine).await;
        let link = "https://pay.example/api/v1/auth/verify-email?token=pfo_secret";
        let message = direct(&app, 7, "verify_email", json!({ "link": link }));
        for _ in 0..2 {
            app.service.accept(&message).await.unwrap();
        }
        let sql = "SELECT m.data, d.address FROM messages m JOIN deliveries d ON d.message = m.id";
        let (data, address): (Vec<u8>, Vec<u8>) = app.db.fetch_one(sql, vec![]).await.unwrap();
        for (kept, secret) in [(&data, &b"pfo_"[..]), (&data, b"http"), (&address, b"new@")] {
            assert!(!kept.windows(secret.len()).any(|bytes| bytes == secret));
        }
        app.service.send_messages().await.unwrap();
        app.service.accept(&message).await.unwrap();
        app.service.send_messages().await.unwrap();
        let mails = server.take();
        assert_eq!(to(&mails), ["new@example.com"]);
        assert!(
            mails[0].text.contains(&format!("\r\n\r\n{link}\r\n\r\n")),
            "{}",
            mails[0].text
        );
        let id = format!("<{}@example.com>", message.id);
        assert_eq!(mails[0].header("Message-ID").unwrap(), id);
        assert_eq!(mails[0].header("List-Unsubscribe"), None);
        let erased = "SELECT count(*) FROM messages m JOIN deliveries d ON d.message = m.id
            WHERE m.data IS NULL AND d.address IS NULL AND d.shown = 'n***@example.com'";
        assert_eq!(count(&app, erased).await, 1);
        let unknown = direct(&app, 8, "money_sent", json!({}));
        assert!(app.service.accept(&unknown).await.is_err());
    }
}

#[tokio::test]
async fn what_is_not_wanted_or_cannot_be_is_suppressed_and_what_is_essential_is_not() {
    for engine in engines() {
        let (app, server) = with_server(engine).await;
        let frozen = async |app: &App, who: &str| {
            happens(app, "wallet.frozen", &[(Party::Owner, who)], json!({})).await;
        };
        app.village
            .change("ann", |ann| ann.notifications_enabled = false);
        app.village.change("bob", |bob| bob.email_verified = false);
        transfer(&app).await;
        assert_eq!(server.take().len(), 0);
        frozen(&app, "ann").await;
        frozen(&app, "bob").await;
        assert_eq!(to(&server.take()), ["ann@example.com"]);
        happens(&app, "user.registered", &[(Party::Owner, "bob")], json!({})).await;
        let welcome = server.take();
        assert_eq!(to(&welcome), ["bob@example.com"]);
        // A name that anybody may have typed beside that address is not in it.
        assert!(
            !welcome[0].text.contains("bob Example"),
            "{}",
            welcome[0].text
        );
        app.village.close("ann");
        frozen(&app, "ann").await;
        assert_eq!(server.take().len(), 0);
        let mut reasons: Vec<_> = states(&app).await.into_iter().map(|(_, why)| why).collect();
        reasons.sort();
        let expected = [
            "",
            "",
            "the account is closed",
            "the address is not confirmed",
            "the address is not confirmed",
            "the user wants no notifications",
        ];
        assert_eq!(reasons, expected);
        assert_eq!(
            count(&app, "SELECT count(*) FROM messages WHERE data IS NOT NULL").await,
            0
        );
    }
}

#[tokio::test]
async fn what_identity_mails_itself_is_told_in_the_app_only() {
    for engine in engines() {
        let (app, server) = with_server(engine).await;
        for kind in [
            "session.new_device",
            "credential.changed",
            "api_key.created",
            "user.email_changed",
        ] {
            happens(&app, kind, &[(Party::Owner, "ann")], json!({})).await;
        }
        assert_eq!(server.take().len(), 0);
        assert_eq!(count(&app, "SELECT count(*) FROM messages").await, 0);
        assert_eq!(app.get("ann", "/notifications").await["unread"], 4);
    }
}

#[tokio::test]
async fn a_stranger_who_keeps_failing_to_log_in_cannot_flood_a_mailbox() {
    for engine in engines() {
        let (app, server) = with_server(engine).await;
        for _ in 0..3 {
            happens(&app, "login.locked", &[(Party::Owner, "ann")], json!({})).await;
        }
        assert_eq!(server.take().len(), 1);
        app.clock.advance(DAY);
        happens(&app, "login.locked", &[(Party::Owner, "ann")], json!({})).await;
        assert_eq!(server.take().len(), 1);
    }
}

#[tokio::test]
async fn a_closed_account_is_forgotten_and_still_told_that_it_is_closed() {
    for engine in engines() {
        let (app, server) = with_server(engine).await;
        let mut link = direct(
            &app,
            1,
            "reset_password",
            json!({"link": "https://pay.example/x"}),
        );
        link.user = Some(user("ann"));
        let mut closed = direct(&app, 2, "account_closed", json!({}));
        closed.user = Some(user("ann"));
        transfer(&app).await;
        server.take();
        for message in [&link, &closed] {
            app.service.accept(message).await.unwrap();
        }
        app.village.close("ann");
        app.feed
            .push("user.closed", TXN, &[(Party::Owner, "ann")], json!({}));
        app.service.catch_up().await.unwrap();
        app.service.send_messages().await.unwrap();
        let mails = server.take();
        assert_eq!(mails.len(), 1);
        assert_eq!(
            mails[0].header("Subject").unwrap(),
            "Your account is closed"
        );
        let left = "SELECT count(*) FROM deliveries d JOIN messages m ON m.id = d.message
            WHERE m.kind <> 'account_closed' AND m.kind <> 'money_received' AND (d.shown IS NOT NULL OR m.data IS NOT NULL)";
        assert_eq!(count(&app, left).await, 0);
        assert_eq!(count(&app, "SELECT count(*) FROM notifications").await, 1);
    }
}

#[tokio::test]
async fn where_identity_does_not_answer_a_message_waits() {
    for engine in engines() {
        let (app, server) = with_server(engine).await;
        app.village.away.store(true, Ordering::SeqCst);
        transfer(&app).await;
        assert_eq!(server.take().len(), 0);
        app.village.away.store(false, Ordering::SeqCst);
        app.clock.advance(10 * SECOND);
        app.service.send_messages().await.unwrap();
        assert_eq!(server.take().len(), 2);
    }
}

#[tokio::test]
async fn what_is_old_is_erased_and_then_forgotten() {
    for engine in engines() {
        let (app, server) = with_server(engine).await;
        server.next(&[crate::smtp_server::With::Recipient("550 5.1.1 who")]);
        let message = direct(&app, 1, "account_closed", json!({}));
        app.service.accept(&message).await.unwrap();
        app.service.send_messages().await.unwrap();
        let kept = "SELECT count(*) FROM messages m JOIN deliveries d ON d.message = m.id
            WHERE m.data IS NOT NULL AND d.address IS NOT NULL";
        app.service.delete_old().await.unwrap();
        assert_eq!(count(&app, kept).await, 1);
        app.clock.advance(7 * DAY);
        app.service.delete_old().await.unwrap();
        assert_eq!(count(&app, kept).await, 0);
        assert_eq!(count(&app, "SELECT count(*) FROM deliveries").await, 1);
        app.clock.advance(90 * DAY);
        app.service.delete_old().await.unwrap();
        assert_eq!(count(&app, "SELECT count(*) FROM deliveries").await, 0);
        assert_eq!(count(&app, "SELECT count(*) FROM messages").await, 0);
    }
}
