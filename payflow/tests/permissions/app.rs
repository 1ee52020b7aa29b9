//! The whole router over an empty store of each engine, with people of every role, and a second
//! organisation.

use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Request, header};
use contracts::identity::{ApiKeyId, OrgId, Role, SessionId, UserId};
use contracts::notifications::MessageId;
use contracts::payments::{TransactionId, WalletId};
use db::{Db, args};
use identity::{NewUser, PasskeyId, PasswordConfig};
use notifications::{NotificationId, WebhookDeliveryId, WebhookEndpointId};
use payflow::settings::Settings;
use payflow::wiring;
use platform::clock::{Clock, SystemClock};
use risk::{CaseId, ListId};
use serde_json::{Value, json};
use testkit::{AppCodes, Engine, TestStore, engines};
use tokio::sync::watch;
use tower::ServiceExt;
use uuid::Uuid;

pub const PASSWORD: &str = "correct horse battery staple";
const MASTER_KEY: &str = "YSBtYXN0ZXIga2V5IGZvciB0aGUgdGVzdHMgb25seSE=";

/// PayFlow, without a network.
pub struct App {
    router: Router,
    payflow: wiring::App,
    accounts: Db,
    cases: Db,
    _store: TestStore,
    _stop: watch::Sender<bool>,
}

/// What came back; the body is null where it is no JSON.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
    pub text: String,
}

impl Answer {
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    pub fn text_of(&self, name: &str) -> String {
        let found = self.body[name].as_str();
        found
            .unwrap_or_else(|| panic!("no {name}: {self:?}"))
            .to_owned()
    }
}

/// An operation of the OpenAPI document.
#[derive(Debug)]
pub struct Operation {
    /// Method and path, as the tables name it.
    pub name: String,
    pub method: String,
    pub path: String,
    pub needs: Vec<String>,
    pub secured: bool,
}

/// Runs a test on each engine.
pub async fn on_each_engine(test: impl AsyncFn(App)) {
    for engine in engines() {
        println!("on {engine:?}");
        let app = App::open(TestStore::new(engine), false).await;
        test(app).await;
    }
}

/// The same where risk assesses transactions.
pub async fn with_risk_on_each_engine(test: impl AsyncFn(App)) {
    for engine in engines() {
        println!("on {engine:?}");
        let app = App::open(TestStore::new(engine), true).await;
        test(app).await;
    }
}

impl App {
    async fn open(store: TestStore, with_risk: bool) -> Self {
        let mut settings = Settings::documented().unwrap();
        settings.risk.enabled = with_risk;
        match store.engine() {
            Engine::Sqlite => settings.data = store.folder().to_owned(),
            Engine::Postgres => settings.database_url = store.database_url().into(),
        }
        settings.database_connections = 4;
        settings.identity.master_key = vec![MASTER_KEY.into()];
        settings.identity.password = PasswordConfig {
            memory_kib: 64,
            iterations: 1,
            ..PasswordConfig::default()
        };
        // Every route is asked by everybody, one after another.
        settings.gateway.rate_limits.enabled = false;
        let opened = wiring::App::open(&settings).await.unwrap();
        // It tells of what happens from now on.
        opened.notifications.catch_up().await.unwrap();
        let accounts = store.open(identity::SCHEMA, identity::migrations()).await;
        let cases = store.open(risk::SCHEMA, risk::migrations()).await;
        let (stop, stopping) = watch::channel(false);
        Self {
            router: payflow::router(&opened, &settings, stopping).unwrap(),
            accounts: accounts.unwrap(),
            cases: cases.unwrap(),
            payflow: opened,
            _store: store,
            _stop: stop,
        }
    }

    /// Commits what was taken.
    pub async fn close(&self) {
        self.payflow.payments.close().await;
    }

    /// Risk hears of what payments has committed, and writes what it has decided.
    pub async fn risk_hears(&self) {
        self.payflow.risk.write_decided().await.unwrap();
        self.payflow.risk.catch_up().await.unwrap();
    }

    /// A request as it comes from a connection.
    pub async fn ask(
        &self,
        token: Option<&str>,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Answer {
        self.ask_with(token, method, path, body, None).await
    }

    /// The same with an idempotency key.
    pub async fn ask_with(
        &self,
        token: Option<&str>,
        method: &str,
        path: &str,
        body: Option<Value>,
        idempotency_key: Option<&str>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        request = request.header(header::HOST, "pay.example");
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(key) = idempotency_key {
            request = request.header("idempotency-key", key);
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let peer = SocketAddr::from(([192, 0, 2, 7], 4711));
        let request = request.extension(ConnectInfo(peer)).body(body).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        // A stream does not end by itself.
        let body = match response.headers().get(header::CONTENT_TYPE) {
            Some(form) if form == "text/event-stream" => Body::empty(),
            _ => response.into_body(),
        };
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer {
            status,
            body: serde_json::from_str(&text).unwrap_or_default(),
            text,
        }
    }

    /// Somebody of the first organisation with a role, logged in; where the role needs a second
    /// factor, they have shown it.
    pub async fn somebody(&self, email: &str, role: Role) -> String {
        let token = self.with_password_only(email, role).await;
        match role {
            Role::Operator | Role::Admin => self.show_second_factor(&token).await,
            Role::User | Role::Merchant | Role::Auditor => token,
        }
    }

    /// The same who have logged in with their password and have no second factor.
    pub async fn with_password_only(&self, email: &str, role: Role) -> String {
        let new = NewUser {
            org: OrgId::DEFAULT,
            email: email.to_owned(),
            name: "Some Body".to_owned(),
            password: PASSWORD.into(),
            role,
        };
        self.payflow.identity.create_user(new).await.unwrap();
        self.log_in("default", email).await
    }

    /// An access token.
    pub async fn log_in(&self, organisation: &str, email: &str) -> String {
        let body = json!({"organisation": organisation, "email": email, "password": PASSWORD});
        let answer = self
            .ask(None, "POST", "/api/v1/auth/login", Some(body))
            .await;
        answer.text_of("access_token")
    }

    /// Sets an authenticator app up and shows its code: the access token of anyone who has.
    pub async fn show_second_factor(&self, token: &str) -> String {
        let post = async |path: &str, body: Value| {
            let path = format!("/api/v1/auth/2fa/{path}");
            self.ask(Some(token), "POST", &path, Some(body)).await
        };
        let secret = post("setup", json!({})).await.text_of("secret");
        let code = AppCodes::of(&secret).code_at(SystemClock.now());
        let enabled = post("enable", json!({"code": code})).await;
        enabled.text_of("access_token")
    }

    /// A passkey of a user, as the database has it: its id.
    pub async fn passkey(&self, user: &str) -> String {
        let (id, user) = (
            PasskeyId(Uuid::from_u128((7 << 76) | (2 << 62) | 0xbeef)),
            user.parse::<UserId>(),
        );
        let sql =
            "INSERT INTO passkeys (id, org, user_id, credential_id, credential, name, created_at)
            VALUES ($1, 1, $2, $3, '{}', 'Phone', 1)";
        let row = args![id.0, user.unwrap().0, vec![7_u8]];
        self.accounts.execute(sql, row).await.unwrap();
        id.to_string()
    }

    /// The newest message of the organisation of an administrator: its id.
    pub async fn message(&self, token: &str) -> String {
        let path = "/api/v1/admin/notifications/messages";
        let sent = self.ask(Some(token), "GET", path, None).await;
        text(&sent.body["data"][0]["id"])
    }

    /// A list of the organisation of an operator: its id.
    pub async fn list(&self, token: &str) -> String {
        let body = json!({"name": "trusted", "kind": "emails"});
        let made = self.ask(Some(token), "POST", "/api/v1/lists", Some(body));
        made.await.text_of("id")
    }

    /// A case of the first organisation, as the database has it, with a file: its id.
    pub async fn case(&self) -> String {
        let id = Uuid::from_u128((7 << 76) | (2 << 62) | 0xca5e);
        let case = "INSERT INTO cases (id, org, queue, subject, title, risk, priority, hits, last_hit_at, opened_at, due_at)
            VALUES ($1, 1, 'kyc', 'none', 'A case', 50, 25, 1, 1, 1, 2)";
        let file = "INSERT INTO case_attachments (id, case_id, name, kind, size, sealed, added_by, added_at)
            VALUES ($1, $1, 'letter.pdf', 'application/pdf', 1, $2, $1, 1)";
        self.cases.execute(case, args![id]).await.unwrap();
        self.cases
            .execute(file, args![id, vec![1_u8]])
            .await
            .unwrap();
        CaseId(id).to_string()
    }

    /// The newest notification of anyone who holds a token: its id.
    pub async fn notification(&self, token: &str) -> String {
        self.payflow.notifications.catch_up().await.unwrap();
        let path = "/api/v1/notifications";
        let told = self.ask(Some(token), "GET", path, None).await;
        text(&told.body["data"][0]["id"])
    }

    /// A webhook endpoint of anyone who holds a token, and what was sent to it: their ids.
    pub async fn webhook(&self, token: &str) -> (String, String) {
        let path = "/api/v1/webhook-endpoints";
        let body = json!({"url": "https://hooks.invalid/", "event_types": ["*"]});
        let made = self.ask(Some(token), "POST", path, Some(body)).await;
        let id = made.text_of("id");
        let path = format!("{path}/{id}/test");
        let sent = self.ask(Some(token), "POST", &path, None).await;
        (id, sent.text_of("id"))
    }

    /// An API key of anyone who holds a token.
    pub async fn key(&self, token: &str, scopes: &[&str]) -> String {
        let body = json!({"name": "test", "scopes": scopes});
        let made = self
            .ask(Some(token), "POST", "/api/v1/api-keys", Some(body))
            .await;
        made.text_of("key")
    }

    /// Every operation of the OpenAPI document.
    pub async fn operations(&self) -> Vec<Operation> {
        let document = self.ask(None, "GET", "/api-docs.json", None).await.body;
        let mut found = Vec::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let method = method.to_uppercase();
                let needs = operation["x-permission"].as_array();
                // An empty requirement says that it works without a token, too.
                let security = operation["security"].as_array();
                found.push(Operation {
                    name: format!("{method} {path}"),
                    needs: needs.into_iter().flatten().map(text).collect(),
                    secured: security.is_some_and(|ways| !ways.contains(&json!({}))),
                    method,
                    path: path.clone(),
                });
            }
        }
        found
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// A rule that says nothing of what follows where it has no answer.
fn rule() -> Value {
    json!({
        "code": "over_3000", "name": "Over 3,000",
        "when": {"compare": {"left": {"field": "amount"}, "is": "greater", "right": {"value": 300_000}}},
        "effect": {"points": 20}
    })
}

/// Ids of things, for the `{id}` of paths.
#[derive(Debug)]
pub struct Things {
    pub wallet: String,
    pub transaction: String,
    pub user: String,
    pub api_key: String,
    pub session: String,
    pub passkey: String,
    pub notification: String,
    pub webhook_endpoint: String,
    pub webhook_delivery: String,
    pub message: String,
    pub list: String,
    /// A case, which has a file with the same number.
    pub case: String,
}

impl Things {
    /// Ids that nothing has.
    pub fn missing() -> Self {
        let id = Uuid::from_u128((7 << 76) | (2 << 62) | 0xfade);
        Self {
            wallet: WalletId(id).to_string(),
            transaction: TransactionId(id).to_string(),
            user: UserId(id).to_string(),
            api_key: ApiKeyId(id).to_string(),
            session: SessionId(id).to_string(),
            passkey: PasskeyId(id).to_string(),
            notification: NotificationId(id).to_string(),
            webhook_endpoint: WebhookEndpointId(id).to_string(),
            webhook_delivery: WebhookDeliveryId(id).to_string(),
            message: MessageId(id).to_string(),
            list: ListId(id).to_string(),
            case: CaseId(id).to_string(),
        }
    }

    /// A path with the right id in its place.
    pub fn path(&self, operation: &Operation) -> String {
        let path = &operation.path;
        let id = if path.starts_with("/api/v1/wallets/") {
            self.wallet.clone()
        } else if path.starts_with("/api/v1/ledger/accounts/") {
            self.wallet.replace("wal_", "acc_")
        } else if path.starts_with("/api/v1/transactions/") {
            self.transaction.clone()
        } else if path.starts_with("/api/v1/auth/sessions/") {
            self.session.clone()
        } else if path.starts_with("/api/v1/auth/passkeys/{id}") {
            self.passkey.clone()
        } else if path.starts_with("/api/v1/admin/dead-letters/replays/{id}") {
            self.user.replace("usr_", "drp_")
        } else if path.starts_with("/api/v1/admin/dead-letters/{id}") {
            self.user.replace("usr_", "dlt_")
        } else if path.starts_with("/api/v1/notifications/{id}") {
            self.notification.clone()
        } else if path.starts_with("/api/v1/webhook-endpoints/deliveries/{id}") {
            self.webhook_delivery.clone()
        } else if path.starts_with("/api/v1/webhook-endpoints/{id}") {
            self.webhook_endpoint.clone()
        } else if path.starts_with("/api/v1/admin/notifications/messages/{id}") {
            self.message.clone()
        } else if path.starts_with("/api/v1/users/{id}") {
            self.user.clone()
        } else if path.starts_with("/api/v1/api-keys/") {
            self.api_key.clone()
        } else if path.starts_with("/api/v1/lists/") {
            self.list.clone()
        } else if path.starts_with("/api/v1/cases/") {
            self.case.clone()
        } else if path.starts_with("/api/v1/case-attachments/") {
            self.case.replace("case_", "att_")
        } else if path.starts_with("/api/v1/risk/decisions/") {
            self.user.replace("usr_", "dec_")
        } else {
            assert!(!path.contains("{id}"), "say here what the id in {path} is");
            String::new()
        };
        let query = match operation.name.as_str() {
            "GET /api/v1/webhook-endpoints/deliveries" => "?subject=none",
            "GET /api/v1/recipients" => "?email=ann@example.com&currency=USD",
            "GET /api/v1/auth/reset-password"
            | "GET /api/v1/auth/verify-email"
            | "GET /api/v1/notifications/unsubscribe"
            | "POST /api/v1/notifications/unsubscribe" => "?token=none",
            _ => "",
        };
        path.replace("{id}", &id)
            .replace("{provider}", "none")
            .replace("{name}", "none")
            .replace("{version}", "0")
            + query
    }

    /// The least that an operation takes as its body.
    pub fn body(&self, operation: &Operation) -> Option<Value> {
        let admin = json!({"email": "first@example.com", "name": "First", "password": PASSWORD});
        Some(match operation.name.as_str() {
            "POST /api/v1/auth/2fa/enable" | "POST /api/v1/auth/step-up" => json!({"code": "none"}),
            "POST /api/v1/auth/mfa" => json!({"mfa_token": "none", "code": "none"}),
            "POST /api/v1/auth/oauth/exchange" => json!({"code": "none", "code_verifier": "none"}),
            "POST /api/v1/auth/login" => json!({"email": "x@example.com", "password": "none"}),
            "POST /api/v1/auth/logout" | "POST /api/v1/auth/refresh" => {
                json!({"refresh_token": "none"})
            }
            "POST /api/v1/auth/register" => admin,
            "POST /api/v1/auth/forgot-password" | "POST /api/v1/auth/resend-verification" => {
                json!({"email": "x@example.com"})
            }
            "POST /api/v1/auth/verify-email" => json!({"token": "none"}),
            "POST /api/v1/auth/reset-password" => {
                json!({"token": "none", "new_password": PASSWORD})
            }
            "POST /api/v1/auth/change-password" => {
                json!({"current_password": "none", "new_password": PASSWORD})
            }
            "PATCH /api/v1/users/me" => json!({"name": "Some Body"}),
            "PATCH /api/v1/auth/passkeys/{id}" => json!({"name": "Some Phone"}),
            "DELETE /api/v1/users/me" => json!({"password": "none"}),
            "PATCH /api/v1/users/me/preferences"
            | "PUT /api/v1/users/me/notification-preferences" => json!({}),
            "POST /api/v1/users/me/phone" => json!({"number": "none"}),
            "POST /api/v1/users/me/phone/verify" => json!({"code": "none"}),
            "DELETE /api/v1/users/me/push-subscriptions" => json!({"endpoint": "none"}),
            "POST /api/v1/api-keys" => json!({"name": "x", "scopes": ["none"]}),
            "POST /api/v1/organisations" => {
                json!({"slug": "Not A Slug", "name": "x", "admin": admin})
            }
            "POST /api/v1/users" => {
                json!({"email": "none", "name": "x", "password": PASSWORD, "role": "user"})
            }
            "PATCH /api/v1/users/{id}" => json!({"status": "suspended", "reason": "x"}),
            "PATCH /api/v1/webhook-endpoints/{id}" => json!({}),
            "POST /api/v1/admin/dead-letters/{id}/discard" => json!({"reason": "x"}),
            "POST /api/v1/admin/dead-letters/replay" => json!({"filter": {}}),
            "POST /api/v1/admin/dead-letters/discard" => json!({"filter": {}, "reason": "x"}),
            "POST /api/v1/webhook-endpoints/{id}/recover" => {
                json!({"since": "2026-01-01T00:00:00Z"})
            }
            "POST /api/v1/wallets" => json!({"currency": "USD"}),
            "POST /api/v1/wallets/{id}/limits" => json!({"daily": "1"}),
            "POST /api/v1/transactions" => json!({
                "type": "deposit", "to_wallet": self.wallet, "amount": "1", "currency": "USD",
                "source": {"kind": "card", "token": "tok_ok"}
            }),
            "POST /api/v1/transactions/{id}/refund-requests" => json!({"reason": "x"}),
            "POST /api/v1/transactions/{id}/refund-requests/accept"
            | "POST /api/v1/transactions/{id}/refund-requests/withdraw" => {
                json!({"request_id": self.user.replace("usr_", "rfr_")})
            }
            "POST /api/v1/transactions/{id}/refund-requests/decline" => {
                json!({"request_id": self.user.replace("usr_", "rfr_"), "reason": "x"})
            }
            "POST /api/v1/transactions/{id}/approve" | "POST /api/v1/transactions/{id}/decline" => {
                json!({"reason": "x"})
            }
            "POST /api/v1/transactions/{id}/confirm" => json!({"code": "000000"}),
            "POST /api/v1/transactions/{id}/resolve" => json!({"outcome": "failed", "reason": "x"}),
            "POST /api/v1/ledger/accounts" => json!({"accounts": []}),
            "POST /api/v1/ledger/transfers" => json!({"transfers": []}),
            name => return self.body_for_risk(name),
        })
    }

    fn body_for_risk(&self, name: &str) -> Option<Value> {
        Some(match name {
            "POST /api/v1/rules" | "PUT /api/v1/rules/{name}" => rule(),
            "POST /api/v1/rules/preview" => json!({"days": 1}),
            "POST /api/v1/rules/{name}/snooze" => {
                json!({"user": self.user, "until": "2026-01-01T00:00:00Z", "reason": "x"})
            }
            "POST /api/v1/rules/{name}/wake" => json!({"user": self.user}),
            "PUT /api/v1/rule-drafts" => json!({"base_currency": "USD", "rules": [rule()]}),
            "POST /api/v1/rule-drafts/publish" => json!({"revision": 0, "note": "x"}),
            "POST /api/v1/rule-sets/{version}/restore" => json!({"in_force": 0, "note": "x"}),
            "POST /api/v1/lists" => json!({"name": "Not A Name", "kind": "texts"}),
            "POST /api/v1/lists/{id}/entries" | "POST /api/v1/lists/{id}/entries/remove" => {
                json!({"value": "x"})
            }
            "POST /api/v1/cases/assign" => json!({"cases": [], "owner": null}),
            "POST /api/v1/cases/{id}/assign" => json!({"owner": null}),
            "POST /api/v1/cases/{id}/attachments" => json!({"name": "x.txt", "content": "eA=="}),
            "POST /api/v1/cases/{id}/comment" => json!({"text": "x"}),
            "POST /api/v1/cases/{id}/decide" => json!({"outcome": "valuable", "reason": "x"}),
            "POST /api/v1/cases/{id}/pin" => json!({"priority": null, "reason": "x"}),
            "POST /api/v1/cases/{id}/reopen" => json!({"reason": "x"}),
            "POST /api/v1/cases/{id}/snooze" => json!({"until": null, "reason": "x"}),
            _ if name.starts_with("POST ") && !name.ends_with("/sessions/end") => json!({}),
            _ => return None,
        })
    }
}
