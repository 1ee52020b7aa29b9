//! Notifications on a store of its own, with a feed and people that the test speaks for.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use access::{AuthenticationError, Authenticator, Principal, SharedAuthenticator};
use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, BodyDataStream, to_bytes};
use contracts::events::{Event, Party};
use contracts::identity::{
    Contact, Contacts, Identity, IdentityUnavailable, KnownUser, OperatorEntry, OrgId, Permission,
    Role, SessionId, UserId,
};
use db::Db;
use events::{Feed, FeedError, Page, event_id};
use futures_util::StreamExt;
use http::{Method, Request, StatusCode};
use notifications::{Config, Deps, Service};
use platform::clock::Clock;
use serde_json::Value;
use serde_json::value::to_raw_value;
use testkit::{Engine, FakeClock, TestStore};
use tokio::sync::watch;
use tower::ServiceExt;
use uuid::Uuid;
use vault::{MasterKey, Vault};
use web::client::Client;
use web::rate_limit::RateLimiter;

/// Anyone who may come: token, role, organisation. The e-mail is `<token>@example.com`.
const PEOPLE: [(&str, Role, i64); 8] = [
    ("ann", Role::User, 1),
    ("bob", Role::User, 1),
    ("shop", Role::Merchant, 1),
    ("operator", Role::Operator, 1),
    ("admin", Role::Admin, 1),
    ("stranger", Role::User, 2),
    ("auditor", Role::Auditor, 1),
    ("foreign_admin", Role::Admin, 2),
];

/// The id of somebody.
pub fn user(name: &str) -> UserId {
    let place = PEOPLE.iter().position(|(known, ..)| *known == name);
    let place = place.unwrap_or_else(|| panic!("nobody is called {name}")) as u128;
    UserId(Uuid::from_u128((7 << 76) | (2 << 62) | (place + 1)))
}

/// Who comes with which token, and how they are reached.
#[derive(Default)]
pub struct Village {
    /// Whose sessions have ended.
    pub left: Mutex<Vec<String>>,
    changed: Mutex<BTreeMap<UserId, Option<Contact>>>,
    /// Whether nobody answers.
    pub away: AtomicBool,
}

impl Village {
    /// Changes how somebody is reached.
    pub fn change(&self, name: &str, how: impl FnOnce(&mut Contact)) {
        let mut contact = original(user(name)).unwrap();
        how(&mut contact);
        self.changed
            .lock()
            .unwrap()
            .insert(user(name), Some(contact));
    }

    /// Closes an account.
    pub fn close(&self, name: &str) {
        self.changed.lock().unwrap().insert(user(name), None);
    }
}

fn original(id: UserId) -> Option<Contact> {
    let found = PEOPLE.iter().find(|(name, ..)| user(name) == id);
    found.map(|(name, role, _)| Contact {
        user: id,
        name: format!("{name} Example"),
        email: format!("{name}@example.com"),
        email_verified: true,
        role: *role,
        locale: "en".to_owned(),
        timezone: "UTC".to_owned(),
        notifications_enabled: true,
        credential_epoch: 0,
    })
}

#[async_trait]
impl Authenticator for Village {
    async fn authenticate(
        &self,
        token: &str,
        _: &Client,
    ) -> Result<Principal, AuthenticationError> {
        // `<token>~` has logged in long ago.
        let (token, is_fresh) = match token.strip_suffix('~') {
            Some(name) => (name, false),
            None => (token, true),
        };
        let left = self.left.lock().unwrap().iter().any(|name| name == token);
        let found = PEOPLE.iter().find(|(name, ..)| *name == token && !left);
        let (name, role, org) = found.ok_or(AuthenticationError::Unauthenticated)?;
        let id = user(name);
        let session = SessionId(id.uuid());
        let principal = Principal::of_session(OrgId(*org), id, *role, session);
        Ok(match is_fresh {
            true => principal.proved_at(testkit::ALWAYS),
            false => principal,
        })
    }
}

#[async_trait]
impl Contacts for Village {
    async fn contact(
        &self,
        org: OrgId,
        id: UserId,
    ) -> Result<Option<Contact>, IdentityUnavailable> {
        if self.away.load(Ordering::SeqCst) {
            return Err(IdentityUnavailable);
        }
        if let Some(changed) = self.changed.lock().unwrap().get(&id) {
            return Ok(changed.clone());
        }
        let lives_there = |(name, _, of): &&(&str, Role, i64)| user(name) == id && *of == org.0;
        Ok(PEOPLE.iter().find(lives_there).and_then(|_| original(id)))
    }

    async fn staff(
        &self,
        org: OrgId,
        permission: Permission,
    ) -> Result<Vec<UserId>, IdentityUnavailable> {
        if self.away.load(Ordering::SeqCst) {
            return Err(IdentityUnavailable);
        }
        let is_staff = |role: &Role| !matches!(role, Role::User | Role::Merchant);
        let may = |(_, role, of): &&(&str, Role, i64)| {
            *of == org.0 && is_staff(role) && role.allows(permission)
        };
        let staff = PEOPLE.iter().filter(may);
        Ok(staff.map(|(name, ..)| user(name)).collect())
    }
}

/// The audit trail: what was done, to what, and the refusal.
#[derive(Default)]
pub struct Trail(
    pub Mutex<Vec<(&'static str, String, Option<String>)>>,
    /// Whether it takes nothing.
    pub AtomicBool,
);

#[async_trait]
impl Identity for Trail {
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

    async fn record(&self, entry: OperatorEntry<'_>) -> Result<(), IdentityUnavailable> {
        if self.1.load(Ordering::SeqCst) {
            return Err(IdentityUnavailable);
        }
        let entry = (entry.action.as_str(), entry.subject, entry.refusal);
        self.0.lock().unwrap().push(entry);
        Ok(())
    }
}

/// A feed that the test writes.
pub struct TestFeed {
    events: Mutex<Vec<Event>>,
    newest: watch::Sender<i64>,
    clock: Arc<FakeClock>,
}

impl TestFeed {
    /// Commits an event; its place in the feed.
    pub fn push(&self, kind: &str, subject: &str, parties: &[(Party, &str)], data: Value) -> Event {
        let mut events = self.events.lock().unwrap();
        let sequence = i64::try_from(events.len()).unwrap() + 1;
        let time = self.clock.now();
        let event = Event {
            id: event_id("payments", sequence, time),
            feed: "payments",
            sequence,
            kind: kind.to_owned(),
            time,
            subject: subject.to_owned(),
            org: OrgId::DEFAULT,
            parties: parties
                .iter()
                .map(|(party, name)| (*party, user(name)))
                .collect(),
            data: to_raw_value(&data).unwrap(),
        };
        events.push(event.clone());
        self.newest.send_replace(sequence);
        event
    }
}

#[async_trait]
impl Feed for TestFeed {
    fn name(&self) -> &'static str {
        "payments"
    }

    async fn read(&self, after: i64, limit: u32) -> Result<Page, FeedError> {
        let events = self.events.lock().unwrap();
        let events: Vec<_> = events
            .iter()
            .skip(usize::try_from(after).unwrap())
            .take(limit as usize)
            .cloned()
            .collect();
        let through = events.last().map_or(after, |event| event.sequence);
        Ok(Page { events, through })
    }

    async fn newest(&self) -> Result<i64, FeedError> {
        Ok(i64::try_from(self.events.lock().unwrap().len()).unwrap())
    }

    async fn wait(&self, after: i64) {
        let mut newest = self.newest.subscribe();
        drop(newest.wait_for(|newest| *newest > after).await);
    }
}

/// Notifications, and who talks to it.
pub struct App {
    pub service: Arc<Service>,
    pub trail: Arc<Trail>,
    pub village: Arc<Village>,
    pub feed: Arc<TestFeed>,
    pub clock: Arc<FakeClock>,
    pub db: Db,
    config: Config,
    router: Router,
    pub store: TestStore,
}

impl App {
    pub async fn on(engine: Engine) -> Self {
        Self::with(engine, Config::default()).await
    }

    pub async fn with(engine: Engine, config: Config) -> Self {
        let store = TestStore::new(engine);
        let opened = store.open(notifications::SCHEMA, notifications::migrations());
        let db = opened.await.unwrap();
        let clock = FakeClock::new();
        let ids = testkit::ids(clock.clone());
        let feed = Arc::new(TestFeed {
            events: Mutex::default(),
            newest: watch::Sender::default(),
            clock: clock.clone(),
        });
        let trail = Arc::new(Trail::default());
        let village = Arc::new(Village::default());
        let service = Service::open(
            db.clone(),
            Deps {
                config: config.clone(),
                vault: Vault::new(&[MasterKey::of([7; 32])], "notifications", ids.clone()).unwrap(),
                clock: clock.clone(),
                ids,
                contacts: village.clone(),
                identity: trail.clone(),
                limiter: RateLimiter::in_memory(clock.clone()),
                feeds: vec![feed.clone()],
            },
        );
        let service = service.unwrap();
        // The consumers begin at what was committed before.
        service.catch_up().await.unwrap();
        let authenticator: SharedAuthenticator = village.clone();
        let router = module::Opened::router(service.clone());
        let (router, _) = router.split_for_parts();
        let client = Client::new("127.0.0.1".parse().unwrap(), None);
        let router = router
            .layer(axum::Extension(authenticator))
            .layer(axum::Extension(client));
        Self {
            service,
            trail,
            village,
            feed,
            clock,
            db,
            config,
            router,
            store,
        }
    }

    /// The same store as another node has it open, with a clock of its own.
    pub async fn another_node(&self) -> (Arc<Service>, Arc<FakeClock>) {
        self.node(vec![self.feed.clone()]).await
    }

    /// The same with feeds of the test's own.
    pub async fn node(&self, feeds: Vec<Arc<dyn Feed>>) -> (Arc<Service>, Arc<FakeClock>) {
        let opened = self
            .store
            .open(notifications::SCHEMA, notifications::migrations());
        let clock = FakeClock::at(self.clock.now());
        let ids = testkit::ids(clock.clone());
        let deps = Deps {
            config: self.config.clone(),
            vault: Vault::new(&[MasterKey::of([7; 32])], "notifications", ids.clone()).unwrap(),
            clock: clock.clone(),
            ids,
            contacts: self.village.clone(),
            identity: self.trail.clone(),
            limiter: RateLimiter::in_memory(clock.clone()),
            feeds,
        };
        (Service::open(opened.await.unwrap(), deps).unwrap(), clock)
    }

    /// A request of somebody; status and answer.
    pub async fn request(
        &self,
        who: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header("authorization", format!("Bearer {who}"));
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let answer = self.router.clone().oneshot(request.body(body).unwrap());
        let answer = answer.await.unwrap();
        let status = answer.status();
        let bytes = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (
            status,
            serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        )
    }

    /// A stream that somebody opens, or the refusal.
    pub async fn stream(
        &self,
        who: &str,
        query: &str,
        last: Option<&str>,
    ) -> Result<Stream, Value> {
        let mut request = Request::builder()
            .uri(format!("/api/v1/events/stream{query}"))
            .header("authorization", format!("Bearer {who}"));
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let answer = self
            .router
            .clone()
            .oneshot(request.body(Body::empty()).unwrap());
        let answer = answer.await.unwrap();
        if answer.status() != StatusCode::OK {
            let bytes = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
            return Err(serde_json::from_slice(&bytes).unwrap());
        }
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Ok(Stream {
            body: answer.into_body().into_data_stream(),
            text: String::new(),
        })
    }

    /// A `POST` without a body under an idempotency key; status, and whether it was done before.
    pub async fn post_once(&self, who: &str, path: &str, key: &str) -> (StatusCode, bool) {
        let request = Request::post(format!("/api/v1{path}"))
            .header("authorization", format!("Bearer {who}"))
            .header("idempotency-key", key)
            .body(Body::empty());
        let answer = self.router.clone().oneshot(request.unwrap()).await.unwrap();
        let replayed = answer.headers().contains_key("idempotent-replayed");
        (answer.status(), replayed)
    }

    /// The same with a body; also what was answered.
    pub async fn post_body_once(
        &self,
        who: &str,
        path: &str,
        key: &str,
        body: Value,
    ) -> (StatusCode, bool, Value) {
        let request = Request::post(format!("/api/v1{path}"))
            .header("authorization", format!("Bearer {who}"))
            .header("idempotency-key", key)
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()));
        let answer = self.router.clone().oneshot(request.unwrap()).await.unwrap();
        let replayed = answer.headers().contains_key("idempotent-replayed");
        let status = answer.status();
        let bytes = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (
            status,
            replayed,
            serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        )
    }

    /// A request as it is, of nobody.
    pub async fn raw(&self, request: Request<Body>) -> axum::response::Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// A page for anybody, as a browser or a mail program asks for it.
    pub async fn page(&self, method: Method, path: &str) -> (StatusCode, String) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from("List-Unsubscribe=One-Click"));
        let answer = self.router.clone().oneshot(request.unwrap()).await.unwrap();
        let status = answer.status();
        let bytes = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(bytes.into()).unwrap())
    }

    /// What somebody reads.
    pub async fn get(&self, who: &str, path: &str) -> Value {
        let (status, answer) = self.request(who, Method::GET, path, None).await;
        assert_eq!(status, StatusCode::OK, "{path}: {answer}");
        answer
    }

    pub async fn post(&self, who: &str, path: &str, body: Value) -> (StatusCode, Value) {
        self.request(who, Method::POST, path, Some(body)).await
    }

    /// A POST without a body.
    pub async fn send(&self, who: &str, path: &str) -> (StatusCode, Value) {
        self.request(who, Method::POST, path, None).await
    }
}

/// A stream that is open.
pub struct Stream {
    body: BodyDataStream,
    text: String,
}

/// An event of a stream.
#[derive(Debug)]
pub struct Told {
    pub id: String,
    pub kind: String,
    pub data: Value,
}

impl Stream {
    /// The next event; none where the stream has ended.
    pub async fn next(&mut self) -> Option<Told> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let told = told(block);
                self.text = rest.to_owned();
                if told.is_some() {
                    return told;
                }
                continue;
            }
            let piece = self.body.next().await?.unwrap();
            self.text.push_str(std::str::from_utf8(&piece).unwrap());
        }
    }
}

/// Comments and ids alone are no events.
fn told(block: &str) -> Option<Told> {
    let field = |name: &str| {
        let mut lines = block.lines();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    };
    Some(Told {
        kind: field("event")?.to_owned(),
        id: field("id").unwrap().to_owned(),
        data: serde_json::from_str(field("data").unwrap()).unwrap(),
    })
}
