//! Payments on a store of its own with an acquirer of the test's choice, and people who send
//! requests.

use std::sync::Arc;
use std::time::Duration;

use access::{AuthenticationError, Authenticator, Principal, SharedAuthenticator};
use axum::Router;
use axum::body::{Body, to_bytes};
use contracts::identity::{
    Identity, IdentityUnavailable, KnownUser, OperatorEntry, OrgId, Role, SessionId,
    SharedIdentity, UserId,
};
use db::args;
use http::{HeaderMap, Request};
use payments::acquirer::{Acquirer, Connected, Instruction, Notification, Unanswered, Verdict};
use payments::journal::Journal;
use payments::journal::postgres::{PostgresStore, SessionTimeouts};
use payments::journal::sqlite::SqliteStore;
use payments::journal::store::Store;
use payments::{Config, Deps, LimitConfig, SCHEMA, Service, migrations};
use payments_core::command::{Actor, Answer, Command, Operation};
use payments_core::transaction::Failure;
use platform::clock::Clock;
use serde_json::{Value, json};
use testkit::{Engine, FakeClock, TestStore, engines, ids};
use tokio::sync::{mpsc, oneshot};
use tower::ServiceExt;
use uuid::Uuid;
use values::SECOND;
use web::client::Client;
use web::rate_limit::RateLimiter;

pub const SECONDS: i64 = SECOND;
pub const HOUR: i64 = 3_600 * SECOND;
pub const DAY: i64 = 24 * HOUR;

// --- people ---

const PEOPLE: [(&str, Role); 5] = [
    ("ann", Role::User),
    ("shop", Role::Merchant),
    ("operator", Role::Operator),
    ("deputy", Role::Operator),
    ("admin", Role::Admin),
];

struct People;

#[async_trait::async_trait]
impl Authenticator for People {
    async fn authenticate(
        &self,
        token: &str,
        _: &Client,
    ) -> Result<Principal, AuthenticationError> {
        let place = PEOPLE
            .iter()
            .position(|(name, _)| *name == token)
            .ok_or(AuthenticationError::Unauthenticated)?;
        let id = Uuid::from_u128((7 << 76) | (2 << 62) | (place as u128 + 1));
        let (_, role) = PEOPLE[place];
        Ok(
            Principal::of_session(OrgId::DEFAULT, UserId(id), role, SessionId(id))
                .proved_at(testkit::ALWAYS),
        )
    }
}

#[async_trait::async_trait]
impl Identity for People {
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

// --- an acquirer that the test speaks for ---

/// What the acquirer is asked, and how to answer it. Dropped without an answer, the connection
/// broke.
pub struct Call {
    pub is_enquiry: bool,
    pub instruction: Instruction,
    reply: oneshot::Sender<Result<Verdict, Unanswered>>,
}

impl Call {
    pub fn answer(self, verdict: Verdict) {
        // The caller may have given up.
        drop(self.reply.send(Ok(verdict)));
    }

    pub fn fail(self, error: Unanswered) {
        drop(self.reply.send(Err(error)));
    }
}

/// Hands every call to the test.
pub struct Scripted(mpsc::UnboundedSender<Call>);

impl Scripted {
    async fn call(
        &self,
        is_enquiry: bool,
        instruction: &Instruction,
    ) -> Result<Verdict, Unanswered> {
        let (reply, answer) = oneshot::channel();
        let call = Call {
            is_enquiry,
            instruction: instruction.clone(),
            reply,
        };
        let broken = || Unanswered::Unreachable("the connection broke".to_owned());
        self.0.send(call).map_err(|_| broken())?;
        answer.await.unwrap_or_else(|_| Err(broken()))
    }
}

#[async_trait::async_trait]
impl Acquirer for Scripted {
    async fn instruct(&self, instruction: &Instruction) -> Result<Verdict, Unanswered> {
        self.call(false, instruction).await
    }

    async fn enquire(&self, instruction: &Instruction) -> Result<Verdict, Unanswered> {
        self.call(true, instruction).await
    }
}

/// The test's end of a scripted acquirer.
pub struct Script {
    calls: mpsc::UnboundedReceiver<Call>,
    told: mpsc::UnboundedSender<Notification>,
}

impl Script {
    /// The next call, once it comes.
    pub async fn call(&mut self) -> Call {
        patiently("a call", self.calls.recv()).await.unwrap()
    }

    /// The next call, which must be an enquiry.
    pub async fn enquiry(&mut self) -> Call {
        let call = self.call().await;
        assert!(call.is_enquiry, "{:?}", call.instruction);
        call
    }

    /// The next call, which must be an instruction.
    pub async fn instruction(&mut self) -> Call {
        let call = self.call().await;
        assert!(!call.is_enquiry, "{:?}", call.instruction);
        call
    }

    /// Nothing was asked.
    pub fn assert_silent(&mut self) {
        if let Ok(call) = self.calls.try_recv() {
            panic!("the acquirer was asked of {:?}", call.instruction);
        }
    }

    /// Tells on its own accord, to be taken in by the next tick.
    pub fn tell(&self, transaction: &str, verdict: Verdict) {
        self.told
            .send(Notification {
                id: transaction.parse().unwrap(),
                verdict,
            })
            .unwrap();
    }
}

/// A test whose event never comes should say so rather than hang.
async fn patiently<F: Future>(what: &str, event: F) -> F::Output {
    let came = tokio::time::timeout(Duration::from_secs(60), event).await;
    came.unwrap_or_else(|_| panic!("{what} never came"))
}

pub fn scripted() -> (Connected, Script) {
    let (calls, called) = mpsc::unbounded_channel();
    let (told, notifications) = mpsc::unbounded_channel();
    let connected = Connected {
        acquirer: Arc::new(Scripted(calls)),
        notifications,
        notification_key: None,
    };
    (
        connected,
        Script {
            calls: called,
            told,
        },
    )
}

pub fn declined(code: &str) -> Verdict {
    Verdict::Declined(Failure {
        code: code.to_owned(),
        detail: "No.".to_owned(),
    })
}

// --- payments ---

/// Settings: requests wait as long as it takes, the acquirer too; in EUR little may leave a wallet.
pub fn config() -> Config {
    let mut config = Config {
        inline_wait_ms: 600_000,
        authorisation_seconds: 3_600,
        ..Config::default()
    };
    config.acquirer.timeout_ms = 600_000;
    let little = LimitConfig {
        daily: Some("100".to_owned()),
        monthly: Some("150".to_owned()),
        ..LimitConfig::default()
    };
    config.limits.insert("EUR".to_owned(), little);
    config
}

/// The same, with requests that do not wait for a call that is not answered at once.
pub fn impatient() -> Config {
    Config {
        inline_wait_ms: 1,
        ..config()
    }
}

pub struct App {
    pub service: Arc<Service>,
    pub clock: Arc<FakeClock>,
    pub router: Router,
}

impl App {
    pub async fn open(
        store: &TestStore,
        clock: &Arc<FakeClock>,
        connected: Connected,
        config: Config,
    ) -> Self {
        let db = store.open(SCHEMA, migrations()).await.unwrap();
        let journal = match store.engine() {
            Engine::Sqlite => {
                let file = store.folder().join(format!("{SCHEMA}.db"));
                let files = db.history().files().unwrap().clone();
                let open = move || SqliteStore::open_shared(&file, files).unwrap();
                start(clock, &config, open).await
            }
            Engine::Postgres => {
                let url = store.database_url().to_owned();
                start(clock, &config, move || {
                    PostgresStore::connect(&url, SCHEMA, SessionTimeouts::default()).unwrap()
                })
                .await
            }
        };
        let identity: SharedIdentity = Arc::new(People);
        let deps = Deps {
            clock: clock.clone(),
            ids: ids(clock.clone()),
            identity,
            limiter: RateLimiter::in_memory(clock.clone()),
            config,
        };
        let service = Service::with_acquirer(journal, db, deps, connected);
        let (router, _) = service.clone().router().split_for_parts();
        Self {
            service,
            clock: clock.clone(),
            router: router.layer((
                axum::Extension::<SharedAuthenticator>(Arc::new(People)),
                axum::Extension(testkit::client()),
            )),
        }
    }

    /// A new store on each engine, with an acquirer that the test speaks for.
    pub async fn each(config: Config, test: impl AsyncFn(App, Script)) {
        for engine in engines() {
            let store = TestStore::new(engine);
            let (connected, script) = scripted();
            let app = Self::open(&store, &FakeClock::new(), connected, config.clone()).await;
            let service = app.service.clone();
            test(app, script).await;
            check_books(&service).await;
            service.close().await;
        }
    }

    /// A new store on each engine, with the acquirer of the settings.
    pub async fn each_built(config: Config, test: impl AsyncFn(App)) {
        for engine in engines() {
            let store = TestStore::new(engine);
            let connected = payments::acquirer::build(&config.acquirer).unwrap();
            let app = Self::open(&store, &FakeClock::new(), connected, config.clone()).await;
            let service = app.service.clone();
            test(app).await;
            check_books(&service).await;
            service.close().await;
        }
    }

    pub async fn send(
        &self,
        by: &str,
        method: &str,
        path: &str,
        key: Option<&str>,
        body: Option<Value>,
    ) -> Reply {
        send(self.router.clone(), by, method, path, key, body).await
    }

    pub async fn post(&self, by: &str, path: &str, body: Value) -> Reply {
        self.send(by, "POST", path, None, Some(body)).await
    }

    pub async fn post_once(&self, by: &str, key: &str, path: &str, body: Value) -> Reply {
        self.send(by, "POST", path, Some(key), Some(body)).await
    }

    /// A new wallet of somebody's, funded by history: no acquirer is asked.
    pub async fn wallet(&self, of: &str, currency: &str, minor: i64) -> String {
        let made = self
            .post(of, "/wallets", json!({ "currency": currency }))
            .await;
        let id = made.created()["id"].as_str().unwrap().to_owned();
        if minor > 0 {
            let wallet: contracts::payments::WalletId = id.parse().unwrap();
            let new = payments_core::command::NewTransaction {
                id: ids(self.clock.clone()).next(),
                what: payments_core::command::Movement::Deposit {
                    to: wallet.uuid(),
                    instrument: None,
                    limits: payments_core::wallet::DepositLimits::default(),
                },
                amount: minor,
                currency: money::Currency::from_code(currency).unwrap(),
                description: None,
                external_id: None,
                metadata: None,
                risk: None,
                level: None,
            };
            self.submit(Actor::System, Operation::Create(new)).await;
        }
        id
    }

    /// What the background does over and over, once.
    pub async fn tick(&self) {
        patiently("the end of a tick", self.service.tick()).await;
    }

    pub async fn submit(&self, actor: Actor, operation: Operation) -> Answer {
        let org = OrgId::DEFAULT.0;
        let command = Command {
            org,
            actor,
            idempotency: None,
            request_id: None,
            operation,
        };
        self.service.journal().submit(command).await.unwrap()
    }

    pub async fn deposit(&self, wallet: &str, token: &str) -> Reply {
        self.post("ann", "/transactions", deposit(wallet, token))
            .await
    }

    pub async fn withdraw(&self, wallet: &str, token: &str) -> Reply {
        self.post("ann", "/transactions", withdrawal(wallet, token))
            .await
    }

    pub async fn transaction(&self, id: &str) -> Value {
        let found = self
            .send(
                "operator",
                "GET",
                &format!("/transactions/{id}"),
                None,
                None,
            )
            .await;
        assert_eq!(found.status, 200, "{}", found.text);
        found.body
    }

    pub async fn status(&self, id: &str) -> String {
        self.transaction(id).await["status"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// The types of a transaction's events, oldest first, without `transaction.`.
    pub async fn timeline(&self, id: &str) -> Vec<String> {
        let found = self
            .send(
                "operator",
                "GET",
                &format!("/transactions/{id}/timeline"),
                None,
                None,
            )
            .await;
        let events = found.body["data"].as_array().unwrap();
        let kind = |event: &Value| event["type"].as_str().unwrap().replace("transaction.", "");
        events.iter().map(kind).collect()
    }

    /// What is on a wallet: posted, held.
    pub async fn balance(&self, wallet: &str) -> (String, String) {
        let found = self
            .send("operator", "GET", &format!("/wallets/{wallet}"), None, None)
            .await;
        let text = |field: &str| found.body["balance"][field].as_str().unwrap().to_owned();
        (text("posted"), text("held"))
    }

    /// How often the acquirer was asked, and in how many seconds it is asked again.
    pub async fn due_in(&self, id: &str) -> (i64, Option<i64>) {
        let id: contracts::payments::TransactionId = id.parse().unwrap();
        let sql = "SELECT attempts, due_at FROM transactions WHERE id = $1";
        let row: (i64, Option<i64>) = self
            .service
            .db()
            .fetch_one(sql, args![id.uuid()])
            .await
            .unwrap();
        (
            row.0,
            row.1
                .map(|due_at| (due_at - self.clock.now().micros()) / SECOND),
        )
    }

    /// Waits until a transaction is in this state.
    pub async fn until(&self, id: &str, status: &str) {
        let mut events = self.service.journal().events();
        while self.status(id).await != status {
            patiently(status, events.changed()).await.unwrap();
        }
    }

    /// An operator's word.
    pub async fn resolve(&self, by: &str, id: &str, outcome: &str) -> Reply {
        let body = json!({ "outcome": outcome, "reason": "The acquirer's statement says so." });
        self.post(by, &format!("/transactions/{id}/resolve"), body)
            .await
    }
}

async fn start<S: Store + 'static>(
    clock: &Arc<FakeClock>,
    config: &Config,
    open: impl FnOnce() -> S + Send + 'static,
) -> Arc<Journal> {
    let (clock, config) = (clock.clone(), config.journal);
    let start = move || Journal::start(Box::new(open()), clock, config).unwrap();
    tokio::task::spawn_blocking(start).await.unwrap()
}

/// Debits equal credits, and what is held is what open holds hold.
async fn check_books(service: &Service) {
    let sums: (i64, i64, i64, i64) = service
        .db()
        .fetch_one(
            "SELECT CAST(COALESCE(SUM(debits_posted), 0) AS BIGINT), CAST(COALESCE(SUM(credits_posted), 0) AS BIGINT), \
             CAST(COALESCE(SUM(debits_pending), 0) AS BIGINT), (SELECT CAST(COALESCE(SUM(remaining), 0) AS BIGINT) \
             FROM holds) FROM balances",
            vec![],
        )
        .await
        .unwrap();
    assert_eq!((sums.0, sums.2), (sums.1, sums.3));
}

/// 12.50 in EUR, from a card.
pub fn deposit(wallet: &str, token: &str) -> Value {
    json!({ "type": "deposit", "to_wallet": wallet, "amount": "12.50", "currency": "EUR",
            "source": { "kind": "card", "token": token } })
}

/// 12.50 in EUR, to a bank account.
pub fn withdrawal(wallet: &str, token: &str) -> Value {
    json!({ "type": "withdrawal", "from_wallet": wallet, "amount": "12.50", "currency": "EUR",
            "destination": { "kind": "bank_account", "token": token } })
}

// --- requests ---

pub async fn send(
    router: Router,
    by: &str,
    method: &str,
    path: &str,
    key: Option<&str>,
    body: Option<Value>,
) -> Reply {
    let mut request = Request::builder()
        .method(method)
        .uri(format!("/api/v1{path}"))
        .header("authorization", format!("Bearer {by}"))
        .header("content-type", "application/json");
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    reply(router, request.body(body).unwrap()).await
}

pub async fn reply(router: Router, request: Request<Body>) -> Reply {
    let answer = patiently("the answer of a request", router.oneshot(request)).await;
    let (parts, body) = answer.unwrap().into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let body = serde_json::from_str(&text).unwrap_or_default();
    Reply {
        status: parts.status.as_u16(),
        headers: parts.headers,
        text,
        body,
    }
}

#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    pub body: Value,
}

impl Reply {
    /// The body of a 201.
    #[track_caller]
    pub fn created(&self) -> &Value {
        assert_eq!(self.status, 201, "{}", self.text);
        &self.body
    }

    /// The id and the status of a new transaction.
    #[track_caller]
    pub fn made(&self) -> (String, String) {
        let text = |field: &str| self.created()[field].as_str().unwrap().to_owned();
        (text("id"), text("status"))
    }

    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    pub fn is_replayed(&self) -> bool {
        self.headers.contains_key("idempotent-replayed")
    }
}
