//! A receiver of webhooks on this machine that answers what the test says.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// What it answers.
#[derive(Debug, Clone)]
pub enum Answer {
    /// A status, header lines, a body.
    With(u16, &'static str, String),
    /// Nothing, and the connection stays.
    Never,
    /// 200, and then a body without an end.
    Endless,
    /// The connection ends.
    HangUp,
}

impl Answer {
    pub fn status(status: u16) -> Self {
        Self::With(status, "", String::new())
    }
}

/// What came.
#[derive(Debug, Clone)]
pub struct Received {
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Received {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub fn id(&self) -> &str {
        self.header("webhook-id")
    }
}

#[derive(Default)]
struct State {
    answers: Mutex<VecDeque<Answer>>,
    received: Mutex<Vec<Received>>,
    count: watch::Sender<usize>,
}

/// The receiver; it ends when dropped.
pub struct Receiver {
    pub address: SocketAddr,
    state: Arc<State>,
    task: JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Receiver {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State::default());
        let task = tokio::spawn({
            let state = state.clone();
            async move {
                let mut connections = tokio::task::JoinSet::new();
                while let Ok((stream, _)) = listener.accept().await {
                    connections.spawn(serve(stream, state.clone()));
                }
            }
        });
        Self {
            address,
            state,
            task,
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}/hooks", self.address)
    }

    /// What it answers next, in this order; 200 after that.
    pub fn answers(&self, answers: impl IntoIterator<Item = Answer>) {
        self.state.answers.lock().unwrap().extend(answers);
    }

    /// From now on it answers 200.
    pub fn forget_answers(&self) {
        self.state.answers.lock().unwrap().clear();
    }

    /// What came so far.
    pub fn received(&self) -> Vec<Received> {
        self.state.received.lock().unwrap().clone()
    }

    /// Returns when so many came.
    pub async fn wait_for(&self, count: usize) {
        let mut counted = self.state.count.subscribe();
        let came = counted.wait_for(|came| *came >= count);
        timeout(Duration::from_secs(20), came)
            .await
            .expect("not so many webhooks came")
            .unwrap();
    }
}

async fn serve(mut stream: TcpStream, state: Arc<State>) {
    let mut bytes = Vec::new();
    while let Some(received) = read(&mut stream, &mut bytes).await {
        let answer = state.answers.lock().unwrap().pop_front();
        state.received.lock().unwrap().push(received);
        state.count.send_modify(|count| *count += 1);
        let answer = answer.unwrap_or(Answer::status(200));
        if !write(&mut stream, answer).await {
            return;
        }
    }
}

/// The next request of a connection.
async fn read(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Option<Received> {
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
            let mut lines = head.split("\r\n");
            lines.next()?;
            let headers: BTreeMap<_, _> = lines
                .filter_map(|line| line.split_once(": "))
                .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
                .collect();
            let length: usize = headers.get("content-length")?.parse().unwrap();
            let begin = end + 4;
            if bytes.len() >= begin + length {
                let body = bytes[begin..begin + length].to_vec();
                bytes.drain(..begin + length);
                let body = String::from_utf8(body).unwrap();
                return Some(Received { headers, body });
            }
        }
        if stream.read_buf(bytes).await.ok()? == 0 {
            return None;
        }
    }
}

/// Whether the connection goes on.
async fn write(stream: &mut TcpStream, answer: Answer) -> bool {
    match answer {
        Answer::With(status, headers, body) => {
            let length = body.len();
            let answer =
                format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n{headers}\r\n{body}");
            stream.write_all(answer.as_bytes()).await.is_ok()
        }
        Answer::Never => std::future::pending().await,
        Answer::Endless => {
            let head = b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nnot all";
            stream.write_all(head).await.unwrap();
            std::future::pending().await
        }
        Answer::HangUp => false,
    }
}
