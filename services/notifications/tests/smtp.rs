//! Mail servers that are slow, go away in the middle, or refuse: what becomes of a message.

use notifications::Tls;
use serde_json::json;
use testkit::engines;
use values::{DAY, SECOND};

use crate::messages::{TXN, config, count, direct, states, to, with_server};
use crate::smtp_server::{SmtpServer, With};
use crate::support::App;
use contracts::events::Party;
use contracts::notifications::Messages;

async fn accept(app: &App, ids: impl IntoIterator<Item = u128>) {
    for id in ids {
        let message = direct(app, id, "account_closed", json!({}));
        app.service.accept(&message).await.unwrap();
    }
}

async fn send(app: &App) {
    app.service.send_messages().await.unwrap();
}

fn state(state: &str, reason: &str) -> (String, String) {
    (state.to_owned(), reason.to_owned())
}

#[tokio::test]
async fn a_refused_recipient_bounces_and_holds_up_nobody() {
    for engine in engines() {
        let (app, server) = with_server(engine).await;
        server.next(&[With::Recipient("550 5.1.1 <new@example.com> who is that")]);
        accept(&app, 1..=3).await;
        send(&app).await;
        assert_eq!(server.take().len(), 2);
        let states = states(&app).await;
        let bounced = state("bounced", "the recipient was refused (550)");
        assert_eq!(
            states.iter().filter(|found| **found == bounced).count(),
            1,
            "{states:?}"
        );
        app.clock.advance(DAY);
        send(&app).await;
        assert_eq!(server.take().len(), 0);
    }
}

#[tokio::test]
async fn a_greylisted_message_comes_again_later_under_the_same_id() {
    for engine in engines() {
        let (app, server) = with_server(engine).await;
        server.next(&[With::Recipient("451 4.7.1 try again later"); 2]);
        accept(&app, [1]).await;
        send(&app).await;
        let queued = state("queued", "the recipient was refused (451)");
        assert_eq!(states(&app).await, [queued]);
        app.clock.advance(10 * SECOND - 1);
        send(&app).await;
        app.clock.advance(1);
        send(&app).await;
        app.clock.advance(20 * SECOND - 1);
        send(&app).await;
        assert_eq!(server.take().len(), 0);
        app.clock.advance(1);
        send(&app).await;
        let mails = server.take();
        let id = "<msg_00000000000000000000000001@example.com>";
        assert_eq!(mails[0].header("Message-ID").unwrap(), id);
        assert_eq!(states(&app).await, [state("sent", "")]);
        assert_eq!(count(&app, "SELECT attempts FROM deliveries").await, 3);
    }
}

#[tokio::test]
async fn a_server_that_goes_away_in_the_middle_gets_the_message_again() {
    for engine in engines() {
        let (app, server) = with_server(engine).await;
        server.next(&[With::CloseAtContent, With::TakeAndClose]);
        accept(&app, [1]).await;
        send(&app).await;
        assert_eq!(
            states(&app).await,
            [state("queued", "the content was lost")]
        );
        app.clock.advance(10 * SECOND);
        send(&app).await;
        let first = server.take().remove(0);
        app.clock.advance(20 * SECOND);
        send(&app).await;
        let second = server.take().remove(0);
        // It may come twice, and is the same then.
        assert_eq!(first.text, second.text);
        assert_eq!(states(&app).await, [state("sent", "")]);
    }
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up_on_and_what_it_says_later_is_not_heard() {
    for engine in engines() {
        let server = SmtpServer::start().await;
        let mut config = config(server.port, 0);
        config.email.smtp.timeout_ms = 200;
        let app = App::with(engine, config).await;
        server.next(&[With::Hang]);
        accept(&app, [1]).await;
        send(&app).await;
        let late = state("queued", "the mail server took too long");
        assert_eq!(states(&app).await, [late]);
        app.clock.advance(10 * SECOND);
        send(&app).await;
        assert_eq!((server.take().len(), server.connections()), (1, 2));
        // The connection that was good is used again.
        accept(&app, [2]).await;
        send(&app).await;
        assert_eq!((server.take().len(), server.connections()), (1, 2));
    }
}

#[tokio::test]
async fn what_is_wrong_with_us_is_tried_again_and_what_is_wrong_with_the_content_is_not() {
    for engine in engines() {
        let (app, server) = with_server(engine).await;
        server.next(&[With::Sender("530 5.7.0 authentication required")]);
        accept(&app, [1]).await;
        send(&app).await;
        let refused = state("queued", "the sender was refused (530)");
        assert_eq!(states(&app).await, [refused]);
        server.next(&[With::Content("554 5.7.1 spam")]);
        app.clock.advance(10 * SECOND);
        send(&app).await;
        let refused = state("failed", "the content was refused (554)");
        assert_eq!(states(&app).await, [refused]);
    }
}

#[tokio::test]
async fn after_three_days_of_attempts_a_message_is_given_up() {
    for engine in engines() {
        // Nobody listens there.
        let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = server.local_addr().unwrap().port();
        drop(server);
        let app = App::with(engine, config(port, 0)).await;
        accept(&app, [1]).await;
        send(&app).await;
        let waiting = state("queued", "the connection was lost");
        assert_eq!(states(&app).await, [waiting]);
        for _ in 1..81 {
            assert_eq!(states(&app).await[0].0, "queued");
            app.clock.advance(3_600 * SECOND);
            send(&app).await;
        }
        let failed = state("failed", "the connection was lost");
        assert_eq!(states(&app).await, [failed]);
        assert_eq!(
            count(
                &app,
                "SELECT count(*) FROM deliveries WHERE due_at IS NOT NULL"
            )
            .await,
            0
        );
    }
}

#[tokio::test]
async fn a_clock_that_is_days_ahead_for_a_while_neither_gives_a_message_up_nor_puts_it_off() {
    for engine in engines() {
        let (app, server) = with_server(engine).await;
        server.next(&[With::Recipient("451 later")]);
        app.clock.step(40 * DAY);
        accept(&app, [1]).await;
        send(&app).await;
        assert_eq!(server.take().len(), 0);
        app.clock.step(-40 * DAY);
        send(&app).await;
        assert_eq!(server.take().len(), 1);
    }
}

#[tokio::test]
async fn what_one_server_does_not_take_another_does() {
    for engine in engines() {
        let (first, second) = (SmtpServer::start().await, SmtpServer::start().await);
        let app = App::with(engine, config(first.port, second.port)).await;
        first.next(&[With::Recipient("451 busy"), With::Recipient("550 who")]);
        accept(&app, [1]).await;
        send(&app).await;
        assert_eq!((first.take().len(), second.take().len()), (0, 1));
        let by = "SELECT count(*) FROM deliveries WHERE provider = 'fallback' AND state = 'sent'";
        assert_eq!(count(&app, by).await, 1);
        // A refusal for good is one.
        accept(&app, [2]).await;
        send(&app).await;
        assert_eq!((first.take().len(), second.take().len()), (0, 0));
    }
}

#[tokio::test]
async fn a_login_is_sent_where_there_is_a_user() {
    for engine in engines() {
        let server = SmtpServer::start().await;
        let mut config = config(server.port, 0);
        config.email.smtp.user = "mailer".to_owned();
        config.email.smtp.password = "geheim".to_owned().into();
        let app = App::with(engine, config).await;
        accept(&app, [1]).await;
        send(&app).await;
        assert_eq!(server.take().len(), 1);
        // RFC 4616: NUL, who, NUL, with what.
        assert_eq!(server.logins(), ["AUTH PLAIN AG1haWxlcgBnZWhlaW0="]);
    }
}

#[tokio::test]
async fn several_nodes_send_each_message_once() {
    for engine in engines() {
        let (app, server) = with_server(engine).await;
        accept(&app, 1..=20).await;
        let service = &app.service;
        let (one, two, three) = tokio::join!(
            service.send_messages(),
            service.send_messages(),
            service.send_messages()
        );
        assert!(one.is_ok() && two.is_ok() && three.is_ok());
        let mails = server.take();
        let mut ids: Vec<_> = mails
            .iter()
            .map(|mail| mail.header("Message-ID").unwrap())
            .collect();
        ids.sort();
        ids.dedup();
        assert_eq!((mails.len(), ids.len()), (20, 20));
    }
}

#[tokio::test]
async fn what_a_node_had_that_died_is_sent_by_another() {
    for engine in engines() {
        let (app, server) = with_server(engine).await;
        accept(&app, [1]).await;
        let taken = "UPDATE deliveries SET attempts = 1, due_at = due_at + 300000000";
        app.db.execute(taken, vec![]).await.unwrap();
        send(&app).await;
        assert_eq!(server.take().len(), 0);
        app.clock.advance(300 * SECOND);
        send(&app).await;
        assert_eq!(server.take().len(), 1);
    }
}

#[tokio::test]
async fn what_a_newer_version_has_queued_waits_for_it_and_holds_up_nobody() {
    for engine in engines() {
        let (app, server) = with_server(engine).await;
        accept(&app, [1]).await;
        let newer = "UPDATE deliveries SET channel = 'pigeon'";
        app.db.execute(newer, vec![]).await.unwrap();
        accept(&app, [2, 3]).await;
        let newer = "UPDATE messages SET kind = 'news'
            WHERE id = (SELECT id FROM messages ORDER BY id DESC LIMIT 1)";
        app.db.execute(newer, vec![]).await.unwrap();
        send(&app).await;
        assert_eq!(server.take().len(), 1);
        let expected = [
            state("queued", "this version does not know its channel"),
            state("sent", ""),
            state("queued", "this version does not know its kind"),
        ];
        assert_eq!(states(&app).await, expected);
    }
}

#[tokio::test]
async fn a_transfer_is_sent_by_the_background_work_by_itself() {
    for engine in engines() {
        let (app, server) = with_server(engine).await;
        let background = app.service.start_background();
        let parties = [(Party::Payer, "ann"), (Party::Payee, "bob")];
        let data = json!({"type": "transfer", "amount": "12.50", "currency": "USD"});
        app.feed.push("transaction.completed", TXN, &parties, data);
        let mut received = Vec::new();
        while received.len() < 2 {
            received.extend(server.take());
            tokio::task::yield_now().await;
        }
        assert_eq!(to(&received), ["ann@example.com", "bob@example.com"]);
        drop(background);
    }
}

#[tokio::test]
async fn a_password_does_not_leave_unprotected() {
    let mut config = config(25, 0);
    config.email.smtp.host = "mail.example.com".to_owned();
    assert!(config.check().is_ok());
    config.email.smtp.user = "mailer".to_owned();
    let refused = config.check().unwrap_err().to_string();
    assert!(
        refused.starts_with("notifications.email.smtp.tls: "),
        "{refused}"
    );
    config.email.smtp.tls = Tls::Starttls;
    assert!(config.check().is_ok());
    for (wrong, named) in [("nothing", "provider"), ("smtp", "smtp.host")] {
        config.email.provider = vec![wrong.to_owned()];
        config.email.smtp.host = String::new();
        let refused = config.check().unwrap_err().to_string();
        assert!(
            refused.starts_with(&format!("notifications.email.{named}: ")),
            "{refused}"
        );
    }
}
