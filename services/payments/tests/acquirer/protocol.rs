//! The HTTP connector before an acquirer that does not keep to the protocol: only a clear answer is
//! an answer.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Redirect};
use axum::routing::any;
use http::{HeaderMap, Method, StatusCode};
use money::{Amount, Currency};
use payments::acquirer::http::HttpAcquirer;
use payments::acquirer::{
    Acquirer, AcquirerConfig, Connector, Direction, Instruction, Unanswered, Verdict,
};
use payments_core::transaction::InstrumentKind;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::server::{Served, serve};
use super::{API_KEY, charge, declined, instruction, over_http};

/// A connector to a server that answers everything alike.
async fn answered<R, F>(answer: F) -> (HttpAcquirer, Served)
where
    R: IntoResponse,
    F: Fn() -> R + Clone + Send + Sync + 'static,
{
    let handler = move || {
        let answer = answer.clone();
        async move { answer() }
    };
    let served = serve(Router::new().fallback(any(handler))).await;
    (connector(&served.url), served)
}

fn connector(url: &str) -> HttpAcquirer {
    HttpAcquirer::new(&over_http(url.to_owned())).unwrap()
}

fn is_garbled(answer: &Result<Verdict, Unanswered>) -> bool {
    matches!(answer, Err(Unanswered::Garbled(_)))
}

#[tokio::test]
async fn an_instruction_is_sent_as_the_protocol_says() {
    type Seen = Arc<Mutex<Vec<(Method, String, HeaderMap, Value)>>>;
    let seen = Seen::default();
    let record = seen.clone();
    let handler = async move |request: Request| {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, 4_096).await.unwrap();
        let body = serde_json::from_slice(&body).unwrap_or_default();
        let path = parts.uri.path().to_owned();
        record
            .lock()
            .unwrap()
            .push((parts.method, path, parts.headers, body));
        axum::Json(json!({"status": "approved"}))
    };
    let served = serve(Router::new().fallback(any(handler))).await;
    let acquirer = connector(&format!("{}/api/", served.url));
    let sent = Instruction {
        amount: Amount::parse("1500", Currency::JPY).unwrap(),
        ..instruction(Direction::Payout, InstrumentKind::BankAccount, "tok_ok")
    };
    assert_eq!(acquirer.instruct(&sent).await, Ok(Verdict::Approved));
    assert_eq!(acquirer.enquire(&sent).await, Ok(Verdict::Approved));
    let seen = seen.lock().unwrap();
    let (method, path, headers, body) = &seen[0];
    let id = sent.id.to_string();
    assert_eq!(
        (method, path.as_str()),
        (&Method::POST, "/api/instructions")
    );
    assert_eq!(headers["authorization"], format!("Bearer {API_KEY}"));
    assert_eq!(headers["idempotency-key"], id);
    assert_eq!(headers["content-type"], "application/json");
    let expected = json!({
        "id": id, "direction": "payout", "amount": "1500", "currency": "JPY",
        "instrument": {"kind": "bank_account", "token": "tok_ok"},
    });
    assert_eq!(body, &expected);
    let (method, path, headers, _) = &seen[1];
    assert_eq!(
        (method, path.as_str()),
        (&Method::GET, format!("/api/instructions/{id}").as_str())
    );
    assert_eq!(headers["authorization"], format!("Bearer {API_KEY}"));
}

#[tokio::test]
async fn only_402_and_422_with_a_reason_decline() {
    for status in [
        StatusCode::PAYMENT_REQUIRED,
        StatusCode::UNPROCESSABLE_ENTITY,
    ] {
        let body = json!({"code": "do_not_honour", "detail": "Not today."});
        let (acquirer, _served) = answered(move || (status, axum::Json(body.clone()))).await;
        let answer = acquirer.instruct(&charge("tok_ok")).await;
        assert_eq!(
            answer,
            Ok(declined("do_not_honour", "Not today.")),
            "{status}"
        );
        // Of an enquiry it is no answer: a declined instruction is reported with 200.
        assert!(
            is_garbled(&acquirer.enquire(&charge("tok_ok")).await),
            "{status}"
        );
        let (acquirer, _served) = answered(move || (status, "<h1>A proxy says no</h1>")).await;
        assert!(
            is_garbled(&acquirer.instruct(&charge("tok_ok")).await),
            "{status}"
        );
    }
}

#[tokio::test]
async fn no_other_status_says_anything() {
    for status in [
        202, 204, 301, 307, 400, 401, 403, 404, 409, 410, 418, 429, 500, 502, 503, 504,
    ] {
        let status = StatusCode::from_u16(status).unwrap();
        let body = json!({"status": "declined", "code": "card_declined"});
        let (acquirer, _served) = answered(move || (status, axum::Json(body.clone()))).await;
        let answer = acquirer.instruct(&charge("tok_ok")).await;
        assert!(is_garbled(&answer), "{status}: {answer:?}");
        let answer = acquirer.enquire(&charge("tok_ok")).await;
        if status == StatusCode::NOT_FOUND {
            assert_eq!(answer, Ok(Verdict::Unknown));
        } else {
            assert!(is_garbled(&answer), "{status}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let followed = Arc::new(AtomicUsize::new(0));
    let count = followed.clone();
    let elsewhere = serve(Router::new().fallback(any(async move || {
        count.fetch_add(1, Ordering::SeqCst);
        axum::Json(json!({"status": "approved"}))
    })))
    .await;
    let to = format!("{}/instructions", elsewhere.url);
    let (acquirer, _served) = answered(move || Redirect::temporary(&to)).await;
    assert!(is_garbled(&acquirer.instruct(&charge("tok_ok")).await));
    assert_eq!(followed.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn garbage_and_endless_answers_are_no_answers() {
    for body in [
        "",
        "{",
        "approved",
        "[]",
        r#"{"status":"done"}"#,
        r#"{"state":"approved"}"#,
    ] {
        let (acquirer, _served) = answered(move || body).await;
        assert!(
            is_garbled(&acquirer.instruct(&charge("tok_ok")).await),
            "{body}"
        );
        assert!(
            is_garbled(&acquirer.enquire(&charge("tok_ok")).await),
            "{body}"
        );
    }
    let (acquirer, _served) =
        answered(|| format!(r#"{{"status":"approved"{}}}"#, " ".repeat(16 * 1024))).await;
    assert!(is_garbled(&acquirer.instruct(&charge("tok_ok")).await));
}

#[tokio::test]
async fn an_acquirer_that_cannot_be_reached_gave_no_answer() {
    // A port that was free a moment ago.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let answer = connector(&url).instruct(&charge("tok_ok")).await;
    assert!(
        matches!(answer, Err(Unanswered::Unreachable(_))),
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_connection_that_breaks_in_the_answer_gave_no_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        let mut seen = Vec::new();
        while !seen.ends_with(b"}}") {
            connection.read_buf(&mut seen).await.unwrap();
        }
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 21\r\n\r\n{\"status\":\"appr";
        connection.write_all(answer).await.unwrap();
    };
    let (acquirer, sent) = (connector(&url), charge("tok_ok"));
    let (answer, ()) = tokio::join!(acquirer.instruct(&sent), server);
    assert!(
        matches!(answer, Err(Unanswered::Unreachable(_))),
        "{answer:?}"
    );
}

#[tokio::test]
async fn an_answer_that_does_not_come_in_time_is_none() {
    let served = serve(Router::new().fallback(any(std::future::pending::<StatusCode>))).await;
    let config = AcquirerConfig {
        timeout_ms: 50,
        ..over_http(served.url.clone())
    };
    let acquirer = HttpAcquirer::new(&config).unwrap();
    assert_eq!(
        acquirer.instruct(&charge("tok_ok")).await,
        Err(Unanswered::TimedOut)
    );
    assert_eq!(
        acquirer.enquire(&charge("tok_ok")).await,
        Err(Unanswered::TimedOut)
    );
}

#[tokio::test]
async fn the_connector_is_built_from_the_settings() {
    let config = over_http("http://127.0.0.1:9/v1".to_owned());
    let built = payments::acquirer::build(&config).unwrap();
    assert!(built.notification_key.is_some());
    let built = payments::acquirer::build(&AcquirerConfig::default()).unwrap();
    assert!(built.notification_key.is_none());
    let refused = AcquirerConfig {
        url: "http://acquirer.example".to_owned(),
        ..config
    };
    assert!(payments::acquirer::build(&refused).is_err());
    assert_eq!(refused.connector, Connector::Http);
}
