//! What the endpoints of second factors take and answer alike.

use axum::http::StatusCode;
use axum::response::AppendHeaders;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use values::Timestamp;
use web::problem::Problem;
use webauthn_rs::prelude::PublicKeyCredential;

use crate::factors::second_factor::{Assertion, FactorProof};
use crate::http::bodies::{SetCookies, set_cookies};
use crate::passkeys::PasskeyChallenge;
use crate::passkeys::passkey::{KnownPasskey, PasskeyId};
use crate::service::Service;
use crate::sessions::Renewed;

/// A browser's answer to the question for a passkey.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PasskeyAnswer)]
pub(crate) struct AssertionBody {
    /// What the question came with.
    #[schema(pattern = r"^[^\x00]*$")]
    ceremony: String,
    /// What `navigator.credentials.get` answered, as its `toJSON` writes it.
    #[schema(value_type = Object)]
    credential: PublicKeyCredential,
}

impl From<AssertionBody> for Assertion {
    fn from(body: AssertionBody) -> Self {
        Self {
            ceremony: body.ceremony,
            credential: body.credential,
        }
    }
}

/// The one second factor of a request.
pub(crate) fn shown(
    code: Option<String>,
    passkey: Option<AssertionBody>,
) -> Result<FactorProof, Problem> {
    match (code, passkey) {
        (Some(code), None) => Ok(FactorProof::Code(SecretString::from(code))),
        (None, Some(passkey)) => Ok(FactorProof::Passkey(passkey.into())),
        _ => Err(one_factor()),
    }
}

/// 422: none, or more than one.
pub(crate) fn one_factor() -> Problem {
    let detail =
        "Send exactly one proof: a `code`, a `passkey`, or where it is taken a `password`.";
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "one_factor", detail)
}

/// An access token that takes the place of the one that was sent.
#[derive(Serialize, ToSchema)]
#[schema(as = AccessToken)]
pub(crate) struct AccessTokenBody {
    /// Send it as `Authorization: Bearer …`.
    access_token: String,
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// Seconds that it lives.
    #[schema(example = 900, minimum = 0)]
    expires_in: i64,
}

/// What takes the place of a browser's cookie and its token.
#[derive(Serialize, ToSchema)]
#[schema(as = RenewedBrowser)]
pub(crate) struct RenewedBrowserBody {
    /// What requests that change something carry as the header `X-CSRF-Token` from now on; also in
    /// the cookie `payflow_csrf`.
    csrf_token: String,
}

/// What shows a session from now on: an access token, or for a browser another cookie.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = Renewed)]
pub(crate) enum RenewedBody {
    Token(AccessTokenBody),
    Cookie(RenewedBrowserBody),
}

/// What a client is given for a session in which a factor was shown.
pub(crate) fn renewed(
    service: &Service,
    renewed: Renewed,
) -> Result<(SetCookies, RenewedBody), Problem> {
    Ok(match renewed {
        Renewed::Token(token) => {
            let body = RenewedBody::Token(AccessTokenBody {
                access_token: token.access_token,
                token_type: "Bearer",
                expires_in: token.expires_in,
            });
            (AppendHeaders(vec![]), body)
        }
        Renewed::Cookie(session) => {
            let csrf_token = session.csrf_token();
            let body = RenewedBody::Cookie(RenewedBrowserBody { csrf_token });
            (set_cookies(service, &session)?, body)
        }
    })
}

/// A question to a browser.
#[derive(Serialize, ToSchema)]
#[schema(as = PasskeyQuestion)]
pub(crate) struct PasskeyChallengeBody {
    /// To be sent with the answer; good once and for five minutes.
    ceremony: String,
    /// The options of Web Authentication, as JSON.
    #[schema(value_type = Object)]
    public_key: Value,
}

impl From<PasskeyChallenge> for PasskeyChallengeBody {
    fn from(asked: PasskeyChallenge) -> Self {
        Self {
            ceremony: asked.ceremony,
            public_key: asked.public_key,
        }
    }
}

/// A passkey, as its owner sees it.
#[derive(Serialize, ToSchema)]
#[schema(as = Passkey)]
pub(crate) struct PasskeyBody {
    id: PasskeyId,
    #[schema(example = "Phone")]
    name: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Not there where it was never used.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used_at: Option<Timestamp>,
}

impl From<KnownPasskey> for PasskeyBody {
    fn from(passkey: KnownPasskey) -> Self {
        Self {
            id: passkey.id,
            name: passkey.name,
            created_at: passkey.created_at,
            last_used_at: passkey.last_used_at,
        }
    }
}
