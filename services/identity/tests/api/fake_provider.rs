//! A provider of OpenID Connect that does what a test tells it: it can be down, be slow, and lie in
//! every way.
#![cfg(test)]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity::ProviderConfig;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub const CLIENT_ID: &str = "payflow-test";

/// The provider; it stops when this is dropped.
pub struct FakeProvider {
    pub issuer: String,
    pub lies: Arc<Mutex<Lies>>,
    task: JoinHandle<()>,
}

/// How it answers.
pub struct Lies {
    /// Added to the metadata.
    pub metadata: Value,
    /// Added to the claims of the signed answer; null removes one.
    pub claims: Value,
    /// What userinfo says.
    pub userinfo: Value,
    /// The header's algorithm and the key it signs with, by its number; none signs nothing.
    pub algorithm: Algorithm,
    pub signing_key: u8,
    /// The number of the key that it publishes.
    pub published_key: u8,
    pub unsigned: bool,
    /// Answers nothing for ever, a status without more, or ends of a megabyte.
    pub hangs: bool,
    pub status: Option<u16>,
    pub endless: bool,
    /// What it was last asked to exchange.
    pub exchanged: Option<HashMap<String, String>>,
    pub requests: u32,
}

#[derive(Clone)]
struct Shared {
    issuer: String,
    lies: Arc<Mutex<Lies>>,
}

impl Drop for FakeProvider {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn pair(number: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[number; 32]).unwrap()
}

fn kid(number: u8) -> String {
    format!("key-{number}")
}

impl FakeProvider {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let lies = Arc::new(Mutex::new(Lies {
            metadata: json!({}),
            claims: json!({}),
            userinfo: Value::Null,
            algorithm: Algorithm::EdDSA,
            signing_key: 1,
            published_key: 1,
            unsigned: false,
            hangs: false,
            status: None,
            endless: false,
            exchanged: None,
            requests: 0,
        }));
        let shared = Shared {
            issuer: issuer.clone(),
            lies: lies.clone(),
        };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/jwks", get(jwks))
            .route("/token", post(token))
            .route("/userinfo", get(userinfo))
            .with_state(shared);
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { issuer, lies, task }
    }

    /// The settings of PayFlow for it.
    pub fn config(&self) -> ProviderConfig {
        ProviderConfig {
            label: "Fake".to_owned(),
            issuer: self.issuer.clone(),
            client_id: CLIENT_ID.to_owned(),
            client_secret: "hunter2".into(),
            allowed_domains: vec!["example.com".to_owned()],
            ..ProviderConfig::default()
        }
    }

    pub fn tell(&self, change: impl FnOnce(&mut Lies)) {
        change(&mut self.lies.lock().unwrap());
    }

    /// What the next signed answer says, beside what it must.
    pub fn says(&self, claims: Value) {
        self.tell(|lies| lies.claims = claims);
    }
}

/// What it does before anything else; none where it is in order.
async fn trouble(shared: &Shared) -> Option<Response> {
    let (hangs, status, endless) = {
        let mut lies = shared.lies.lock().unwrap();
        lies.requests += 1;
        (lies.hangs, lies.status, lies.endless)
    };
    if hangs {
        std::future::pending::<()>().await;
    }
    if endless {
        return Some("x".repeat(1024 * 1024).into_response());
    }
    status.map(|status| StatusCode::from_u16(status).unwrap().into_response())
}

fn extended(mut base: Value, with: &Value) -> Value {
    let map: &mut Map<_, _> = base.as_object_mut().unwrap();
    for (name, value) in with.as_object().unwrap() {
        if value.is_null() {
            map.remove(name);
        } else {
            map.insert(name.clone(), value.clone());
        }
    }
    base
}

async fn metadata(State(shared): State<Shared>) -> Response {
    if let Some(trouble) = trouble(&shared).await {
        return trouble;
    }
    let issuer = &shared.issuer;
    let base = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "jwks_uri": format!("{issuer}/jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        // It would like the weak ones, too.
        "id_token_signing_alg_values_supported": ["EdDSA", "RS256", "HS256", "none"],
    });
    Json(extended(base, &shared.lies.lock().unwrap().metadata)).into_response()
}

async fn jwks(State(shared): State<Shared>) -> Response {
    if let Some(trouble) = trouble(&shared).await {
        return trouble;
    }
    let number = shared.lies.lock().unwrap().published_key;
    let x = URL_SAFE_NO_PAD.encode(pair(number).public_key().as_ref());
    let key = json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": kid(number), "x": x});
    Json(json!({"keys": [{"kty": "unheard-of", "kid": "x"}, key]})).into_response()
}

/// The code is the nonce: that is how the test, which plays the browser, hands it over.
async fn token(State(shared): State<Shared>, body: String) -> Response {
    let form = openidconnect::url::form_urlencoded::parse(body.as_bytes());
    let form: HashMap<String, String> = form.into_owned().collect();
    if let Some(trouble) = trouble(&shared).await {
        return trouble;
    }
    let mut lies = shared.lies.lock().unwrap();
    let nonce = form["code"].clone();
    lies.exchanged = Some(form);
    if nonce == "used" {
        return (
            StatusCode::BAD_REQUEST,
            Json(json!({"error": "invalid_grant"})),
        )
            .into_response();
    }
    let base = json!({
        "iss": shared.issuer, "aud": CLIENT_ID, "sub": "ann-at-fake", "nonce": nonce,
        "iat": now(), "exp": now() + 300,
        "email": "ann@example.com", "email_verified": true, "name": "Ann Example",
    });
    let claims = extended(base, &lies.claims);
    let id_token = signed(&lies, &claims);
    Json(json!({"access_token": "at", "token_type": "Bearer", "id_token": id_token}))
        .into_response()
}

async fn userinfo(State(shared): State<Shared>) -> Response {
    if let Some(trouble) = trouble(&shared).await {
        return trouble;
    }
    Json(shared.lies.lock().unwrap().userinfo.clone()).into_response()
}

fn signed(lies: &Lies, claims: &Value) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let id = kid(lies.signing_key);
    if lies.unsigned {
        return format!(
            "{}.{}.",
            encode(&json!({"alg": "none", "kid": id})),
            encode(claims)
        );
    }
    let mut header = Header::new(lies.algorithm);
    header.kid = Some(id);
    let pair = pair(lies.signing_key);
    let key = match lies.algorithm {
        Algorithm::EdDSA => EncodingKey::from_ed_der(pair.to_pkcs8v1().unwrap().as_ref()),
        Algorithm::HS256 => EncodingKey::from_secret(b"hunter2"),
        // The public key as the key of a MAC.
        _ => EncodingKey::from_secret(pair.public_key().as_ref()),
    };
    jsonwebtoken::encode(&header, claims, &key).unwrap()
}

/// Seconds, by the machine's clock, where the clock of the tests begins.
pub fn now() -> i64 {
    use platform::clock::{Clock, SystemClock};
    use values::SECOND;
    SystemClock.now().micros() / SECOND
}
