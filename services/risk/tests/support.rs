//! Risk on a store of its own, with feeds, people and a mailbox that the test speaks for.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use access::{AuthenticationError, Authenticator, Principal, SharedAuthenticator};
use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use contracts::events::{Event, Party};
use contracts::identity::{
    Contact, Contacts, Identity, IdentityUnavailable, KnownUser, OperatorEntry, OrgId, Permission,
    Role, SessionId, UserId,
};
use contracts::notifications::{CodeChannel, CodeNotSent, CodeSent, Codes, OneTimeCode};
use contracts::payments::{TransactionId, TransactionType, WalletId};
use contracts::risk::{ProposedTransaction, Risk, RiskDecision};
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

/// Who comes with which token.
#[derive(Default)]
pub struct Village;

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
impl Contacts for Trail {
    async fn contact(
        &self,
        org: OrgId,
        id: UserId,
    ) -> Result<Option<Contact>, IdentityUnavailable> {
        let lives_there = |(name, _, of): &&(&str, Role, i64)| {
            user(name) == id && *of == org.0 && *name != "nobody"
        };
        let found = PEOPLE.iter().find(lives_there);
        Ok(found.map(|(name, role, _)| Contact {
            user: id,
            name: format!("{name} Example"),
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

/// Identity: the audit trail, and who people are.
#[derive(Default)]
pub struct Trail {
    /// What was done.
    pub done: Mutex<Vec<&'static str>>,
    /// Counted up where somebody's credentials change.
    pub epoch: AtomicI64,
}

impl Trail {
    /// Somebody's password changes, or another of their credentials.
    pub fn credentials_change(&self) {
        self.epoch.fetch_add(1, Ordering::Relaxed);
    }
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

/// What stays when risk is started anew.
type Parts = (
    TestStore,
    Arc<FakeClock>,
    Config,
    [Arc<TestFeed>; 2],
    Arc<Trail>,
    Arc<Mailbox>,
);

/// Risk, and who talks to it.
pub struct App {
    pub service: Arc<Service>,
    pub trail: Arc<Trail>,
    pub mailbox: Arc<Mailbox>,
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
        let parts = (store, clock, config, [identity, payments], trail, mailbox);
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

    fn deps(&self) -> Deps {
        let ids = testkit::ids(self.clock.clone());
        Deps {
            config: self.config.clone(),
            vault: Vault::new(&[MasterKey::of([7; 32])], "risk", ids.clone()).unwrap(),
            clock: self.clock.clone(),
            ids,
            identity: self.trail.clone(),
            contacts: self.trail.clone(),
            feeds: vec![self.identity.clone(), self.payments.clone()],
        }
    }

    async fn start((store, clock, config, [identity, payments], trail, mailbox): Parts) -> Self {
        let db = store.open(risk::SCHEMA, risk::migrations()).await.unwrap();
        let ids = testkit::ids(clock.clone());
        let deps = Deps {
            config: config.clone(),
            vault: Vault::new(&[MasterKey::of([7; 32])], "risk", ids.clone()).unwrap(),
            clock: clock.clone(),
            ids,
            identity: trail.clone(),
            contacts: trail.clone(),
            feeds: vec![identity.clone(), payments.clone()],
        };
        let service = Service::open(db.clone(), deps).await.unwrap();
        service.set_codes(mailbox.clone());
        let authenticator: SharedAuthenticator = Arc::new(Village);
        let (router, _) = module::Opened::router(service.clone()).split_for_parts();
        let client = Client::new("127.0.0.1".parse().unwrap(), None);
        let router = router
            .layer(axum::Extension(authenticator))
            .layer(axum::Extension(client));
        Self {
            service,
            trail,
            mailbox,
            identity,
            payments,
            clock,
            db,
            config,
            router,
            store,
        }
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
            self.trail,
            self.mailbox,
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

    /// A POST of any text; status and answer.
    pub async fn raw(&self, who: &str, path: &str, body: String) -> (StatusCode, Value) {
        let request = Request::post(format!("/api/v1{path}"))
            .header("authorization", format!("Bearer {who}"))
            .header("content-type", "application/json")
            .body(Body::from(body));
        let answer = self.router.clone().oneshot(request.unwrap()).await.unwrap();
        let status = answer.status();
        let bytes = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (
            status,
            serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        )
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
