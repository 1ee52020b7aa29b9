//! A node of identity with an empty store of its own, and what clients do with it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use access::SharedAuthenticator;
use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Extension;
use axum::http::{HeaderMap, Request, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use contracts::identity::{OrgId, Role, UserId};
use contracts::notifications::{DirectMessage, Messages, NotTaken};
use contracts::payments::{Owner, Wallets, WalletsUnavailable};
use db::Db;
use identity::{Config, Deps, LockoutConfig, NewUser, PasswordConfig, SecondFactorConfig, Service};
use platform::clock::{Clock, SystemClock};
use secrecy::SecretString;
use serde_json::{Value, json};
use testkit::{FakeClock, TestStore, engines};
use tower::ServiceExt;
use web::client::Client;

/// A password that is accepted.
pub const PASSWORD: &str = "correct horse battery staple";

/// A node. Times move only by its clock.
pub struct App {
    pub service: Arc<Service>,
    pub clock: Arc<FakeClock>,
    pub db: Db,
    pub inbox: Arc<Inbox>,
    router: Router,
    store: Arc<TestStore>,
}

/// What payments says of anybody's wallets: whether there are open ones, or nothing.
pub struct Purse(pub Result<bool, ()>);

#[async_trait]
impl Wallets for Purse {
    async fn close_owner(&self, _: OrgId, _: UserId) -> Result<Owner, WalletsUnavailable> {
        match self.0 {
            Ok(true) => Ok(Owner::HasOpenWallets),
            Ok(false) => Ok(Owner::Closed),
            Err(()) => Err(WalletsUnavailable("away".into())),
        }
    }
}

/// Where the mails of a node arrive, unless it is told to take none.
#[derive(Default)]
pub struct Inbox {
    mails: Mutex<Vec<Mail>>,
    pub closed: AtomicBool,
}

/// A mail as it is handed over: what it is about, and what its words are made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Mail {
    pub id: String,
    pub to: String,
    pub kind: String,
    pub data: Value,
    /// The data, a line each; of a text the text.
    pub text: String,
}

#[async_trait]
impl Messages for Inbox {
    async fn accept(&self, message: &DirectMessage) -> Result<(), NotTaken> {
        if self.closed.load(Ordering::SeqCst) {
            return Err(NotTaken("closed".to_owned()));
        }
        let line = |(name, value): (&String, &Value)| match (name.as_str(), value) {
            ("link", Value::String(link)) => format!("{link}\n"),
            (_, Value::String(text)) => format!("{name}: {text}\n"),
            _ => format!("{name}: {value}\n"),
        };
        let data = message.data.as_object().unwrap();
        self.mails.lock().unwrap().push(Mail {
            id: message.id.to_string(),
            to: message.address.clone(),
            kind: message.kind.clone(),
            text: data.iter().map(line).collect(),
            data: message.data.clone(),
        });
        Ok(())
    }
}

impl Inbox {
    /// What has arrived since it was last asked.
    pub fn take(&self) -> Vec<Mail> {
        std::mem::take(&mut self.mails.lock().unwrap())
    }
}

/// An answer; the body is null where there is none, and a page is a text.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

/// The tokens of a session, as a client holds them.
#[derive(Debug, Clone)]
pub struct Tokens {
    pub access: String,
    pub refresh: String,
}

/// Runs a test on each engine, each time with a store of its own. The clock stands at the time of
/// the machine, so that others who verify tokens by their own clock agree.
pub async fn on_each_engine(test: impl AsyncFn(App)) {
    for engine in engines() {
        println!("on {engine:?}");
        let store = Arc::new(TestStore::new(engine));
        let clock = FakeClock::at(SystemClock.now());
        test(App::on(store, clock, fast()).await).await;
    }
}

/// A master key of a test; another number, another key.
pub fn master_key(number: u8) -> SecretString {
    STANDARD.encode([number; 32]).into()
}

/// What a node without a folder is made of; nobody reads its mails.
pub fn deps(config: Config, clock: &Arc<FakeClock>) -> Deps {
    Deps {
        config,
        folder: None,
        redis_url: String::new(),
        clock: clock.clone(),
        ids: testkit::ids(clock.clone()),
    }
}

/// Settings whose hashes cost next to nothing, with a master key. Nobody waits after failed logins.
pub fn fast() -> Config {
    Config {
        master_key: vec![master_key(1)],
        password: PasswordConfig {
            memory_kib: 64,
            iterations: 1,
            ..PasswordConfig::default()
        },
        lockout: LockoutConfig {
            longest_wait_s: 0,
            ..LockoutConfig::default()
        },
        ..Config::default()
    }
}

fn router(service: &Arc<Service>, client: Client) -> Router {
    let shared: SharedAuthenticator = service.clone();
    let (router, _) = service.router().split_for_parts();
    router.layer((Extension(shared), Extension(client)))
}

impl App {
    /// What the node says of one of identity's checks to `/health`.
    pub async fn check(&self, name: &str) -> Result<(), String> {
        let checks = module::Opened::checks(self.service.clone());
        let (_, check) = checks
            .into_iter()
            .find(|(known, _)| *known == name)
            .unwrap();
        check.check().await
    }

    pub async fn on(store: Arc<TestStore>, clock: Arc<FakeClock>, config: Config) -> Self {
        let db = store
            .open(identity::SCHEMA, identity::migrations())
            .await
            .unwrap();
        let inbox = Arc::new(Inbox::default());
        let service = Service::open(db.clone(), deps(config, &clock))
            .await
            .unwrap();
        service.set_messages(inbox.clone());
        Self {
            router: router(&service, testkit::client()),
            service,
            clock,
            db,
            inbox,
            store,
        }
    }

    /// The same node, as it is seen from elsewhere.
    pub fn from(&self, address: &str, user_agent: &str) -> Self {
        let client = Client::new(address.parse().unwrap(), Some(user_agent));
        Self {
            router: router(&self.service, client),
            service: self.service.clone(),
            clock: self.clock.clone(),
            db: self.db.clone(),
            inbox: self.inbox.clone(),
            store: self.store.clone(),
        }
    }

    /// Another node on the same store, with the same clock.
    pub async fn another_node(&self) -> Self {
        self.another_node_with(fast()).await
    }

    /// Another node with other settings.
    pub async fn another_node_with(&self, config: Config) -> Self {
        Self::on(self.store.clone(), self.clock.clone(), config).await
    }

    /// Another node, where nobody needs a second factor.
    pub async fn without_needed_factors(&self) -> Self {
        let second_factor = SecondFactorConfig {
            required_for: Vec::new(),
        };
        self.another_node_with(Config {
            second_factor,
            ..fast()
        })
        .await
    }

    /// Sends a request.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let body = match bytes.as_ref() {
            [] => Value::Null,
            page if page.starts_with(b"<!doctype html>") => {
                String::from_utf8_lossy(page).into_owned().into()
            }
            json => serde_json::from_slice(json).unwrap(),
        };
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        }
    }

    /// `POST` of JSON text.
    pub async fn post_text(&self, path: &str, text: impl Into<String>) -> Answer {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(text.into()))
            .unwrap();
        self.send(request).await
    }

    /// `POST` of JSON.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.post_text(path, body.to_string()).await
    }

    /// `POST` of JSON with an access token.
    pub async fn post_as(&self, access_token: &str, path: &str, body: Value) -> Answer {
        self.send_as("POST", access_token, path, body.to_string())
            .await
    }

    /// Any request with an access token; a body is JSON.
    pub async fn send_as(
        &self,
        method: &str,
        access_token: &str,
        path: &str,
        body: String,
    ) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {access_token}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body))
            .unwrap();
        self.send(request).await
    }

    /// `GET` without a token.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap())
            .await
    }

    /// Does what a mailed link is for, as a program: the token of `path?token=…` is posted to its
    /// path.
    pub async fn follow(&self, link: &str) -> Answer {
        let (path, token) = link.split_once("?token=").unwrap();
        self.post(path, json!({ "token": token })).await
    }

    pub async fn register(&self, email: &str) -> Answer {
        let body = json!({"email": email, "password": PASSWORD, "name": "Ann Example"});
        self.post("/api/v1/auth/register", body).await
    }

    /// Registers and keeps the tokens.
    pub async fn registered(&self, email: &str) -> Tokens {
        let answer = self.register(email).await;
        assert_eq!(answer.status, 201, "{:?}", answer.body);
        answer.tokens()
    }

    /// Registers somebody whose e-mail is confirmed.
    pub async fn confirmed(&self, email: &str) -> Tokens {
        let tokens = self.registered(email).await;
        let sql = "UPDATE users SET email_verified = 1 WHERE email_normalised = $1";
        let args = db::args![email.to_lowercase()];
        assert_eq!(self.db.execute(sql, args).await.unwrap(), 1);
        tokens
    }

    pub async fn log_in(&self, email: &str, password: &str) -> Answer {
        let body = json!({"email": email, "password": password});
        self.post("/api/v1/auth/login", body).await
    }

    /// Logs in as a browser that sends this cookie.
    pub async fn log_in_with_cookie(&self, email: &str, password: &str, cookie: &str) -> Answer {
        let body = json!({"email": email, "password": password}).to_string();
        let request = Request::post("/api/v1/auth/login")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::COOKIE, cookie)
            .body(Body::from(body))
            .unwrap();
        self.send(request).await
    }

    /// An answer that is a file, as text.
    pub async fn file(&self, request: Request<Body>) -> (HeaderMap, String) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        assert_eq!(parts.status, 200);
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        (parts.headers, String::from_utf8(bytes.into()).unwrap())
    }

    /// Deletes what has expired by now.
    pub async fn delete_expired(&self) {
        let now = self.clock.now();
        self.service.delete_expired(now).await.unwrap();
    }

    /// The time of the clock, as the API says it.
    pub fn clock_text(&self) -> String {
        self.clock.now().to_string()
    }

    pub async fn refresh(&self, refresh_token: &str) -> Answer {
        let body = json!({"refresh_token": refresh_token});
        self.post("/api/v1/auth/refresh", body).await
    }

    pub async fn log_out(&self, refresh_token: &str) -> u16 {
        let body = json!({"refresh_token": refresh_token});
        self.post("/api/v1/auth/logout", body).await.status
    }

    pub async fn me(&self, access_token: &str) -> Answer {
        let request = Request::get("/api/v1/auth/me")
            .header(header::AUTHORIZATION, format!("Bearer {access_token}"))
            .body(Body::empty())
            .unwrap();
        self.send(request).await
    }

    /// The access token of a new user with this role.
    pub async fn token_of(&self, role: Role) -> String {
        let email = format!("{role}@example.com");
        let new = NewUser {
            org: OrgId::DEFAULT,
            email: email.clone(),
            name: role.to_string(),
            password: PASSWORD.into(),
            role,
        };
        self.service.create_user(new).await.unwrap();
        self.log_in(&email, PASSWORD).await.tokens().access
    }

    /// A request of anyone who holds a token, with JSON where a body is given.
    pub async fn ask(&self, token: &str, method: &str, path: &str, body: Option<Value>) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())))
            .unwrap();
        self.send(request).await
    }

    /// The time in so many microseconds, as text.
    pub fn clock_in(&self, micros: i64) -> String {
        self.clock.now().plus(micros).to_string()
    }

    /// `GET` by anyone who holds a token.
    pub async fn see(&self, token: &str, path: &str) -> Answer {
        self.ask(token, "GET", path, None).await
    }

    /// Somebody with a role, logged in: their id and their access token. Roles that need a second
    /// factor have shown it.
    pub async fn somebody(&self, email: &str, role: Role) -> (String, String) {
        let new = NewUser {
            org: OrgId::DEFAULT,
            email: email.to_owned(),
            name: "Some Body".to_owned(),
            password: PASSWORD.into(),
            role,
        };
        let user = self.service.create_user(new).await.unwrap();
        let mut tokens = self.log_in(email, PASSWORD).await.tokens();
        if [Role::Operator, Role::Admin].contains(&role) {
            tokens = self.with_app(tokens).await.1;
        }
        (user.id.to_string(), tokens.access)
    }

    /// Suspends all users, as an operator would.
    pub async fn suspend_all(&self) {
        let changed = self
            .db
            .execute("UPDATE users SET status = 'suspended'", vec![])
            .await;
        assert!(changed.unwrap() > 0);
    }
}

impl Answer {
    /// Status and code of a refusal, which has the form of all refusals.
    pub fn refusal(&self) -> (u16, &str) {
        assert_eq!(self.headers["content-type"], "application/problem+json");
        assert_eq!(self.body["status"], self.status);
        (self.status, self.body["code"].as_str().unwrap())
    }

    pub fn tokens(&self) -> Tokens {
        let text = |name: &str| self.body[name].as_str().unwrap().to_owned();
        Tokens {
            access: text("access_token"),
            refresh: text("refresh_token"),
        }
    }
}
