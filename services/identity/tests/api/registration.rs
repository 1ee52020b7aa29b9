//! Registering, and users made by the operator of the installation.

use access::Authenticator;
use axum::body::Body;
use axum::http::Request;
use contracts::identity::{Identity, OrgId, Role};
use identity::{AccountError, Invalid, NewUser};
use secrecy::SecretString;
use serde_json::json;

use crate::support::{PASSWORD, on_each_engine};

#[tokio::test]
async fn a_registered_user_is_logged_in_and_sees_themselves() {
    on_each_engine(async |app| {
        let answer = app.register("Ann@Example.com").await;
        assert_eq!(answer.status, 201);
        assert_eq!(answer.body["token_type"], "Bearer");
        assert_eq!(answer.body["expires_in"], 900);
        let user = &answer.body["user"];
        assert!(user["id"].as_str().unwrap().starts_with("usr_"));
        assert!(user["created_at"].as_str().unwrap().ends_with('Z'));
        let mut rest = user.clone();
        rest.as_object_mut().unwrap().retain(|name, _| name != "id" && name != "created_at");
        let expected = json!({
            "email": "Ann@Example.com", "name": "Ann Example", "role": "user", "email_verified": false,
            "two_factor_enabled": false, "kyc_status": "none"
        });
        assert_eq!(rest, expected);

        let me = app.me(&answer.tokens().access).await;
        assert_eq!((me.status, &me.body), (200, user));
    })
    .await;
}

#[tokio::test]
async fn an_email_is_taken_in_upper_and_lower_case() {
    on_each_engine(async |app| {
        app.registered("ann@example.com").await;
        for email in ["ann@example.com", "ANN@Example.Com"] {
            let answer = app.register(email).await;
            assert_eq!(answer.refusal(), (409, "email_taken"));
            assert_eq!(answer.body["errors"][0]["param"], "email");
        }
    })
    .await;
}

#[tokio::test]
async fn two_registrations_of_one_email_at_once_make_one_user() {
    on_each_engine(async |app| {
        let (one, two) = tokio::join!(
            app.register("ann@example.com"),
            app.register("Ann@example.com")
        );
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409]);
    })
    .await;
}

#[tokio::test]
async fn what_a_user_cannot_have_is_refused_with_its_code() {
    on_each_engine(async |app| {
        let long = |count| "x".repeat(count);
        let ann = "ann@example.com";
        for (email, password, name, code) in [
            ("ann", PASSWORD, "Ann", "invalid_email"),
            ("ann@example", PASSWORD, "Ann", "invalid_email"),
            (
                "ann@example.com\r\nBcc: eve@example.com",
                PASSWORD,
                "Ann",
                "invalid_email",
            ),
            (
                &format!("{}@example.com", long(250)),
                PASSWORD,
                "Ann",
                "invalid_email",
            ),
            (ann, "xK9$mQ2!vB7", "Ann", "password_too_short"),
            (ann, "", "Ann", "password_too_short"),
            (ann, &long(129), "Ann", "password_too_long"),
            (ann, "administrator", "Ann", "password_too_common"),
            (ann, "password12345", "Ann", "password_too_weak"),
            (ann, "payflow ann 1", "Ann", "password_too_weak"),
            (
                "\u{430}nn@example.com",
                PASSWORD,
                "Ann",
                "email_looks_alike",
            ),
            (ann, "ANN@example.com", "Ann", "password_is_email"),
            (ann, PASSWORD, "", "invalid_name"),
            (ann, PASSWORD, " \u{2003} ", "invalid_name"),
            (ann, PASSWORD, "Ann\u{1b}[31m", "invalid_name"),
            (ann, PASSWORD, "Ann\u{202e}nnA", "invalid_name"),
            (ann, PASSWORD, "Ann\u{200b}", "invalid_name"),
            (ann, PASSWORD, "\u{3164}", "invalid_name"),
            ("\u{115f}@example.com", PASSWORD, "Ann", "invalid_email"),
            (ann, PASSWORD, &long(101), "invalid_name"),
        ] {
            let body = json!({"email": email, "password": password, "name": name});
            let answer = app.post("/api/v1/auth/register", body).await;
            assert_eq!(answer.refusal(), (422, code), "{email:?} {name:?}");
            assert_eq!(answer.body["errors"][0]["code"], code);
        }
        let found = app
            .service
            .user_by_email(OrgId::DEFAULT, "ann@example.com")
            .await
            .unwrap();
        assert_eq!(found, None, "a refusal stores nothing");
    })
    .await;
}

#[tokio::test]
async fn a_malformed_body_is_refused_by_every_endpoint_that_takes_one() {
    on_each_engine(async |app| {
        for path in ["register", "login", "refresh"].map(|name| format!("/api/v1/auth/{name}")) {
            for (body, code) in [
                ("", "malformed_json"),
                ("{", "malformed_json"),
                ("[]", "invalid_value"),
                ("{}", "missing_field"),
                (r#"{"role":"admin"}"#, "unknown_field"),
                (
                    r#"{"refresh_token":"\u0000","email":"\u0000"}"#,
                    "invalid_character",
                ),
            ] {
                let answer = app.post_text(&path, body).await;
                // A logout without a refresh token is one of the session that asks, and here none
                // does.
                let refusal = match (path.ends_with("logout"), code) {
                    (true, "missing_field") => (401, "unauthenticated"),
                    _ => (400, code),
                };
                assert_eq!(answer.refusal(), refusal, "{path} {body}");
            }
            let too_large = format!(r#"{{"email":"{}"}}"#, "x".repeat(300_000));
            assert_eq!(
                app.post_text(&path, too_large).await.refusal(),
                (413, "body_too_large")
            );
            let plain = Request::post(&path).body(Body::from("{}")).unwrap();
            assert_eq!(
                app.send(plain).await.refusal(),
                (415, "unsupported_media_type")
            );
        }
    })
    .await;
}

#[tokio::test]
async fn the_password_is_stored_as_argon2id_with_the_configured_parameters() {
    on_each_engine(async |app| {
        app.registered("ann@example.com").await;
        let rows: Vec<(String,)> = app
            .db
            .fetch_all("SELECT password_hash FROM users", vec![])
            .await
            .unwrap();
        assert_eq!(rows.len(), 1);
        assert!(
            rows[0].0.starts_with("$argon2id$v=19$m=64,t=1,p=1$"),
            "{}",
            rows[0].0
        );
    })
    .await;
}

fn new_user(email: &str, role: Role) -> NewUser {
    NewUser {
        org: OrgId::DEFAULT,
        email: email.to_owned(),
        name: " Olga Operator ".to_owned(),
        password: SecretString::from(PASSWORD),
        role,
    }
}

#[tokio::test]
async fn the_operator_of_the_installation_creates_users_of_every_role() {
    on_each_engine(async |app| {
        for role in Role::ALL {
            let email = format!("{role}@example.com");
            let user = app
                .service
                .create_user(new_user(&email, role))
                .await
                .unwrap();
            assert_eq!((user.role, user.name.as_str()), (role, "Olga Operator"));

            let tokens = app.log_in(&email, PASSWORD).await.tokens();
            let principal = app
                .service
                .authenticate(&tokens.access, &testkit::client())
                .await
                .unwrap();
            assert_eq!(
                (principal.user, principal.role, principal.org),
                (user.id, role, OrgId::DEFAULT)
            );
            assert_eq!(app.me(&tokens.access).await.body["role"], role.as_str());
        }
    })
    .await;
}

#[tokio::test]
async fn a_created_user_obeys_the_rules_of_a_registered_one() {
    on_each_engine(async |app| {
        app.confirmed("ann@example.com").await;
        let taken = app
            .service
            .create_user(new_user("Ann@Example.com", Role::Admin))
            .await;
        assert!(matches!(taken, Err(AccountError::EmailTaken)), "{taken:?}");
        let invalid = app.service.create_user(new_user("ann", Role::Admin)).await;
        assert!(
            matches!(invalid, Err(AccountError::Invalid(Invalid::Email))),
            "{invalid:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn other_services_find_active_users_by_email() {
    on_each_engine(async |app| {
        let access = app.confirmed("Ann@example.com").await.access;
        let id = app.me(&access).await.body["id"].clone();
        let find = async |org, email: &str| app.service.user_by_email(org, email).await.unwrap();
        let found = find(OrgId::DEFAULT, "ANN@example.com").await.unwrap();
        assert_eq!(
            (found.id.to_string(), found.name.as_str()),
            (id.as_str().unwrap().to_owned(), "Ann Example")
        );
        assert_eq!(find(OrgId::DEFAULT, "ann@example.org").await, None);
        assert_eq!(
            find(OrgId(2), "ann@example.com").await,
            None,
            "another organisation's user"
        );
        app.suspend_all().await;
        assert_eq!(find(OrgId::DEFAULT, "ann@example.com").await, None);
    })
    .await;
}

#[tokio::test]
async fn other_services_learn_the_names_of_active_users_who_confirmed_their_email() {
    on_each_engine(async |app| {
        let ann = app.confirmed("ann@example.com").await.access;
        let impostor = app.registered("support@example.com").await.access;
        let mut ids = Vec::new();
        for access in [&ann, &impostor] {
            let id = app.me(access).await.body["id"].clone();
            ids.push(serde_json::from_value(id).unwrap());
        }
        let named = async || app.service.names(OrgId::DEFAULT, &ids).await.unwrap();
        let found: Vec<_> = named().await.into_iter().map(|user| user.id).collect();
        assert_eq!(found, ids[..1]);
        app.suspend_all().await;
        assert_eq!(named().await, []);
        let of_all = app.service.names_for_staff(OrgId::DEFAULT, &ids).await;
        assert_eq!(of_all.unwrap().len(), 2, "operators learn all names");
        let elsewhere = app.service.names_for_staff(OrgId(7), &ids).await;
        assert_eq!(elsewhere.unwrap(), [], "of their own organisation");
    })
    .await;
}

#[test]
fn a_new_password_is_described_in_the_same_words_wherever_one_is_chosen() {
    let api = serde_json::to_value(identity::api()).unwrap();
    let field = |body: &str, name: &str| {
        let schema = &api["components"]["schemas"][body];
        schema["properties"][name].clone()
    };
    let rule = field("RegisterRequest", "password");
    for (body, name) in [
        ("CreateUserRequest", "password"),
        ("FirstAdmin", "password"),
        ("ChangePasswordRequest", "new_password"),
        ("ResetPasswordRequest", "new_password"),
        ("ResetPasswordForm", "new_password"),
    ] {
        assert_eq!(field(body, name), rule, "{body}");
    }
    let text = rule["description"].as_str().unwrap();
    assert!(
        text.contains("12 to 128 characters") && text.contains("password_too_weak"),
        "{text}"
    );
    // No installation asks for fewer, or takes more.
    assert_eq!(
        (&rule["minLength"], &rule["maxLength"]),
        (&json!(8), &json!(1_024))
    );
}
