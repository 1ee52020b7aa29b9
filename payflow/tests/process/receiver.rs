//! A receiver of HTTP requests on this machine, for webhooks and for what providers are asked: it
//! keeps what comes and answers what the test says.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use notifications::{WebhookSecret, webhook_signatures};
use serde_json::Value;

use super::Wait;

/// A request that came.
#[derive(Debug, Clone, Default)]
pub struct Request {
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Request {
    pub fn header(&self, name: &str) -> &str {
        let mut headers = self.headers.iter();
        headers
            .find(|(found, _)| found == name)
            .map_or("", |(_, value)| value)
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Whether it is signed with this secret, as docs/webhooks.md says how to check.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let secret = WebhookSecret::parse(secret).unwrap();
        let seconds = self.header("webhook-timestamp").parse().unwrap();
        let id = self.header("webhook-id");
        let expected = webhook_signatures(&[secret], id, seconds, &self.body);
        let mut sent = self.header("webhook-signature").split(' ');
        sent.any(|sent| sent == expected)
    }
}

#[derive(Default)]
struct State {
    received: Mutex<Vec<Request>>,
    answers: Mutex<VecDeque<u16>>,
    /// What a good answer says.
    body: String,
}

/// The receiver.
pub struct Receiver {
    pub address: SocketAddr,
    state: Arc<State>,
}

impl Receiver {
    /// Answers 200 without a body.
    pub fn start() -> Self {
        Self::answering("")
    }

    /// Answers 200 with a body.
    pub fn answering(body: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            body: body.to_owned(),
            ..State::default()
        });
        let shared = state.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, state) = (stream.unwrap(), shared.clone());
                std::thread::spawn(move || serve(stream, &state));
            }
        });
        Self { address, state }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it answers next; 200 after that.
    pub fn answers(&self, statuses: &[u16]) {
        self.state.answers.lock().unwrap().extend(statuses);
    }

    /// From now on it answers 200.
    pub fn forget_answers(&self) {
        self.state.answers.lock().unwrap().clear();
    }

    pub fn received(&self) -> Vec<Request> {
        self.state.received.lock().unwrap().clone()
    }

    /// The first request that fits, once it has come.
    pub async fn wait_for(&self, fits: impl Fn(&Request) -> bool) -> Request {
        let mut wait = Wait::until("a request has come");
        loop {
            if let Some(found) = self.received().into_iter().find(&fits) {
                return found;
            }
            wait.turn().await;
        }
    }
}

fn serve(stream: TcpStream, state: &State) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    while let Some(request) = read(&mut reader) {
        let status = state.answers.lock().unwrap().pop_front().unwrap_or(200);
        state.received.lock().unwrap().push(request);
        let body = if status == 200 { &state.body } else { "" };
        let answer = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// The next request of a connection.
fn read(reader: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = || {
        let mut line = String::new();
        let length = reader.read_line(&mut line).ok()?;
        (length > 0).then(|| line.trim_end().to_owned())
    };
    let mut request = Request {
        path: line()?.split(' ').nth(1)?.to_owned(),
        ..Request::default()
    };
    while let Some(header) = line().filter(|line| !line.is_empty()) {
        let (name, value) = header.split_once(": ")?;
        request
            .headers
            .push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let length: usize = request.header("content-length").parse().unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    request.body = String::from_utf8(body).unwrap();
    Some(request)
}
