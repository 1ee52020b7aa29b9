//! The client against a name that leads elsewhere from one moment to the next.

use std::io;
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::webhooks::target;

/// Answers the first time this, and then that.
struct Rebinds(Mutex<Vec<IpAddr>>);

impl Rebinds {
    fn to(addresses: [&str; 2]) -> Arc<Self> {
        let addresses = addresses.map(|text| text.parse().unwrap());
        Arc::new(Self(Mutex::new(addresses.to_vec())))
    }
}

#[async_trait]
impl Lookup for Rebinds {
    async fn addresses(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        let mut left = self.0.lock().unwrap();
        Ok(vec![match left.len() {
            1 => left[0],
            _ => left.remove(0),
        }])
    }
}

fn sender(allowed: &str, lookup: Arc<dyn Lookup>) -> Sender {
    let networks = Networks::with(&[allowed.parse().unwrap()]);
    Sender::new(networks, lookup, Duration::from_secs(5))
}

async fn send(sender: &Sender, url: &str) -> Sent {
    let message = Message {
        url,
        id: "evt_1",
        body: "{}",
        secrets: &[],
    };
    sender.send(&message, Timestamp(0)).await
}

#[tokio::test]
async fn an_address_that_changes_between_check_and_connection_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    for (scheme, first) in [("https", "1.1.1.1"), ("http", "10.0.0.1")] {
        let sender = sender("10.0.0.0/8", Rebinds::to([first, "127.0.0.1"]));
        let url = format!("{scheme}://rebind.invalid:{port}/");
        assert!(target::check(&sender.networks, &url).is_ok());
        // What the name led to before does not count.
        sender.lookup.addresses("rebind.invalid").await.unwrap();
        let sent = send(&sender, &url).await;
        assert_eq!(sent.outcome.error.unwrap(), Refused.to_string());
    }
    let nobody = tokio::time::timeout(Duration::from_millis(50), listener.accept());
    assert!(nobody.await.is_err(), "somebody has connected");
}

#[tokio::test]
async fn the_address_that_was_looked_up_for_the_connection_is_the_one_that_is_connected_to() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut bytes = vec![0; 10_000];
        let count = stream.read(&mut bytes).await.unwrap();
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(answer).await.unwrap();
        String::from_utf8_lossy(&bytes[..count]).into_owned()
    });
    let sender = sender("127.0.0.0/8", Rebinds::to(["127.0.0.1", "127.0.0.1"]));
    let sent = send(&sender, &format!("http://name.invalid:{port}/a?b=c")).await;
    assert_eq!(sent.outcome.status, Some(200), "{:?}", sent.outcome);
    let request = server.await.unwrap();
    assert!(request.starts_with("POST /a?b=c HTTP/1.1\r\n"), "{request}");
    assert!(
        request.contains(&format!("host: name.invalid:{port}\r\n")),
        "{request}"
    );
}

/// Knows no name but one, which leads inside.
struct Intranet;

#[async_trait]
impl Lookup for Intranet {
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        match name {
            "wiki.internal" => Ok(vec!["10.0.0.7".parse().unwrap()]),
            _ => Err(io::Error::other("no such name")),
        }
    }
}

#[tokio::test]
async fn names_of_the_own_network_and_names_that_nobody_has_are_answered_alike() {
    let sender = sender("127.0.0.0/8", Arc::new(Intranet));
    let mut told = Vec::new();
    for name in ["wiki.internal", "nothing.internal"] {
        let url = format!("https://{name}/");
        let checked = target::check(&sender.networks, &url).map(|_| ());
        let sent = send(&sender, &url).await;
        told.push((checked, sent.outcome, sent.duration_ms));
    }
    assert_eq!(told[0], told[1]);
    assert!(told[0].0.is_ok());
}

#[tokio::test]
async fn an_address_in_the_url_is_checked_before_each_attempt() {
    let sender = sender("10.0.0.0/8", Rebinds::to(["1.1.1.1", "1.1.1.1"]));
    for url in [
        "https://127.0.0.1:9/",
        "http://[::1]:9/",
        "https://169.254.169.254/",
    ] {
        let error = send(&sender, url).await.outcome.error.unwrap();
        assert!(error.contains("private address"), "{error}");
    }
}
