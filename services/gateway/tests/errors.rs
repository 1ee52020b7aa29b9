//! Whatever the framework refuses by itself is a problem that carries the id of its request.

#![cfg(test)]

use crate::support::{get, post, request, router, send};

#[tokio::test]
async fn an_unknown_route_is_a_problem() {
    let answer = get(&router(), "/nowhere").await;
    assert_eq!(answer.refusal(), (404, "route_not_found".into()));
}

#[tokio::test]
async fn a_method_that_a_path_does_not_take_is_a_problem_with_allow() {
    let router = router();
    for method in ["DELETE", "OPTIONS", "TRACE", "BREW"] {
        let answer = send(&router, request(method, "/api/v1/things")).await;
        assert_eq!(
            answer.refusal(),
            (405, "method_not_allowed".into()),
            "{method}"
        );
        assert_eq!(answer.header("allow"), "POST");
        assert!(answer.problem().detail.contains(method));
    }
    let answer = send(&router, request("POST", "/health")).await;
    assert_eq!(answer.refusal().0, 405);
    assert_eq!(answer.header("allow"), "GET,HEAD");
}

#[tokio::test]
async fn a_path_that_is_not_utf8_is_malformed() {
    let router = router();
    let answer = get(&router, "/api/v1/things/%ff%fe").await;
    assert_eq!(answer.refusal(), (400, "invalid_id".into()));
    // Here the framework refuses, in plain text.
    let answer = get(&router, "/api/v1/text/%ff%fe").await;
    assert_eq!(answer.refusal(), (400, "malformed_request".into()));
}

#[tokio::test]
async fn an_id_of_another_kind_is_refused_by_its_prefix() {
    let answer = get(&router(), "/api/v1/things/usr_01h455vb4pex5vsknk084sn02q").await;
    assert_eq!(answer.refusal(), (400, "invalid_id".into()));
    assert!(answer.problem().detail.contains("thg_"));
}

#[tokio::test]
async fn a_uri_beyond_eight_kibibytes_is_refused() {
    let router = router();
    let long = format!("/api/v1/text/{}", "a".repeat(8_192 - "/api/v1/text/".len()));
    assert_eq!(get(&router, &long).await.status, 200);
    let answer = get(&router, &format!("{long}a")).await;
    assert_eq!(answer.refusal(), (414, "uri_too_long".into()));
}

#[tokio::test]
async fn a_panic_is_a_problem_that_says_nothing_of_it() {
    let answer = get(&router(), "/api/v1/panic").await;
    assert_eq!(answer.refusal(), (500, "internal".into()));
    assert!(!answer.text().contains("as told"));
}

#[tokio::test]
async fn a_plain_error_becomes_a_problem_and_keeps_its_headers() {
    let router = router();
    let answer = get(&router, "/api/v1/plain").await;
    assert_eq!(answer.refusal().0, 409);
    assert_eq!(answer.header("retry-after"), "7");
    let answer = get(&router, "/api/v1/empty").await;
    assert_eq!(answer.refusal(), (503, "unavailable".into()));
    assert!(answer.problem().retryable);
}

#[tokio::test]
async fn a_page_that_a_handler_made_for_people_stays_as_it_is() {
    let answer = get(&router(), "/api/v1/page").await;
    assert_eq!(
        (answer.status.as_u16(), answer.text()),
        (409, "<h1>no</h1>")
    );
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    assert!(
        answer
            .header("content-security-policy")
            .contains("default-src 'none'")
    );
}

#[tokio::test]
async fn a_handlers_own_problem_stays_as_it_is() {
    let router = router();
    let answer = send(&router, post("/api/v1/things", r#"{"nope": 1}"#.into())).await;
    assert_eq!(answer.refusal(), (400, "unknown_field".into()));
    let answer = get(&router, "/api/v1/me").await;
    assert_eq!(answer.refusal(), (401, "unauthenticated".into()));
    assert_eq!(answer.header("www-authenticate"), "Bearer");
}

#[tokio::test]
async fn the_caller_is_known_by_the_identity_of_the_parts() {
    let router = router();
    let mut request = request("GET", "/api/v1/me");
    request
        .headers_mut()
        .insert("authorization", "Bearer good".parse().unwrap());
    let answer = send(&router, request).await;
    assert_eq!(answer.status, 200);
    assert!(answer.text().starts_with("usr_"));
}

#[tokio::test]
async fn head_answers_like_get_without_the_body() {
    let router = router();
    let get = get(&router, "/").await;
    let head = send(&router, request("HEAD", "/")).await;
    assert_eq!(head.status, 200);
    assert_eq!(head.header("content-length"), get.body.len().to_string());
    assert!(head.body.is_empty());
    let head = send(&router, request("HEAD", "/nowhere")).await;
    assert_eq!((head.status.as_u16(), head.body.len()), (404, 0));
}
