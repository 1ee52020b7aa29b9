//! Push: devices, and what they are told, as a browser and its push service see it.

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey as VerifyingKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contracts::events::Party;
use contracts::notifications::{CodeChannel, Codes};
use http::{Method, StatusCode};
use notifications::Config;
use platform::clock::Clock;
use serde_json::{Value, json};
use testkit::{Engine, engines};
use values::SECOND;

use crate::messages::{TXN, count};
use crate::provider::{Answer, Provider, Received};
use crate::support::App;

const PATH: &str = "/users/me/push-subscriptions";

/// A browser with a subscription.
pub struct Browser {
    private: PrivateKey,
    public: Vec<u8>,
    auth: [u8; 16],
    pub endpoint: String,
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand<const N: usize>(key: &Prk, info: &[u8]) -> [u8; N] {
    let mut expanded = [0; N];
    let info = [info];
    key.expand(&info, Length(N))
        .unwrap()
        .fill(&mut expanded)
        .unwrap();
    expanded
}

fn decode(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

impl Browser {
    pub fn at(provider: &Provider, path: &str) -> Self {
        let private = PrivateKey::generate(&ECDH_P256).unwrap();
        let public = private.compute_public_key().unwrap().as_ref().to_vec();
        Self {
            private,
            public,
            auth: [9; 16],
            endpoint: format!("http://{}/{path}", provider.address),
        }
    }

    pub fn subscription(&self) -> Value {
        json!({
            "endpoint": self.endpoint,
            "expirationTime": null,
            "keys": {
                "p256dh": URL_SAFE_NO_PAD.encode(&self.public),
                "auth": URL_SAFE_NO_PAD.encode(self.auth)
            }
        })
    }

    async fn subscribe(&self, app: &App, who: &str) {
        let (status, answer) = app.post(who, PATH, self.subscription()).await;
        assert_eq!(status, StatusCode::NO_CONTENT, "{answer}");
        // That they are told of it, `changes` tests.
        let told = app.db.execute("DELETE FROM deliveries", vec![]);
        told.await.unwrap();
    }

    /// What a message says (RFC 8291, section 3).
    fn decrypt(&self, body: &[u8]) -> Option<Value> {
        let (salt, rest) = body.split_at(16);
        assert_eq!(rest[..4], 4_096_u32.to_be_bytes());
        assert_eq!(rest[4], 65);
        let (theirs, sealed) = rest[5..].split_at(65);
        let peer = UnparsedPublicKey::new(&ECDH_P256, theirs);
        let key = agree(&self.private, peer, (), |shared| {
            let shared = Salt::new(HKDF_SHA256, &self.auth).extract(shared);
            let info = [b"WebPush: info\0", self.public.as_slice(), theirs].concat();
            let input = expand::<32>(&shared, &info);
            Ok(Salt::new(HKDF_SHA256, salt).extract(&input))
        })
        .unwrap();
        let content = expand::<16>(&key, b"Content-Encoding: aes128gcm\0");
        let nonce = expand::<12>(&key, b"Content-Encoding: nonce\0");
        let opener = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &content).unwrap());
        let mut sealed = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(nonce);
        let opened = opener
            .open_in_place(nonce, Aad::empty(), &mut sealed)
            .ok()?;
        let (end, text) = opened.split_last().unwrap();
        assert_eq!(*end, 2);
        Some(serde_json::from_slice(text).unwrap())
    }
}

pub async fn app(engine: Engine) -> (App, Provider) {
    let provider = Provider::start().await;
    let mut config = Config {
        public_url: "https://pay.example".to_owned(),
        ..Config::default()
    };
    config.push.allowed_networks = vec!["127.0.0.0/8".parse().unwrap()];
    config.push.timeout_ms = 5_000;
    config.push.devices_per_user = 2;
    (App::with(engine, config).await, provider)
}

async fn paid(app: &App) {
    let data = json!({"type": "deposit", "amount": "12.50", "currency": "USD"});
    let parties = [(Party::Payee, "bob")];
    app.feed.push("transaction.completed", TXN, &parties, data);
    app.service.catch_up().await.unwrap();
    app.service.send_messages().await.unwrap();
}

/// Checks who a message says it is from (RFC 8292); the claims.
fn claims(app_key: &str, sent: &Received) -> Value {
    let said = sent
        .header("authorization")
        .strip_prefix("vapid t=")
        .unwrap();
    let (token, key) = said.split_once(", k=").unwrap();
    assert_eq!(key, app_key);
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let public = decode(key);
    let verifying = VerifyingKey::new(&ECDSA_P256_SHA256_FIXED, &public);
    verifying
        .verify(signed.as_bytes(), &decode(signature))
        .unwrap();
    let (head, claims) = signed.split_once('.').unwrap();
    let head: Value = serde_json::from_slice(&decode(head)).unwrap();
    assert_eq!(head, json!({"typ": "JWT", "alg": "ES256"}));
    serde_json::from_slice(&decode(claims)).unwrap()
}

/// What became of the pushes.
async fn states(app: &App) -> Vec<(String,)> {
    let sql = "SELECT state FROM deliveries WHERE channel = 'push' ORDER BY message";
    app.db.fetch_all(sql, vec![]).await.unwrap()
}

#[tokio::test]
async fn a_device_is_told_what_only_its_browser_can_read() {
    for engine in engines() {
        let (app, provider) = app(engine).await;
        let key = app.get("bob", "/notifications/push-key").await;
        assert_eq!(key, app.get("ann", "/notifications/push-key").await);
        let key = key["public_key"].as_str().unwrap();
        let browser = Browser::at(&provider, "one");
        browser.subscribe(&app, "bob").await;
        paid(&app).await;
        let [sent] = provider.take().try_into().unwrap();
        assert_eq!(sent.path, "/one");
        assert_eq!(sent.header("content-encoding"), "aes128gcm");
        assert_eq!(sent.header("ttl"), "86400");
        assert_eq!(sent.header("topic").len(), 32);
        let claims = claims(key, &sent);
        assert_eq!(claims["aud"], format!("http://{}", provider.address));
        assert_eq!(claims["sub"], "https://pay.example");
        let now = app.clock.now().micros() / SECOND;
        assert_eq!(claims["exp"], now + 12 * 3_600);
        let said = browser.decrypt(&sent.body).unwrap();
        assert_eq!(said["type"], "deposit_completed");
        assert_eq!(said["title"], "Deposit of 12.50 USD");
        assert_eq!(said["body"], "Your deposit of 12.50 USD has arrived.");
        assert!(Browser::at(&provider, "x").decrypt(&sent.body).is_none());
        assert_eq!(states(&app).await, [("sent".to_owned(),)]);
        // Nothing of it is readable in the table.
        let sql = "SELECT sealed FROM push_subscriptions";
        let (sealed,): (Vec<u8>,) = app.db.fetch_one(sql, vec![]).await.unwrap();
        let address = provider.address.to_string().into_bytes();
        assert!(!sealed.windows(address.len()).any(|part| part == address));
    }
}

#[tokio::test]
async fn a_device_that_is_gone_is_forgotten_and_the_others_are_told() {
    for engine in engines() {
        let (app, provider) = app(engine).await;
        let [one, two] = ["one", "two"].map(|path| Browser::at(&provider, path));
        one.subscribe(&app, "bob").await;
        two.subscribe(&app, "bob").await;
        provider.answers([Answer::With(410, None, String::new())]);
        paid(&app).await;
        let paths: Vec<_> = provider.take().into_iter().map(|sent| sent.path).collect();
        assert_eq!(paths, ["/one", "/two"]);
        let devices = "SELECT count(*) FROM push_subscriptions";
        assert_eq!(count(&app, devices).await, 1);
        // The push service is away for a while.
        let wait = Some(("retry-after", "30"));
        provider.answers([Answer::With(503, wait, String::new())]);
        paid(&app).await;
        assert_eq!(states(&app).await[1].0, "queued");
        let topic = provider.take()[0].header("topic").to_owned();
        app.clock.advance(31 * SECOND);
        app.service.send_messages().await.unwrap();
        assert_eq!(states(&app).await[1].0, "sent");
        assert_eq!(provider.take()[0].header("topic"), topic);
        // The last one is gone.
        provider.answers([Answer::With(404, None, String::new())]);
        paid(&app).await;
        assert_eq!(states(&app).await[2].0, "bounced");
        provider.take();
        paid(&app).await;
        assert_eq!((provider.take().len(), states(&app).await.len()), (0, 3));
    }
}

#[tokio::test]
async fn a_device_is_one_users_and_there_are_not_too_many() {
    for engine in engines() {
        let (app, provider) = app(engine).await;
        let browser = Browser::at(&provider, "shared");
        browser.subscribe(&app, "bob").await;
        browser.subscribe(&app, "bob").await;
        browser.subscribe(&app, "ann").await;
        paid(&app).await;
        assert!(provider.take().is_empty(), "it is Ann's now");
        let devices = "SELECT count(*) FROM push_subscriptions";
        assert_eq!(count(&app, devices).await, 1);
        let body = json!({"endpoint": browser.endpoint});
        for (who, left) in [("bob", 1), ("ann", 0), ("ann", 0)] {
            let (status, _) = app
                .request(who, Method::DELETE, PATH, Some(body.clone()))
                .await;
            assert_eq!(status, StatusCode::NO_CONTENT);
            assert_eq!(count(&app, devices).await, left);
        }
        for path in ["one", "two", "three"] {
            app.clock.advance(SECOND);
            Browser::at(&provider, path).subscribe(&app, "bob").await;
        }
        paid(&app).await;
        let paths: Vec<_> = provider.take().into_iter().map(|sent| sent.path).collect();
        assert_eq!(paths, ["/two", "/three"]);
    }
}

#[tokio::test]
async fn a_closed_account_leaves_no_device_number_or_preference() {
    for engine in engines() {
        let (app, provider) = app(engine).await;
        Browser::at(&provider, "one").subscribe(&app, "bob").await;
        crate::preferences::choose(&app, "bob", "/groups/payments/sms", json!(true)).await;
        let number = json!({"number": "+4915112345678"});
        let (status, _) = app.post("bob", "/users/me/phone", number).await;
        assert_eq!(status, StatusCode::ACCEPTED);
        let parties = [(Party::Owner, "bob")];
        app.feed.push("user.closed", "usr_1", &parties, json!({}));
        app.service.catch_up().await.unwrap();
        let left =
            "SELECT (SELECT count(*) FROM push_subscriptions) + (SELECT count(*) FROM preferences)
            + (SELECT count(*) FROM phones) + (SELECT count(*) FROM phone_claims)";
        assert_eq!(count(&app, left).await, 0);
    }
}

#[tokio::test]
async fn devices_that_lead_elsewhere_or_have_no_keys_are_refused() {
    for engine in engines() {
        let (app, provider) = app(engine).await;
        let good = Browser::at(&provider, "one").subscription();
        for (pointer, value, code) in [
            (
                "/endpoint",
                "https://169.254.169.254/latest",
                "private_address",
            ),
            ("/endpoint", "https://[::ffff:10.0.0.1]/", "private_address"),
            ("/endpoint", "http://1.1.1.1/", "https_required"),
            ("/endpoint", "ftp://example.com/", "invalid_url"),
            ("/keys/p256dh", "BAAA", "invalid_push_keys"),
            ("/keys/auth", "AAAA", "invalid_push_keys"),
            (
                "/keys/p256dh",
                "BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                "invalid_push_keys",
            ),
        ] {
            let mut device = good.clone();
            *device.pointer_mut(pointer).unwrap() = value.into();
            let (status, refused) = app.post("bob", PATH, device).await;
            assert_eq!(
                status,
                StatusCode::UNPROCESSABLE_ENTITY,
                "{value}: {refused}"
            );
            assert_eq!(refused["code"], code, "{value}");
        }
    }
}

#[tokio::test]
async fn a_code_by_push_is_urgent_and_short_lived() {
    for engine in engines() {
        let (app, provider) = app(engine).await;
        let browser = Browser::at(&provider, "one");
        browser.subscribe(&app, "bob").await;
        let code = crate::codes::code(&[CodeChannel::Push]);
        let sent = app.service.send_code(&code).await.unwrap();
        assert_eq!(sent.hint, "devices");
        let [sent] = provider.take().try_into().unwrap();
        assert_eq!(
            (sent.header("ttl"), sent.header("urgency")),
            ("600", "high")
        );
        let said = browser.decrypt(&sent.body).unwrap();
        assert!(said["body"].as_str().unwrap().starts_with("914073 "));
        assert!(!said["title"].as_str().unwrap().contains("914073"));
    }
}
