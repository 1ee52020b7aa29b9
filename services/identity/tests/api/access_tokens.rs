//! Access tokens: who accepts them, until when, and which forgeries are refused.

use access::{AuthenticationError, Authenticator};
use aws_lc_rs::signature::Ed25519KeyPair;
use axum::body::Body;
use axum::http::{Request, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contracts::identity::{Credential, Role};
use db::args;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use platform::clock::Clock;
use serde_json::{Value, json};
use values::{SECOND, Timestamp};

use crate::support::{App, fast, on_each_engine};

/// What is changed in a token's claims, and why it must not be.
type Change<'a> = (&'a str, &'a dyn Fn(&mut Value));

fn part(token: &str, number: usize) -> Value {
    let part = token.split('.').nth(number).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn encoded(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

async fn accepted(app: &App, token: &str) -> bool {
    let over_http = app.me(token).await.status == 200;
    let answer = app.service.authenticate(token, &testkit::client()).await;
    assert!(matches!(
        answer,
        Ok(_) | Err(AuthenticationError::Unauthenticated)
    ));
    assert_eq!(answer.is_ok(), over_http);
    over_http
}

/// A node whose signing key the test knows: it was put into the store as versions without a vault
/// did.
async fn with_known_key(app: &App) -> (App, EncodingKey) {
    let pair = Ed25519KeyPair::generate().unwrap().to_pkcs8v1().unwrap();
    let sql = "UPDATE signing_keys SET kid = 'known', private_key = $1";
    let changed = app.db.execute(sql, args![pair.as_ref().to_vec()]).await;
    assert_eq!(changed.unwrap(), 1);
    let key = EncodingKey::from_ed_der(pair.as_ref());
    (app.another_node().await, key)
}

#[tokio::test]
async fn a_token_says_who_for_whom_and_how_long() {
    on_each_engine(async |app| {
        let answer = app.register("ann@example.com").await;
        let token = answer.tokens().access;
        let claims = part(&token, 1);
        let now = app.clock.now().micros() / SECOND;
        let principal = app.service.authenticate(&token, &testkit::client()).await.unwrap();
        let Credential::Session(session) = principal.credential else {
            panic!("{principal:?}")
        };
        assert_eq!(principal.permissions, Role::User.permissions());
        assert_eq!(principal.second_factor_at, None);
        let expected = json!({
            "iss": "payflow", "aud": "payflow", "sub": answer.body["user"]["id"], "org": 1, "role": "user",
            "sid": session.to_string(), "amr": ["pwd"], "auth_time": now, "iat": now, "exp": now + 900
        });
        assert_eq!(claims, expected);
        assert_eq!(part(&token, 0)["alg"], "EdDSA");
    })
    .await;
}

#[tokio::test]
async fn others_verify_tokens_with_the_published_keys() {
    on_each_engine(async |app| {
        let answer = app.register("ann@example.com").await;
        let token = answer.tokens().access;
        let published = app.get("/.well-known/jwks.json").await;
        assert_eq!(published.status, 200);
        assert_eq!(published.headers["cache-control"], "public, max-age=300");
        let members: Vec<_> = published.body["keys"][0]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect();
        assert_eq!(
            members,
            ["alg", "crv", "kid", "kty", "use", "x"],
            "nothing private"
        );

        let keys: JwkSet = serde_json::from_value(published.body).unwrap();
        let header = jsonwebtoken::decode_header(&token).unwrap();
        let key = keys.find(&header.kid.unwrap()).unwrap();
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&["payflow"]);
        validation.set_audience(&["payflow"]);
        let decoded = jsonwebtoken::decode::<Value>(
            &token,
            &DecodingKey::from_jwk(key).unwrap(),
            &validation,
        )
        .unwrap();
        assert_eq!(decoded.claims["sub"], answer.body["user"]["id"]);
    })
    .await;
}

#[tokio::test]
async fn a_token_ends_after_fifteen_minutes_also_where_it_was_verified_before() {
    on_each_engine(async |app| {
        let (seen, unseen) = (
            app.registered("ann@example.com").await,
            app.registered("bob@example.com").await,
        );
        // Whole seconds, as tokens count them.
        let second = app.clock.now().micros() % SECOND;
        assert!(accepted(&app, &seen.access).await);
        app.clock.advance(900 * SECOND - second - 1);
        assert!(accepted(&app, &seen.access).await);
        app.clock.advance(1);
        assert!(!accepted(&app, &seen.access).await);
        assert!(!accepted(&app, &unseen.access).await);
    })
    .await;
}

#[tokio::test]
async fn a_forged_token_is_refused() {
    on_each_engine(async |app| {
        let token = app.registered("ann@example.com").await.access;
        let [header, claims, signature] = token.split('.').collect::<Vec<_>>()[..] else {
            panic!("a token has three parts")
        };
        let kid = part(&token, 0)["kid"].as_str().unwrap().to_owned();
        let published = app.get("/.well-known/jwks.json").await.body;
        let public = published["keys"][0]["x"].as_str().unwrap().to_owned();

        let mut promoted = part(&token, 1);
        promoted["role"] = "admin".into();
        let with_alg = |alg: &str| encoded(&json!({"typ": "JWT", "alg": alg, "kid": kid}));
        let (none, none_upper) = (with_alg("none"), with_alg("NONE"));
        let hmac = |secret: &[u8]| {
            let mut header = Header::new(Algorithm::HS256);
            header.kid = Some(kid.clone());
            jsonwebtoken::encode(&header, &promoted, &EncodingKey::from_secret(secret)).unwrap()
        };
        let stranger = Ed25519KeyPair::generate().unwrap().to_pkcs8v1().unwrap();
        let signed_by_stranger = |kid: Option<&str>| {
            let mut header = Header::new(Algorithm::EdDSA);
            header.kid = kid.map(str::to_owned);
            jsonwebtoken::encode(
                &header,
                &promoted,
                &EncodingKey::from_ed_der(stranger.as_ref()),
            )
            .unwrap()
        };

        for forged in [
            format!("{none}.{}.", encoded(&promoted)),
            format!("{none}.{claims}."),
            format!("{none}.{claims}.{signature}"),
            format!("{none_upper}.{}.", encoded(&promoted)),
            hmac(&URL_SAFE_NO_PAD.decode(&public).unwrap()),
            hmac(public.as_bytes()),
            signed_by_stranger(Some(&kid)),
            signed_by_stranger(Some("another key")),
            signed_by_stranger(None),
            format!("{header}.{}.{signature}", encoded(&promoted)),
            format!("{header}.{claims}."),
            format!("{header}.{claims}"),
            format!("{header}.{claims}.{}", URL_SAFE_NO_PAD.encode([0; 64])),
            format!("{token}{}", "x".repeat(10_000)),
            "..".to_owned(),
            "x".to_owned(),
        ] {
            assert!(!accepted(&app, &forged).await, "{forged}");
        }
        assert!(accepted(&app, &token).await);
    })
    .await;
}

#[tokio::test]
async fn a_token_signed_with_our_key_is_refused_where_its_claims_are_not_ours() {
    on_each_engine(async |app| {
        let (app, key) = with_known_key(&app).await;
        let token = app.registered("ann@example.com").await.access;
        let sign = |change: &dyn Fn(&mut Value)| {
            let mut claims = part(&token, 1);
            change(&mut claims);
            let header = jsonwebtoken::decode_header(&token).unwrap();
            jsonwebtoken::encode(&header, &claims, &key).unwrap()
        };
        let now = app.clock.now().micros() / SECOND;
        assert!(accepted(&app, &sign(&|_| ())).await);
        assert!(
            accepted(&app, &sign(&|claims| claims["iat"] = (now + 5).into())).await,
            "clocks differ a little"
        );
        let shown = sign(&|claims| claims["mfa"] = (now - 60).into());
        let principal = app.service.authenticate(&shown, &testkit::client()).await;
        let at = Timestamp((now - 60) * SECOND);
        assert_eq!(principal.unwrap().second_factor_at, Some(at));

        let changes: [Change<'_>; 11] = [
            ("no time of a second factor", &|claims| {
                claims["mfa"] = "now".into()
            }),
            ("another issuer", &|claims| claims["iss"] = "evil".into()),
            ("another audience", &|claims| claims["aud"] = "other".into()),
            ("several audiences", &|claims| {
                claims["aud"] = json!(["payflow", "other"])
            }),
            ("no audience", &|claims| claims["aud"] = Value::Null),
            ("expired", &|claims| claims["exp"] = now.into()),
            ("from the future", &|claims| {
                claims["iat"] = (now + 60).into()
            }),
            ("longer than allowed", &|claims| {
                claims["iat"] = (now - 900).into()
            }),
            ("another kind of id", &|claims| {
                claims["sub"] = claims["sid"].clone()
            }),
            ("no such role", &|claims| claims["role"] = "root".into()),
            ("absurd times", &|claims| {
                claims["iat"] = i64::MIN.into();
                claims["exp"] = i64::MAX.into();
            }),
        ];
        for (what, change) in changes {
            assert!(!accepted(&app, &sign(change)).await, "{what}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_shorter_lifetime_holds_for_tokens_that_are_out_already() {
    on_each_engine(async |app| {
        let token = app.registered("ann@example.com").await.access;
        let mut config = fast();
        config.access_token_lifetime_s = 60;
        let strict = app.another_node_with(config).await;
        assert!(accepted(&strict, &token).await);
        app.clock.advance(60 * SECOND);
        assert!(!accepted(&strict, &token).await);
        assert!(accepted(&app, &token).await);
    })
    .await;
}

#[tokio::test]
async fn without_a_bearer_token_nobody_is_known() {
    on_each_engine(async |app| {
        let tokens = app.registered("ann@example.com").await;
        let with = |value: String| {
            Request::get("/api/v1/auth/me")
                .header(header::AUTHORIZATION, value)
                .body(Body::empty())
                .unwrap()
        };
        let missing = app.get("/api/v1/auth/me").await;
        assert_eq!(missing.refusal(), (401, "unauthenticated"));
        assert_eq!(missing.headers["www-authenticate"], "Bearer");
        for value in [
            tokens.access.clone(),
            format!("Basic {}", tokens.access),
            "Bearer".into(),
            "Bearer é".into(),
        ] {
            assert_eq!(
                app.send(with(value)).await.refusal(),
                (401, "unauthenticated")
            );
        }
        assert_eq!(
            app.send(with(format!("bearer {}", tokens.access)))
                .await
                .status,
            200
        );
    })
    .await;
}

#[tokio::test]
async fn me_reads_the_database_and_not_the_token() {
    on_each_engine(async |app| {
        let tokens = app.registered("ann@example.com").await;
        let changed =
            "UPDATE users SET name = 'Ann Other', email_verified = 1, kyc_status = 'verified'";
        app.db.execute(changed, vec![]).await.unwrap();
        let me = app.me(&tokens.access).await.body;
        assert_eq!(
            (&me["name"], &me["email_verified"], &me["kyc_status"]),
            (&"Ann Other".into(), &true.into(), &"verified".into())
        );
        app.suspend_all().await;
        assert_eq!(
            app.me(&tokens.access).await.refusal(),
            (401, "unauthenticated")
        );
    })
    .await;
}
