//! The limits of a request: the length of its URI, the size of its body, the time it may take, a
//! handler that panics, and a head that does not say once which host is meant. Each ends in a
//! problem. It never looks into a body.

use std::any::Any;
use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::header::{CONNECTION, CONTENT_LENGTH, EXPECT, HOST};
use http::uri::Authority;
use http::{HeaderMap, HeaderValue, Version};
use tower::{Layer, Service};
use web::problem::Problem;

use crate::body::{Progress, watch};
use crate::config::Config;
use crate::edge::Answer;
use crate::errors;

/// What every server should take (RFC 9110, section 4.1) and a little more.
const URI_LIMIT: usize = 8_192;

/// The paths whose bodies are batches.
const LEDGER: &str = "/api/v1/ledger/";

/// The paths whose bodies are files: how they begin and end.
const DOCUMENTS: (&str, &str) = ("/api/v1/kyc/submissions/", "/documents");

/// On an answer whose request was not read to its end: closing at once would make the client's
/// system throw the answer away before the client has seen it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BodyUnread;

/// The limits; a layer.
#[derive(Debug, Clone)]
pub(crate) struct RequestLimitsLayer(Arc<Limits>);

#[derive(Debug)]
struct Limits {
    time: Duration,
    body: usize,
    ledger_body: usize,
    document_body: usize,
}

impl RequestLimitsLayer {
    pub(crate) fn new(config: &Config) -> Self {
        Self(Arc::new(Limits {
            time: config.request_timeout(),
            body: config.body_limit_bytes,
            ledger_body: config.ledger_body_limit_bytes,
            document_body: config.document_body_limit_bytes,
        }))
    }
}

impl<S> Layer<S> for RequestLimitsLayer {
    type Service = RequestLimits<S>;

    fn layer(&self, inner: S) -> RequestLimits<S> {
        RequestLimits {
            inner,
            limits: Arc::clone(&self.0),
        }
    }
}

/// A service behind the limits.
#[derive(Debug, Clone)]
pub(crate) struct RequestLimits<S> {
    inner: S,
    limits: Arc<Limits>,
}

/// Why a request is refused before anything of its body is read.
enum Refusal {
    NoHost,
    UriTooLong,
    BodyTooLarge { limit: usize },
}

impl Refusal {
    fn problem(&self) -> Problem {
        match self {
            Self::NoHost => errors::invalid_host(),
            Self::UriTooLong => errors::uri_too_long(URI_LIMIT),
            Self::BodyTooLarge { limit } => errors::body_too_large(*limit),
        }
    }
}

impl Limits {
    fn body_limit(&self, path: &str) -> usize {
        if path.starts_with(LEDGER) {
            self.ledger_body
        } else if path.starts_with(DOCUMENTS.0) && path.ends_with(DOCUMENTS.1) {
            self.document_body
        } else {
            self.body
        }
    }

    /// What is wrong with a request by its head alone.
    fn refuse(&self, request: &Request) -> Option<Refusal> {
        if !names_one_host(request.version(), request.headers()) {
            return Some(Refusal::NoHost);
        }
        let uri = request.uri();
        let length = uri.path_and_query().map_or(0, |text| text.as_str().len());
        if length > URI_LIMIT {
            return Some(Refusal::UriTooLong);
        }
        let limit = self.body_limit(uri.path());
        let declared = request.headers().get(CONTENT_LENGTH)?.to_str().ok()?;
        // More digits than fit are more than any limit; hyper has refused what is no number.
        let fits = declared
            .parse::<usize>()
            .is_ok_and(|length| length <= limit);
        (!fits).then_some(Refusal::BodyTooLarge { limit })
    }
}

/// Whether a head says which host is meant as HTTP/1.1 demands it (RFC 9112, section 3.2): in one
/// line, which may be empty. Before and after that version the line may be missing: HTTP/2 has
/// `:authority`.
fn names_one_host(version: Version, headers: &HeaderMap) -> bool {
    let mut lines = headers.get_all(HOST).iter();
    match (lines.next(), lines.next()) {
        (None, _) => version != Version::HTTP_11,
        (Some(host), None) => host.is_empty() || is_host(host),
        (Some(_), Some(_)) => false,
    }
}

/// A host and perhaps a port, and nobody's name before it.
fn is_host(value: &HeaderValue) -> bool {
    let Ok(authority) = Authority::try_from(value.as_bytes()) else {
        return false;
    };
    let port = authority.as_str().strip_prefix(authority.host());
    port.is_some_and(|port| {
        let digits = port.strip_prefix(':').unwrap_or(port);
        digits.bytes().all(|b| b.is_ascii_digit())
    })
}

impl<S> Service<Request> for RequestLimits<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Answer {
        let version = request.version();
        if let Some(refusal) = self.limits.refuse(&request) {
            return Box::pin(async move {
                Ok(close_connection(refusal.problem().into_response(), version))
            });
        }
        let limit = self.limits.body_limit(request.uri().path());
        let (head, body) = request.into_parts();
        // A client that waits to be asked for its body would be asked by reading on.
        let may_drain = version <= Version::HTTP_11 && !head.headers.contains_key(EXPECT);
        let (body, watch) = watch(body, limit);
        let answer = self.inner.call(Request::from_parts(head, body));
        let time = self.limits.time;
        Box::pin(async move {
            let response = match tokio::time::timeout(time, answer).await {
                Ok(Ok(response)) => errors::as_problem(response),
                Ok(Err(never)) => match never {},
                Err(_) if watch.progress() == Progress::Awaited => {
                    let problem = errors::request_timeout();
                    return Ok(close_connection(problem.into_response(), version));
                }
                Err(_) => timed_out(time),
            };
            let progress = watch.progress();
            if progress == Progress::TooLarge && !response.status().is_success() {
                // The error is about that, whatever the handler made of it.
                let problem = errors::body_too_large(limit);
                return Ok(close_connection(problem.into_response(), version));
            }
            if progress == Progress::Done || may_drain && watch.drain().await {
                return Ok(response);
            }
            Ok(close_connection(response, version))
        })
    }
}

/// 500 where a handler panicked.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the signature that the layer asks for"
)]
pub(crate) fn panicked(panic: Box<dyn Any + Send>) -> Response {
    tracing::error!(panic = message(&*panic), "a handler panicked");
    Problem::internal().into_response()
}

fn message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("it did not say why")
}

/// Time is up, and the client has sent what was asked for.
fn timed_out(time: Duration) -> Response {
    tracing::error!(
        limit_ms = time.as_millis(),
        "an answer was not ready in time"
    );
    errors::timeout().into_response()
}

/// Says that the connection ends here, because the rest of the body will not be read.
fn close_connection(mut response: Response, version: Version) -> Response {
    if version <= Version::HTTP_11 {
        response
            .headers_mut()
            .insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response.extensions_mut().insert(BodyUnread);
    response
}
