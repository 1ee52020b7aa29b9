//! Notifications on a store of its own, with a feed and people that the test speaks for.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use access::{AuthenticationError, Authenticator, Principal, SharedAuthenticator};
use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use contracts::events::{Event, Party};
use contracts::identity::{
    Contact, Contacts, Identity, IdentityUnavailable, KnownUser, OperatorEntry, OrgId, Role,
    SessionId, UserId,
};
use db::Db;
use events::{Feed, FeedError, Page, event_id};
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

/// Anyone who may come: token, role, organisation. The e-mail is `<token>@example.com`.
const PEOPLE: [(&str, Role, i64); 6] = [
    ("ann", Role::User, 1),
    ("bob", Role::User, 1),
    ("shop", Role::Merchant, 1),
    ("operator", Role::Operator, 1),
    ("admin", Role::Admin, 1),
    ("stranger", Role::User, 2),
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
    changed: Mutex<BTreeMap<UserId, Option<Contact>>>,
    /// What was added to the audit trail.
    pub trail: Mutex<Vec<String>>,
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
    })
}

#[async_trait]
impl Authenticator for Village {
    async fn authenticate(
        &self,
        token: &str,
        _: &Client,
    ) -> Result<Principal, AuthenticationError> {
        let found = PEOPLE.iter().find(|(name, ..)| *name == token);
        let (name, role, org) = found.ok_or(AuthenticationError::Unauthenticated)?;
        let id = user(name);
        let session = SessionId(id.uuid());
        Ok(Principal::of_session(OrgId(*org), id, *role, session).proved_at(testkit::ALWAYS))
    }
}

#[async_trait]
impl Identity for Village {
    async fn user_by_email(
        &self,
        _: OrgId,
        _: &str,
    ) -> Result<Option<KnownUser>, IdentityUnavailable> {
        Ok(None)
    }

    async fn record(&self, entry: OperatorEntry<'_>) -> Result<(), IdentityUnavailable> {
        let said = format!("{} {}", entry.action.as_str(), entry.subject);
        self.trail.lock().unwrap().push(said);
        Ok(())
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
            .filter(|event| event.sequence > after)
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
    pub feed: Arc<TestFeed>,
    pub clock: Arc<FakeClock>,
    pub db: Db,
    pub village: Arc<Village>,
    router: Router,
    _store: TestStore,
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
        let village = Arc::new(Village::default());
        let service = Service::open(
            db.clone(),
            Deps {
                config,
                vault: Vault::new(&[MasterKey::of([7; 32])], "notifications", ids.clone()).unwrap(),
                clock: clock.clone(),
                ids,
                contacts: village.clone(),
                identity: village.clone(),
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
            feed,
            clock,
            db,
            village,
            router,
            _store: store,
        }
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
}
