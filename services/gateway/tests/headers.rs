//! Security headers on every answer, and CORS as configured.

#![cfg(test)]

use crate::support::{Answer, Bench, get, request, router, send};
use axum::body::Body;
use axum::http::Request;

#[tokio::test]
async fn every_answer_has_the_security_headers() {
    let router = router();
    for path in [
        "/",
        "/nowhere",
        "/api/v1/panic",
        "/api/v1/text/a",
        "/api-docs",
        "/api-docs.json",
    ] {
        let answer = get(&router, path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert!(answer.header("permissions-policy").contains("camera=()"));
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(
            answer
                .headers
                .get_all("content-security-policy")
                .iter()
                .count(),
            1
        );
        assert!(
            answer
                .header("content-security-policy")
                .starts_with("default-src 'none'")
        );
        assert!(!answer.headers.contains_key("strict-transport-security"));
        assert!(!answer.headers.contains_key("access-control-allow-origin"));
    }
}

#[tokio::test]
async fn https_only_is_said_only_where_it_is_configured() {
    let router = Bench::configured(|config| config.https = true).router();
    let answer = get(&router, "/nowhere").await;
    assert_eq!(
        answer.header("strict-transport-security"),
        "max-age=31536000"
    );
}

fn from(origin: &str, mut request: Request<Body>) -> Request<Body> {
    request
        .headers_mut()
        .insert("origin", origin.parse().unwrap());
    request
}

fn preflight(origin: &str) -> Request<Body> {
    let mut request = from(origin, request("OPTIONS", "/api/v1/things"));
    request
        .headers_mut()
        .insert("access-control-request-method", "POST".parse().unwrap());
    request
}

fn allowed(answer: &Answer) -> &str {
    answer.header("access-control-allow-origin")
}

#[tokio::test]
async fn a_listed_origin_may_call_and_another_may_not() {
    let listed = "https://app.example";
    let router =
        Bench::configured(|config| config.cors_allowed_origins = vec![listed.into()]).router();

    let answer = send(&router, preflight(listed)).await;
    assert_eq!((answer.status.as_u16(), allowed(&answer)), (200, listed));
    assert!(
        answer
            .header("access-control-allow-methods")
            .contains("PATCH")
    );
    assert!(
        answer
            .header("access-control-allow-headers")
            .contains("idempotency-key")
    );
    assert!(answer.header("x-request-id").starts_with("req_"));
    assert!(
        !answer
            .headers
            .contains_key("access-control-allow-credentials")
    );

    let answer = send(&router, preflight("https://evil.example")).await;
    assert_eq!(allowed(&answer), "");

    // Errors of the gateway itself are readable for the page, too.
    for path in ["/api/v1/text/a", "/api/v1/panic", "/nowhere"] {
        let answer = send(&router, from(listed, request("GET", path))).await;
        assert_eq!(allowed(&answer), listed, "{path}");
        for name in [
            "x-request-id",
            "idempotent-replayed",
            "retry-after",
            "ratelimit",
            "ratelimit-policy",
        ] {
            assert!(
                answer
                    .header("access-control-expose-headers")
                    .contains(name),
                "{name}"
            );
        }
        assert!(answer.header("vary").contains("origin"));
    }
}

#[tokio::test]
async fn a_star_lets_every_origin_call_without_credentials() {
    let router =
        Bench::configured(|config| config.cors_allowed_origins = vec!["*".into()]).router();
    let answer = send(&router, from("https://a.example", request("GET", "/"))).await;
    assert_eq!(allowed(&answer), "*");
}
