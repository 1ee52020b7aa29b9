//! Operations on a store of its own, with services, a feed, people and a mailbox that the test
//! speaks for.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use access::{AuthenticationError, Authenticator, Principal, SharedAuthenticator};
use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use contracts::events::{Event, EventId};
use contracts::identity::{
    Contact, Contacts, Identity, IdentityUnavailable, KnownUser, OperatorEntry, OrgId, Permission,
    Role, SessionId, UserId,
};
use contracts::notifications::{NotTaken, StaffMessages, StaffNews};
use contracts::operations::{AlertKey, Severity, Signal, Signals};
use db::Db;
use events::{Feed, FeedError, Page, event_id};
use http::{Method, Request, StatusCode};
use module::{Failure, Opened, Report};
use operations::{Config, Deps, Service};
use platform::clock::Clock;
use platform::health::{HealthCheck, NamedCheck};
use serde_json::value::to_raw_value;
use serde_json::{Map, Value, json};
use testkit::{Engine, FakeClock, TestStore};
use tokio::sync::watch;
use tower::ServiceExt;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;
use web::client::Client;

/// Anyone who may come: token, role, organisation.
const PEOPLE: [(&str, Role, i64); 6] = [
    ("ann", Role::User, 1),
    ("operator", Role::Operator, 1),
    ("second", Role::Operator, 1),
    ("admin", Role::Admin, 1),
    ("auditor", Role::Auditor, 1),
    ("foreign_admin", Role::Admin, 2),
];

/// The id of somebody.
pub fn user(name: &str) -> UserId {
    let place = PEOPLE.iter().position(|(known, ..)| *known == name);
    let place = place.unwrap_or_else(|| panic!("nobody is called {name}")) as u128;
    UserId(Uuid::from_u128((7 << 76) | (2 << 62) | (place + 1)))
}

/// Who comes with which token.
struct Village;

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
        let principal = Principal::of_session(OrgId(*org), id, *role, SessionId(id.uuid()));
        Ok(principal.proved_at(testkit::ALWAYS))
    }
}

#[async_trait]
impl Contacts for Village {
    async fn contact(&self, _: OrgId, _: UserId) -> Result<Option<Contact>, IdentityUnavailable> {
        Ok(None)
    }

    async fn staff(
        &self,
        org: OrgId,
        permission: Permission,
    ) -> Result<Vec<UserId>, IdentityUnavailable> {
        let may = PEOPLE
            .iter()
            .filter(|(_, role, of)| *of == org.0 && role.permissions_in(org).contains(permission));
        Ok(may.map(|(name, ..)| user(name)).collect())
    }
}

/// The audit trail: what was done, to what.
#[derive(Default)]
pub struct Trail(pub Mutex<Vec<(&'static str, String)>>);

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
        let act = (entry.action.as_str(), entry.subject);
        self.0.lock().unwrap().push(act);
        Ok(())
    }
}

/// What tells the staff: into a list, once for each event, or not at all.
#[derive(Default)]
pub struct Mailbox {
    told: Mutex<BTreeMap<EventId, StaffNews>>,
    order: Mutex<Vec<EventId>>,
    /// Whether nothing is taken.
    pub away: AtomicBool,
}

impl Mailbox {
    /// What was told, in order.
    pub fn told(&self) -> Vec<StaffNews> {
        let told = self.told.lock().unwrap();
        let order = self.order.lock().unwrap();
        order.iter().map(|event| told[event].clone()).collect()
    }

    /// The names of the texts that were told, in order.
    pub fn kinds(&self) -> Vec<String> {
        self.told().into_iter().map(|news| news.kind).collect()
    }
}

#[async_trait]
impl StaffMessages for Mailbox {
    async fn tell_staff(&self, news: &StaffNews) -> Result<(), NotTaken> {
        if self.away.load(Ordering::SeqCst) {
            return Err(NotTaken("it is away".to_owned()));
        }
        let mut told = self.told.lock().unwrap();
        if told.insert(news.event, news.clone()).is_none() {
            self.order.lock().unwrap().push(news.event);
        }
        Ok(())
    }
}

/// A service whose report the test writes; none: it cannot report.
pub struct Reporting(pub Mutex<Option<Report>>);

#[async_trait]
impl Opened for Reporting {
    fn router(self: Arc<Self>) -> OpenApiRouter {
        OpenApiRouter::new()
    }

    async fn personal_data(&self, _: OrgId, _: UserId) -> Result<Map<String, Value>, Failure> {
        Ok(Map::new())
    }

    async fn report(self: Arc<Self>) -> Result<Report, Failure> {
        let report = self.0.lock().unwrap().clone();
        report.ok_or_else(|| "its database is away".into())
    }
}

/// A part that works or not.
#[derive(Default)]
pub struct Part(pub AtomicBool);

#[async_trait]
impl HealthCheck for Part {
    async fn check(&self) -> Result<(), String> {
        match self.0.load(Ordering::SeqCst) {
            true => Err("it does not answer".to_owned()),
            false => Ok(()),
        }
    }
}

/// The feed of payments, as the test writes it.
pub struct TestFeed {
    events: Mutex<Vec<Event>>,
    newest: watch::Sender<i64>,
    clock: Arc<FakeClock>,
}

impl TestFeed {
    /// Transactions of an organisation that end so.
    pub fn push(&self, org: i64, count: usize, kind: &str, failure: Option<&str>) {
        let data = json!({"failure": failure.map(|code| json!({"code": code, "detail": "x"}))});
        let mut events = self.events.lock().unwrap();
        for _ in 0..count {
            let sequence = i64::try_from(events.len()).unwrap() + 1;
            let time = self.clock.now();
            events.push(Event {
                id: event_id("payments", sequence, time),
                feed: "payments",
                sequence,
                kind: kind.to_owned(),
                time,
                subject: "txn_1".to_owned(),
                org: OrgId(org),
                parties: Vec::new(),
                data: to_raw_value(&data).unwrap(),
            });
            self.newest.send_replace(sequence);
        }
    }
}

#[async_trait]
impl Feed for TestFeed {
    fn name(&self) -> &'static str {
        "payments"
    }

    async fn read(&self, after: i64, limit: u32) -> Result<Page, FeedError> {
        let events = self.events.lock().unwrap();
        let events = events.iter().skip(usize::try_from(after).unwrap());
        let events: Vec<_> = events.take(limit as usize).cloned().collect();
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

/// Operations, and who talks to it.
pub struct App {
    pub service: Arc<Service>,
    pub trail: Arc<Trail>,
    pub mailbox: Arc<Mailbox>,
    pub feed: Arc<TestFeed>,
    pub reporting: Arc<Reporting>,
    pub part: Arc<Part>,
    pub clock: Arc<FakeClock>,
    pub db: Db,
    pub store: TestStore,
    router: Router,
}

impl App {
    pub async fn on(engine: Engine) -> Self {
        let (store, clock) = (TestStore::new(engine), FakeClock::new());
        let feed = Arc::new(TestFeed {
            events: Mutex::default(),
            newest: watch::Sender::default(),
            clock: clock.clone(),
        });
        let (trail, mailbox) = (Arc::<Trail>::default(), Arc::<Mailbox>::default());
        let reporting = Arc::new(Reporting(Mutex::new(Some(Report::default()))));
        let part = Arc::<Part>::default();
        let db = store.open(operations::SCHEMA, operations::migrations());
        let db = db.await.unwrap();
        let deps = deps(&clock, &trail, &mailbox, &feed);
        let service = Service::open(db.clone(), deps);
        let authenticator: SharedAuthenticator = Arc::new(Village);
        let (router, _) = Opened::router(service.clone()).split_for_parts();
        let client = Client::new("127.0.0.1".parse().unwrap(), None);
        let router = router
            .layer(axum::Extension(authenticator))
            .layer(axum::Extension(client));
        let app = Self {
            service,
            trail,
            mailbox,
            feed,
            reporting,
            part,
            clock,
            db,
            store,
            router,
        };
        app.watched_by(&app.service);
        app
    }

    fn watched_by(&self, service: &Service) {
        let services: [Arc<dyn Opened>; 1] = [self.reporting.clone()];
        let checks: [NamedCheck; 1] = [("journal".to_owned(), self.part.clone())];
        service.watch(&services, &checks);
    }

    /// The same store as another node has it open.
    pub async fn another_node(&self) -> Arc<Service> {
        let db = self
            .store
            .open(operations::SCHEMA, operations::migrations());
        let deps = deps(&self.clock, &self.trail, &self.mailbox, &self.feed);
        let service = Service::open(db.await.unwrap(), deps);
        self.watched_by(&service);
        service
    }

    /// Has a service report this from now on.
    pub fn reports(&self, report: Report) {
        *self.reporting.0.lock().unwrap() = Some(report);
    }

    /// Looks once, a moment later.
    pub async fn look(&self) {
        self.clock.advance(values::SECOND);
        assert!(self.service.look().await.unwrap());
    }

    /// A request of somebody; status and answer.
    pub async fn request(
        &self,
        who: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (u16, Value) {
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
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        (status.as_u16(), body)
    }

    /// What somebody reads.
    pub async fn get(&self, who: &str, path: &str) -> Value {
        let (status, answer) = self.request(who, Method::GET, path, None).await;
        assert_eq!(status, StatusCode::OK.as_u16(), "{path}: {answer}");
        answer
    }

    pub async fn post(&self, who: &str, path: &str, body: Value) -> (u16, Value) {
        self.request(who, Method::POST, path, Some(body)).await
    }

    /// The alerts that an operator sees, the newest first.
    pub async fn alerts(&self, query: &str) -> Vec<Value> {
        let page = self
            .get("operator", &format!("/alerts?limit=100{query}"))
            .await;
        page["data"].as_array().unwrap().clone()
    }

    /// The one alert that there is, whatever became of it.
    pub async fn alert(&self) -> Value {
        let mut all = self.alerts("&status=any").await;
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    /// What an operator does to the one alert; status and answer.
    pub async fn act(&self, who: &str, verb: &str, body: Value) -> (u16, Value) {
        let id = self.alert().await["id"].as_str().unwrap().to_owned();
        self.post(who, &format!("/alerts/{id}/{verb}"), body).await
    }

    /// The timeline of the one alert, the oldest first.
    pub async fn timeline(&self) -> Vec<String> {
        let id = self.alert().await["id"].as_str().unwrap().to_owned();
        let alert = self.get("auditor", &format!("/alerts/{id}")).await;
        let entries = alert["timeline"].as_array().unwrap().iter().rev();
        let what = |entry: &Value| entry["what"].as_str().unwrap().to_owned();
        entries.map(what).collect()
    }

    /// A service raises something of a rule, and it is written.
    pub async fn raise(&self, rule: &str, severity: Severity) {
        self.service.raise(self.signal(rule, severity));
        self.service.write_raised().await.unwrap();
    }

    pub fn signal(&self, rule: &str, severity: Severity) -> Signal {
        Signal {
            key: key(rule),
            severity,
            says: format!("{rule} held 9 of 10 transactions."),
            at: self.clock.now(),
        }
    }
}

/// What is raised of a rule.
pub fn key(rule: &str) -> AlertKey {
    AlertKey::new(OrgId::DEFAULT, "rule_breaker", rule)
}

fn deps(
    clock: &Arc<FakeClock>,
    trail: &Arc<Trail>,
    mailbox: &Arc<Mailbox>,
    feed: &Arc<TestFeed>,
) -> Deps {
    Deps {
        config: Config::default(),
        clock: clock.clone(),
        ids: testkit::ids(clock.clone()),
        identity: trail.clone(),
        contacts: Arc::new(Village),
        messages: mailbox.clone(),
        feed: feed.clone(),
    }
}
