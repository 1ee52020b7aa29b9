//! A server on this machine that stands for the API of a provider: it answers what the test says.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response, Uri};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What it answers.
#[derive(Debug, Clone)]
pub enum Answer {
    /// A status, a header, a body.
    With(u16, Option<(&'static str, &'static str)>, String),
    /// Nothing: the request was read, and the connection stays.
    Never,
}

/// What came.
#[derive(Debug, Clone)]
pub struct Received {
    pub path: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Received {
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    /// A field of a form.
    pub fn field(&self, name: &str) -> Option<String> {
        let fields: Vec<(String, String)> = serde_urlencoded::from_bytes(&self.body).unwrap();
        let found = fields.into_iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value)
    }
}

#[derive(Default)]
struct Kept {
    answers: Mutex<VecDeque<Answer>>,
    received: Mutex<Vec<Received>>,
}

/// The server; it ends when dropped.
pub struct Provider {
    pub address: SocketAddr,
    kept: Arc<Kept>,
    task: JoinHandle<()>,
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Provider {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let kept = Arc::new(Kept::default());
        let router = Router::new().fallback(answer).with_state(kept.clone());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            address,
            kept,
            task,
        }
    }

    /// What it answers next, in this order; 201 with a SID after that.
    pub fn answers(&self, answers: impl IntoIterator<Item = Answer>) {
        self.kept.answers.lock().unwrap().extend(answers);
    }

    /// An error of Twilio.
    pub fn refuses(&self, status: u16, code: i64) {
        let body = format!(r#"{{"code": {code}, "message": "no", "status": {status}}}"#);
        self.answers([Answer::With(status, None, body)]);
    }

    /// What came since it was asked.
    pub fn take(&self) -> Vec<Received> {
        std::mem::take(&mut self.kept.received.lock().unwrap())
    }
}

async fn answer(
    State(kept): State<Arc<Kept>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let count = {
        let mut received = kept.received.lock().unwrap();
        received.push(Received {
            path: uri.path().to_owned(),
            headers,
            body: body.to_vec(),
        });
        received.len()
    };
    let next = kept.answers.lock().unwrap().pop_front();
    let taken = || Answer::With(201, None, format!(r#"{{"sid": "SM{count:032}"}}"#));
    match next.unwrap_or_else(taken) {
        Answer::With(status, header, body) => {
            let mut response = Response::builder().status(status);
            if let Some((name, value)) = header {
                response = response.header(name, value);
            }
            response.body(Body::from(body)).unwrap()
        }
        Answer::Never => std::future::pending().await,
    }
}
