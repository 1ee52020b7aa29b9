//! Callers who call too often.

#![cfg(test)]

use std::net::SocketAddr;

use crate::support::{Answer, Bench, request, send};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use tower::ServiceExt;
use values::SECOND;

/// Four logins, three writes, two reads a minute.
fn strict() -> Bench {
    Bench::configured(|config| {
        let limits = &mut config.rate_limits;
        limits.auth = "4/min".parse().unwrap();
        limits.writes = "3/min".parse().unwrap();
        limits.reads = "2/min".parse().unwrap();
    })
}

fn as_user(mut request: Request<Body>, token: &str) -> Request<Body> {
    let value = format!("Bearer {token}").parse().unwrap();
    request.headers_mut().insert("authorization", value);
    request
}

/// How many of twenty calls are let through.
async fn let_through(router: &Router, make: impl Fn() -> Request<Body>) -> usize {
    let mut count = 0;
    for _ in 0..20 {
        count += usize::from(send(router, make()).await.status != 429);
    }
    count
}

async fn status_from(router: &Router, address: &str) -> u16 {
    let mut request = request("GET", "/api/v1/me");
    let peer = SocketAddr::new(address.parse().unwrap(), 50_000);
    request.extensions_mut().insert(ConnectInfo(peer));
    router
        .clone()
        .oneshot(request)
        .await
        .unwrap()
        .status()
        .as_u16()
}

fn refused(answer: &Answer) {
    assert_eq!(answer.refusal(), (429, "rate_limited".into()));
    assert!(answer.problem().retryable);
}

#[tokio::test]
async fn answers_say_how_many_are_left_and_a_refusal_when_to_come_again() {
    let bench = strict();
    let clock = bench.clock.clone();
    let router = bench.router();
    let me = || as_user(request("GET", "/api/v1/me"), "good");
    let first = send(&router, me()).await;
    assert_eq!(first.status, 200);
    assert_eq!(first.header("ratelimit-policy"), "\"reads\";q=2;w=60");
    assert_eq!(first.header("ratelimit"), "\"reads\";r=1;t=30");
    assert_eq!(send(&router, me()).await.status, 200);
    let third = send(&router, me()).await;
    refused(&third);
    assert_eq!(third.header("ratelimit"), "\"reads\";r=0;t=60");
    assert_eq!(third.header("retry-after"), "30");
    assert!(third.problem().detail.contains("30 s,"));
    clock.advance(30 * SECOND - 1);
    refused(&send(&router, me()).await);
    clock.advance(1);
    assert_eq!(send(&router, me()).await.status, 200);
    refused(&send(&router, me()).await);
}

#[tokio::test]
async fn a_clock_that_was_ahead_refuses_nobody_once_it_is_set_right() {
    let bench = strict();
    let clock = bench.clock.clone();
    let router = bench.router();
    let me = || as_user(request("GET", "/api/v1/me"), "good");
    clock.step(9 * 60 * SECOND);
    assert_eq!(send(&router, me()).await.status, 200);
    clock.step(-9 * 60 * SECOND);
    assert_eq!(send(&router, me()).await.status, 200);
    refused(&send(&router, me()).await);
}

#[tokio::test]
async fn a_hundred_in_a_quarter_of_an_hour_is_a_hundred_and_then_one_each_nine_seconds() {
    let bench = Bench::configured(|config| {
        config.rate_limits.auth = "100/15min".parse().unwrap();
    });
    let clock = bench.clock.clone();
    let router = bench.router();
    let log_in = || request("POST", "/api/v1/auth/login");
    let first = send(&router, log_in()).await;
    assert_eq!(first.header("ratelimit-policy"), "\"auth\";q=100;w=900");
    assert_eq!(first.header("ratelimit"), "\"auth\";r=99;t=9");
    for _ in 1..100 {
        assert_ne!(send(&router, log_in()).await.status, 429);
    }
    let next = send(&router, log_in()).await;
    refused(&next);
    assert_eq!(next.header("ratelimit"), "\"auth\";r=0;t=900");
    assert_eq!(next.header("retry-after"), "9");
    clock.advance(9 * SECOND);
    assert_ne!(send(&router, log_in()).await.status, 429);
    refused(&send(&router, log_in()).await);
}

#[tokio::test]
async fn classes_are_counted_apart_and_each_has_its_own_quota() {
    let router = strict().router();
    let calls = [
        ("POST", "/api/v1/auth/login", 4),
        ("POST", "/api/v1/things", 3),
        ("DELETE", "/api/v1/things", 0),
        ("GET", "/api/v1/nothing-here", 2),
        ("HEAD", "/api/v1/nothing-here", 0),
        ("GET", "/api/v1/auth/verify-email", 0),
    ];
    for (method, path, expected) in calls {
        let count = let_through(&router, || request(method, path)).await;
        assert_eq!(count, expected, "{method} {path}");
    }
}

#[tokio::test]
async fn an_account_is_counted_apart_from_its_address_and_forged_tokens_are_not() {
    let router = strict().router();
    let with = |token: &'static str| move || as_user(request("GET", "/api/v1/me"), token);
    assert_eq!(let_through(&router, with("good")).await, 2);
    assert_eq!(let_through(&router, with("bad")).await, 2);
    assert_eq!(let_through(&router, with("worse")).await, 0);
    let without = let_through(&router, || request("GET", "/api/v1/me")).await;
    assert_eq!(without, 0, "the same address");
}

#[tokio::test]
async fn whatever_begins_a_session_is_counted_by_address_whatever_token_it_carries() {
    for (method, path) in [
        ("POST", "login"),
        ("POST", "register"),
        ("POST", "mfa"),
        ("POST", "step-up"),
        ("POST", "refresh"),
        ("POST", "forgot-password"),
        ("POST", "resend-verification"),
        ("POST", "reset-password"),
        ("POST", "passkeys/challenge"),
        ("POST", "passkeys/login"),
        ("POST", "oauth/exchange"),
        ("GET", "oauth/google"),
        ("GET", "oauth/google/callback"),
    ] {
        let router = strict().router();
        let call = || request(method, &format!("/api/v1/auth/{path}"));
        let with_token = let_through(&router, || as_user(call(), "good")).await;
        assert_eq!(with_token, 4, "{method} {path}");
        assert_eq!(let_through(&router, call).await, 0, "{method} {path}");
    }
}

#[tokio::test]
async fn one_ipv6_network_is_one_caller_and_two_ipv4_addresses_are_two() {
    let router = strict().router();
    for (address, expected) in [
        ("2001:db8:1:2::1", 401),
        ("2001:db8:1:2::2", 401),
        ("2001:db8:1:2:ffff::3", 429),
        ("2001:db8:1:3::1", 401),
        ("192.0.2.1", 401),
        ("::ffff:192.0.2.1", 401),
        ("192.0.2.1", 429),
        ("192.0.2.2", 401),
    ] {
        assert_eq!(status_from(&router, address).await, expected, "{address}");
    }
}

#[tokio::test]
async fn what_is_no_api_is_not_counted() {
    let router = strict().router();
    for path in ["/health", "/api-docs.json", "/nothing"] {
        let count = let_through(&router, || request("GET", path)).await;
        assert_eq!(count, 20, "{path}");
        let answer = send(&router, request("GET", path)).await;
        assert!(!answer.headers.contains_key("ratelimit"));
    }
}

#[tokio::test]
async fn switched_off_nothing_is_counted() {
    let off = Bench::configured(|config| {
        config.rate_limits.enabled = false;
        config.rate_limits.reads = "1/min".parse().unwrap();
    });
    let router = off.router();
    let me = || as_user(request("GET", "/api/v1/me"), "good");
    assert_eq!(let_through(&router, me).await, 20);
}
