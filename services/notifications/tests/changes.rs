//! Changes of where an account's news goes: with a fresh proof only, told to the owner, and in the
//! audit trail.

use std::sync::atomic::Ordering;

use http::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::engines;

use crate::messages::with_server;
use crate::phones;
use crate::provider::Provider;
use crate::push::Browser;
use crate::support::{App, user};
use crate::twilio;

const HOOKS: &str = "/webhook-endpoints";
const DEVICES: &str = "/users/me/push-subscriptions";
const PHONE: &str = "/users/me/phone";
const URL: &str = "https://shop.example/hooks";

/// Types of what somebody was told, the newest first.
async fn told(app: &App, who: &str) -> Vec<String> {
    let list = app.get(who, "/notifications").await;
    let list = list["data"].as_array().unwrap().iter();
    list.map(|told| told["type"].as_str().unwrap().to_owned())
        .collect()
}

/// What the audit trail has, and of what.
fn trail(app: &App) -> Vec<(&'static str, String)> {
    let trail = app.trail.0.lock().unwrap();
    trail
        .iter()
        .map(|(act, subject, _)| (*act, subject.clone()))
        .collect()
}

fn refused(answer: &(StatusCode, Value)) -> (u16, &str) {
    (
        answer.0.as_u16(),
        answer.1["code"].as_str().unwrap_or_default(),
    )
}

#[tokio::test]
async fn endpoints_are_made_moved_and_given_secrets_with_a_fresh_proof_and_told() {
    for engine in engines() {
        let (app, server) = with_server(engine).await;
        let body = json!({"url": URL, "event_types": ["*"]});
        let step_up = (403, "step_up_required");
        let stale = app.post("ann~", HOOKS, body.clone()).await;
        assert_eq!(refused(&stale), step_up);
        let (_, made) = app.post("ann", HOOKS, body).await;
        let id = made["id"].as_str().unwrap().to_owned();
        let path = format!("{HOOKS}/{id}");
        let patch = async |who: &str, change: Value| {
            app.request(who, Method::PATCH, &path, Some(change)).await
        };
        let elsewhere = json!({"url": "https://other.example/"});
        assert_eq!(refused(&patch("ann~", elsewhere.clone()).await), step_up);
        let rotate = format!("{path}/rotate-secret");
        assert_eq!(refused(&app.send("ann~", &rotate).await), step_up);
        assert_eq!(app.one_url("ann", &path).await, URL);
        assert_eq!(told(&app, "ann").await, ["webhook_endpoint_added"]);
        // What sends nothing elsewhere asks for none, and is told to nobody.
        let same = json!({"url": URL, "description": "Till"});
        assert_eq!(patch("ann~", same).await.0, StatusCode::OK);
        assert_eq!(patch("ann", elsewhere).await.0, StatusCode::OK);
        assert_eq!(app.send("ann", &rotate).await.0, StatusCode::OK);
        let (deleted, _) = app.request("ann~", Method::DELETE, &path, None).await;
        assert_eq!(deleted, StatusCode::NO_CONTENT);
        let kinds = [
            "webhook_endpoint_removed",
            "webhook_secret_rotated",
            "webhook_endpoint_moved",
            "webhook_endpoint_added",
        ];
        assert_eq!(told(&app, "ann").await, kinds);
        let acts = ["created", "changed", "changed", "secret_rotated", "deleted"];
        let acts: Vec<_> = acts.map(|act| format!("webhook_endpoint.{act}")).into();
        let found: Vec<_> = trail(&app).into_iter().map(|(act, _)| act).collect();
        assert_eq!(found, acts);
        assert!(trail(&app).iter().all(|(_, subject)| *subject == id));
        app.service.send_messages().await.unwrap();
        let mails = server.take();
        assert_eq!(mails.len(), 4);
        // They are sent at the same time.
        let mut texts = mails.iter().map(|mail| &mail.text);
        let mail = texts.find(|text| text.contains("A webhook endpoint was added"));
        let mail = mail.unwrap();
        assert!(
            mail.contains("shop.example") && mail.contains("127.0.0.1"),
            "{mail}"
        );
    }
}

#[tokio::test]
async fn a_device_gets_push_with_a_fresh_proof_and_its_owner_is_told_once() {
    for engine in engines() {
        let (app, provider) = crate::push::app(engine).await;
        let browser = Browser::at(&provider, "one");
        let device = browser.subscription();
        let stale = app.post("bob~", DEVICES, device.clone()).await;
        assert_eq!(refused(&stale), (403, "step_up_required"));
        assert!(told(&app, "bob").await.is_empty());
        // Once it is his, he is not asked when his browser says so again.
        for who in ["bob", "bob~"] {
            let (status, answer) = app.post(who, DEVICES, device.clone()).await;
            assert_eq!(status, StatusCode::NO_CONTENT, "{answer}");
        }
        let stale = app.post("ann~", DEVICES, device).await;
        assert_eq!(refused(&stale), (403, "step_up_required"), "it is not hers");
        assert_eq!(told(&app, "bob").await, ["push_device_added"]);
        for _ in 0..2 {
            let body = json!({"endpoint": browser.endpoint});
            app.request("bob~", Method::DELETE, DEVICES, Some(body))
                .await;
        }
        let kinds = ["push_device_removed", "push_device_added"];
        assert_eq!(told(&app, "bob").await, kinds);
        let bob = user("bob").to_string();
        let acts = ["push_device.added", "push_device.removed"];
        assert_eq!(trail(&app), acts.map(|act| (act, bob.clone())));
    }
}

#[tokio::test]
async fn a_phone_number_is_added_and_removed_with_a_fresh_proof_and_told() {
    for engine in engines() {
        let provider = Provider::start().await;
        let app = App::with(engine, twilio::config(&provider)).await;
        let number = json!({"number": "+447400123456"});
        let step_up = (403, "step_up_required");
        assert_eq!(refused(&app.post("bob~", PHONE, number).await), step_up);
        let code = json!({"code": "123456"});
        let stale = app.post("bob~", &format!("{PHONE}/verify"), code).await;
        assert_eq!(refused(&stale), step_up);
        phones::verify(&app, &provider, "bob", "+447400123456").await;
        let stale = app.request("bob~", Method::DELETE, PHONE, None).await;
        assert_eq!(refused(&stale), step_up);
        for _ in 0..2 {
            let (status, _) = app.request("bob", Method::DELETE, PHONE, None).await;
            assert_eq!(status, StatusCode::NO_CONTENT);
        }
        assert_eq!(told(&app, "bob").await, ["phone_removed", "phone_added"]);
        let list = app.get("bob", "/notifications").await;
        let said = list["data"][1]["body"].as_str().unwrap().to_owned();
        assert!(
            said.contains("+44***56") && !said.contains("7400"),
            "{said}"
        );
        let bob = user("bob").to_string();
        let acts = ["phone.verified", "phone.forgotten"];
        assert_eq!(trail(&app), acts.map(|act| (act, bob.clone())));
    }
}

#[tokio::test]
async fn an_act_that_a_process_did_not_live_to_record_is_recorded_by_the_next() {
    for engine in engines() {
        let (app, provider) = crate::push::app(engine).await;
        app.trail.1.store(true, Ordering::SeqCst);
        let body = json!({"url": URL, "event_types": ["*"]});
        let (status, made) = app.post("ann", HOOKS, body).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        let device = Browser::at(&provider, "one").subscription();
        assert_eq!(app.post("bob", DEVICES, device).await.0, 204);
        assert!(trail(&app).is_empty());
        // The process ends here; another one goes on.
        app.trail.1.store(false, Ordering::SeqCst);
        let (next, _) = app.another_node().await;
        for _ in 0..2 {
            next.record_acts().await.unwrap();
            let id = made["id"].as_str().unwrap().to_owned();
            let acts = [
                ("webhook_endpoint.created", id),
                ("push_device.added", user("bob").to_string()),
            ];
            assert_eq!(trail(&app), acts);
        }
    }
}

impl App {
    async fn one_url(&self, who: &str, path: &str) -> String {
        let one = self.get(who, path).await;
        one["url"].as_str().unwrap().to_owned()
    }
}
