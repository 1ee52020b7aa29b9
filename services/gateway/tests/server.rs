//! The server on real sockets: slow, large, stalled and leaving clients, and ending in order.

#![cfg(test)]

use std::sync::Arc;

use crate::support::routes::{Gate, endless};
use crate::support::wire::Server;
use crate::support::{Answer, Bench};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;

#[tokio::test]
async fn a_connection_serves_one_request_after_another() {
    let server = Server::start(Bench::new()).await;
    let mut wire = server.connect().await;
    for path in ["/", "/nowhere", "/health"] {
        let answer = wire.get(path).await;
        assert!(!answer.headers.contains_key("connection"));
        assert!(answer.header("x-request-id").starts_with("req_"));
    }
}

#[tokio::test]
async fn a_body_that_dribbles_is_a_408_and_the_end_of_the_connection() {
    let server = Server::start(Bench::configured(|config| config.request_timeout_ms = 50)).await;
    let mut wire = server.connect().await;
    wire.write("POST /api/v1/body HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc")
        .await;
    let answer = wire.answer().await;
    assert_eq!(answer.refusal(), (408, "request_timeout".into()));
    assert_eq!(answer.header("connection"), "close");
    assert!(wire.ends().await);
}

#[tokio::test]
async fn a_head_that_never_ends_ends_the_connection() {
    let server = Server::start(Bench::configured(|config| config.header_timeout_ms = 50)).await;
    // Nothing at all, half a head, and half of what HTTP/2 begins with.
    for sent in [
        "",
        "GET / HTTP/1.1\r\nhost: x\r\nx-a: b",
        "PRI * HTTP/2.0\r\n",
    ] {
        let mut wire = server.connect().await;
        wire.write(sent).await;
        assert!(wire.ends().await, "{sent:?}");
    }
}

#[tokio::test]
async fn the_head_of_a_second_request_has_as_little_time_as_the_first() {
    let server = Server::start(Bench::configured(|config| config.header_timeout_ms = 500)).await;
    let mut wire = server.connect().await;
    assert_eq!(wire.get("/").await.status, 200);
    wire.write("GET / HTT").await;
    assert!(wire.ends().await);
}

#[tokio::test]
async fn a_connection_that_stands_still_is_closed() {
    let server = Server::start(Bench::configured(|config| config.idle_timeout_ms = 50)).await;
    let mut wire = server.connect().await;
    assert_eq!(wire.get("/").await.status, 200);
    assert!(wire.ends().await);
}

#[tokio::test]
async fn a_client_that_stops_reading_is_let_go() {
    let gone = Arc::new(Notify::new());
    let mut bench = Bench::configured(|config| config.idle_timeout_ms = 50);
    bench.parts.routers.push(endless(Arc::clone(&gone)));
    let server = Server::start(bench).await;
    let mut wire = server.connect().await;
    wire.write("GET /api/v1/endless HTTP/1.1\r\nhost: x\r\n\r\n")
        .await;
    gone.notified().await;
}

/// Sends everything before it reads anything, as simple clients do.
async fn upload(server: &Server, head: &str, length: usize) -> Answer {
    let mut wire = server.connect().await;
    wire.write(head).await;
    wire.write(vec![b' '; length]).await;
    let answer = wire.answer().await;
    assert!(wire.ends().await);
    answer
}

#[tokio::test]
async fn ten_megabytes_are_refused_so_that_the_client_sees_why() {
    let server = Server::start(Bench::new()).await;
    let head = "POST /api/v1/things HTTP/1.1\r\nhost: x\r\ncontent-length: 10000000\r\n\r\n";
    let answer = upload(&server, head, 10_000_000).await;
    assert_eq!(answer.refusal(), (413, "body_too_large".into()));
    assert_eq!(answer.header("connection"), "close");
}

#[tokio::test]
async fn a_refusal_that_reads_no_body_reaches_a_client_that_still_sends() {
    let server = Server::start(Bench::configured(|config| {
        config.body_limit_bytes = 20_000_000
    }))
    .await;
    let head = "POST /api/v1/unread HTTP/1.1\r\nhost: x\r\ncontent-length: 10000000\r\n\r\n";
    assert_eq!(upload(&server, head, 10_000_000).await.refusal().0, 401);
}

#[tokio::test]
async fn a_small_body_that_a_refusal_did_not_read_leaves_the_connection_open() {
    let server = Server::start(Bench::configured(|config| {
        config.rate_limits.writes.limit = 6;
    }))
    .await;
    let mut wire = server.connect().await;
    let small = "x".repeat(60_000);
    for (line, status) in [
        ("POST /api/v1/unread", 401),
        ("POST /nowhere", 404),
        ("PUT /api/v1/unread", 405),
        ("POST /api/v1/things", 415),
        ("GET /health", 200),
        ("POST /api/v1/unread", 401),
        ("POST /api/v1/unread", 401),
        ("POST /api/v1/unread", 401),
        ("POST /api/v1/unread", 429),
        ("GET /", 200),
    ] {
        // Head and body in two segments, as most clients send them.
        wire.write(format!(
            "{line} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n",
            small.len()
        ))
        .await;
        wire.write(&small).await;
        let answer = wire.answer().await;
        assert_eq!(answer.status, status, "{line}");
        assert!(!answer.headers.contains_key("connection"), "{line}");
    }
}

#[tokio::test]
async fn an_answer_says_that_the_connection_ends_where_too_much_of_a_body_is_unread() {
    let server = Server::start(Bench::new()).await;
    let declared =
        |length: usize| format!("content-length: {length}\r\n\r\n{}", "x".repeat(length));
    let chunk = format!("{:x}\r\n{}\r\n", 70_000, "x".repeat(70_000));
    for body in [
        declared(70_000),
        format!("transfer-encoding: chunked\r\n\r\n{chunk}0\r\n\r\n"),
        // Who waits to be asked for a body is not asked for one that nobody wants.
        "content-length: 10\r\nexpect: 100-continue\r\n\r\n".into(),
    ] {
        for path in ["/api/v1/unread", "/nowhere"] {
            let mut wire = server.connect().await;
            wire.write(format!("POST {path} HTTP/1.1\r\nhost: x\r\n{body}"))
                .await;
            let answer = wire.answer().await;
            assert!(answer.status.is_client_error());
            assert_eq!(answer.header("connection"), "close", "{path}");
            assert!(wire.ends().await);
        }
    }
}

#[tokio::test]
async fn chunks_beyond_the_limit_are_refused() {
    let server = Server::start(Bench::configured(|config| config.body_limit_bytes = 1_000)).await;
    let mut wire = server.connect().await;
    wire.write("POST /api/v1/body HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
        .await;
    for _ in 0..11 {
        wire.write(format!("64\r\n{}\r\n", "x".repeat(100))).await;
    }
    assert_eq!(
        wire.answer().await.refusal(),
        (413, "body_too_large".into())
    );
    assert!(wire.ends().await);
}

#[tokio::test]
async fn a_refused_upload_is_not_even_asked_for() {
    let server = Server::start(Bench::new()).await;
    let mut wire = server.connect().await;
    wire.write(
        "POST /api/v1/body HTTP/1.1\r\nhost: x\r\ncontent-length: 10000000\r\nexpect: 100-continue\r\n\r\n",
    )
    .await;
    assert_eq!(wire.answer().await.refusal().0, 413);
}

#[tokio::test]
async fn what_is_no_http_is_refused_by_the_server_itself() {
    let server = Server::start(Bench::new()).await;
    let long_header = format!(
        "GET / HTTP/1.1\r\nhost: x\r\nx-long: {}\r\n\r\n",
        "a".repeat(70_000)
    );
    for (sent, status) in [("NONSENSE\r\n\r\n", "400"), (&*long_header, "431")] {
        let mut wire = server.connect().await;
        wire.write(sent).await;
        let mut said = [0; 12];
        wire.0.read_exact(&mut said).await.unwrap();
        assert_eq!(said, format!("HTTP/1.1 {status}").as_bytes());
    }
}

#[tokio::test]
async fn a_request_that_does_not_say_once_which_host_is_meant_is_refused() {
    let server = Server::start(Bench::new()).await;
    for (line, headers, refused) in [
        ("HTTP/1.1", "", true),
        ("HTTP/1.1", "host: x\r\nhost: x\r\n", true),
        (
            "HTTP/1.1",
            "host: x\r\nx-a: b\r\nHOST: evil.example\r\n",
            true,
        ),
        ("HTTP/1.1", "host: x, y\r\n", true),
        ("HTTP/1.1", "host: http://x\r\n", true),
        ("HTTP/1.1", "host: me@x\r\n", true),
        ("HTTP/1.1", "host: x/y\r\n", true),
        ("HTTP/1.1", "host: x:port\r\n", true),
        ("HTTP/1.1", "host: \r\n", false),
        ("HTTP/1.1", "host: pay.example:8080\r\n", false),
        ("HTTP/1.1", "host: [::1]:8080\r\n", false),
        ("HTTP/1.0", "host: x\r\nhost: y\r\n", true),
        ("HTTP/1.0", "", false),
    ] {
        let mut wire = server.connect().await;
        wire.write(format!("GET / {line}\r\n{headers}\r\n")).await;
        let answer = wire.answer().await;
        if refused {
            assert_eq!(answer.refusal(), (400, "invalid_host".into()), "{headers}");
            assert_eq!(answer.header("connection"), "close");
            assert!(wire.ends().await);
        } else {
            assert_eq!(answer.status, 200, "{line} {headers}");
        }
    }
}

#[tokio::test]
async fn more_connections_than_allowed_wait_for_their_turn() {
    let server = Server::start(Bench::configured(|config| config.max_connections = 1)).await;
    let mut first = server.connect().await;
    assert_eq!(first.get("/").await.status, 200);
    let mut second = server.connect().await;
    second.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert_eq!(first.get("/").await.status, 200);
    let nothing = second.0.try_read(&mut [0; 1]).unwrap_err();
    assert_eq!(nothing.kind(), std::io::ErrorKind::WouldBlock);
    drop(first);
    assert_eq!(second.answer().await.status, 200);
}

#[tokio::test]
async fn http2_is_spoken_to_those_who_begin_with_it() {
    let server = Server::start(Bench::new()).await;
    let mut wire = server.connect().await;
    wire.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    // An empty SETTINGS, then HEADERS that end stream 1: GET http / at authority x (RFC 9113, RFC
    // 7541).
    wire.write([0, 0, 0, 4, 0, 0, 0, 0, 0]).await;
    wire.write([0, 0, 6, 1, 5, 0, 0, 0, 1, 0x82, 0x86, 0x84, 0x41, 1, b'x'])
        .await;
    let body = loop {
        let mut head = [0; 9];
        wire.0.read_exact(&mut head).await.unwrap();
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        wire.0.read_exact(&mut payload).await.unwrap();
        if head[3] == 0 {
            break payload;
        }
    };
    assert!(String::from_utf8(body).unwrap().contains("PayFlow"));
}

#[tokio::test]
async fn a_request_at_hand_is_answered_before_the_server_ends() {
    let gate = Gate::default();
    let mut bench = Bench::new();
    bench.parts.routers.push(gate.router());
    let server = Server::start(bench).await;
    let mut idle = server.connect().await;
    assert_eq!(idle.get("/").await.status, 200);
    let mut wire = server.connect().await;
    wire.write("GET /api/v1/gate HTTP/1.1\r\nhost: x\r\n\r\n")
        .await;
    gate.entered.notified().await;

    server.stop.send(()).unwrap();
    assert!(idle.ends().await, "an idle connection is closed at once");
    let refused = TcpStream::connect(server.address).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    gate.open.notify_one();
    let answer = wire.answer().await;
    assert_eq!(
        (answer.text(), answer.header("connection")),
        ("through", "close")
    );
    assert!(wire.ends().await);
    server.over.await.unwrap();
}

#[tokio::test]
async fn a_request_that_does_not_end_in_the_grace_is_cut_off() {
    let gate = Gate::default();
    let mut bench = Bench::configured(|config| config.shutdown_grace_ms = 50);
    bench.parts.routers.push(gate.router());
    let server = Server::start(bench).await;
    let mut wire = server.connect().await;
    wire.write("GET /api/v1/gate HTTP/1.1\r\nhost: x\r\n\r\n")
        .await;
    gate.entered.notified().await;
    server.stop.send(()).unwrap();
    server.over.await.unwrap();
    assert!(wire.ends().await);
}

#[tokio::test]
async fn a_client_that_hangs_up_does_not_disturb_the_others() {
    let server = Server::start(Bench::new()).await;
    let mut wire = server.connect().await;
    wire.write("POST /api/v1/body HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc")
        .await;
    wire.0.shutdown().await.unwrap();
    drop(wire);
    assert_eq!(server.connect().await.get("/").await.status, 200);
}
