//! Where requests come from: the connection's peer, or whom a trusted proxy speaks for.

#![cfg(test)]

use crate::support::wire::Server;
use crate::support::{Bench, PEER, get, request, router, send};
use gateway::ForwardedHeader;
use tower::ServiceExt;

const ADDRESS: &str = "/api/v1/address";

#[tokio::test]
async fn the_address_is_that_of_the_connection() {
    let server = Server::start(Bench::new()).await;
    let answer = server.connect().await.get(ADDRESS).await;
    assert_eq!(answer.text(), "127.0.0.1");
}

#[tokio::test]
async fn without_trusted_proxies_nobody_speaks_for_another() {
    let mut request = request("GET", ADDRESS);
    for name in ["x-forwarded-for", "forwarded", "x-real-ip"] {
        request
            .headers_mut()
            .insert(name, "203.0.113.5".parse().unwrap());
    }
    let answer = send(&router(), request).await;
    assert_eq!(answer.text(), PEER.ip().to_string());
}

#[tokio::test]
async fn a_trusted_proxy_says_whom_it_speaks_for_in_its_own_header_only() {
    for (header, name, value) in [
        (
            ForwardedHeader::XForwardedFor,
            "x-forwarded-for",
            "203.0.113.5",
        ),
        (ForwardedHeader::Forwarded, "forwarded", "for=203.0.113.5"),
    ] {
        let router = Bench::configured(|config| {
            config.trusted_proxies = vec![PEER.ip().into()];
            config.forwarded_header = header;
        })
        .router();
        let mut spoken = request("GET", ADDRESS);
        spoken
            .headers_mut()
            .insert("x-forwarded-for", "198.51.100.66".parse().unwrap());
        spoken
            .headers_mut()
            .insert("forwarded", "for=198.51.100.66".parse().unwrap());
        spoken.headers_mut().insert(name, value.parse().unwrap());
        assert_eq!(send(&router, spoken).await.text(), "203.0.113.5");
        assert_eq!(get(&router, ADDRESS).await.text(), PEER.ip().to_string());
    }
}

#[tokio::test]
async fn a_request_that_came_by_no_connection_has_no_address() {
    let response = router().oneshot(request("GET", ADDRESS)).await.unwrap();
    assert_eq!(response.status(), 500);
}
