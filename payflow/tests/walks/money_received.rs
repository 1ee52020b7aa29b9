//! Somebody is sent money, and hears of it in the app, by mail, by SMS, by a webhook and by the
//! live stream.

use serde_json::{Value, json};
use testkit::{TestStore, engines};

use super::mail::Mailbox;
use super::{WEBHOOKS, call, send, told_of};
use crate::live::Stream;
use crate::process::receiver::{Receiver, Request};
use crate::process::{Server, store_words};

/// A field of a form.
fn field(request: &Request, name: &str) -> String {
    let url = format!("http://localhost/?{}", request.body);
    let url = reqwest::Url::parse(&url).unwrap();
    let mut pairs = url.query_pairs();
    pairs
        .find(|(found, _)| found == name)
        .map_or_else(String::new, |(_, value)| value.into_owned())
}

/// A server that sends mails into a folder, and SMS to what stands in for Twilio.
fn server(store: &TestStore, mailbox: &Mailbox, twilio: &Receiver) -> Server {
    let mut settings = mailbox.settings();
    for (name, value) in [
        ("PROVIDER", "twilio"),
        ("TWILIO__BASE_URL", &twilio.url()),
        ("TWILIO__ACCOUNT_SID", "AC1"),
        ("TWILIO__AUTH_TOKEN", "the token of the account"),
        ("TWILIO__FROM", "+15005550006"),
    ] {
        let name = format!("PAYFLOW__NOTIFICATIONS__SMS__{name}");
        settings.push((name, value.to_owned()));
    }
    let settings = settings.iter();
    let mut settings: Vec<_> = settings
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    settings.push(WEBHOOKS);
    Server::launch(&store_words(store), &[], &settings)
}

/// Bob confirms his address and his number, and wants SMS of payments, too.
async fn is_reached(server: &Server, bob: &str, mailbox: &Mailbox, twilio: &Receiver) {
    let post = async |path: &str, body: Value| server.post(path, bob, body).await;
    let mail = mailbox.wait_for("bob@example.org", "onfirm").await;
    let token = mail.after("verify-email?token=");
    post("/auth/verify-email", json!({"token": token})).await;
    post("/users/me/phone", json!({"number": "+447400123456"})).await;
    let is_his = |sms: &Request| field(sms, "To") == "+447400123456";
    let sms = twilio.wait_for(is_his).await;
    assert_eq!(sms.path, "/2010-04-01/Accounts/AC1/Messages.json");
    let code = field(&sms, "Body").split(' ').next().unwrap().to_owned();
    post("/users/me/phone/verify", json!({"code": code})).await;
    let path = "/users/me/notification-preferences";
    let mut wanted = server.get(path, bob).await;
    wanted["groups"]["payments"]["sms"] = json!(true);
    let (status, _) = call(server, "PUT", path, bob, Some(wanted)).await;
    assert_eq!(status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_was_received_is_told_by_every_way() {
    for engine in engines() {
        let folder = tempfile::tempdir().unwrap();
        let mailbox = Mailbox::folder(folder.path());
        // As Twilio answers (docs/notifications.md).
        let twilio = Receiver::answering(r#"{"sid": "SM0123456789"}"#);
        let store = TestStore::new(engine);
        let server = server(&store, &mailbox, &twilio);
        let (alice, bob) = (server.register("alice").await, server.register("bob").await);
        is_reached(&server, &bob, &mailbox, &twilio).await;

        // His shop listens, and so does his browser.
        let hooks = Receiver::start();
        let endpoint = json!({"url": hooks.url(), "event_types": ["transaction.completed"]});
        let endpoint = server.post("/webhook-endpoints", &bob, endpoint).await;
        let types = "?types=transaction.completed,notification.created";
        let mut stream = Stream::open(&server, &bob, types).await;
        let from = server.wallet(&alice, "USD", Some("100.00")).await;
        let to = server.wallet(&bob, "USD", None).await;
        let sent = send(&server, &alice, (&from, &to)).await;

        let told = told_of(&server, &bob, &sent).await;
        let title = "12.50 USD from alice";
        assert_eq!(
            (&told["type"], &told["title"]),
            (&json!("money_received"), &json!(title))
        );
        let mail = mailbox.wait_for("bob@example.org", title).await;
        assert!(
            mail.has_both_parts() && mail.parts.contains("Hello bob,"),
            "{mail:?}"
        );
        assert!(mail.head.contains("List-Unsubscribe:"), "{mail:?}");
        let of_money = |sms: &Request| field(sms, "Body").contains("12.50 USD");
        let sms = twilio.wait_for(of_money).await;
        assert_eq!(field(&sms, "Body"), "You received 12.50 USD from alice.");
        let webhook = hooks.wait_for(|_| true).await;
        assert!(webhook.is_signed_with(endpoint["secret"].as_str().unwrap()));
        assert_eq!(webhook.json()["subject"], sent);
        // That he has an endpoint now, he is told as well.
        let mut streamed = Vec::new();
        while streamed.len() < 2 {
            let event = stream.next().await.unwrap();
            if event["data"]["type"] != "webhook_endpoint_added" {
                streamed.push(event);
            }
        }
        streamed.sort_by_key(|event| event["type"].to_string());
        assert_eq!(streamed[0]["data"]["id"], told["id"]);
        assert_eq!(
            (&streamed[1]["subject"], &streamed[1]["id"]),
            (&json!(sent), &webhook.json()["id"])
        );

        // Who sent it is told, too, and nobody else's list can be read or changed.
        assert_eq!(told_of(&server, &alice, &sent).await["type"], "money_sent");
        let read = format!("/notifications/{}/read", told["id"].as_str().unwrap());
        assert_eq!(call(&server, "POST", &read, &alice, None).await.0, 404);
        let (status, answer) = call(&server, "POST", &read, &bob, None).await;
        assert!(status == 200 && answer["read_at"].is_string(), "{answer}");
        assert!(server.stop());
    }
}
