//! A service on a store of its own, and users who talk to it over HTTP. Every answer is held
//! against the documentation.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use access::{AuthenticationError, Authenticator, Principal, SharedAuthenticator};
use axum::Router;
use axum::body::{Body, to_bytes};
use contracts::identity::{
    Identity, IdentityUnavailable, KnownUser, OperatorEntry, OrgId, Role, SessionId, UserId,
};
use http::{HeaderMap, Method, Request};
use payments::{Config, Deps, LevelLimitConfig, LimitConfig, ListConfig, Service};
use platform::clock::Clock;
use serde_json::{Value, json};
use testkit::{Engine, FakeClock, TestStore, engines};
use tower::ServiceExt;
use utoipa::openapi::{OpenApi, RefOr};
use uuid::Uuid;
use values::Timestamp;
use web::client::Client;
use web::rate_limit::RateLimiter;

/// Anyone who may come: token, role, organisation. The e-mail is `<token>@example.com`, the user's
/// UUID their place here.
const PEOPLE: [(&str, Role, i64); 9] = [
    ("ann", Role::User, 1),
    ("bob", Role::User, 1),
    ("shop", Role::Merchant, 1),
    ("operator", Role::Operator, 1),
    ("deputy", Role::Operator, 1),
    ("auditor", Role::Auditor, 1),
    ("admin", Role::Admin, 1),
    ("stranger", Role::User, 2),
    ("foreign_admin", Role::Admin, 2),
];

/// What stands before the name of somebody who has not shown a second factor of late.
const LONG_AGO: &str = "long_ago_";

fn person(found: impl Fn(&str, i64) -> bool) -> Option<(UserId, &'static str, Role, OrgId)> {
    let place = PEOPLE.iter().position(|(name, _, org)| found(name, *org))?;
    let (name, role, org) = PEOPLE[place];
    let id = UserId(Uuid::from_u128((7 << 76) | (2 << 62) | (place as u128 + 1)));
    Some((id, name, role, OrgId(org)))
}

/// The id of somebody.
pub fn user(name: &str) -> String {
    person(|known, _| known == name).unwrap().0.to_string()
}

/// What operators did: the action, its subject, and why not.
pub type Trail = Vec<(&'static str, String, Option<String>)>;

#[derive(Default)]
struct Village {
    trail: Arc<Mutex<Trail>>,
    away: AtomicBool,
    asked_for_names: AtomicU32,
}

/// Whether somebody has this id.
fn is(name: &str, user: UserId) -> bool {
    person(|known, _| known == name).is_some_and(|(id, ..)| id == user)
}

#[async_trait::async_trait]
impl Authenticator for Village {
    async fn authenticate(
        &self,
        token: &str,
        _: &Client,
    ) -> Result<Principal, AuthenticationError> {
        let known = token.strip_prefix(LONG_AGO).unwrap_or(token);
        let (user, _, role, org) =
            person(|name, _| name == known).ok_or(AuthenticationError::Unauthenticated)?;
        let session = SessionId(user.uuid());
        let principal = Principal::of_session(org, user, role, session);
        Ok(match known == token {
            true => principal.proved_at(testkit::ALWAYS),
            false => principal,
        })
    }
}

#[async_trait::async_trait]
impl Identity for Village {
    async fn user_by_email(
        &self,
        org: OrgId,
        email: &str,
    ) -> Result<Option<KnownUser>, IdentityUnavailable> {
        if email == "broken@example.com" {
            return Err(IdentityUnavailable);
        }
        let email = email.to_lowercase();
        let known = person(|name, of| of == org.0 && email == format!("{name}@example.com"));
        Ok(known.map(|(id, name, _, org)| KnownUser {
            id,
            org,
            name: format!("{name} Example"),
        }))
    }

    async fn names(
        &self,
        org: OrgId,
        users: &[UserId],
    ) -> Result<Vec<KnownUser>, IdentityUnavailable> {
        self.asked_for_names.fetch_add(1, Ordering::SeqCst);
        if self.away.load(Ordering::SeqCst) {
            return Err(IdentityUnavailable);
        }
        let known = users.iter().filter_map(|user| {
            let (id, name, ..) = person(|name, of| of == org.0 && is(name, *user))?;
            let name = format!("{name} Example");
            Some(KnownUser { id, org, name })
        });
        Ok(known.collect())
    }

    async fn names_for_staff(
        &self,
        org: OrgId,
        users: &[UserId],
    ) -> Result<Vec<KnownUser>, IdentityUnavailable> {
        self.names(org, users).await
    }

    async fn record(&self, entry: OperatorEntry<'_>) -> Result<(), IdentityUnavailable> {
        let OperatorEntry {
            action,
            subject,
            refusal,
            ..
        } = entry;
        let trail = &mut *self.trail.lock().unwrap();
        trail.push((action.as_str(), subject, refusal));
        // It is too late to refuse anything.
        Err(IdentityUnavailable)
    }
}

/// A service on one engine.
pub struct App {
    pub engine: Engine,
    pub clock: Arc<FakeClock>,
    pub service: Arc<Service>,
    pub openapi: OpenApi,
    router: Router,
    store: TestStore,
    village: Arc<Village>,
}

/// The settings of these tests: the acquirer is soon given up, the limits are small in EUR only.
fn config() -> Config {
    let mut config = Config {
        inline_wait_ms: 60_000,
        recipient_lookups_per_minute: 3,
        // So little that lists come to an end of it.
        lists: ListConfig {
            effort: 64,
            zone: 8,
            memory_mib: 1,
        },
        ..Config::default()
    };
    config.acquirer.timeout_ms = 1;
    config.risk.deadline_ms = 1;
    let limit = |daily: &str, monthly: &str| LimitConfig {
        daily: Some(daily.to_owned()),
        monthly: Some(monthly.to_owned()),
        ..LimitConfig::default()
    };
    config.limits = BTreeMap::from([
        ("default".to_owned(), limit("", "")),
        ("EUR".to_owned(), limit("100", "150")),
    ]);
    // Of those who are not verified, in GBP only, and where a test says who tells levels.
    let none = LevelLimitConfig {
        withdrawal: Some("30".to_owned()),
        daily: Some("100".to_owned()),
        monthly: Some("150".to_owned()),
        ..LevelLimitConfig::default()
    };
    config.kyc_limits.none.insert("GBP".to_owned(), none);
    config
}

impl App {
    async fn new(engine: Engine) -> Self {
        let store = TestStore::new(engine);
        let clock = FakeClock::new();
        let village = Arc::new(Village::default());
        let service = open(&store, clock.clone(), village.clone()).await;
        let (router, openapi) = service.clone().router().split_for_parts();
        let authenticator: SharedAuthenticator = village.clone();
        let router = router.layer((
            axum::Extension(authenticator),
            axum::Extension(testkit::client()),
        ));
        Self {
            engine,
            clock,
            service,
            openapi,
            router,
            store,
            village,
        }
    }

    /// From now on identity knows no names.
    pub fn send_identity_away(&self) {
        self.village.away.store(true, Ordering::SeqCst);
    }

    /// How often identity was asked for names since this was asked last.
    pub fn asked_for_names(&self) -> u32 {
        self.village.asked_for_names.swap(0, Ordering::SeqCst)
    }

    /// What operators did since this was asked last.
    pub fn trail(&self) -> Trail {
        std::mem::take(&mut *self.village.trail.lock().unwrap())
    }

    /// The same store, opened by another process.
    pub async fn reopen(&mut self) {
        self.service.close().await;
        let again = open(&self.store, self.clock.clone(), self.village.clone()).await;
        let authenticator: SharedAuthenticator = self.village.clone();
        let (router, _) = again.clone().router().split_for_parts();
        self.router = router.layer((
            axum::Extension(authenticator),
            axum::Extension(testkit::client()),
        ));
        self.service = again;
    }

    /// Moves the clock.
    pub fn wait(&self, micros: i64) {
        self.clock.advance(micros);
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Somebody who sends requests.
    pub fn by(&self, name: &'static str) -> Caller<'_> {
        Caller {
            app: self,
            token: Some(name),
        }
    }

    /// Somebody without a token.
    pub fn by_nobody(&self) -> Caller<'_> {
        Caller {
            app: self,
            token: None,
        }
    }

    /// A wallet of somebody's, with so much on it.
    pub async fn wallet(&self, of: &'static str, currency: &str, amount: &str) -> String {
        let made = self
            .by(of)
            .post("/wallets", json!({ "currency": currency }))
            .await;
        assert_eq!(made.status, 201, "{}", made.text);
        let id = made.body["id"].as_str().unwrap().to_owned();
        if amount != "0" {
            self.deposit(of, &id, amount, currency).await;
        }
        id
    }

    /// Money from a card.
    pub async fn deposit(&self, by: &'static str, to: &str, amount: &str, currency: &str) -> Value {
        let made = self
            .by(by)
            .post(
                "/transactions",
                json!({ "type": "deposit", "to_wallet": to, "amount": amount, "currency": currency,
                        "source": { "kind": "card", "token": "tok_ok" } }),
            )
            .await;
        assert_eq!(made.status, 201, "{}", made.text);
        assert_eq!(made.body["status"], "completed", "{}", made.text);
        made.body
    }

    /// A completed transfer.
    pub async fn transfer(
        &self,
        by: &'static str,
        from: &str,
        to: &str,
        amount: &str,
        currency: &str,
    ) -> Value {
        let made = self
            .by(by)
            .post("/transactions", transfer(from, to, amount, currency))
            .await;
        assert_eq!(made.status, 201, "{}", made.text);
        made.body
    }

    /// A payment; with `manual` it waits for its capture.
    pub async fn pay(
        &self,
        by: &'static str,
        from: &str,
        to: &str,
        amount: &str,
        capture: &str,
    ) -> Value {
        let made = self
            .by(by)
            .post(
                "/transactions",
                json!({ "type": "payment", "from_wallet": from, "to_wallet": to, "amount": amount,
                        "currency": "USD", "capture": capture }),
            )
            .await;
        assert_eq!(made.status, 201, "{}", made.text);
        made.body
    }

    /// What is on a wallet: posted, held.
    pub async fn balance(&self, wallet: &str) -> (String, String) {
        let found = self.by("auditor").get(&format!("/wallets/{wallet}")).await;
        assert_eq!(found.status, 200, "{}", found.text);
        let text = |field: &str| found.body["balance"][field].as_str().unwrap().to_owned();
        (text("posted"), text("held"))
    }
}

async fn open(store: &TestStore, clock: Arc<FakeClock>, village: Arc<Village>) -> Arc<Service> {
    let deps = Deps {
        ids: testkit::ids(clock.clone()),
        limiter: RateLimiter::in_memory(clock.clone()),
        clock,
        identity: village,
        config: config(),
    };
    match store.engine() {
        Engine::Sqlite => payments::open_sqlite(&store.sqlite_path(), deps).await,
        Engine::Postgres => payments::connect_postgres(store.database_url(), 8, deps).await,
    }
    .unwrap()
}

/// The body of a transfer.
pub fn transfer(from: &str, to: &str, amount: &str, currency: &str) -> Value {
    json!({ "type": "transfer", "from_wallet": from, "to_wallet": to, "amount": amount, "currency": currency })
}

/// Runs a test on each engine, and asks at the end whether all books still balance.
pub async fn each(test: impl AsyncFn(&mut App)) {
    for engine in engines() {
        let mut app = App::new(engine).await;
        test(&mut app).await;
        for admin in ["admin", "foreign_admin"] {
            let sums = app.by(admin).get("/ledger/trial-balance").await;
            assert_eq!(sums.body["balanced"], true, "{engine:?}: {}", sums.text);
        }
        app.service.close().await;
    }
}

/// Somebody who sends requests. Paths are given without `/api/v1`.
#[derive(Clone, Copy)]
pub struct Caller<'a> {
    app: &'a App,
    token: Option<&'static str>,
}

impl Caller<'_> {
    pub async fn get(self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], None).await
    }

    pub async fn get_as(self, path: &str, accept: &str) -> Answer {
        self.send(Method::GET, path, &[("accept", accept)], None)
            .await
    }

    pub async fn post(self, path: &str, body: Value) -> Answer {
        self.post_text(path, &body.to_string()).await
    }

    pub async fn post_text(self, path: &str, body: &str) -> Answer {
        let headers = [("content-type", "application/json")];
        self.send(Method::POST, path, &headers, Some(body.to_owned()))
            .await
    }

    /// Without a body.
    pub async fn post_empty(self, path: &str) -> Answer {
        self.send(Method::POST, path, &[], None).await
    }

    /// With an idempotency key.
    pub async fn post_once(self, key: &str, path: &str, body: Value) -> Answer {
        let headers = [
            ("content-type", "application/json"),
            ("idempotency-key", key),
        ];
        self.send(Method::POST, path, &headers, Some(body.to_string()))
            .await
    }

    /// All rows of a list, page by page.
    pub async fn all(self, path: &str, limit: usize) -> Vec<Value> {
        let mut rows = Vec::new();
        let mut cursor = String::new();
        for _ in 0..1_000 {
            let mark = if path.contains('?') { '&' } else { '?' };
            let page = self
                .get(&format!("{path}{mark}limit={limit}{cursor}"))
                .await;
            assert_eq!(page.status, 200, "{path}: {}", page.text);
            let data = page.body["data"].as_array().unwrap();
            assert!(data.len() <= limit, "{path}: {} rows", data.len());
            rows.extend(data.iter().cloned());
            assert_eq!(page.body["has_more"], page.body["next_cursor"].is_string());
            let Some(next) = page.body["next_cursor"].as_str() else {
                return rows;
            };
            cursor = format!("&cursor={next}");
        }
        panic!("{path}: it does not end");
    }

    pub async fn send(
        self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Answer {
        let path = format!("/api/v1{path}");
        let mut request = Request::builder().method(&method).uri(&path);
        if let Some(token) = self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request
            .body(body.map_or_else(Body::empty, Body::from))
            .unwrap();
        let response = self.app.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let answer = Answer {
            status: parts.status.as_u16(),
            body: serde_json::from_str(&text).unwrap_or_default(),
            headers: parts.headers,
            text,
        };
        self.app.check_documented(&method, &path, &answer);
        answer
    }
}

impl App {
    /// Every answer must be one that the documentation knows, with its media type.
    fn check_documented(&self, method: &Method, path: &str, answer: &Answer) {
        let path = path.split('?').next().unwrap();
        let fits = |template: &str| {
            let (template, path) = (template.split('/'), path.split('/'));
            template.clone().count() == path.clone().count()
                && template
                    .zip(path)
                    .all(|(wanted, part)| wanted.starts_with('{') || wanted == part)
        };
        let exact = self.openapi.paths.paths.get(path);
        let item = exact.or_else(|| {
            let mut paths = self.openapi.paths.paths.iter();
            paths
                .find(|(template, _)| fits(template))
                .map(|(_, item)| item)
        });
        let item = item.unwrap_or_else(|| panic!("{path} is not documented"));
        let operation = match *method {
            Method::GET => item.get.as_ref(),
            _ => item.post.as_ref(),
        };
        let operation = operation.unwrap_or_else(|| panic!("{method} {path} is not documented"));
        let status = answer.status.to_string();
        let documented = operation
            .responses
            .responses
            .get(&status)
            .unwrap_or_else(|| {
                panic!(
                    "{method} {path}: {status} is not documented: {}",
                    answer.text
                )
            });
        let general = web::documentation::responses();
        let documented = match documented {
            RefOr::Ref(named) => &general[named.ref_location.rsplit('/').next().unwrap()],
            said_itself => said_itself,
        };
        let documented = serde_json::to_value(documented).unwrap();
        let media_type = answer.header("content-type").split(';').next().unwrap();
        assert!(
            documented["content"].get(media_type).is_some(),
            "{method} {path}: {status} as {media_type} is not documented"
        );
        if answer.status >= 400 {
            assert_eq!(media_type, "application/problem+json");
            assert_eq!(answer.body["status"], answer.status);
            assert_eq!(answer.body["type"], format!("/problems/{}", answer.code()));
        }
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
    pub text: String,
}

impl Answer {
    /// The code of a problem.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// The first parameter at fault of a problem.
    pub fn param(&self) -> &str {
        self.body["errors"][0]["param"].as_str().unwrap_or_default()
    }

    /// A header's text, empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Whether the answer was stored before.
    pub fn is_replayed(&self) -> bool {
        self.header("idempotent-replayed") == "true"
    }

    /// The status and the code of a problem.
    pub fn refusal(&self) -> (u16, &str) {
        assert!(self.status >= 400, "{}", self.text);
        (self.status, self.code())
    }

    /// The id of what was made.
    #[track_caller]
    pub fn id(&self) -> String {
        assert!(self.status < 300, "{}", self.text);
        self.body["id"].as_str().unwrap().to_owned()
    }
}

/// A text field of each row.
pub fn column<'a>(rows: &'a [Value], field: &str) -> Vec<&'a str> {
    rows.iter()
        .map(|row| row[field].as_str().unwrap_or_default())
        .collect()
}

/// Transactions as they are without who asks for them.
pub fn without_counterparties(mut rows: Vec<Value>) -> Vec<Value> {
    for row in &mut rows {
        let row = row.as_object_mut().unwrap();
        for field in ["counterparty", "parties"] {
            assert!(row.remove(field).is_some());
        }
    }
    rows
}
