//! Providers that lie, change their keys, or do not answer.
#![cfg(test)]

use jsonwebtoken::Algorithm;
use serde_json::json;
use values::SECOND;

use crate::fake_browser::{back, begin, come_back, count, on_each_engine_with, sign_in, with};
use crate::fake_provider::{FakeProvider, Lies, now};
use crate::support::{App, on_each_engine};

#[tokio::test]
async fn what_the_signed_answer_leaves_out_is_asked_for() {
    on_each_engine_with(async |app, fake| {
        fake.says(json!({"email": null, "email_verified": null, "name": null}));
        fake.tell(|lies| {
            lies.userinfo = json!({"sub": "ann-at-fake", "email": "ann@example.com", "email_verified": true, "name": "Ann"});
        });
        let answer = sign_in(&app).await;
        assert_eq!((answer.status, &answer.body["user"]["name"]), (200, &json!("Ann")));
        // Of somebody else, it is refused.
        fake.tell(|lies| lies.userinfo["sub"] = json!("somebody-else"));
        assert_eq!(sign_in(&app).await.refusal(), (401, "sign_in_refused"));
    })
    .await;
}

#[tokio::test]
async fn a_signed_answer_that_does_not_hold_signs_nobody_in() {
    on_each_engine_with(async |app, fake| {
        let lies = [
            json!({"iss": "https://evil.example"}),
            json!({"iss": null}),
            json!({"iss": format!("{}/", fake.issuer)}),
            json!({"aud": "another-client"}),
            json!({"aud": null}),
            json!({"aud": []}),
            json!({"aud": ["payflow-test", "another-client"]}),
            json!({"azp": "another-client"}),
            json!({"nonce": "another"}),
            json!({"nonce": null}),
            json!({"exp": now() - 1}),
            json!({"exp": null}),
            json!({"iat": now() + 3_600}),
            json!({"sub": null}),
            json!({"sub": ""}),
            json!({"sub": "x".repeat(256)}),
        ];
        for claims in lies {
            fake.says(claims.clone());
            let answer = sign_in(&app).await;
            assert_eq!(answer.refusal(), (401, "sign_in_refused"), "{claims}");
        }
        fake.says(json!({}));
        fake.tell(|lies| lies.unsigned = true);
        assert_eq!(
            sign_in(&app).await.refusal(),
            (401, "sign_in_refused"),
            "unsigned"
        );
        fake.tell(|lies| lies.unsigned = false);
        for algorithm in [Algorithm::HS256, Algorithm::HS384] {
            fake.tell(|lies| lies.algorithm = algorithm);
            assert_eq!(
                sign_in(&app).await.refusal(),
                (401, "sign_in_refused"),
                "{algorithm:?}"
            );
        }
        fake.tell(|lies| (lies.algorithm, lies.signing_key) = (Algorithm::EdDSA, 2));
        assert_eq!(
            sign_in(&app).await.refusal(),
            (401, "sign_in_refused"),
            "a key that is not published"
        );
        assert_eq!(count(&app, "SELECT count(*) FROM users").await, 0);
        fake.tell(|lies| lies.signing_key = 1);
        assert_eq!(sign_in(&app).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn an_email_is_verified_in_whatever_form_the_provider_says_true() {
    on_each_engine_with(async |app, fake| {
        let odd = json!({"phone_number_verified": "true", "updated_at": "2026-01-01T00:00:00Z"});
        for (number, verified) in [json!("true"), json!(1), json!(true)]
            .into_iter()
            .enumerate()
        {
            let email = format!("ann-{number}@example.com");
            let mut claims = odd.clone();
            claims["sub"] = json!(format!("ann-{number}"));
            claims["email"] = json!(email);
            claims["email_verified"] = verified.clone();
            fake.says(claims);
            let answer = sign_in(&app).await;
            assert_eq!(
                (answer.status, &answer.body["user"]["email"]),
                (200, &json!(email)),
                "{verified}"
            );
        }
        for verified in [json!("false"), json!("yes"), json!(0), json!([]), json!({})] {
            fake.says(
                json!({"sub": "bob", "email": "bob@example.com", "email_verified": verified}),
            );
            assert_eq!(
                sign_in(&app).await.refusal(),
                (403, "email_not_verified"),
                "{verified}"
            );
        }
        fake.says(json!({"sub": "bob", "email": null}));
        fake.tell(|lies| {
            lies.userinfo =
                json!({"sub": "bob", "email": "bob@example.com", "email_verified": "true"});
        });
        assert_eq!(sign_in(&app).await.status, 200, "asked for");
    })
    .await;
}

#[tokio::test]
async fn a_signed_answer_for_others_too_is_taken_where_the_settings_name_them() {
    on_each_engine_with(async |app, fake| {
        let trusting = with(&app, &fake, |config| {
            config.oidc.get_mut("fake").unwrap().additional_audiences = vec!["account".to_owned()];
        })
        .await;
        let aud = json!(["payflow-test", "account"]);
        fake.says(json!({"aud": aud, "azp": "payflow-test"}));
        assert_eq!(sign_in(&app).await.refusal(), (401, "sign_in_refused"));
        assert_eq!(sign_in(&trusting).await.status, 200);
        for claims in [
            json!({"aud": aud}),
            json!({"aud": aud, "azp": "account"}),
            json!({"aud": ["account"], "azp": "payflow-test"}),
            json!({"aud": ["payflow-test", "account", "another"], "azp": "payflow-test"}),
        ] {
            fake.says(claims.clone());
            let answer = sign_in(&trusting).await;
            assert_eq!(answer.refusal(), (401, "sign_in_refused"), "{claims}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_provider_may_exchange_its_keys() {
    on_each_engine_with(async |app, fake| {
        assert_eq!(sign_in(&app).await.status, 200);
        fake.tell(|lies| (lies.signing_key, lies.published_key) = (2, 2));
        app.clock.advance(29 * SECOND);
        assert_eq!(
            sign_in(&app).await.status,
            401,
            "its keys were read a moment ago"
        );
        app.clock.advance(SECOND);
        assert_eq!(sign_in(&app).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_code_that_the_provider_refuses_signs_nobody_in() {
    on_each_engine_with(async |app, _fake| {
        let sent = begin(&app, "").await;
        let state = sent.param("state");
        let answer = back(
            &app,
            "fake",
            &sent.cookie,
            &[("state", &state), ("code", "used")],
        )
        .await;
        assert_eq!(answer.refusal(), (401, "sign_in_refused"));
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_names_another_issuer_or_none_where_it_must_is_a_mix_up() {
    on_each_engine_with(async |app, fake| {
        let come = async |iss: Option<&str>| {
            let sent = begin(&app, "").await;
            let (state, code) = (sent.param("state"), sent.param("nonce"));
            let params = [
                Some(("state", state.as_str())),
                Some(("code", code.as_str())),
                iss.map(|iss| ("iss", iss)),
            ];
            back(
                &app,
                "fake",
                &sent.cookie,
                &params.into_iter().flatten().collect::<Vec<_>>(),
            )
            .await
            .status
        };
        assert_eq!(come(Some("https://evil.example")).await, 401);
        assert_eq!(come(Some(&fake.issuer)).await, 200);
        assert_eq!(come(None).await, 200);
        fake.tell(|lies| {
            lies.metadata = json!({"authorization_response_iss_parameter_supported": true})
        });
        app.clock.advance(3_600 * SECOND);
        assert_eq!(come(None).await, 401);
    })
    .await;
}

#[tokio::test]
async fn a_provider_that_does_not_answer_as_it_should_is_a_503_and_is_not_asked_in_a_row() {
    on_each_engine(async |app| {
        let fake = FakeProvider::start().await;
        let down = "http://127.0.0.1:1".to_owned();
        let evil = json!({"issuer": "https://evil.example"});
        let open = json!({"authorization_endpoint": "http://evil.example/authorize"});
        let keys = json!({"jwks_uri": "http://evil.example/jwks"});
        let none = json!({"token_endpoint": null});
        type Tell = Box<dyn Fn(&mut Lies)>;
        let cases: [(&str, Tell); 8] = [
            (
                "another issuer",
                Box::new(move |lies| lies.metadata = evil.clone()),
            ),
            (
                "a page without TLS",
                Box::new(move |lies| lies.metadata = open.clone()),
            ),
            (
                "keys without TLS",
                Box::new(move |lies| lies.metadata = keys.clone()),
            ),
            (
                "no endpoint for the exchange",
                Box::new(move |lies| lies.metadata = none.clone()),
            ),
            ("an error", Box::new(|lies| lies.status = Some(500))),
            ("a redirect", Box::new(|lies| lies.status = Some(302))),
            ("more than it should", Box::new(|lies| lies.endless = true)),
            ("nothing", Box::new(|lies| lies.hangs = true)),
        ];
        let unavailable = async |node: &App, what: &str| {
            let answer = node.get("/api/v1/auth/oauth/fake").await;
            assert_eq!(answer.refusal(), (503, "provider_unavailable"), "{what}");
        };
        for (what, lie) in cases {
            let impatient = with(&app, &fake, |config| {
                config.oidc.get_mut("fake").unwrap().timeout_ms = 100
            })
            .await;
            let healed = |lies: &mut Lies| {
                (lies.metadata, lies.status, lies.endless, lies.hangs) =
                    (json!({}), None, false, false);
            };
            fake.tell(|lies| lie(lies));
            unavailable(&impatient, what).await;
            let asked = fake.lies.lock().unwrap().requests;
            unavailable(&impatient, what).await;
            assert_eq!(
                fake.lies.lock().unwrap().requests,
                asked,
                "{what}: it is left in peace"
            );
            fake.tell(healed);
            impatient.clock.advance(5 * SECOND);
            let patient = with(&app, &fake, |_| {}).await;
            begin(&patient, "").await;
        }
        let gone = with(&app, &fake, |config| {
            config.oidc.get_mut("fake").unwrap().issuer = down
        })
        .await;
        unavailable(&gone, "down").await;
    })
    .await;
}

#[tokio::test]
async fn a_provider_that_hangs_keeps_only_so_many_browsers_waiting() {
    on_each_engine_with(async |app, fake| {
        let mut sent = Vec::new();
        for _ in 0..82 {
            sent.push(begin(&app, "").await);
        }
        fake.tell(|lies| lies.hangs = true);
        let mut waiting = tokio::task::JoinSet::new();
        for sent in sent {
            let app = app.from("192.0.2.66", "browser");
            waiting.spawn(async move { come_back(&app, &sent).await });
        }
        // Sixteen are asked for, 64 wait; of the others the provider never hears.
        for _ in 0..2 {
            let refused = waiting.join_next().await.unwrap().unwrap();
            assert_eq!(refused.refusal(), (429, "too_many_logins"));
        }
    })
    .await;
}
