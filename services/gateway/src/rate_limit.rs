//! How often a caller may call: a layer in front of the API's routes. It asks identity who is
//! calling, since an account is counted wherever it calls from, and hands the answer on to the
//! handler. It knows the classes of routes, and no route.
//!
//! Anyone who asks for tokens (`/api/v1/auth/`, or a sign-in with a provider) is counted by
//! network, whatever token they show: an attacker has accounts, too.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use access::Principal;
use axum::extract::{FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, COOKIE};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use tower::{Layer, Service};
use web::client::Client;
use web::problem::Problem;
use web::rate_limit::{Key, Quota, RateLimiter, Verdict, Who};

use crate::config::RateLimits;
use crate::edge::Answer;

/// What the API's paths begin with; others (`/health`, the documentation) are not counted.
const API: &str = "/api/v1/";
const AUTH: &str = "/api/v1/auth/";
/// Where browsers are sent to providers from, and come back to: with `GET`, but it begins sessions.
const PROVIDERS: &str = "/api/v1/auth/oauth/";

/// The headers of draft-ietf-httpapi-ratelimit-headers.
pub(crate) const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
pub(crate) const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// The layer; cheap to clone.
#[derive(Clone)]
pub(crate) struct RateLimitLayer(Arc<Limits>);

struct Limits {
    limiter: RateLimiter,
    auth: Class,
    writes: Class,
    reads: Class,
}

/// Calls that are counted together.
struct Class {
    name: &'static str,
    quota: Quota,
    policy: HeaderValue,
}

impl Class {
    fn new(name: &'static str, quota: Quota) -> Self {
        let Quota { limit, window_s } = quota;
        let policy = HeaderValue::try_from(format!("\"{name}\";q={limit};w={window_s}"));
        Self {
            name,
            quota,
            // A word and numbers are always a value.
            policy: policy.unwrap_or_else(|_| HeaderValue::from_static("")),
        }
    }
}

impl RateLimitLayer {
    /// None where the settings switch it off.
    pub(crate) fn new(limiter: RateLimiter, config: &RateLimits) -> Option<Self> {
        config.enabled.then(|| {
            Self(Arc::new(Limits {
                limiter,
                auth: Class::new("auth", config.auth),
                writes: Class::new("writes", config.writes),
                reads: Class::new("reads", config.reads),
            }))
        })
    }
}

impl Limits {
    /// The class of a call, and who is counted; none where it is not counted.
    async fn of(&self, parts: &mut Parts) -> Option<(&Class, Who)> {
        let path = parts.uri.path();
        if !path.starts_with(API) {
            return None;
        }
        let reads = matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
        let auth = path.starts_with(AUTH);
        let network = Who::Network(parts.extensions.get::<Client>()?.network());
        if auth && (!reads || path.starts_with(PROVIDERS)) {
            return Some((&self.auth, network));
        }
        let account = account(parts).await;
        let class = match (reads, auth) {
            (false, _) => &self.writes,
            // A link of a mail.
            (true, true) if account.is_none() => &self.auth,
            (true, _) => &self.reads,
        };
        Some((class, account.unwrap_or(network)))
    }
}

/// Whose token it is. The principal stays with the request, so that the handler need not ask again;
/// anyone who is refused here is refused by the handler in its own words, if it asks at all.
async fn account(parts: &mut Parts) -> Option<Who> {
    if !parts.headers.contains_key(AUTHORIZATION) && !parts.headers.contains_key(COOKIE) {
        return None;
    }
    let principal = Principal::from_request_parts(parts, &()).await.ok()?;
    let account = Who::Account(principal.user.uuid());
    parts.extensions.insert(principal);
    Some(account)
}

impl<S> Layer<S> for RateLimitLayer {
    type Service = RateLimitService<S>;

    fn layer(&self, inner: S) -> RateLimitService<S> {
        RateLimitService {
            inner,
            limits: Arc::clone(&self.0),
        }
    }
}

/// A service whose callers are counted.
#[derive(Clone)]
pub(crate) struct RateLimitService<S> {
    inner: S,
    limits: Arc<Limits>,
}

impl<S> Service<Request> for RateLimitService<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Answer {
        let limits = Arc::clone(&self.limits);
        // The one that is ready is the one to call.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            let Some((class, who)) = limits.of(&mut parts).await else {
                return inner.call(Request::from_parts(parts, body)).await;
            };
            let name = class.name;
            let verdict = limits
                .limiter
                .take(Key { class: name, who }, class.quota)
                .await;
            let mut response = if verdict.allowed {
                inner.call(Request::from_parts(parts, body)).await?
            } else {
                refusal(verdict).into_response()
            };
            add_headers(&mut response, class, verdict);
            Ok(response)
        })
    }
}

fn refusal(verdict: Verdict) -> Problem {
    let seconds = verdict.retry_after_s;
    let detail = format!(
        "Too many requests. Nothing was done; try again in {seconds} s, and then more slowly: the header \
         `RateLimit-Policy` says how many are taken."
    );
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", detail).retry_after(seconds)
}

fn add_headers(response: &mut Response, class: &Class, verdict: Verdict) {
    let Verdict {
        remaining, reset_s, ..
    } = verdict;
    let text = format!("\"{}\";r={remaining};t={reset_s}", class.name);
    if let Ok(value) = HeaderValue::try_from(text) {
        let headers = response.headers_mut();
        headers.insert(RATE_LIMIT, value);
        headers.insert(RATE_LIMIT_POLICY, class.policy.clone());
    }
}
