//! Sends one webhook and says what came of it. It follows no redirect, uses no proxy, and reads no
//! more of an answer than is kept.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use http::{HeaderMap, header};
use reqwest::{Client, Response, Url, redirect};
use values::{SECOND, Timestamp};

use super::endpoint::Outcome;
use super::networks::Networks;
use super::signature::{Secret, signatures};
use super::target::{self, Lookup, Refused, Resolver};

/// The most bytes of an answer that are read and kept.
pub(crate) const ANSWER_MAX: usize = 20_000;
/// The headers of an answer that are kept, and the most characters of each.
const KEPT_HEADERS: [http::HeaderName; 5] = [
    header::CONTENT_TYPE,
    header::DATE,
    header::LOCATION,
    header::RETRY_AFTER,
    header::SERVER,
];
const HEADER_MAX: usize = 500;

/// What is sent.
pub(crate) struct Message<'a> {
    pub(crate) url: &'a str,
    /// The event's id: the same at each attempt.
    pub(crate) id: &'a str,
    pub(crate) body: &'a str,
    pub(crate) secrets: &'a [Secret],
}

/// An attempt that was made.
pub(crate) struct Sent {
    pub(crate) outcome: Outcome,
    pub(crate) duration_ms: i64,
    /// JSON objects.
    pub(crate) request_headers: String,
    pub(crate) response_headers: Option<String>,
    pub(crate) response_body: Option<String>,
}

/// The HTTP client.
pub(crate) struct Sender {
    pub(crate) networks: Networks,
    lookup: Arc<dyn Lookup>,
    timeout: Duration,
    /// Made when something is to be sent: a machine without root certificates serves everything
    /// else.
    https: OnceLock<Result<Client, String>>,
    http: OnceLock<Result<Client, String>>,
}

impl Sender {
    /// A client that waits so long for an answer.
    pub(crate) fn new(networks: Networks, lookup: Arc<dyn Lookup>, timeout: Duration) -> Self {
        Self {
            networks,
            lookup,
            timeout,
            https: OnceLock::new(),
            http: OnceLock::new(),
        }
    }

    fn client(&self, url: &Url) -> Result<&Client, String> {
        let is_http = url.scheme() == "http";
        let kept = if is_http { &self.http } else { &self.https };
        let made = kept.get_or_init(|| self.build(is_http));
        made.as_ref().map_err(Clone::clone)
    }

    fn build(&self, is_http: bool) -> Result<Client, String> {
        let resolver = Resolver {
            lookup: self.lookup.clone(),
            networks: self.networks.clone(),
            listed_only: is_http,
        };
        let builder = Client::builder()
            .user_agent(concat!("payflow-webhooks/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .referer(false)
            // Where webhooks go is their owner's word, not the environment's; and a proxy would
            // look the names up itself.
            .no_proxy()
            .dns_resolver(Arc::new(resolver))
            .tcp_nodelay(true)
            .timeout(self.timeout);
        let builder = match is_http {
            true => builder.tls_certs_only([]),
            false => builder.https_only(true),
        };
        let built = builder.build();
        built.map_err(|error| format!("no HTTP client: {}", root_cause(&error)))
    }

    /// One attempt. It always comes to something.
    pub(crate) async fn send(&self, message: &Message<'_>, now: Timestamp) -> Sent {
        let seconds = now.micros().div_euclid(SECOND);
        let signature = signatures(message.secrets, message.id, seconds, message.body);
        let headers = BTreeMap::from([
            ("content-type", "application/json".to_owned()),
            ("webhook-id", message.id.to_owned()),
            ("webhook-timestamp", seconds.to_string()),
            ("webhook-signature", signature),
        ]);
        let begun = Instant::now();
        let answer = self.request(message, &headers).await;
        let (outcome, response_headers, response_body) = match answer {
            Ok(response) => taken(response).await,
            Err(error) => (no_answer(error), None, None),
        };
        let took = match &outcome.error {
            // How long a name was looked for may say whether there is one.
            Some(error) if *error == Refused.to_string() => Duration::ZERO,
            Some(_) | None => begun.elapsed(),
        };
        Sent {
            outcome,
            duration_ms: i64::try_from(took.as_millis()).unwrap_or(i64::MAX),
            request_headers: json(&headers),
            response_headers,
            response_body,
        }
    }

    async fn request(
        &self,
        message: &Message<'_>,
        headers: &BTreeMap<&'static str, String>,
    ) -> Result<Response, String> {
        let url = target::parse(message.url).map_err(|refused| refused.to_string())?;
        target::check_literal(&self.networks, &url).map_err(|refused| refused.to_string())?;
        let mut request = self.client(&url)?.post(url).body(message.body.to_owned());
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        request.send().await.map_err(|error| unsent(&error))
    }
}

fn no_answer(error: String) -> Outcome {
    Outcome {
        status: None,
        retry_after: None,
        error: Some(error),
    }
}

/// Why a request has no answer, for the endpoint's owner. Addresses are not told.
fn unsent(error: &reqwest::Error) -> String {
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(refused) = cause.downcast_ref::<Refused>() {
            return refused.to_string();
        }
        source = cause.source();
    }
    let said = if error.is_timeout() {
        "it did not answer in time".to_owned()
    } else if error.is_connect() {
        format!("it cannot be connected to: {}", root_cause(error))
    } else {
        format!("the connection broke: {}", root_cause(error))
    };
    clean(&said, HEADER_MAX)
}

fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

/// What is kept of an answer. It counts by its status, also where its body is too long or does not
/// end.
async fn taken(mut response: Response) -> (Outcome, Option<String>, Option<String>) {
    let status = response.status();
    let outcome = Outcome {
        status: Some(status.as_u16()),
        retry_after: retry_after(response.headers()).filter(|_| !status.is_success()),
        error: None,
    };
    let headers = kept_headers(response.headers());
    let mut body = Vec::new();
    while body.len() < ANSWER_MAX {
        let Ok(Some(chunk)) = response.chunk().await else {
            break;
        };
        let room = ANSWER_MAX - body.len();
        body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
    }
    let body = clean(&String::from_utf8_lossy(&body), ANSWER_MAX);
    (outcome, Some(headers), Some(body))
}

/// How long an answer asks to be left alone, in µs. Where it names a time of day, its clock may be
/// wrong: only seconds count.
fn retry_after(headers: &HeaderMap) -> Option<i64> {
    let seconds = headers.get(header::RETRY_AFTER)?.to_str().ok()?;
    let seconds: i64 = seconds.trim().parse().ok()?;
    (seconds >= 0).then(|| seconds.saturating_mul(SECOND))
}

fn kept_headers(headers: &HeaderMap) -> String {
    let kept: BTreeMap<_, _> = KEPT_HEADERS
        .iter()
        .filter_map(|name| {
            let value = headers.get(name)?.as_bytes();
            let value = clean(&String::from_utf8_lossy(value), HEADER_MAX);
            Some((name.as_str(), value))
        })
        .collect();
    json(&kept)
}

/// A text that both databases take, of so many characters at most.
fn clean(text: &str, most: usize) -> String {
    text.chars()
        .take(most)
        .map(|c| if c == '\0' { '\u{fffd}' } else { c })
        .collect()
}

fn json<K: AsRef<str> + Ord + serde::Serialize>(map: &BTreeMap<K, String>) -> String {
    // A map of texts always serialises.
    serde_json::to_string(map).unwrap_or_default()
}

#[cfg(test)]
mod tests;
