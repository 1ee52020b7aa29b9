//! A server on a real socket, and HTTP/1.1 written by hand.

use std::net::SocketAddr;

use axum::Router;
use axum::http::{HeaderName, HeaderValue};
use gateway::Config;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::{Answer, Bench};

/// A server at work; told to stop with `stop`, and over once `over` resolves.
pub struct Server {
    pub address: SocketAddr,
    pub stop: oneshot::Sender<()>,
    pub over: JoinHandle<()>,
}

impl Server {
    pub async fn start(bench: Bench) -> Self {
        let config = bench.parts.config.clone();
        Self::with(bench.router(), config).await
    }

    async fn with(router: Router, config: Config) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let over = tokio::spawn(async move {
            let shutdown = async { drop(stopped.await) };
            gateway::serve(listener, router, &config, shutdown).await;
        });
        Self {
            address,
            stop,
            over,
        }
    }

    pub async fn connect(&self) -> Wire {
        Wire(TcpStream::connect(self.address).await.unwrap())
    }
}

/// A connection as its client sees it.
pub struct Wire(pub TcpStream);

impl Wire {
    pub async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Sends a GET and reads its answer.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.write(format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n"))
            .await;
        self.answer().await
    }

    /// The next answer, of which the length is declared.
    pub async fn answer(&mut self) -> Answer {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.0.read_u8().await.unwrap());
        }
        let head = String::from_utf8(head).unwrap();
        let mut lines = head.trim_end().split("\r\n");
        let status = lines
            .next()
            .unwrap()
            .split(' ')
            .nth(1)
            .unwrap()
            .parse()
            .unwrap();
        let headers: axum::http::HeaderMap = lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| {
                (
                    name.parse::<HeaderName>().unwrap(),
                    value.parse::<HeaderValue>().unwrap(),
                )
            })
            .collect();
        let length = headers["content-length"].to_str().unwrap().parse().unwrap();
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).await.unwrap();
        Answer {
            status,
            headers,
            body,
        }
    }

    /// Whether the server closes the connection in order and without another word.
    pub async fn ends(&mut self) -> bool {
        matches!(self.0.read(&mut [0; 16]).await, Ok(0))
    }
}
