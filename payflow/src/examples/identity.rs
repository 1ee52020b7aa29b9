//! Examples of logging in, of one's own account, and of what administrators do.

use contracts::identity::UserId;
use serde_json::{Value, json};

use super::{Example, anybody, by, lacks};
use crate::commands::demo::{CAROL, email, password};

/// Hard to guess, as a new password has to be.
const NEW_PASSWORD: &str = "purple velocipede uphill";
const MAILED: &str = "The token comes by mail: put that of the newest link in (`payflow serve` writes mails into `mail` in the data folder).";
const PROVIDER: &str = "Needs a provider in the settings (`[identity.oidc.…]`) and a browser that follows the redirects.";
const BROWSER: &str = "The ceremony and the credential come from a browser with an authenticator.";
const APP: &str =
    "Set an authenticator app up first (`/api/v1/auth/2fa/setup`), and send a code of it.";

/// Of each operation one.
pub fn all() -> Vec<Example> {
    [
        sessions(),
        links(),
        account(),
        factors(),
        elsewhere(),
        administration(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn login(name: &str) -> Value {
    json!({ "email": email(name), "password": password(name) })
}

fn sessions() -> Vec<Example> {
    vec![
        anybody("GET /.well-known/jwks.json"),
        anybody("POST /api/v1/auth/register").body(json!({
            "email": "erin@demo.payflow.example", "name": "Erin Evans", "password": NEW_PASSWORD
        })),
        anybody("POST /api/v1/auth/login")
            .named("A user", login("alice"))
            .named("A merchant", login("shop"))
            .named("An operator", login("operator"))
            .named("An auditor", login("auditor"))
            .named("An administrator", login("admin")),
        lacks(
            "POST /api/v1/auth/refresh",
            "Put the `refresh_token` of a login in.",
        )
        .body(json!({ "refresh_token": "" })),
        lacks(
            "POST /api/v1/auth/mfa",
            "Put the `mfa_token` in that a login with a second factor answers, and a code of the app.",
        )
        .body(json!({ "mfa_token": "", "code": "123456" })),
        by("alice", "POST /api/v1/auth/logout").body(json!({})),
        by("alice", "GET /api/v1/auth/sessions"),
        by("alice", "DELETE /api/v1/auth/sessions"),
        lacks(
            "DELETE /api/v1/auth/sessions/{id}",
            "Put the id of a session in, from `GET /api/v1/auth/sessions`.",
        ),
    ]
}

fn links() -> Vec<Example> {
    let alice = json!({ "email": email("alice") });
    vec![
        anybody("POST /api/v1/auth/forgot-password").body(alice.clone()),
        anybody("POST /api/v1/auth/resend-verification").body(alice),
        lacks("GET /api/v1/auth/verify-email", MAILED),
        lacks("POST /api/v1/auth/verify-email", MAILED).body(json!({ "token": "" })),
        lacks("GET /api/v1/auth/reset-password", MAILED),
        lacks("POST /api/v1/auth/reset-password", MAILED)
            .body(json!({ "token": "", "new_password": NEW_PASSWORD })),
    ]
}

fn account() -> Vec<Example> {
    vec![
        by("alice", "GET /api/v1/auth/me"),
        by("carol", "POST /api/v1/auth/change-password").body(json!({
            "current_password": password("carol"), "new_password": NEW_PASSWORD
        })),
        by("alice", "POST /api/v1/auth/step-up").body(json!({ "password": password("alice") })),
        by("alice", "GET /api/v1/users/me"),
        by("alice", "PATCH /api/v1/users/me").body(json!({ "name": "Alice Adams" })),
        by("dave", "DELETE /api/v1/users/me").body(json!({ "password": password("dave") })),
        by("alice", "GET /api/v1/users/me/preferences"),
        by("alice", "PATCH /api/v1/users/me/preferences")
            .body(json!({ "theme": "dark", "locale": "en-GB", "timezone": "Europe/Berlin" })),
        by("alice", "GET /api/v1/api-keys"),
        by("alice", "POST /api/v1/api-keys")
            .body(json!({ "name": "nightly reports", "scopes": ["wallets:own"] })),
        lacks(
            "DELETE /api/v1/api-keys/{id}",
            "Put the id of a key in, from `GET /api/v1/api-keys`.",
        ),
    ]
}

fn factors() -> Vec<Example> {
    vec![
        by("alice", "GET /api/v1/auth/2fa"),
        by("alice", "POST /api/v1/auth/2fa/setup"),
        lacks("POST /api/v1/auth/2fa/enable", APP).body(json!({ "code": "123456" })),
        lacks("POST /api/v1/auth/2fa/disable", APP),
        lacks("POST /api/v1/auth/2fa/recovery-codes", APP),
        by("alice", "GET /api/v1/auth/passkeys"),
        by("alice", "POST /api/v1/auth/passkeys/registration"),
        lacks("POST /api/v1/auth/passkeys", BROWSER)
            .body(json!({ "ceremony": "", "name": "Phone", "credential": {} })),
        lacks(
            "DELETE /api/v1/auth/passkeys/{id}",
            "Put the id of a passkey in, from `GET /api/v1/auth/passkeys`.",
        ),
        lacks(
            "PATCH /api/v1/auth/passkeys/{id}",
            "Put the id of a passkey in, from `GET /api/v1/auth/passkeys`.",
        )
        .body(json!({ "name": "Phone" })),
        anybody("POST /api/v1/auth/passkeys/challenge"),
        lacks("POST /api/v1/auth/passkeys/login", BROWSER)
            .body(json!({ "ceremony": "", "credential": {} })),
    ]
}

fn elsewhere() -> Vec<Example> {
    vec![
        anybody("GET /api/v1/auth/oauth"),
        lacks("GET /api/v1/auth/oauth/{provider}", PROVIDER).with("provider", "google"),
        lacks("GET /api/v1/auth/oauth/{provider}/callback", PROVIDER).with("provider", "google"),
        lacks("POST /api/v1/auth/oauth/exchange", PROVIDER)
            .body(json!({ "code": "", "code_verifier": "" })),
        lacks("POST /api/v1/auth/oauth/{provider}/link", PROVIDER)
            .with("provider", "google")
            .body(json!({ "return_to": "/profile" })),
        by("alice", "GET /api/v1/auth/linked-accounts"),
        lacks("DELETE /api/v1/auth/linked-accounts/{provider}", PROVIDER)
            .with("provider", "google"),
    ]
}

fn administration() -> Vec<Example> {
    let carol = UserId(CAROL);
    vec![
        by("admin", "GET /api/v1/users")
            .with("q", "a")
            .with("role", "user,merchant")
            .with("status", "active"),
        by("admin", "POST /api/v1/users").body(json!({
            "email": "frank@demo.payflow.example", "name": "Frank Foster", "password": NEW_PASSWORD, "role": "merchant"
        })),
        by("admin", "GET /api/v1/users/{id}").with("id", carol),
        by("admin", "PATCH /api/v1/users/{id}")
            .with("id", carol)
            .body(json!({ "role": "merchant" })),
        by("operator", "GET /api/v1/users/{id}/sessions").with("id", carol),
        by("admin", "POST /api/v1/users/{id}/sessions/end")
            .with("id", carol)
            .body(json!({})),
        by("admin", "GET /api/v1/organisations"),
        by("admin", "POST /api/v1/organisations").body(json!({
            "slug": "acme", "name": "Acme Payments",
            "admin": { "email": "grace@demo.payflow.example", "name": "Grace Green", "password": NEW_PASSWORD }
        })),
        by("auditor", "GET /api/v1/audit"),
        by("operator", "GET /api/v1/system/summary"),
        by("admin", "GET /api/v1/system/config"),
        by("alice", "GET /api/v1/users/me/export"),
    ]
}
