//! A gateway over routes that do what real ones may do wrong, and ways to talk to it.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::allow_attributes,
    reason = "each test binary uses a part of this"
)]

pub mod routes;
pub mod wire;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use access::{AuthenticationError, Authenticator, Principal};
use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode};
use contracts::identity::{
    Identity, IdentityUnavailable, KnownUser, OperatorEntry, OrgId, Role, SessionId, UserId,
};
use gateway::{Config, Parts};
use http_body_util::BodyExt;
use platform::clock::Clock;
use platform::ids::{Ids, SystemEntropy};
use platform::metrics::Metrics;
use tokio::sync::watch;
use tower::ServiceExt;
use values::Timestamp;
use web::client::Client;
use web::problem::{PROBLEM_JSON, Problem};
use web::rate_limit::RateLimiter;

/// A clock that stands until it is told to go on.
#[derive(Debug)]
pub struct HandClock {
    passed: AtomicI64,
    /// By how much it was set.
    set: AtomicI64,
}

impl HandClock {
    pub fn advance(&self, micros: i64) {
        self.passed.fetch_add(micros, Ordering::Relaxed);
    }

    /// Sets it forward or back, while no time passes.
    pub fn step(&self, micros: i64) {
        self.set.fetch_add(micros, Ordering::Relaxed);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.steady() + self.set.load(Ordering::Relaxed))
    }

    fn steady(&self) -> i64 {
        self.passed.load(Ordering::Relaxed)
    }
}

/// When the clock of the tests stands, until it is told to go on.
pub const NOW: Timestamp = Timestamp(1_700_000_000_000_000);

/// Knows four tokens: `good`, those of an `operator` and an `admin`, and `proved`, whose owner has
/// shown a second factor now.
struct OneUser;

#[async_trait]
impl Authenticator for OneUser {
    async fn authenticate(
        &self,
        token: &str,
        _: &Client,
    ) -> Result<Principal, AuthenticationError> {
        let nobody = UserId::from_uuid(Default::default());
        let session = SessionId::from_uuid(nobody.uuid());
        let role = match token {
            "good" | "proved" => Role::User,
            "operator" => Role::Operator,
            "admin" => Role::Admin,
            _ => return Err(AuthenticationError::Unauthenticated),
        };
        let org = OrgId::DEFAULT;
        let principal = Principal::of_session(org, nobody, role, session);
        Ok(match token {
            "proved" => principal.proved_at(NOW),
            _ => principal,
        })
    }
}

/// An identity that keeps no trail.
struct NoTrail;

#[async_trait]
impl Identity for NoTrail {
    async fn user_by_email(
        &self,
        _: OrgId,
        _: &str,
    ) -> Result<Option<KnownUser>, IdentityUnavailable> {
        Ok(None)
    }

    async fn names(&self, _: OrgId, _: &[UserId]) -> Result<Vec<KnownUser>, IdentityUnavailable> {
        Ok(Vec::new())
    }

    async fn names_for_staff(
        &self,
        _: OrgId,
        _: &[UserId],
    ) -> Result<Vec<KnownUser>, IdentityUnavailable> {
        Ok(Vec::new())
    }

    async fn record(&self, _: OperatorEntry<'_>) -> Result<(), IdentityUnavailable> {
        Ok(())
    }
}

/// The parts of a gateway, and what a test holds of them.
pub struct Bench {
    pub parts: Parts,
    pub clock: Arc<HandClock>,
    pub stop: watch::Sender<bool>,
}

impl Bench {
    pub fn new() -> Self {
        let clock = Arc::new(HandClock {
            passed: AtomicI64::new(NOW.0),
            set: AtomicI64::new(0),
        });
        let (stop, stopping) = watch::channel(false);
        let parts = Parts {
            routers: vec![routes::router()],
            services: Vec::new(),
            identity: Arc::new(NoTrail),
            authenticator: Arc::new(OneUser),
            metrics: Metrics::default(),
            ids: Ids::new(clock.clone(), Arc::new(SystemEntropy)),
            limiter: RateLimiter::in_memory(clock.clone()),
            clock: clock.clone(),
            checks: Vec::new(),
            stopping,
            config: Config::default(),
            settings: Vec::new(),
            web_app: &[],
            mail_folder: None,
            version: "1.2.3",
        };
        Self { parts, clock, stop }
    }

    pub fn configured(change: impl FnOnce(&mut Config)) -> Self {
        let mut bench = Self::new();
        change(&mut bench.parts.config);
        bench
    }

    pub fn router(self) -> Router {
        gateway::build(self.parts).unwrap()
    }
}

/// A gateway with its defaults.
pub fn router() -> Router {
    Bench::new().router()
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The problem, once it is known to be well-formed and to carry the id of its request.
    pub fn problem(&self) -> Problem {
        assert_eq!(self.header("content-type"), PROBLEM_JSON, "{self:?}");
        let problem: Problem = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(problem.status, self.status.as_u16());
        assert_eq!(problem.kind, format!("/problems/{}", problem.code));
        assert_eq!(
            problem.request_id.as_deref(),
            Some(self.header("x-request-id"))
        );
        assert!(!problem.detail.is_empty() && !problem.title.is_empty());
        problem
    }

    /// Status and code of a problem.
    pub fn refusal(&self) -> (u16, String) {
        let problem = self.problem();
        (problem.status, problem.code)
    }
}

/// Where the requests of [`send`] come from.
pub const PEER: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 50_000);

pub async fn send(router: &Router, mut request: Request<Body>) -> Answer {
    request.extensions_mut().insert(ConnectInfo(PEER));
    let response = router.clone().oneshot(request).await.unwrap();
    let (head, body) = response.into_parts();
    Answer {
        status: head.status,
        headers: head.headers,
        body: body.collect().await.unwrap().to_bytes().to_vec(),
    }
}

pub fn request(method: &str, path: &str) -> Request<Body> {
    Request::builder()
        .method(method)
        .uri(path)
        .header("host", "pay.example")
        .body(Body::empty())
        .unwrap()
}

pub async fn get(router: &Router, path: &str) -> Answer {
    send(router, request("GET", path)).await
}

/// A GET with a token.
pub async fn get_as(router: &Router, token: &str, path: &str) -> Answer {
    let mut request = request("GET", path);
    let token = format!("Bearer {token}").parse().unwrap();
    request.headers_mut().insert("authorization", token);
    send(router, request).await
}

/// A POST of JSON whose length is not declared.
pub fn post(path: &str, body: Body) -> Request<Body> {
    Request::post(path)
        .header("host", "pay.example")
        .header("content-type", "application/json")
        .body(body)
        .unwrap()
}
