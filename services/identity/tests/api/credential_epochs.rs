//! What was begun or asked for before an event of the credentials ends with it: every kind of
//! pending thing by every kind of event, and both at the same moment.

use axum::body::Body;
use axum::http::{Request, header};
use contracts::identity::{Contacts, OrgId, Role, UserId};
use db::args;
use serde_json::{Value, json};
use values::SECOND;

use crate::app_codes::AppCodes;
use crate::authenticator::Authenticator;
use crate::fake_browser::{Sent, begin, begin_link, come_back, on_each_engine_with};
use crate::passkeys::{answer, holder};
use crate::support::{Answer, App, Mail, PASSWORD, Tokens, on_each_engine};

const EMAIL: &str = "ann@example.com";
const NEW: &str = "purple velocipede uphill";
const ME: &str = "/api/v1/users/me";
const VERIFY: &str = "/api/v1/auth/verify-email";
const VERIFIER: &str = "a-verifier-that-only-the-app-knows-0123456789";

async fn mails(app: &App) -> Vec<Mail> {
    app.service.carry_out_requests().await.unwrap();
    app.service.deliver_messages().await.unwrap();
    app.inbox.take()
}

/// The token of the link in the newest mail to an address.
async fn token_to(app: &App, address: &str) -> String {
    let sent = mails(app).await;
    let to = sent.iter().rev().filter(|mail| mail.to == address);
    let mut links = to.filter_map(|mail| mail.text.split_once("token="));
    links.next().unwrap().1.lines().next().unwrap().to_owned()
}

async fn ask_for_reset(app: &App) -> String {
    let body = json!({ "email": EMAIL });
    app.post("/api/v1/auth/forgot-password", body).await;
    token_to(app, EMAIL).await
}

async fn reset(app: &App, token: &str) -> Answer {
    let body = json!({"token": token, "new_password": NEW});
    app.post("/api/v1/auth/reset-password", body).await
}

async fn change_password(app: &App, access: &str) -> Answer {
    let body = json!({"current_password": PASSWORD, "new_password": NEW});
    app.post_as(access, "/api/v1/auth/change-password", body)
        .await
}

async fn ask_for_email(app: &App, access: &str) -> Answer {
    let body = json!({"email": "new@example.com", "current_password": PASSWORD});
    app.send_as("PATCH", access, ME, body.to_string()).await
}

async fn follow(app: &App, token: &str) -> Answer {
    app.post(VERIFY, json!({ "token": token })).await
}

/// Everything that somebody may have under way.
struct UnderWay {
    /// Who is asking when the event happens, logged in and stepped up a moment ago.
    laptop: Tokens,
    key: Authenticator,
    phone: Tokens,
    cookie: String,
    mfa_token: String,
    change_link: String,
    reset_link: String,
    linking: Sent,
    ceremony: Value,
    totp: AppCodes,
}

impl UnderWay {
    async fn of(app: &App) -> Self {
        let (mut key, laptop) = holder(app, EMAIL).await;
        let step_up = |assertion| json!({ "passkey": assertion });
        let mfa_token = app.mfa_token(EMAIL).await;
        let shown = answer(app, &mut key).await;
        let body = json!({"mfa_token": mfa_token, "passkey": shown});
        let phone = app.post("/api/v1/auth/mfa", body).await.tokens();
        let cookie = browser(app, &mut key).await;
        mails(app).await;
        assert_eq!(ask_for_email(app, &laptop.access).await.status, 200);
        let change_link = token_to(app, "new@example.com").await;
        let reset_link = ask_for_reset(app).await;
        let body = step_up(answer(app, &mut key).await);
        let fresh = app
            .post_as(&laptop.access, "/api/v1/auth/step-up", body)
            .await;
        let access = fresh.body["access_token"].as_str().unwrap().to_owned();
        let laptop = Tokens { access, ..laptop };
        let path = "/api/v1/auth/2fa/setup";
        let setup = app.post_as(&laptop.access, path, json!({})).await.body;
        let path = "/api/v1/auth/passkeys/registration";
        let asked = app.post_as(&laptop.access, path, json!({})).await.body;
        let credential = Authenticator::new().create(&asked["public_key"]);
        Self {
            linking: begin_link(app, &laptop.access).await,
            mfa_token: app.mfa_token(EMAIL).await,
            totp: AppCodes::of(setup["secret"].as_str().unwrap()),
            ceremony: json!({"ceremony": asked["ceremony"], "name": "Other", "credential": credential}),
            laptop,
            key,
            phone,
            cookie,
            change_link,
            reset_link,
        }
    }

    /// What goes on, by name, of all that was under way. What only a session could complete is
    /// tried with the one that is left.
    async fn going_on(&mut self, app: &App) -> Vec<&'static str> {
        let access = self.laptop.access.clone();
        let enable = json!({"code": self.totp.code(app, 0)});
        let me = Request::get("/api/v1/auth/me")
            .header(header::COOKIE, &self.cookie)
            .body(Body::empty())
            .unwrap();
        let shown = answer(app, &mut self.key).await;
        let mfa = json!({"mfa_token": self.mfa_token, "passkey": shown});
        let statuses = [
            ("access", app.me(&self.phone.access).await),
            ("refresh", app.refresh(&self.phone.refresh).await),
            ("cookie", app.send(me).await),
            ("second factor", app.post("/api/v1/auth/mfa", mfa).await),
            ("linking", come_back(app, &self.linking).await),
            (
                "passkey",
                app.post_as(&access, "/api/v1/auth/passkeys", self.ceremony.clone())
                    .await,
            ),
            (
                "app",
                app.post_as(&access, "/api/v1/auth/2fa/enable", enable)
                    .await,
            ),
            ("reset link", reset(app, &self.reset_link).await),
            ("change link", follow(app, &self.change_link).await),
        ];
        let bad: Vec<_> = statuses
            .iter()
            .filter(|(_, answer)| answer.status >= 500)
            .collect();
        assert!(bad.is_empty(), "{bad:?}");
        let good = statuses.iter().filter(|(_, answer)| answer.status < 300);
        good.map(|(name, _)| *name).collect()
    }
}

/// A browser that is logged in: its cookie.
async fn browser(app: &App, key: &mut Authenticator) -> String {
    let mut body = answer(app, key).await;
    body["session"] = "cookie".into();
    let request = Request::post("/api/v1/auth/passkeys/login")
        .header(header::CONTENT_TYPE, "application/json")
        .header("origin", "http://127.0.0.1:8080")
        .body(Body::from(body.to_string()))
        .unwrap();
    let answer = app.send(request).await;
    let all = answer.headers.get_all(header::SET_COOKIE).into_iter();
    let mut all = all.map(|value| value.to_str().unwrap());
    let session = all
        .find(|cookie| cookie.starts_with("payflow_session="))
        .unwrap();
    session.split(';').next().unwrap().to_owned()
}

/// An event of the credentials.
#[derive(Debug, Clone, Copy)]
enum Event {
    Nothing,
    PasswordChanged,
    PasswordReset,
    OthersLoggedOut,
    AllLoggedOut,
    EndedByAdmin,
    RoleChanged,
    Suspended,
    EmailChanged,
}

impl Event {
    const ALL: [Self; 9] = [
        Self::Nothing,
        Self::PasswordChanged,
        Self::PasswordReset,
        Self::OthersLoggedOut,
        Self::AllLoggedOut,
        Self::EndedByAdmin,
        Self::RoleChanged,
        Self::Suspended,
        Self::EmailChanged,
    ];

    /// What goes on after it.
    fn leaves(self) -> &'static [&'static str] {
        match self {
            // The reset and the change of the e-mail are tried last, and each ends the other.
            Self::Nothing => &[
                "access",
                "refresh",
                "cookie",
                "second factor",
                "linking",
                "passkey",
                "app",
                "reset link",
            ],
            Self::EmailChanged => &["access", "refresh", "cookie"],
            _ => &[],
        }
    }

    async fn happens(self, app: &App, user: &UnderWay, admin: &str) {
        let id = app.me(&user.laptop.access).await.body["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let laptop = &user.laptop.access;
        let sessions = "/api/v1/auth/sessions";
        let of_user = format!("/api/v1/users/{id}");
        let change = async |body: Value| {
            let changed = app
                .send_as("PATCH", admin, &of_user, body.to_string())
                .await;
            assert_eq!(changed.status, 200, "{:?}", changed.body);
        };
        let done = match self {
            Self::Nothing => 204,
            Self::PasswordChanged => change_password(app, laptop).await.status,
            Self::PasswordReset => reset(app, &user.reset_link).await.status,
            Self::OthersLoggedOut => {
                app.send_as("DELETE", laptop, sessions, String::new())
                    .await
                    .status
            }
            Self::AllLoggedOut => {
                let path = format!("{sessions}?all=true");
                app.send_as("DELETE", laptop, &path, String::new())
                    .await
                    .status
            }
            Self::EndedByAdmin => {
                let path = format!("{of_user}/sessions/end");
                let ended = app.post_as(admin, &path, json!({})).await;
                assert_eq!(ended.status, 200, "{:?}", ended.body);
                204
            }
            Self::RoleChanged => {
                change(json!({"role": "merchant"})).await;
                204
            }
            Self::Suspended => {
                change(json!({"status": "suspended", "reason": "a look"})).await;
                change(json!({"status": "active"})).await;
                204
            }
            Self::EmailChanged => follow(app, &user.change_link).await.status,
        };
        assert_eq!(done, 204, "{self:?}");
    }
}

#[tokio::test]
async fn whatever_is_under_way_ends_with_every_event_of_the_credentials() {
    for event in Event::ALL {
        on_each_engine_with(async |app, _fake| {
            let (_, admin) = app.somebody("admin@example.com", Role::Admin).await;
            let mut user = UnderWay::of(&app).await;
            let me = app.me(&user.laptop.access).await.body;
            let id: UserId = me["id"].as_str().unwrap().parse().unwrap();
            // By it other services end what is under way there.
            let epoch = async || {
                let contact = app.service.contact(OrgId::DEFAULT, id).await.unwrap();
                contact.unwrap().credential_epoch
            };
            let before = epoch().await;
            event.happens(&app, &user, &admin).await;
            let is_another = epoch().await != before;
            assert_eq!(is_another, !matches!(event, Event::Nothing), "{event:?}");
            assert_eq!(user.going_on(&app).await, event.leaves(), "{event:?}");
        })
        .await;
    }
}

#[tokio::test]
async fn the_session_that_changes_the_password_goes_on_and_so_does_a_link_that_confirms_the_email()
{
    on_each_engine(async |app| {
        let laptop = app.registered(EMAIL).await;
        let link = token_to(&app, EMAIL).await;
        assert_eq!(change_password(&app, &laptop.access).await.status, 204);
        assert_eq!(app.me(&laptop.access).await.status, 200);
        assert_eq!(app.refresh(&laptop.refresh).await.status, 200);
        assert_eq!(follow(&app, &link).await.status, 204);
        assert_eq!(app.me(&laptop.access).await.body["email_verified"], true);
        let again = json!({"current_password": NEW, "new_password": PASSWORD});
        let path = "/api/v1/auth/change-password";
        assert_eq!(app.post_as(&laptop.access, path, again).await.status, 204);
    })
    .await;
}

#[tokio::test]
async fn a_code_for_an_app_ends_with_the_sessions() {
    on_each_engine_with(async |app, _fake| {
        let challenge = {
            use base64::Engine;
            let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, VERIFIER.as_bytes());
            base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(digest)
        };
        let query = format!("?return_to=https://app.example/in&code_challenge={challenge}");
        let code = async || {
            let answer = come_back(&app, &begin(&app, &query).await).await;
            let location = answer.headers[header::LOCATION].to_str().unwrap();
            location.split_once("#code=").unwrap().1.to_owned()
        };
        let exchange = async |code: &str| {
            let body = json!({"code": code, "code_verifier": VERIFIER});
            app.post("/api/v1/auth/oauth/exchange", body).await
        };
        let first = exchange(&code().await).await.tokens();
        let waiting = code().await;
        let path = "/api/v1/auth/sessions?all=true";
        let ended = app
            .send_as("DELETE", &first.access, path, String::new())
            .await;
        assert_eq!(ended.status, 204);
        assert_eq!(exchange(&waiting).await.refusal(), (401, "sign_in_refused"));
        assert_eq!(exchange(&code().await).await.status, 200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_login_with_the_old_password_that_races_its_end_keeps_no_session() {
    on_each_engine(async |app| {
        app.registered(EMAIL).await;
        let mut old = PASSWORD;
        for round in 0..6 {
            app.clock.advance(61 * SECOND);
            let token = ask_for_reset(&app).await;
            let new = format!("purple velocipede uphill {round}");
            let body = json!({"token": token, "new_password": new});
            let (done, a, b, c, d) = tokio::join!(
                app.post("/api/v1/auth/reset-password", body),
                app.log_in(EMAIL, old),
                app.log_in(EMAIL, old),
                app.log_in(EMAIL, old),
                app.log_in(EMAIL, old)
            );
            assert_eq!(done.status, 204, "{:?}", done.body);
            for login in [a, b, c, d] {
                if login.status == 200 {
                    let tokens = login.tokens();
                    assert_eq!(app.me(&tokens.access).await.status, 401, "round {round}");
                    assert_eq!(app.refresh(&tokens.refresh).await.status, 401);
                } else {
                    assert_eq!(login.refusal(), (401, "invalid_credentials"));
                }
            }
            old = new.leak();
        }
    })
    .await;
}

/// What a request has read and shown before its transaction begins is no more than a claim: the
/// epoch is moved on there, as an event would between the two.
#[tokio::test]
async fn a_session_of_an_earlier_epoch_changes_nothing() {
    on_each_engine(async |app| {
        let tokens = app.confirmed(EMAIL).await;
        let sql =
            "UPDATE users SET credential_epoch = credential_epoch + 1 WHERE email_normalised = $1";
        app.db.execute(sql, args![EMAIL]).await.unwrap();
        assert_eq!(app.refresh(&tokens.refresh).await.status, 401);
        for (method, path, body) in [
            (
                "POST",
                "/api/v1/api-keys",
                json!({"name": "robot", "scopes": ["wallets:own"]}),
            ),
            ("POST", "/api/v1/auth/2fa/setup", json!({})),
            (
                "POST",
                "/api/v1/auth/change-password",
                json!({"current_password": PASSWORD, "new_password": NEW}),
            ),
            (
                "POST",
                "/api/v1/auth/step-up",
                json!({"password": PASSWORD}),
            ),
            ("PATCH", ME, json!({"name": "Eve"})),
            (
                "PATCH",
                ME,
                json!({"email": "eve@example.com", "current_password": PASSWORD}),
            ),
        ] {
            let answer = app
                .send_as(method, &tokens.access, path, body.to_string())
                .await;
            assert_eq!(answer.status, 401, "{method} {path}: {:?}", answer.body);
        }
    })
    .await;
}
