//! HTTP/1.1 as far as a load generator needs it: one request at a time on a kept connection,
//! answers with a `Content-Length`. It costs as little as it can, because it shares the machine
//! with the server.

use std::net::SocketAddr;

use anyhow::{Context, bail};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The largest answer that is read.
const MOST: usize = 16 * 1024 * 1024;

/// The head of an answer.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    status: u16,
    /// Where the body begins.
    body: usize,
    /// Where it ends, and the next answer begins.
    end: usize,
}

/// The head at the start of `bytes`, if it is there whole.
///
/// # Errors
/// Where it is no HTTP/1.1, or does not say how long its body is.
fn head(bytes: &[u8]) -> anyhow::Result<Option<Head>> {
    let Some(length) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let text = std::str::from_utf8(&bytes[..length]).context("a head that is no text")?;
    let mut lines = text.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.strip_prefix("HTTP/1.1 "))
        .and_then(|line| line.get(..3))
        .and_then(|status| status.parse().ok())
        .context("an answer that is no HTTP/1.1")?;
    let declared = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let size: usize = match declared {
        Some((_, value)) => value.trim().parse().context("a wrong Content-Length")?,
        None if status == 204 => 0,
        None => bail!("an answer without Content-Length"),
    };
    if size > MOST {
        bail!("an answer of {size} bytes");
    }
    let body = length + 4;
    Ok(Some(Head {
        status,
        body,
        end: body + size,
    }))
}

/// A kept connection.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// Where nobody listens.
    pub async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            received: Vec::with_capacity(8 * 1024),
        })
    }

    /// Sends a whole request and reads its answer: the status and the body.
    ///
    /// # Errors
    /// Where the connection breaks or the answer cannot be understood.
    pub async fn exchange(&mut self, request: &[u8]) -> anyhow::Result<(u16, &[u8])> {
        self.received.clear();
        self.stream.write_all(request).await?;
        let mut known = None;
        loop {
            if self.stream.read_buf(&mut self.received).await? == 0 {
                bail!("the server closed the connection");
            }
            if known.is_none() {
                known = head(&self.received)?;
            }
            if let Some(Head { status, body, end }) = known
                && self.received.len() >= end
            {
                return Ok((status, &self.received[body..end]));
            }
        }
    }

    /// Sends JSON, or nothing, as a user, or nobody, and reads JSON.
    ///
    /// # Errors
    /// As [`Connection::exchange`], and any other status than `expected`.
    pub async fn call(
        &mut self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
        expected: u16,
    ) -> anyhow::Result<Value> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let request = request(method, path, token, &[], &body);
        let (status, answer) = self
            .exchange(request.as_bytes())
            .await
            .with_context(|| format!("{method} {path}"))?;
        if status != expected {
            let answer = String::from_utf8_lossy(answer);
            bail!("{method} {path} was answered with {status}: {answer}");
        }
        serde_json::from_slice(answer).with_context(|| format!("the answer to {method} {path}"))
    }
}

/// A request as it goes over the wire.
pub fn request(
    method: &str,
    path: &str,
    token: Option<&str>,
    headers: &[(&str, &str)],
    body: &str,
) -> String {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n");
    if let Some(token) = token {
        text.push_str(&format!("Authorization: Bearer {token}\r\n"));
    }
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() {
        text.push_str("Content-Type: application/json\r\n");
    }
    if !body.is_empty() || method != "GET" {
        text.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    text.push_str("\r\n");
    text.push_str(body);
    text
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[test]
    fn a_head_is_understood_once_it_is_whole() {
        let whole = b"HTTP/1.1 201 Created\r\nX-A: b\r\ncontent-length: 5\r\n\r\nhello";
        for length in 0..whole.len() - 5 {
            assert_eq!(head(&whole[..length]).unwrap(), None, "{length}");
        }
        let expected = Head {
            status: 201,
            body: whole.len() - 5,
            end: whole.len(),
        };
        assert_eq!(head(&whole[..whole.len() - 5]).unwrap(), Some(expected));
    }

    #[test]
    fn an_answer_of_unknown_length_is_refused() {
        for bytes in [
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".as_slice(),
            b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
            b"SSH-2.0-OpenSSH\r\n\r\n",
            b"HTTP/1.1 \r\n\r\n",
            b"\xff\xff\r\n\r\n",
        ] {
            assert!(head(bytes).is_err(), "{}", String::from_utf8_lossy(bytes));
        }
        let empty = head(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap().unwrap();
        assert_eq!((empty.status, empty.body), (204, empty.end));
    }

    #[test]
    fn a_request_says_how_long_its_body_is() {
        let text = request(
            "POST",
            "/a",
            Some("t"),
            &[("Idempotency-Key", "k")],
            "{\"b\":1}",
        );
        let expected = "POST /a HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer t\r\nIdempotency-Key: k\r\n\
                        Content-Type: application/json\r\nContent-Length: 7\r\n\r\n{\"b\":1}";
        assert_eq!(text, expected);
        assert_eq!(
            request("GET", "/", None, &[], ""),
            "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
        );
    }

    #[tokio::test]
    async fn answers_in_pieces_are_put_together_and_the_connection_is_kept() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            for pieces in [
                ["HTTP/1.1 200 OK\r\nContent-", "Length: 3\r\n\r\n{", "}\n"],
                [
                    "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n",
                    "{",
                    "}",
                ],
            ] {
                let mut request = [0; 64];
                assert!(stream.read(&mut request).await.unwrap() > 0);
                for piece in pieces {
                    stream.write_all(piece.as_bytes()).await.unwrap();
                    tokio::task::yield_now().await;
                }
            }
        });
        let mut connection = Connection::open(address).await.unwrap();
        let answer = connection
            .exchange(b"GET / HTTP/1.1\r\n\r\n")
            .await
            .unwrap();
        assert_eq!(answer, (200, b"{}\n".as_slice()));
        let refused = connection.call("GET", "/x", None, None, 200).await;
        assert!(refused.unwrap_err().to_string().contains("404"));
        server.await.unwrap();
        assert!(
            connection
                .exchange(b"GET / HTTP/1.1\r\n\r\n")
                .await
                .is_err()
        );
    }
}
