//! SMS by Twilio's API: against a server on this machine that speaks as it does.

use aws_lc_rs::hmac;
use axum::body::{Body, to_bytes};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contracts::events::Party;
use http::{Request, StatusCode};
use notifications::{Config, TwilioConfig};
use serde_json::json;
use testkit::{Engine, engines};
use values::SECOND;

use crate::messages::{TXN, count};
use crate::phones::{code_of, verify};
use crate::preferences::choose;
use crate::provider::{Answer, Provider};
use crate::support::App;

pub const TOKEN: &str = "the token of the account";
const CALLBACK: &str = "/api/v1/notifications/callbacks/twilio";

pub fn config(provider: &Provider) -> Config {
    let mut config = Config {
        public_url: "https://pay.example".to_owned(),
        ..Config::default()
    };
    config.sms.provider = vec!["twilio".to_owned()];
    config.sms.twilio = TwilioConfig {
        base_url: format!("http://{}", provider.address),
        account_sid: "AC1".to_owned(),
        auth_token: TOKEN.into(),
        from: "+15005550006".to_owned(),
        messaging_service_sid: String::new(),
        timeout_ms: 1_500,
    };
    config
}

/// Somebody with a number who wants to be told of payments by SMS alone.
async fn bob_by_sms(engine: Engine) -> (App, Provider) {
    let provider = Provider::start().await;
    let app = App::with(engine, config(&provider)).await;
    verify(&app, &provider, "bob", "+4915112345678").await;
    choose(&app, "bob", "/groups/payments/sms", json!(true)).await;
    choose(&app, "bob", "/groups/payments/email", json!(false)).await;
    (app, provider)
}

async fn paid(app: &App) {
    let data = json!({"type": "deposit", "amount": "12.50", "currency": "USD"});
    let parties = [(Party::Payee, "bob")];
    app.feed.push("transaction.completed", TXN, &parties, data);
    app.service.catch_up().await.unwrap();
    app.service.send_messages().await.unwrap();
}

/// What became of the SMS that tell of payments: state, provider's id, reason.
async fn sms(app: &App) -> Vec<(String, String, String)> {
    let sql = "SELECT d.state, coalesce(d.provider_id, ''), coalesce(d.error, '') FROM deliveries d
        JOIN messages m ON m.id = d.message WHERE d.channel = 'sms' AND m.kind = 'deposit_completed' ORDER BY m.id";
    app.db.fetch_all(sql, vec![]).await.unwrap()
}

async fn state(app: &App) -> String {
    sms(app).await.pop().unwrap().0
}

fn signature(url: &str, fields: &[(&str, &str)]) -> String {
    let mut fields = fields.to_vec();
    fields.sort_unstable();
    let mut signed = url.to_owned();
    for (name, value) in fields {
        signed.push_str(name);
        signed.push_str(value);
    }
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, TOKEN.as_bytes());
    STANDARD.encode(hmac::sign(&key, signed.as_bytes()))
}

/// Twilio calls, below `https://pay.example`; what it is answered.
pub async fn calls(app: &App, path: &str, fields: &[(&str, &str)]) -> StatusCode {
    let signature = signature(&format!("https://pay.example{path}"), fields);
    calls_signed(app, path, fields, &signature).await
}

async fn calls_signed(
    app: &App,
    path: &str,
    fields: &[(&str, &str)],
    signature: &str,
) -> StatusCode {
    let request = Request::builder()
        .method("POST")
        .uri(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-twilio-signature", signature);
    let body = Body::from(serde_urlencoded::to_string(fields).unwrap());
    let answer = app.raw(request.body(body).unwrap()).await;
    let status = answer.status();
    drop(to_bytes(answer.into_body(), usize::MAX).await.unwrap());
    status
}

#[tokio::test]
async fn an_sms_is_a_form_under_the_account_and_its_end_is_told_by_a_signed_call() {
    for engine in engines() {
        let (app, provider) = bob_by_sms(engine).await;
        paid(&app).await;
        let [sent] = provider.take().try_into().unwrap();
        assert_eq!(sent.path, "/2010-04-01/Accounts/AC1/Messages.json");
        let login = STANDARD.encode(format!("AC1:{TOKEN}"));
        assert_eq!(sent.header("authorization"), format!("Basic {login}"));
        assert_eq!(sent.field("To").unwrap(), "+4915112345678");
        assert_eq!(sent.field("From").unwrap(), "+15005550006");
        let body = sent.field("Body").unwrap();
        assert_eq!(body, "Your deposit of 12.50 USD has arrived.");
        let callback = sent.field("StatusCallback").unwrap();
        let path = callback.strip_prefix("https://pay.example").unwrap();
        assert!(path.starts_with(&format!("{CALLBACK}?message=msg_")));
        let (state, sid, _) = sms(&app).await.pop().unwrap();
        assert_eq!(state, "sent");
        let called = |status| [("MessageSid", sid.as_str()), ("MessageStatus", status)];
        // Not signed, signed for another address, signed over something else: nothing changes.
        for (path, signature) in [
            (path, String::new()),
            (path, signature(CALLBACK, &called("delivered"))),
            (path, signature(&callback, &called("failed"))),
            (CALLBACK, signature(&callback, &called("delivered"))),
        ] {
            let answered = calls_signed(&app, path, &called("delivered"), &signature).await;
            assert_eq!(answered, StatusCode::FORBIDDEN);
        }
        assert_eq!(self::state(&app).await, "sent");
        // Another id is another attempt's.
        let other = [("MessageSid", "SM0"), ("MessageStatus", "delivered")];
        assert_eq!(calls(&app, path, &other).await, StatusCode::OK);
        assert_eq!(self::state(&app).await, "sent");
        for status in ["delivered", "sent", "undelivered"] {
            assert_eq!(calls(&app, path, &called(status)).await, StatusCode::OK);
            assert_eq!(self::state(&app).await, "delivered", "after {status}");
        }
    }
}

#[tokio::test]
async fn a_number_that_nobody_has_is_not_tried_again_and_a_full_queue_is() {
    for engine in engines() {
        let (app, provider) = bob_by_sms(engine).await;
        provider.refuses(400, 21_211);
        paid(&app).await;
        assert_eq!(state(&app).await, "bounced");
        provider.refuses(429, 20_429);
        let wait = Some(("retry-after", "120"));
        provider.answers([Answer::With(503, wait, String::new())]);
        paid(&app).await;
        assert_eq!(state(&app).await, "queued");
        assert_eq!(provider.take().len(), 2);
        // The first wait is ten seconds; then it says itself how long to wait.
        for (passed, sent) in [(11, 1), (60, 0), (61, 1)] {
            app.clock.advance(passed * SECOND);
            app.service.send_messages().await.unwrap();
            assert_eq!(provider.take().len(), sent, "after {passed} s");
        }
        assert_eq!(state(&app).await, "sent");
    }
}

#[tokio::test]
async fn what_may_have_been_taken_is_not_sent_again_at_once_nor_once_it_is_known() {
    for engine in engines() {
        let provider = Provider::start().await;
        let mut config = config(&provider);
        let folder = tempfile::tempdir().unwrap();
        config.sms.provider.push("folder".to_owned());
        config.sms.folder = folder.path().display().to_string();
        let app = App::with(engine, config).await;
        verify(&app, &provider, "bob", "+4915112345678").await;
        choose(&app, "bob", "/groups/payments/sms", json!(true)).await;
        choose(&app, "bob", "/groups/payments/email", json!(false)).await;
        let in_folder = || std::fs::read_dir(folder.path()).unwrap().count();
        provider.answers([Answer::Never]);
        paid(&app).await;
        let [sent] = provider.take().try_into().unwrap();
        assert_eq!((state(&app).await.as_str(), in_folder()), ("queued", 0));
        app.clock.advance(890 * SECOND);
        app.service.send_messages().await.unwrap();
        assert!(provider.take().is_empty());
        // Twilio has it, and says so under our id: it is not sent again.
        let callback = sent.field("StatusCallback").unwrap();
        let path = callback.strip_prefix("https://pay.example").unwrap();
        let called = [("MessageSid", "SM7"), ("MessageStatus", "sent")];
        assert_eq!(calls(&app, path, &called).await, StatusCode::OK);
        app.clock.advance(3_600 * SECOND);
        app.service.send_messages().await.unwrap();
        assert!(provider.take().is_empty());
        let (state, sid, _) = sms(&app).await.pop().unwrap();
        assert_eq!((state.as_str(), sid.as_str()), ("sent", "SM7"));
        // Where nothing is told, it is sent again once the time has passed.
        provider.answers([Answer::With(502, None, String::new())]);
        paid(&app).await;
        assert_eq!((provider.take().len(), in_folder()), (1, 0));
        app.clock.advance(910 * SECOND);
        app.service.send_messages().await.unwrap();
        assert_eq!((provider.take().len(), in_folder()), (1, 0));
        assert_eq!(self::state(&app).await, "sent");
        // One that says that it did not take it: the next provider gets it at once.
        provider.answers([Answer::With(503, None, String::new())]);
        paid(&app).await;
        assert_eq!((provider.take().len(), in_folder()), (1, 1));
        assert_eq!(self::state(&app).await, "sent");
    }
}

#[tokio::test]
async fn stop_is_honoured_until_start() {
    for engine in engines() {
        let (app, provider) = bob_by_sms(engine).await;
        let from = |said| {
            [
                ("From", "+4915112345678"),
                ("Body", said),
                ("MessageSid", "SM1"),
            ]
        };
        let unsigned = calls_signed(&app, CALLBACK, &from("STOP"), "AAAA").await;
        assert_eq!(unsigned, StatusCode::FORBIDDEN);
        paid(&app).await;
        assert_eq!(provider.take().len(), 1);
        assert_eq!(
            calls(&app, CALLBACK, &from(" stop\n")).await,
            StatusCode::OK
        );
        let phone = app.get("bob", "/users/me/phone").await;
        assert!(phone["stopped_at"].is_string(), "{phone}");
        paid(&app).await;
        assert!(provider.take().is_empty());
        assert_eq!(sms(&app).await.len(), 1);
        assert_eq!(calls(&app, CALLBACK, &from("hello")).await, StatusCode::OK);
        assert_eq!(calls(&app, CALLBACK, &from("START")).await, StatusCode::OK);
        paid(&app).await;
        assert_eq!(provider.take().len(), 1);
        // Stopped while a message waits.
        provider.refuses(429, 20_429);
        paid(&app).await;
        assert_eq!(calls(&app, CALLBACK, &from("STOP")).await, StatusCode::OK);
        app.clock.advance(20 * SECOND);
        app.service.send_messages().await.unwrap();
        assert_eq!(state(&app).await, "suppressed");
    }
}

#[tokio::test]
async fn without_twilio_nobody_is_believed_to_be_it() {
    for engine in engines() {
        let app = App::on(engine).await;
        let answered = calls(&app, CALLBACK, &[("From", "+4915112345678")]).await;
        assert_eq!(answered, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn no_code_of_a_number_is_kept() {
    for engine in engines() {
        let provider = Provider::start().await;
        let app = App::with(engine, config(&provider)).await;
        let body = json!({"number": "+4915112345678"});
        let (status, _) = app.post("bob", "/users/me/phone", body).await;
        assert_eq!(status, StatusCode::ACCEPTED);
        let code = code_of(&provider.take()[0]);
        assert_eq!(code.len(), 6);
        let sql = "SELECT count(*) FROM messages WHERE data IS NOT NULL";
        assert_eq!(count(&app, sql).await, 0);
        let (shown,): (String,) = app
            .db
            .fetch_one("SELECT shown FROM deliveries", vec![])
            .await
            .unwrap();
        assert_eq!(shown, "+49***78");
    }
}
