//! JSON ends with a newline where it is printed to a terminal, and nowhere else.
#![cfg(test)]

use crate::support::wire::Server;
use crate::support::{Answer, Bench, request, router, send};

async fn answered(method: &str, path: &str, agent: Option<&str>) -> Answer {
    let mut request = request(method, path);
    if let Some(agent) = agent {
        let headers = request.headers_mut();
        headers.insert("user-agent", agent.parse().unwrap());
    }
    send(&router(), request).await
}

#[tokio::test]
async fn json_ends_with_a_newline_for_programs_that_print_it() {
    for path in ["/health", "/no-such-path", "/api-docs/openapi.json"] {
        let plain = answered("GET", path, Some("reqwest/0.13")).await;
        assert!(
            !plain.body.is_empty() && !plain.body.ends_with(b"\n"),
            "{path}"
        );
        for agent in ["curl/8.5.0", "HTTPie/3.2.2", "Wget/1.21.4"] {
            let printed = answered("GET", path, Some(agent)).await;
            assert_eq!(printed.status, plain.status);
            assert!(printed.body.ends_with(b"}\n"), "{agent} {path}");
            let length = printed.header("content-length");
            assert!(length.is_empty() || length == printed.body.len().to_string());
        }
    }
    let unknown = answered("GET", "/health", None).await;
    assert!(!unknown.body.ends_with(b"\n"));
}

#[tokio::test]
async fn what_is_no_json_or_has_no_body_stays_as_it_is() {
    let curl = Some("curl/8.5.0");
    for path in ["/metrics", "/api/v1/text/x"] {
        let plain = answered("GET", path, None).await;
        let printed = answered("GET", path, curl).await;
        assert_eq!(
            printed.body.ends_with(b"\n"),
            plain.body.ends_with(b"\n"),
            "{path}"
        );
    }
    let head = answered("HEAD", "/health", curl).await;
    assert_eq!(head.body, b"");
}

#[tokio::test]
async fn a_connection_goes_on_after_an_answer_that_is_longer_by_one() {
    let server = Server::start(Bench::new()).await;
    let mut wire = server.connect().await;
    for _ in 0..3 {
        wire.write("GET /health HTTP/1.1\r\nhost: x\r\nuser-agent: curl/8.5.0\r\n\r\n")
            .await;
        let answer = wire.answer().await;
        assert!(answer.body.ends_with(b"}\n"));
        assert_eq!(
            answer.header("content-length"),
            answer.body.len().to_string()
        );
    }
}
