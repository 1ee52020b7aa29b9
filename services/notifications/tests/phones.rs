//! Phone numbers: verified by a code, and limited in how many are sent.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::engines;
use values::{DAY, SECOND};

use crate::provider::{Provider, Received};
use crate::support::App;
use crate::twilio::config;

const PATH: &str = "/users/me/phone";
const VERIFY: &str = "/users/me/phone/verify";

/// The code of an SMS.
pub fn code_of(sms: &Received) -> String {
    let body = sms.field("Body").unwrap();
    body.split(' ').next().unwrap().to_owned()
}

async fn claim(app: &App, who: &str, number: &str) -> (StatusCode, Value) {
    app.post(who, PATH, json!({"number": number})).await
}

/// Has a number of somebody verified.
pub async fn verify(app: &App, provider: &Provider, who: &str, number: &str) {
    let (status, answer) = claim(app, who, number).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{answer}");
    let code = code_of(&provider.take()[0]);
    let (status, answer) = app.post(who, VERIFY, json!({"code": code})).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    // That they are told of it, `changes` tests.
    for sql in [
        "DELETE FROM deliveries WHERE message IN (SELECT id FROM messages WHERE kind = 'phone_added')",
        "DELETE FROM messages WHERE kind = 'phone_added'",
    ] {
        app.db.execute(sql, vec![]).await.unwrap();
    }
}

/// Another code than this one.
fn other(code: &str) -> String {
    let number: u32 = code.parse().unwrap();
    format!("{:06}", (number + 1) % 1_000_000)
}

#[tokio::test]
async fn a_number_is_somebodys_once_they_show_its_code() {
    for engine in engines() {
        let provider = Provider::start().await;
        let app = App::with(engine, config(&provider)).await;
        let none = app.request("bob", Method::GET, PATH, None).await;
        assert_eq!(none, (StatusCode::OK, json!(null)));
        let (status, claimed) = claim(&app, "bob", "+447400123456").await;
        assert_eq!(status, StatusCode::ACCEPTED);
        assert_eq!(claimed["number"], "+447400123456");
        let code = code_of(&provider.take()[0]);
        let none = app.request("bob", Method::GET, PATH, None).await;
        assert_eq!(none, (StatusCode::OK, json!(null)));
        // It is good for him alone.
        for (who, code) in [
            ("ann", code.clone()),
            ("bob", other(&code)),
            ("bob", String::new()),
        ] {
            let (status, refused) = app.post(who, VERIFY, json!({"code": code})).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
            assert_eq!(refused["code"], "invalid_code");
        }
        let (status, phone) = app.post("bob", VERIFY, json!({"code": code})).await;
        assert_eq!(status, StatusCode::OK, "{phone}");
        assert_eq!(phone, app.get("bob", PATH).await);
        assert_eq!(phone["number"], "+447400123456");
        let (status, _) = app.post("bob", VERIFY, json!({"code": code})).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "it is good once");
        // Another number takes its place only when it is verified.
        claim(&app, "bob", "+919876543210").await;
        assert_eq!(app.get("bob", PATH).await["number"], "+447400123456");
        for _ in 0..2 {
            let (status, _) = app.request("bob", Method::DELETE, PATH, None).await;
            assert_eq!(status, StatusCode::NO_CONTENT);
        }
        let none = app.request("bob", Method::GET, PATH, None).await;
        assert_eq!(none, (StatusCode::OK, json!(null)));
        let code = code_of(&provider.take()[0]);
        let (status, _) = app.post("bob", VERIFY, json!({"code": code})).await;
        assert_eq!(
            status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "the claim is gone, too"
        );
    }
}

#[tokio::test]
async fn a_code_ends_and_can_be_tried_five_times() {
    for engine in engines() {
        let provider = Provider::start().await;
        let app = App::with(engine, config(&provider)).await;
        let send = async || {
            claim(&app, "bob", "+447400123456").await;
            code_of(&provider.take()[0])
        };
        let is_good = async |code: String| {
            let (status, _) = app.post("bob", VERIFY, json!({"code": code})).await;
            status == StatusCode::OK
        };
        let code = send().await;
        for _ in 0..5 {
            assert!(!is_good(other(&code)).await);
        }
        assert!(!is_good(code).await);
        let code = send().await;
        app.clock.advance(600 * SECOND);
        assert!(!is_good(code).await);
        let old = send().await;
        let new = send().await;
        assert!(old == new || !is_good(old).await);
        assert!(is_good(new).await);
    }
}

#[tokio::test]
async fn a_code_ends_with_the_credentials_under_which_it_was_asked_for() {
    for engine in engines() {
        let provider = Provider::start().await;
        let app = App::with(engine, config(&provider)).await;
        let send = async || {
            claim(&app, "bob", "+447400123456").await;
            code_of(&provider.take()[0])
        };
        let verify = async |code: &str| {
            let (status, answer) = app.post("bob", VERIFY, json!({"code": code})).await;
            let refusal = answer["code"].as_str().unwrap_or_default().to_owned();
            (status.as_u16(), refusal)
        };
        let ended = (422, "invalid_code".to_owned());
        let code = send().await;
        // Another password, or the end of all sessions.
        app.village.change("bob", |bob| bob.credential_epoch = 1);
        assert_eq!(verify(&code).await, ended);
        let code = send().await;
        app.village.close("bob");
        assert_eq!(verify(&code).await, ended);
        app.village.change("bob", |bob| bob.credential_epoch = 1);
        assert_eq!(verify(&code).await.0, 200);
    }
}

#[tokio::test]
async fn numbers_that_are_none_or_not_reached_are_refused() {
    for engine in engines() {
        let provider = Provider::start().await;
        let mut config = config(&provider);
        config.codes.countries = vec!["+49".to_owned()];
        let app = App::with(engine, config).await;
        for number in ["", "015112345678", "+49 151 12345678", "+4915112345678901"] {
            let (status, refused) = claim(&app, "bob", number).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{number}");
            assert_eq!(refused["code"], "invalid_phone_number");
        }
        let (status, refused) = claim(&app, "bob", "+447400123456").await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(refused["code"], "country_not_served");
        assert!(provider.take().is_empty());
        provider.refuses(400, 21_211);
        let (status, refused) = claim(&app, "bob", "+4915112345678").await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(refused["code"], "code_not_sent");
    }
}

#[tokio::test]
async fn codes_are_limited_for_a_user_a_number_and_a_country() {
    for engine in engines() {
        let provider = Provider::start().await;
        let mut config = config(&provider);
        config.codes.per_user_and_hour = 3;
        config.codes.per_number_and_day = 2;
        config.codes.per_country_and_hour = 4;
        let app = App::with(engine, config).await;
        let sent = async |who: &str, number: &str| {
            let (status, answer) = claim(&app, who, number).await;
            match status {
                StatusCode::ACCEPTED => true,
                status => {
                    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "{answer}");
                    assert_eq!(answer["code"], "too_many_codes");
                    false
                }
            }
        };
        // The number, whoever asks.
        assert!(sent("ann", "+447400123456").await && sent("bob", "+447400123456").await);
        assert!(!sent("shop", "+447400123456").await);
        // The user, on any number.
        assert!(sent("ann", "+919876543210").await && sent("ann", "+919876543211").await);
        assert!(!sent("ann", "+919876543212").await);
        // The country.
        assert!(sent("bob", "+919876543213").await && sent("bob", "+919876543214").await);
        assert!(!sent("shop", "+919876543215").await);
        assert!(sent("shop", "+4915112345678").await);
        assert_eq!(provider.take().len(), 7);
        app.clock.advance(DAY);
        assert!(sent("ann", "+447400123456").await && sent("shop", "+919876543215").await);
        app.service.delete_old().await.unwrap();
    }
}

#[tokio::test]
async fn nobody_has_sms_sent_before_their_address_is_confirmed() {
    for engine in engines() {
        let provider = Provider::start().await;
        let app = App::with(engine, config(&provider)).await;
        app.village.change("bob", |bob| bob.email_verified = false);
        let (status, refused) = claim(&app, "bob", "+447400123456").await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        assert_eq!(refused["code"], "email_not_verified");
        assert_eq!(provider.take().len(), 0);
        app.village.change("bob", |bob| bob.email_verified = true);
        verify(&app, &provider, "bob", "+447400123456").await;
    }
}
