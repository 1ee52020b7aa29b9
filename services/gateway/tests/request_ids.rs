//! Every answer says under which id its request is known.

#![cfg(test)]

use crate::support::{Answer, Bench, get, request, router, send};
use axum::http::{HeaderValue, Request};
use proptest::prelude::*;

async fn with_id(router: &axum::Router, id: &[u8]) -> Option<Answer> {
    let mut request: Request<_> = request("GET", "/nowhere");
    request
        .headers_mut()
        .insert("x-request-id", HeaderValue::from_bytes(id).ok()?);
    Some(send(router, request).await)
}

#[tokio::test]
async fn a_request_without_an_id_gets_one() {
    let router = router();
    let first = get(&router, "/").await;
    let second = get(&router, "/").await;
    assert!(first.header("x-request-id").starts_with("req_"));
    assert_eq!(first.header("x-request-id").len(), "req_".len() + 26);
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
}

#[tokio::test]
async fn a_callers_id_is_kept_in_header_and_problem() {
    let answer = with_id(&router(), b"checkout-7/{a}").await.unwrap();
    assert_eq!(
        answer.problem().request_id.as_deref(),
        Some("checkout-7/{a}")
    );
}

#[tokio::test]
async fn an_id_of_another_form_is_replaced() {
    let router = router();
    let long = [b'x'; 129];
    for id in [
        &b""[..],
        b"a b",
        b" ",
        b"tab\tbed",
        b"caf\xe9",
        "naïve".as_bytes(),
        &long,
    ] {
        let answer = with_id(&router, id).await.unwrap();
        assert!(
            answer.problem().request_id.unwrap().starts_with("req_"),
            "{id:?}"
        );
    }
    let longest = with_id(&router, &long[1..]).await.unwrap();
    assert_eq!(longest.header("x-request-id").len(), 128);
}

proptest! {
    #[test]
    fn no_id_that_comes_in_ever_makes_a_broken_header(id in proptest::collection::vec(any::<u8>(), 0..200)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let router = Bench::new().router();
        if let Some(answer) = runtime.block_on(with_id(&router, &id)) {
            let sent = answer.header("x-request-id");
            prop_assert!((1..=128).contains(&sent.len()));
            prop_assert!(sent.bytes().all(|byte| byte.is_ascii_graphic()));
            prop_assert_eq!(answer.headers.get_all("x-request-id").iter().count(), 1);
            let problem = answer.problem();
            prop_assert_eq!(problem.request_id.as_deref(), Some(sent));
            let plain = (1..=128).contains(&id.len()) && id.iter().all(u8::is_ascii_graphic);
            prop_assert_eq!(plain, sent.as_bytes() == id);
        }
    }
}
