//! A client that does not give up: it repeats a request, under the same key and where it can
//! through another node, until there is an answer, and holds every refusal in between to what the
//! API promises.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::header::HeaderMap;
use serde_json::Value;

use super::{Person, Request, Script};
use crate::process::{Server, Wait};

/// What clients have heard so far, and how long they listen.
#[derive(Debug)]
pub struct Tally {
    /// The longest that an answer is waited for.
    patience: Duration,
    done: AtomicU64,
    /// Requests that were not done: with the code of the problem, or `silence`.
    refused: Mutex<BTreeMap<String, u64>>,
    /// Requests whose outcome was in doubt, and that had been done.
    resolved: AtomicU64,
    stop: AtomicBool,
}

impl Tally {
    pub fn new(patience: Duration) -> Arc<Self> {
        Arc::new(Self {
            patience,
            done: AtomicU64::new(0),
            refused: Mutex::default(),
            resolved: AtomicU64::new(0),
            stop: AtomicBool::new(false),
        })
    }

    /// How many requests were done.
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::SeqCst)
    }

    /// How many were refused for the moment, or not answered.
    pub fn refused(&self) -> u64 {
        self.refused.lock().unwrap().values().sum()
    }

    /// Returns when so many more requests were done.
    pub async fn more_done(&self, more: u64) {
        let enough = self.done() + more;
        let mut wait = Wait::until("more requests are done");
        while self.done() < enough {
            wait.turn().await;
        }
    }

    /// Lets every client end with its request at hand.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::SeqCst);
    }

    /// What was heard, for people.
    pub fn report(&self) -> String {
        let (done, resolved) = (self.done(), self.resolved.load(Ordering::SeqCst));
        let refused = self.refused.lock().unwrap();
        format!("{done} done, {resolved} of them found done when asked again; refused {refused:?}")
    }

    fn refuse(&self, code: &str) {
        let mut refused = self.refused.lock().unwrap();
        *refused.entry(code.to_owned()).or_default() += 1;
    }
}

/// Sends a request until it is answered for good; the status and the body. The first node asked is
/// `home`, and after each failure it is the next one's turn.
pub async fn insist(
    nodes: &[Arc<Server>],
    home: usize,
    people: &[Person],
    request: &Request,
    tally: &Tally,
) -> (u16, Value) {
    let mut wait = Wait::until("a request is answered");
    let (mut at, mut in_doubt) = (home, false);
    loop {
        let node = &nodes[at % nodes.len()];
        let answer = tokio::time::timeout(tally.patience, request.send(node, people)).await;
        if let Ok(Ok((status, headers, answer))) = answer {
            let Some(maybe_done) = refusal(status, &headers, &answer) else {
                if headers.contains_key("idempotent-replayed") {
                    assert!(in_doubt, "`nothing was done`, but it was: {answer}");
                    tally.resolved.fetch_add(1, Ordering::SeqCst);
                }
                tally.done.fetch_add(1, Ordering::SeqCst);
                return (status, answer);
            };
            tally.refuse(answer["code"].as_str().unwrap());
            in_doubt |= maybe_done;
        } else {
            tally.refuse("silence");
            in_doubt = true;
        }
        at += 1;
        wait.turn().await;
    }
}

/// Whether an answer only says "not now"; and if so, whether the request may have been done all the
/// same.
fn refusal(status: u16, headers: &HeaderMap, answer: &Value) -> Option<bool> {
    if status < 500 && answer["code"] != "idempotency_in_progress" {
        return None;
    }
    let code = answer["code"].as_str().unwrap_or_default();
    assert_eq!(
        headers["content-type"], "application/problem+json",
        "{answer}"
    );
    assert_eq!(answer["status"], status, "{answer}");
    assert_eq!(answer["retryable"], true, "{answer}");
    let maybe_done = match (status, code) {
        (503, "storage_unavailable" | "overloaded") => false,
        (503, "outcome_unknown") | (504, "timeout") | (409, _) => true,
        _ => panic!("{status} {answer}"),
    };
    if status != 504 {
        let after = headers["retry-after"].to_str().unwrap();
        assert!(after.parse::<u32>().unwrap() > 0, "{answer}");
    }
    Some(maybe_done)
}

/// Works through a script until told to stop; what was asked and answered, in order.
pub async fn keep_asking(
    nodes: Arc<[Arc<Server>]>,
    home: usize,
    people: Arc<[Person]>,
    mut script: Script,
    tally: Arc<Tally>,
) -> Vec<(Request, Value)> {
    let mut answered = vec![];
    while !tally.stop.load(Ordering::SeqCst) {
        let request = script.next();
        let (status, answer) = insist(&nodes, home, &people, &request, &tally).await;
        assert!(
            matches!(status, 200 | 201),
            "{status} {answer} for {request:?}"
        );
        script.learn(&request, &answer);
        answered.push((request, answer));
    }
    answered
}
