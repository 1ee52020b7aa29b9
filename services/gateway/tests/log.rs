//! One line per request, and its id on every line.

#![cfg(test)]

use std::io::Write;
use std::sync::{Arc, Mutex};

use axum::Router;

use crate::support::{get, request, router, send};
use serde_json::Value;

#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Page {
    fn lines(&self) -> Vec<Value> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// Listens to this test. Whatever logs is met before: a line of code that another test meets for
/// the first time at the same moment might otherwise not learn that somebody listens.
async fn listen(router: &Router) -> (Page, tracing::subscriber::DefaultGuard) {
    let page = Page::default();
    let writer = page.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_writer(move || writer.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    for path in ["/api/v1/text/x", "/api/v1/panic"] {
        get(router, path).await;
    }
    tracing::callsite::rebuild_interest_cache();
    page.0.lock().unwrap().clear();
    (page, guard)
}

#[tokio::test]
async fn a_request_writes_one_line_that_names_its_route_and_not_its_path() {
    let router = router();
    let (page, _guard) = listen(&router).await;
    let mut request = request("GET", "/api/v1/text/secret-path?q=secret-query");
    request
        .headers_mut()
        .insert("x-request-id", "the-one".parse().unwrap());
    send(&router, request).await;
    let lines = page.lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    let line = &lines[0];
    assert_eq!(line["message"], "request answered");
    assert_eq!(line["method"], "GET");
    assert_eq!(line["route"], "/api/v1/text/{text}");
    assert_eq!(line["status"], 200);
    assert!(line["duration_us"].is_u64());
    assert_eq!(line["span"]["request_id"], "the-one");
    assert!(!line.to_string().contains("secret"));
}

#[tokio::test]
async fn a_panic_is_logged_once_with_the_id_of_its_request() {
    let router = router();
    let (page, _guard) = listen(&router).await;
    let answer = get(&router, "/api/v1/panic").await;
    let lines = page.lines();
    let errors: Vec<_> = lines
        .iter()
        .filter(|line| line["level"] == "ERROR")
        .collect();
    assert_eq!(errors.len(), 1, "{lines:?}");
    assert_eq!(errors[0]["panic"], "as told");
    for line in &lines {
        assert_eq!(line["span"]["request_id"], answer.header("x-request-id"));
    }
}
