//! An authenticator app: the secret of a setup, and the codes of the moment.

use platform::clock::Clock;
use serde_json::{Value, json};
use values::SECOND;

use crate::support::{App, Tokens};

/// The secret in an app.
#[derive(Clone)]
pub struct AppCodes(testkit::AppCodes);

impl AppCodes {
    /// Reads a secret as people type it.
    pub fn of(secret: &str) -> Self {
        Self(testkit::AppCodes::of(secret))
    }

    /// The code that the app shows so many steps from now.
    pub fn code(&self, app: &App, steps: i64) -> String {
        self.0.code_at(app.clock.now().plus(steps * 30 * SECOND))
    }

    /// A code that belongs to no step near.
    pub fn wrong_code(&self, app: &App) -> String {
        let near: Vec<_> = (-2..=2).map(|steps| self.code(app, steps)).collect();
        let wrong = ["000000", "111111", "222222", "333333", "444444", "555555"];
        wrong
            .into_iter()
            .find(|code| !near.contains(&(*code).to_owned()))
            .unwrap()
            .to_owned()
    }
}

/// Somebody who is logged in and has an app.
pub struct Enrolled {
    pub email: String,
    pub app: AppCodes,
    pub recovery_codes: Vec<String>,
    /// The access token is the one that knows of the app.
    pub tokens: Tokens,
}

impl App {
    /// Registers somebody and sets an app up for them. The next step of the app has begun then.
    pub async fn enrolled(&self, email: &str) -> Enrolled {
        let tokens = self.confirmed(email).await;
        let (app, tokens, recovery_codes) = self.with_app(tokens).await;
        self.clock.advance(30 * SECOND);
        Enrolled {
            email: email.to_owned(),
            app,
            recovery_codes,
            tokens,
        }
    }

    /// Sets an app up for anyone who has logged in a moment ago: the app, the tokens with an access
    /// token that knows of it, and the recovery codes.
    pub async fn with_app(&self, tokens: Tokens) -> (AppCodes, Tokens, Vec<String>) {
        let setup = self
            .post_as(&tokens.access, "/api/v1/auth/2fa/setup", json!({}))
            .await;
        assert_eq!(setup.status, 200, "{:?}", setup.body);
        let app = AppCodes::of(setup.body["secret"].as_str().unwrap());
        let body = json!({"code": app.code(self, 0)});
        let enabled = self
            .post_as(&tokens.access, "/api/v1/auth/2fa/enable", body)
            .await;
        assert_eq!(enabled.status, 200, "{:?}", enabled.body);
        let access = enabled.body["access_token"].as_str().unwrap().to_owned();
        let codes = texts(&enabled.body["recovery_codes"]);
        (app, Tokens { access, ..tokens }, codes)
    }

    /// New recovery codes of anyone who has shown a second factor a moment ago.
    pub async fn renewed_recovery_codes(&self, access: &str) -> Vec<String> {
        let path = "/api/v1/auth/2fa/recovery-codes";
        let renewed = self.post_as(access, path, json!({})).await;
        assert_eq!(renewed.status, 200, "{:?}", renewed.body);
        texts(&renewed.body["recovery_codes"])
    }

    /// Logs somebody in as far as the question for a second factor.
    pub async fn mfa_token(&self, email: &str) -> String {
        let answer = self.log_in(email, crate::support::PASSWORD).await;
        assert_eq!(
            (answer.status, &answer.body["mfa_required"]),
            (200, &true.into())
        );
        answer.body["mfa_token"].as_str().unwrap().to_owned()
    }

    /// Answers the question with a code.
    pub async fn mfa(&self, mfa_token: &str, code: &str) -> crate::support::Answer {
        let body = json!({"mfa_token": mfa_token, "code": code});
        self.post("/api/v1/auth/mfa", body).await
    }
}

/// A list of texts.
pub fn texts(list: &Value) -> Vec<String> {
    let list = list.as_array().unwrap().iter();
    list.map(|text| text.as_str().unwrap().to_owned()).collect()
}
