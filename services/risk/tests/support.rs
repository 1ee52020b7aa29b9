//! Risk on a store of its own, with feeds, people and a mailbox that the test speaks for.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use access::{AuthenticationError, Authenticator, Principal, SharedAuthenticator};
use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use contracts::events::{Event, Party};
use contracts::identity::{
    Contact, Contacts, Identity, IdentityUnavailable, KnownUser, OperatorAction, OperatorEntry,
    OrgId, Permission, Role, SessionId, UserId,
};
use contracts::kyc::{KycStanding, KycStandings};
use contracts::notifications::{CodeChannel, CodeNotSent, CodeSent, Codes, OneTimeCode};
use contracts::payments::{TransactionId, TransactionType, WalletId};
use contracts::risk::{
    NotReviewed, ProposedTransaction, Review, Reviewed, Reviews, Risk, RiskDecision,
};
use db::Db;
use events::{Feed, FeedError, Page, event_id};
use http::{Method, Request, StatusCode};
use platform::clock::Clock;
use risk::{Config, Deps, Service};
use secrecy::ExposeSecret;
use serde_json::value::to_raw_value;
use serde_json::{Value, json};
use testkit::{Engine, FakeClock, TestStore};
use tokio::sync::watch;
use tower::ServiceExt;
use uuid::Uuid;
use vault::{MasterKey, Vault};
use web::client::Client;

/// Anyone who may come: token, role, organisation.
const PEOPLE: [(&str, Role, i64); 10] = [
    ("ann", Role::User, 1),
    ("bob", Role::User, 1),
    ("operator", Role::Operator, 1),
    ("second", Role::Operator, 1),
    ("admin", Role::Admin, 1),
    ("auditor", Role::Auditor, 1),
    ("stranger", Role::User, 2),
    ("foreign_admin", Role::Admin, 2),
    ("imported", Role::User, 1),
    ("nobody", Role::User, 1),
];
/// Those at the end of whom the feed does not tell; identity does not know the last.
const UNTOLD: usize = 2;

fn place(name: &str) -> u128 {
    let place = PEOPLE.iter().position(|(known, ..)| *known == name);
    place.unwrap_or_else(|| panic!("nobody is called {name}")) as u128
}

/// A UUID of version 7.
pub fn uuid(number: u128) -> Uuid {
    Uuid::from_u128((7 << 76) | (2 << 62) | number)
}

/// The id of somebody.
pub fn user(name: &str) -> UserId {
    UserId(uuid(place(name) + 1))
}

/// The wallet of somebody.
pub fn wallet(name: &str) -> WalletId {
    WalletId(uuid(0x100 + place(name)))
}

/// The organisation of somebody.
pub fn org(name: &str) -> OrgId {
    let (_, _, org) = PEOPLE[usize::try_from(place(name)).unwrap()];
    OrgId(org)
}

/// Who comes with which token, and what they call themselves.
#[derive(Default)]
pub struct Village {
    /// Those who call themselves otherwise than at first.
    pub names: Mutex<BTreeMap<UserId, String>>,
    /// Counted up where somebody's credentials change.
    pub epoch: AtomicI64,
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
        let principal = Principal::of_session(OrgId(*org), id, *role, SessionId(id.uuid()));
        Ok(principal.proved_at(testkit::ALWAYS))
    }
}

#[async_trait]
impl Contacts for Village {
    async fn contact(
        &self,
        org: OrgId,
        id: UserId,
    ) -> Result<Option<Contact>, IdentityUnavailable> {
        let lives_there = |(name, _, of): &&(&str, Role, i64)| {
            user(name) == id && *of == org.0 && *name != "nobody"
        };
        let found = PEOPLE.iter().find(lives_there);
        let called = self.names.lock().unwrap().get(&id).cloned();
        Ok(found.map(|(name, role, _)| Contact {
            user: id,
            name: called.unwrap_or_else(|| format!("{name} Example")),
            email: format!("{name}@example.com"),
            email_verified: true,
            role: *role,
            locale: "en".to_owned(),
            timezone: "UTC".to_owned(),
            notifications_enabled: true,
            credential_epoch: self.epoch.load(Ordering::Relaxed),
        }))
    }

    async fn staff(&self, _: OrgId, _: Permission) -> Result<Vec<UserId>, IdentityUnavailable> {
        Ok(Vec::new())
    }
}

/// Identity: the audit trail.
#[derive(Default)]
pub struct Trail {
    /// What was done.
    pub done: Mutex<Vec<&'static str>>,
}

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
        self.done.lock().unwrap().push(entry.action.as_str());
        Ok(())
    }

    async fn record_by_system(
        &self,
        _: OrgId,
        action: OperatorAction,
        _: &str,
    ) -> Result<(), IdentityUnavailable> {
        self.done.lock().unwrap().push(action.as_str());
        Ok(())
    }
}

/// How verifications stand, as identity was told; and what it answers instead.
#[derive(Default)]
pub struct Standings {
    pub told: Mutex<Vec<KycStanding>>,
    pub is_away: AtomicBool,
}

#[async_trait]
impl KycStandings for Standings {
    async fn set_standing(&self, standing: &KycStanding) -> Result<(), IdentityUnavailable> {
        if self.is_away.load(Ordering::Relaxed) {
            return Err(IdentityUnavailable);
        }
        self.told.lock().unwrap().push(*standing);
        Ok(())
    }
}

/// A code as it was sent.
#[derive(Debug, Clone)]
pub struct SentCode {
    pub user: UserId,
    pub code: String,
    pub minutes: i64,
    pub facts: Value,
}

/// What carries codes: into a list, or not at all.
#[derive(Default)]
pub struct Mailbox {
    pub sent: Mutex<Vec<SentCode>>,
    /// What is answered instead.
    pub refuses: Mutex<Option<CodeNotSent>>,
}

impl Mailbox {
    /// The code that was sent last.
    pub fn last(&self) -> SentCode {
        self.sent.lock().unwrap().last().unwrap().clone()
    }
}

#[async_trait]
impl Codes for Mailbox {
    async fn send_code(&self, code: &OneTimeCode) -> Result<CodeSent, CodeNotSent> {
        if let Some(refused) = *self.refuses.lock().unwrap() {
            return Err(refused);
        }
        self.sent.lock().unwrap().push(SentCode {
            user: code.user,
            code: code.code.expose_secret().to_owned(),
            minutes: code.minutes,
            facts: code.facts.clone(),
        });
        Ok(CodeSent {
            channel: CodeChannel::Email,
            hint: "a***@example.com".to_owned(),
        })
    }
}

/// A feed that the test writes.
pub struct TestFeed {
    name: &'static str,
    events: Mutex<Vec<Event>>,
    newest: watch::Sender<i64>,
    clock: Arc<FakeClock>,
}

impl TestFeed {
    fn new(name: &'static str, clock: &Arc<FakeClock>) -> Arc<Self> {
        Arc::new(Self {
            name,
            events: Mutex::default(),
            newest: watch::Sender::default(),
            clock: clock.clone(),
        })
    }

    /// Commits an event.
    pub fn push(
        &self,
        org: OrgId,
        kind: &str,
        subject: &str,
        parties: &[(Party, &str)],
        data: &Value,
    ) {
        let mut events = self.events.lock().unwrap();
        let sequence = i64::try_from(events.len()).unwrap() + 1;
        let time = self.clock.now();
        let parties = parties.iter();
        events.push(Event {
            id: event_id(self.name, sequence, time),
            feed: self.name,
            sequence,
            kind: kind.to_owned(),
            time,
            subject: subject.to_owned(),
            org,
            parties: parties.map(|(party, name)| (*party, user(name))).collect(),
            data: to_raw_value(data).unwrap(),
        });
        self.newest.send_replace(sequence);
    }
}

#[async_trait]
impl Feed for TestFeed {
    fn name(&self) -> &'static str {
        self.name
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

/// What payments answers where it is asked to decide about a transaction.
#[derive(Debug, Clone, Copy)]
pub enum Says {
    Proposed,
    NotYours,
    NotWaiting,
    Refused,
    Away,
}

/// Payments, as far as reviews go: it decides, unless the test says something else.
#[derive(Default)]
pub struct Reviewers {
    pub asked: Mutex<Vec<Review>>,
    /// What is answered, in order.
    pub says: Mutex<VecDeque<Says>>,
}

#[async_trait]
impl Reviews for Reviewers {
    async fn review(&self, review: &Review) -> Result<Reviewed, NotReviewed> {
        self.asked.lock().unwrap().push(review.clone());
        match self.says.lock().unwrap().pop_front() {
            None => Ok(Reviewed::Decided),
            Some(Says::Proposed) => Ok(Reviewed::Proposed),
            Some(Says::NotYours) => Err(NotReviewed::NotYours),
            Some(Says::NotWaiting) => Err(NotReviewed::NotWaiting),
            Some(Says::Refused) => Err(NotReviewed::Refused("the wallet is frozen".to_owned())),
            Some(Says::Away) => Err(NotReviewed::Unavailable("away".into())),
        }
    }
}

/// What stays when risk is started anew.
type Parts = (
    TestStore,
    Arc<FakeClock>,
    Config,
    [Arc<TestFeed>; 2],
    (Arc<Trail>, Arc<Reviewers>),
    Arc<Mailbox>,
    (Arc<Village>, Arc<Standings>),
);

/// Risk, and who talks to it.
pub struct App {
    pub service: Arc<Service>,
    pub trail: Arc<Trail>,
    pub mailbox: Arc<Mailbox>,
    pub village: Arc<Village>,
    pub reviewers: Arc<Reviewers>,
    pub standings: Arc<Standings>,
    pub identity: Arc<TestFeed>,
    pub payments: Arc<TestFeed>,
    pub clock: Arc<FakeClock>,
    pub db: Db,
    config: Config,
    router: Router,
    store: TestStore,
}

impl App {
    pub async fn on(engine: Engine) -> Self {
        Self::with(engine, Config::default()).await
    }

    pub async fn with(engine: Engine, config: Config) -> Self {
        let registered = PEOPLE.len() - UNTOLD;
        Self::with_registered(engine, config, registered).await
    }

    /// Where users were imported: the feed tells of none.
    pub async fn with_nobody_registered(engine: Engine) -> Self {
        Self::with_registered(engine, Config::default(), 0).await
    }

    async fn with_registered(engine: Engine, config: Config, registered: usize) -> Self {
        let store = TestStore::new(engine);
        let clock = FakeClock::new();
        let feeds = ["identity", "payments"].map(|name| TestFeed::new(name, &clock));
        let [identity, payments] = feeds;
        let (trail, mailbox) = (Arc::<Trail>::default(), Arc::<Mailbox>::default());
        for (name, _, of) in PEOPLE.into_iter().take(registered) {
            let owner = [(Party::Owner, name)];
            let id = user(name).to_string();
            identity.push(OrgId(of), "user.registered", &id, &owner, &Value::Null);
            let id = wallet(name).to_string();
            payments.push(OrgId(of), "wallet.opened", &id, &owner, &Value::Null);
        }
        let village = Arc::<Village>::default();
        let trail = (trail, Arc::<Reviewers>::default());
        let feeds = [identity, payments];
        let others = (village, Arc::<Standings>::default());
        let parts = (store, clock, config, feeds, trail, mailbox, others);
        let app = Self::start(parts).await;
        app.service.catch_up().await.unwrap();
        app
    }

    /// The same store as another node has it open.
    pub async fn another_node(&self) -> Arc<Service> {
        let db = self
            .store
            .open(risk::SCHEMA, risk::migrations())
            .await
            .unwrap();
        Service::open(db, self.deps()).await.unwrap()
    }

    /// The same store with these master keys, the newest first.
    pub async fn with_keys(&self, keys: &[u8]) -> Arc<Service> {
        let migrations = risk::migrations();
        let db = self.store.open(risk::SCHEMA, migrations).await.unwrap();
        let masters: Vec<_> = keys.iter().map(|key| MasterKey::of([*key; 32])).collect();
        let mut deps = self.deps();
        deps.vault = Vault::new(&masters, "risk", deps.ids.clone()).unwrap();
        Service::open(db, deps).await.unwrap()
    }

    fn deps(&self) -> Deps {
        let ids = testkit::ids(self.clock.clone());
        Deps {
            config: self.config.clone(),
            vault: Vault::new(&[MasterKey::of([7; 32])], "risk", ids.clone()).unwrap(),
            clock: self.clock.clone(),
            ids,
            identity: self.trail.clone(),
            contacts: self.village.clone(),
            standings: self.standings.clone(),
            feeds: vec![self.identity.clone(), self.payments.clone()],
        }
    }

    async fn start(parts: Parts) -> Self {
        let (store, clock, config, [identity, payments], (trail, reviewers), mailbox, others) =
            parts;
        let (village, standings) = others;
        let db = store.open(risk::SCHEMA, risk::migrations()).await.unwrap();
        let ids = testkit::ids(clock.clone());
        let deps = Deps {
            config: config.clone(),
            vault: Vault::new(&[MasterKey::of([7; 32])], "risk", ids.clone()).unwrap(),
            clock: clock.clone(),
            ids,
            identity: trail.clone(),
            contacts: village.clone(),
            standings: standings.clone(),
            feeds: vec![identity.clone(), payments.clone()],
        };
        let service = Service::open(db.clone(), deps).await.unwrap();
        service.set_codes(mailbox.clone());
        service.set_reviews(reviewers.clone());
        let authenticator: SharedAuthenticator = village.clone();
        let (router, _) = module::Opened::router(service.clone()).split_for_parts();
        let client = Client::new("127.0.0.1".parse().unwrap(), None);
        let router = router
            .layer(axum::Extension(authenticator))
            .layer(axum::Extension(client));
        Self {
            service,
            trail,
            mailbox,
            village,
            reviewers,
            standings,
            identity,
            payments,
            clock,
            db,
            config,
            router,
            store,
        }
    }

    /// Somebody calls themselves otherwise.
    pub fn is_called(&self, who: &str, name: &str) {
        let mut names = self.village.names.lock().unwrap();
        names.insert(user(who), name.to_owned());
        let (id, owner) = (user(who).to_string(), [(Party::Owner, who)]);
        self.identity
            .push(org(who), "user.renamed", &id, &owner, &Value::Null);
    }

    /// The same store, opened anew as after a restart.
    pub async fn restarted(self) -> Self {
        module::Opened::close(&*self.service).await;
        self.db.close().await;
        let feeds = [self.identity, self.payments];
        let parts = (
            self.store,
            self.clock,
            self.config,
            feeds,
            (self.trail, self.reviewers),
            self.mailbox,
            (self.village, self.standings),
        );
        Self::start(parts).await
    }

    /// A request of somebody; status and answer.
    pub async fn request(
        &self,
        who: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        self.request_with((who, None), method, path, body).await
    }

    /// The same with an idempotency key.
    pub async fn request_with(
        &self,
        (who, key): (&str, Option<&str>),
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header("authorization", format!("Bearer {who}"));
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.ask(request.body(body).unwrap()).await
    }

    async fn ask(&self, request: Request<Body>) -> (StatusCode, Value) {
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let bytes = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (
            status,
            serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        )
    }

    /// A POST of any text; status and answer.
    pub async fn raw(&self, who: &str, path: &str, body: String) -> (StatusCode, Value) {
        let request = Request::post(format!("/api/v1{path}"))
            .header("authorization", format!("Bearer {who}"))
            .header("content-type", "application/json")
            .body(Body::from(body));
        self.ask(request.unwrap()).await
    }

    /// A request of somebody with any body; status, headers and answer.
    pub async fn send(&self, who: &str, request: http::request::Builder, body: Vec<u8>) -> Raw {
        let request = request.header("authorization", format!("Bearer {who}"));
        let request = request.body(Body::from(body)).unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let bytes = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        let bytes = bytes.to_vec();
        Raw {
            status,
            headers,
            bytes,
        }
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

    /// A POST under an idempotency key; status and answer.
    pub async fn post_once(
        &self,
        (who, key): (&str, &str),
        path: &str,
        body: &Value,
    ) -> (StatusCode, Value) {
        let request = Request::post(format!("/api/v1{path}"))
            .header("authorization", format!("Bearer {who}"))
            .header("content-type", "application/json")
            .header("idempotency-key", key)
            .body(Body::from(body.to_string()));
        self.ask(request.unwrap()).await
    }
}

/// An answer as it came.
pub struct Raw {
    pub status: u16,
    pub headers: http::HeaderMap,
    pub bytes: Vec<u8>,
}

impl Raw {
    /// It as JSON; null where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_default()
    }
}

impl App {
    /// A transfer as it is proposed now.
    pub fn transfer(
        &self,
        number: u128,
        from: &str,
        to: &str,
        amount_minor: i64,
    ) -> ProposedTransaction {
        let party = |name: &str| {
            Some(contracts::risk::Party {
                wallet: wallet(name),
                owner: user(name),
            })
        };
        ProposedTransaction {
            org: org(from),
            id: TransactionId(uuid(0x1000 + number)),
            kind: TransactionType::Transfer,
            amount_minor,
            currency: "USD",
            from: party(from),
            to: party(to),
            instrument: None,
            by: user(from),
            at: self.clock.now(),
        }
    }

    /// What risk says of a proposed transaction.
    pub async fn assess(&self, proposed: &ProposedTransaction) -> RiskDecision {
        self.service.assess(proposed).await.unwrap()
    }

    /// Payments tells that a transaction was made, or has changed.
    pub fn tell(&self, made: &ProposedTransaction, from: &str, to: &str, status: &str) {
        let amount = made.amount_minor;
        let document = json!({
            "id": made.id, "type": made.kind, "status": status,
            "amount": format!("{}.{:02}", amount / 100, amount % 100), "currency": made.currency,
            "from_wallet": made.from.map(|it| it.wallet), "to_wallet": made.to.map(|it| it.wallet),
            "source": made.instrument.as_ref().map(|token| json!({ "token": token })),
            "risk": null, "created_by": made.by, "created_at": made.at,
        });
        let parties = [(Party::Payer, from), (Party::Payee, to)];
        let kind = format!("transaction.{status}");
        let id = made.id.to_string();
        self.payments
            .push(made.org, &kind, &id, &parties, &document);
    }

    /// Somebody makes a transfer that passes; what was decided.
    pub async fn pays(&self, number: u128, from: &str, to: &str, amount: i64) -> RiskDecision {
        let proposed = self.transfer(number, from, to, amount);
        let decision = self.assess(&proposed).await;
        self.tell(&proposed, from, to, "completed");
        decision
    }
}

/// The codes of what counted.
pub fn codes(decision: &RiskDecision) -> Vec<&str> {
    let factors = decision.factors.iter();
    factors.map(|factor| factor.code.as_str()).collect()
}
