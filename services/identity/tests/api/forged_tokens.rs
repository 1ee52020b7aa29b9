//! Forged access tokens: what their header says about keys is not followed, and only one form is
//! read.

use access::Authenticator;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use db::args;
use serde_json::{Value, json};

use crate::support::{App, on_each_engine};

fn part(token: &str, number: usize) -> Value {
    let part = token.split('.').nth(number).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// A token of these texts as they are, signed.
fn signed(pair: &Ed25519KeyPair, header: &str, claims: &str) -> String {
    let [header, claims] = [header, claims].map(|text| URL_SAFE_NO_PAD.encode(text));
    let message = format!("{header}.{claims}");
    let signature = URL_SAFE_NO_PAD.encode(pair.sign(message.as_bytes()));
    format!("{message}.{signature}")
}

/// A node that signs with this key: it was put into the store as versions without a vault did.
async fn node_with(app: &App, pair: &Ed25519KeyPair) -> App {
    let key = pair.to_pkcs8v1().unwrap();
    let sql = "UPDATE signing_keys SET kid = 'known', private_key = $1";
    let changed = app.db.execute(sql, args![key.as_ref().to_vec()]).await;
    assert_eq!(changed.unwrap(), 1);
    app.another_node().await
}

async fn accepted(app: &App, token: &str) -> bool {
    let answer = app.service.authenticate(token, &testkit::client()).await;
    answer.is_ok()
}

#[tokio::test]
async fn a_header_that_brings_its_own_key_or_says_where_one_is_is_not_followed() {
    on_each_engine(async |app| {
        let ours = Ed25519KeyPair::generate().unwrap();
        let theirs = Ed25519KeyPair::generate().unwrap();
        let app = node_with(&app, &ours).await;
        let claims = part(&app.registered("ann@example.com").await.access, 1).to_string();
        let x = URL_SAFE_NO_PAD.encode(theirs.public_key().as_ref());
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "kid": "known", "x": x});
        let url = "http://127.0.0.1:1/keys.json";
        for more in [
            json!({ "jwk": jwk }),
            json!({ "jku": url }),
            json!({ "x5u": url }),
            json!({ "x5c": [x] }),
            json!({ "jwk": jwk, "jku": url, "x5u": url, "x5t": "known" }),
        ] {
            for kid in [json!("known"), json!("theirs"), Value::Null] {
                let mut header = json!({"typ": "JWT", "alg": "EdDSA", "kid": kid});
                for (name, value) in more.as_object().unwrap() {
                    header[name] = value.clone();
                }
                let forged = signed(&theirs, &header.to_string(), &claims);
                assert!(!accepted(&app, &forged).await, "{header}");
            }
        }
        let plain = json!({"alg": "EdDSA", "kid": "known"}).to_string();
        assert!(accepted(&app, &signed(&ours, &plain, &claims)).await);
        assert!(!accepted(&app, &signed(&theirs, &plain, &claims)).await);
    })
    .await;
}

#[tokio::test]
async fn an_id_of_a_key_is_looked_for_in_memory_and_is_never_a_path_or_sql() {
    on_each_engine(async |app| {
        let ours = Ed25519KeyPair::generate().unwrap();
        let app = node_with(&app, &ours).await;
        let claims = part(&app.registered("ann@example.com").await.access, 1).to_string();
        for kid in [
            json!("../../../../dev/null"),
            json!("/dev/null"),
            json!("' OR '1'='1"),
            json!("known' --"),
            json!("known\u{0}"),
            json!(" known"),
            json!("KNOWN"),
            json!(""),
            json!("x".repeat(1_000)),
            json!(1),
            json!(["known"]),
            json!({ "kid": "known" }),
        ] {
            let header = json!({"alg": "EdDSA", "kid": kid}).to_string();
            assert!(
                !accepted(&app, &signed(&ours, &header, &claims)).await,
                "{kid}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn only_the_compact_form_is_read() {
    on_each_engine(async |app| {
        let token = app.registered("ann@example.com").await.access;
        let [header, claims, signature] = token.split('.').collect::<Vec<_>>()[..] else {
            panic!("a token has three parts")
        };
        let flat = json!({"protected": header, "payload": claims, "signature": signature});
        let general = json!({
            "payload": claims, "signatures": [{"protected": header, "signature": signature}]
        });
        for form in [
            flat.to_string(),
            general.to_string(),
            format!("{token}."),
            format!(".{token}"),
            format!("{header}.{claims}.{signature}.{signature}"),
            format!("{header}..{signature}"),
            format!("{header}.{claims}.{signature}="),
            format!("{header}.{claims}.{signature}\n"),
            token.replace('-', "+").replace('_', "/") + "=",
        ] {
            assert!(!accepted(&app, &form).await, "{form}");
        }
        for length in 0..token.len() {
            assert!(
                !accepted(&app, &token[..length]).await,
                "{length} letters of it"
            );
        }
        assert!(accepted(&app, &token).await);
    })
    .await;
}

#[tokio::test]
async fn claims_that_come_twice_or_are_no_object_are_refused() {
    on_each_engine(async |app| {
        let ours = Ed25519KeyPair::generate().unwrap();
        let app = node_with(&app, &ours).await;
        let claims = part(&app.registered("ann@example.com").await.access, 1).to_string();
        let header = json!({"alg": "EdDSA", "kid": "known"}).to_string();
        let more = |text: &str| claims.replacen('{', &format!("{{{text},"), 1);
        for forged in [
            more(r#""role":"admin""#),
            more(r#""exp":9999999999"#),
            more(r#""sub":"usr_00000000000000000000000000""#),
            format!("[{claims}]"),
            "null".to_owned(),
            String::new(),
        ] {
            assert!(
                !accepted(&app, &signed(&ours, &header, &forged)).await,
                "{forged}"
            );
        }
        let twice = r#"{"alg":"none","alg":"EdDSA","kid":"known"}"#;
        assert!(!accepted(&app, &signed(&ours, twice, &claims)).await);
    })
    .await;
}
