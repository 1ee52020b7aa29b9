//! A payments service on an empty SQLite store, and some people who send it requests without a
//! network. Ids and time are the same in every run, so that a finding can be repeated.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use access::{AuthenticationError, Authenticator, Principal, SharedAuthenticator};
use axum::Router;
use axum::body::{Body, to_bytes};
use contracts::identity::{
    Identity, IdentityUnavailable, KnownUser, OperatorEntry, OrgId, Role, SessionId,
    SharedIdentity, UserId,
};
use http::response::Parts;
use http::{Method, Request};
use payments::{Config, Deps, LimitConfig, ListConfig};
use platform::ids::{Entropy, Ids};
use serde_json::{Value, json};
use testkit::{Engine, FakeClock, TestStore};
use tokio::runtime::Builder;
use tower::ServiceExt;
use uuid::Uuid;
use web::client::Client;
use web::rate_limit::RateLimiter;

/// Anyone who may come: token and role. The e-mail is `<token>@example.com`, the user's UUID their
/// place here.
pub const PEOPLE: [(&str, Role); 6] = [
    ("ann", Role::User),
    ("bob", Role::User),
    ("shop", Role::Merchant),
    ("operator", Role::Operator),
    ("admin", Role::Admin),
    ("auditor", Role::Auditor),
];

/// The id of somebody.
pub fn user(name: &str) -> UserId {
    let place = PEOPLE.iter().position(|(known, _)| *known == name).unwrap();
    UserId(Uuid::from_u128((7 << 76) | (2 << 62) | (place as u128 + 1)))
}

struct TestUsers;

#[async_trait::async_trait]
impl Authenticator for TestUsers {
    async fn authenticate(
        &self,
        token: &str,
        _: &Client,
    ) -> Result<Principal, AuthenticationError> {
        let known = PEOPLE.iter().find(|(name, _)| *name == token);
        let (name, role) = known.ok_or(AuthenticationError::Unauthenticated)?;
        let user = user(name);
        let session = SessionId(user.uuid());
        Ok(Principal::of_session(OrgId::DEFAULT, user, *role, session).proved_at(testkit::ALWAYS))
    }
}

#[async_trait::async_trait]
impl Identity for TestUsers {
    async fn user_by_email(
        &self,
        org: OrgId,
        email: &str,
    ) -> Result<Option<KnownUser>, IdentityUnavailable> {
        let name = email.to_lowercase();
        let name = name.strip_suffix("@example.com");
        let known = PEOPLE.iter().find(|(known, _)| Some(*known) == name);
        Ok(known.map(|(name, _)| KnownUser {
            id: user(name),
            org,
            name: (*name).to_owned(),
        }))
    }

    async fn names(
        &self,
        org: OrgId,
        users: &[UserId],
    ) -> Result<Vec<KnownUser>, IdentityUnavailable> {
        let known = PEOPLE.iter().map(|(name, _)| KnownUser {
            id: user(name),
            org,
            name: (*name).to_owned(),
        });
        Ok(known.filter(|known| users.contains(&known.id)).collect())
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

/// Bytes that look random and are the same in every run (the generator `SplitMix64`).
struct Counted(AtomicU64);

impl Entropy for Counted {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            let mut z = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            let bytes = (z ^ (z >> 31)).to_le_bytes();
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
    }
}

/// What the service's thread is told to do, and where the answer goes.
enum Order {
    Answer(Box<Request<Body>>, Sender<(Parts, Vec<u8>)>),
    Tick(Sender<()>),
}

/// A service and everything beneath it, on a thread of its own: it ends in order wherever it is
/// dropped.
pub struct TestService {
    pub clock: Arc<FakeClock>,
    orders: Option<Sender<Order>>,
    thread: Option<JoinHandle<()>>,
}

impl TestService {
    /// An empty one. No limits; nobody waits for the acquirer.
    pub fn new(lists: ListConfig) -> Self {
        let clock = FakeClock::new();
        let (orders, taken) = channel();
        let of_service = clock.clone();
        let thread = std::thread::spawn(move || serve(&of_service, &taken, lists));
        Self {
            clock,
            orders: Some(orders),
            thread: Some(thread),
        }
    }

    fn order<T>(&self, order: impl FnOnce(Sender<T>) -> Order) -> T {
        let (answer, answered) = channel();
        let orders = self.orders.as_ref().unwrap();
        let sent = orders.send(order(answer)).map_err(drop);
        let answer = sent.and_then(|()| answered.recv().map_err(drop));
        answer.expect("the service panicked")
    }

    /// Sends a request, whose path is given without `/api/v1`, and checks what holds for every
    /// answer.
    pub fn send(
        &self,
        who: &str,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: &[u8],
    ) -> Answer {
        let mut request = Request::builder()
            .method(method.clone())
            .uri(format!("/api/v1{path}"))
            .header("authorization", format!("Bearer {who}"))
            .header("content-type", "application/json");
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let request = request.body(Body::from(body.to_vec())).unwrap();
        let (parts, bytes) = self.order(|answer| Order::Answer(Box::new(request), answer));
        let text = String::from_utf8(bytes).expect("an answer is UTF-8");
        let header = |name: &str| {
            let value = parts.headers.get(name);
            value.map_or("", |value| value.to_str().unwrap()).to_owned()
        };
        let answer = Answer {
            status: parts.status.as_u16(),
            body: serde_json::from_str(&text)
                .unwrap_or_else(|error| panic!("{method} {path}: no JSON ({error}): {text}")),
            replayed: header("idempotent-replayed") == "true",
            text,
        };
        answer.is_sound(&format!("{method} {path}"), &header("content-type"));
        answer
    }

    /// Reads.
    pub fn get(&self, who: &str, path: &str) -> Answer {
        self.send(who, Method::GET, path, None, b"")
    }

    /// Does something that must succeed; what was made.
    pub fn make(&self, who: &str, path: &str, body: &Value) -> Value {
        let body = body.to_string();
        let answer = self.send(who, Method::POST, path, None, body.as_bytes());
        assert!(answer.status < 300, "{path}: {}", answer.text);
        answer.body
    }

    /// A wallet with so much on it; its id.
    pub fn wallet(&self, who: &str, currency: &str, amount: &str) -> String {
        let made = self.make(who, "/wallets", &json!({ "currency": currency }));
        let id = made["id"].as_str().unwrap().to_owned();
        if amount != "0" {
            self.deposit(who, &id, currency, amount);
        }
        id
    }

    /// Money from a card, waited for.
    pub fn deposit(&self, who: &str, to: &str, currency: &str, amount: &str) -> String {
        let made = self.make(
            who,
            "/transactions",
            &json!({ "type": "deposit", "to_wallet": to, "amount": amount, "currency": currency,
                     "source": { "kind": "card", "token": "tok_ok" } }),
        );
        let id = made["id"].as_str().unwrap().to_owned();
        assert_eq!(self.settled(who, &id), "completed");
        id
    }

    /// Lets what the service does every second happen.
    pub fn tick(&self) {
        self.order(Order::Tick);
    }

    /// Waits until the acquirer has answered; the status.
    pub fn settled(&self, who: &str, id: &str) -> String {
        for _ in 0..10_000 {
            let now = self.get(who, &format!("/transactions/{id}"));
            if now.body["status"] != "processing" {
                return now.body["status"].as_str().unwrap().to_owned();
            }
            self.tick();
            std::thread::yield_now();
        }
        panic!("the acquirer never answered {id}");
    }
}

impl Drop for TestService {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            // Where it panicked, anyone who waited for its answer has said so.
            drop(thread.join());
        }
    }
}

/// Does what it is told until nobody is left to tell.
fn serve(clock: &Arc<FakeClock>, orders: &Receiver<Order>, lists: ListConfig) {
    let store = TestStore::new(Engine::Sqlite);
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let mut config = Config {
        inline_wait_ms: 1,
        recipient_lookups_per_minute: u32::MAX,
        lists,
        ..Config::default()
    };
    config.limits = [("default".to_owned(), LimitConfig::default())].into();
    let identity: SharedIdentity = Arc::new(TestUsers);
    let deps = Deps {
        ids: Ids::new(clock.clone(), Arc::new(Counted(AtomicU64::new(0)))),
        clock: clock.clone(),
        identity,
        limiter: RateLimiter::in_memory(clock.clone()),
        config,
    };
    let path = store.sqlite_path();
    let service = runtime
        .block_on(payments::open_sqlite(&path, deps))
        .unwrap();
    let (router, _) = service.clone().router().split_for_parts();
    let router = router.layer((
        axum::Extension::<SharedAuthenticator>(Arc::new(TestUsers)),
        axum::Extension(testkit::client()),
    ));
    for order in orders {
        // Anyone who asked may have given up.
        match order {
            Order::Answer(request, to) => {
                drop(to.send(runtime.block_on(answer(&router, *request))))
            }
            Order::Tick(to) => {
                runtime.block_on(service.tick());
                to.send(()).unwrap_or_default();
            }
        }
    }
    runtime.block_on(service.close());
}

async fn answer(router: &Router, request: Request<Body>) -> (Parts, Vec<u8>) {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    (parts, to_bytes(body, usize::MAX).await.unwrap().to_vec())
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
    pub replayed: bool,
    pub text: String,
}

impl Answer {
    /// The code of a problem.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// Never our fault, and a refusal is a problem that says what it is.
    fn is_sound(&self, what: &str, media_type: &str) {
        assert!(self.status < 500, "{what}: {} {}", self.status, self.text);
        if self.status >= 400 {
            assert_eq!(
                media_type, "application/problem+json",
                "{what}: {}",
                self.text
            );
            assert_eq!(self.body["status"], self.status, "{what}: {}", self.text);
            assert!(!self.code().is_empty(), "{what}: {}", self.text);
            let problem = format!("/problems/{}", self.code());
            assert_eq!(self.body["type"], problem, "{what}: {}", self.text);
        } else {
            assert!(
                media_type.starts_with("application/json"),
                "{what}: {media_type}"
            );
        }
    }
}
