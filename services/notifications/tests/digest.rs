//! One mail a day with what is not essential.

use contracts::events::Party;
use http::StatusCode;
use serde_json::json;
use testkit::engines;
use values::SECOND;

use crate::messages::{happens, states, to, with_server};
use crate::preferences::{choose, put};
use crate::smtp_server::With;
use crate::support::App;

const HOUR: i64 = 3_600 * SECOND;

/// Bob, who wants one mail a day at eight; it is midnight.
async fn daily(app: &App) {
    choose(app, "bob", "/digest", json!({"hour": 8})).await;
}

async fn received(app: &App, amount: &str) {
    let data = json!({"type": "deposit", "amount": amount, "currency": "USD"});
    happens(app, "transaction.completed", &[(Party::Payee, "bob")], data).await;
}

async fn frozen(app: &App) {
    happens(app, "wallet.frozen", &[(Party::Owner, "bob")], json!({})).await;
}

#[tokio::test]
async fn what_is_not_essential_comes_in_one_mail_at_the_hour() {
    for engine in engines() {
        let (app, server) = with_server(engine).await;
        daily(&app).await;
        let (other, clock) = app.another_node().await;
        for amount in ["1.00", "2.00", "3.00"] {
            received(&app, amount).await;
            app.clock.advance(SECOND);
        }
        assert!(server.take().is_empty());
        assert_eq!(app.get("bob", "/notifications").await["unread"], 3);
        frozen(&app).await;
        assert_eq!(
            to(&server.take()),
            ["bob@example.com"],
            "what is essential comes at once"
        );
        for _ in 0..9 {
            app.clock.advance(HOUR);
            clock.advance(HOUR);
            let (one, two) = tokio::join!(app.service.send_messages(), other.send_messages());
            one.unwrap();
            two.unwrap();
        }
        let mails = server.take();
        let [mail] = mails.as_slice() else {
            panic!("{mails:?}")
        };
        assert_eq!(mail.header("Subject").unwrap(), "3 notifications");
        assert!(mail.header("List-Unsubscribe").is_some());
        let times: Vec<_> = ["1.00", "2.00", "3.00"]
            .iter()
            .map(|amount| mail.text.find(&format!("Deposit of {amount} USD")).unwrap())
            .collect();
        assert!(times.is_sorted(), "{}", mail.text);
        assert!(states(&app).await.iter().all(|(state, _)| state == "sent"));
        // What is told after it comes the next day; one alone is a mail like any other.
        received(&app, "4.00").await;
        for _ in 0..25 {
            app.clock.advance(HOUR);
            app.service.send_messages().await.unwrap();
        }
        let mails = server.take();
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].header("Subject").unwrap(), "Deposit of 4.00 USD");
    }
}

#[tokio::test]
async fn a_digest_that_is_not_taken_comes_again_under_its_id_and_one_that_bounces_ends_all() {
    for engine in engines() {
        let (app, server) = with_server(engine).await;
        daily(&app).await;
        received(&app, "1.00").await;
        received(&app, "2.00").await;
        app.clock.advance(8 * HOUR);
        server.next(&[With::TakeAndClose]);
        app.service.send_messages().await.unwrap();
        let first = server.take();
        for _ in 0..10 {
            app.clock.advance(60 * SECOND);
            app.service.send_messages().await.unwrap();
        }
        let again = server.take();
        assert_eq!((first.len(), again.len()), (1, 1));
        let ids = [&first[0], &again[0]].map(|mail| mail.header("Message-ID"));
        assert_eq!(ids[0], ids[1]);
        received(&app, "3.00").await;
        received(&app, "4.00").await;
        app.clock.advance(24 * HOUR);
        server.next(&[With::Recipient("550 5.1.1 who")]);
        app.service.send_messages().await.unwrap();
        let states = states(&app).await;
        let bounced = states.iter().filter(|(state, _)| state == "bounced");
        assert_eq!((bounced.count(), states.len()), (2, 4), "{states:?}");
        assert!(server.take().is_empty());
    }
}

#[tokio::test]
async fn who_wants_none_any_more_gets_what_waits_each_by_itself() {
    for engine in engines() {
        let (app, server) = with_server(engine).await;
        daily(&app).await;
        received(&app, "1.00").await;
        received(&app, "2.00").await;
        choose(&app, "bob", "/digest", json!(null)).await;
        app.clock.advance(HOUR);
        app.service.send_messages().await.unwrap();
        assert_eq!(server.take().len(), 2);
        for hour in [
            json!({"hour": 24}),
            json!({"hour": -1}),
            json!({}),
            json!("08:00"),
        ] {
            let mut document = app.get("bob", "/users/me/notification-preferences").await;
            document["digest"] = hour.clone();
            let (status, refused) = put(&app, "bob", &document).await;
            assert!(status.is_client_error(), "{hour}: {refused}");
            if hour == json!({"hour": 24}) {
                assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
                assert_eq!(refused["code"], "invalid_digest");
            }
        }
    }
}
