//! Bodies that are too large or too slow, and handlers that take too long.

#![cfg(test)]

use crate::support::routes::{dribble, pieces};
use crate::support::{Bench, post, router, send};
use axum::body::Body;
use axum::http::Request;

const MIB: usize = 1024 * 1024;

fn declared(path: &str, length: &str) -> Request<Body> {
    // Never sends a byte: anyone who waited for the body would wait for ever.
    let mut request = post(path, dribble());
    request
        .headers_mut()
        .insert("content-length", length.parse().unwrap());
    request
}

#[tokio::test]
async fn a_body_declared_too_large_is_refused_before_it_is_read() {
    let router = router();
    for length in ["1048577", "99999999999999999999999999"] {
        let answer = send(&router, declared("/api/v1/body", length)).await;
        assert_eq!(answer.refusal(), (413, "body_too_large".into()));
        assert!(answer.problem().detail.contains("1048576"));
        assert_eq!(answer.header("connection"), "close");
    }
}

#[tokio::test]
async fn a_body_that_goes_on_beyond_the_limit_is_refused_however_it_is_read() {
    let router = router();
    for path in ["/api/v1/body", "/api/v1/bytes", "/api/v1/swallow"] {
        let answer = send(&router, post(path, pieces(MIB))).await;
        assert_eq!(
            (answer.status.as_u16(), answer.text()),
            (200, "1048576"),
            "{path}"
        );
        let answer = send(&router, post(path, pieces(MIB + 1))).await;
        assert_eq!(answer.refusal(), (413, "body_too_large".into()), "{path}");
    }
}

#[tokio::test]
async fn a_batch_of_the_ledger_may_be_larger() {
    let router = router();
    let path = "/api/v1/ledger/transfers";
    let answer = send(&router, post(path, pieces(16 * MIB))).await;
    assert_eq!((answer.status.as_u16(), answer.text()), (200, "16777216"));
    let answer = send(&router, post(path, pieces(16 * MIB + 1))).await;
    assert_eq!(answer.refusal(), (413, "body_too_large".into()));
    let answer = send(&router, declared(path, "16777217")).await;
    assert_eq!(answer.refusal(), (413, "body_too_large".into()));
}

#[tokio::test]
async fn the_limits_are_configured() {
    let router = Bench::configured(|config| config.body_limit_bytes = 10).router();
    let answer = send(&router, post("/api/v1/body", pieces(11))).await;
    assert_eq!(answer.refusal(), (413, "body_too_large".into()));
    assert!(answer.problem().detail.contains("10 bytes"));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_dribbles_ends_in_a_request_timeout() {
    let router = router();
    for path in ["/api/v1/body", "/api/v1/things"] {
        let answer = send(&router, post(path, dribble())).await;
        assert_eq!(answer.refusal(), (408, "request_timeout".into()));
        assert!(answer.problem().retryable);
        assert_eq!(answer.header("connection"), "close");
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_takes_too_long_ends_in_a_timeout() {
    let router = router();
    let began = tokio::time::Instant::now();
    let answer = crate::support::get(&router, "/api/v1/never").await;
    assert_eq!(answer.refusal(), (504, "timeout".into()));
    assert!(answer.problem().retryable);
    assert_eq!(began.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_nobody_reads_does_not_make_a_slow_handler_the_clients_fault() {
    let answer = send(&router(), post("/api/v1/never", dribble())).await;
    assert_eq!(answer.refusal(), (504, "timeout".into()));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_does_not_wait_long_for_a_body_that_it_does_not_need() {
    let began = tokio::time::Instant::now();
    let answer = send(&router(), post("/api/v1/unread", dribble())).await;
    assert_eq!(answer.refusal().0, 401);
    assert_eq!(answer.header("connection"), "close");
    assert_eq!(began.elapsed().as_secs(), 1);
}

#[tokio::test]
async fn two_kinds_of_refusal_in_one_request_are_about_its_size_first() {
    let mut request = declared("/api/v1/things", "1048577");
    request.headers_mut().remove("content-type");
    let answer = send(&router(), request).await;
    assert_eq!(answer.refusal().0, 413);
}
