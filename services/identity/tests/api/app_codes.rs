//! An authenticator app: the secret of a setup, and the codes of the moment. Written apart from the code under test.

use aws_lc_rs::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, sign};
use platform::clock::{Clock, SECOND};
use serde_json::{Value, json};

use crate::support::{App, Tokens};

/// The secret in an app.
#[derive(Clone)]
pub struct AppCodes(Vec<u8>);

impl AppCodes {
    /// Reads a secret as people type it.
    pub fn of(secret: &str) -> Self {
        let (mut bits, mut have, mut bytes) = (0_u32, 0, vec![]);
        for letter in secret.chars() {
            let value = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(letter).unwrap();
            bits = (bits << 5) | u32::try_from(value).unwrap();
            have += 5;
            if have >= 8 {
                have -= 8;
                bytes.push(((bits >> have) & 255) as u8);
            }
        }
        Self(bytes)
    }

    /// The code that the app shows so many steps from now.
    pub fn code(&self, app: &App, steps: i64) -> String {
        let step = app.clock.now().micros() / (30 * SECOND) + steps;
        let key = Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let tag = sign(&key, &step.to_be_bytes());
        let at = usize::from(tag.as_ref()[19] & 15);
        let word = u32::from_be_bytes(tag.as_ref()[at..at + 4].try_into().unwrap());
        format!("{:06}", (word & 0x7fff_ffff) % 1_000_000)
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
        let mut tokens = self.registered(email).await;
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
        tokens.access = enabled.body["access_token"].as_str().unwrap().to_owned();
        self.clock.advance(30 * SECOND);
        Enrolled {
            email: email.to_owned(),
            app,
            recovery_codes: texts(&enabled.body["recovery_codes"]),
            tokens,
        }
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
