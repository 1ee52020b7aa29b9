//! `GET /api/v1/auth/oauth/{provider}`: sends a browser to a provider, to come back signed in.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::IntoParams;
use web::extract::{PathName, Query};
use web::problem::Problem;

use crate::http::bodies::SessionKind;
use crate::oidc::SignInOptions;
use crate::oidc::http::attempt_cookie;
use crate::service::Service;

/// Where the browser goes afterwards.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct StartOauthQuery {
    /// A path of this installation, or an address of an origin that the settings list. Without it
    /// the answer of the callback is JSON.
    #[param(pattern = r"^[^\x00]*$", example = "/signed-in")]
    return_to: Option<String>,
    /// The SHA-256 of a random code verifier in base64url (RFC 7636, S256); goes with `return_to`,
    /// for a session of tokens.
    #[param(pattern = r"^[^\x00]*$")]
    code_challenge: Option<String>,
    /// What the new session is shown by.
    #[serde(default)]
    #[param(inline)]
    session: SessionKind,
}

/// Sign in with a provider
///
/// Open it in a browser. It is sent to the provider and comes back to the callback. With
/// `return_to` it ends there, with `#code=…` to be exchanged at `POST /api/v1/auth/oauth/exchange`,
/// or with `#error=…`. With `session=cookie` there is no code: the browser has its cookie by then,
/// and comes with `#signed_in=…`, or with `#mfa_token=…&methods=…` to go on at `/api/v1/auth/mfa`.
#[utoipa::path(
    get,
    path = "/api/v1/auth/oauth/{provider}",
    operation_id = "begin_sign_in",
    tag = "auth",
    params(("provider" = String, Path, description = "Its name"), StartOauthQuery),
    responses(
        (status = 302, description = "To the provider."),
        (status = 404, description = "There is no such provider."),
        (status = 422, description = "`invalid_return_to` or `invalid_code_challenge`."),
        (status = 503, description = "`provider_unavailable`: the provider does not answer.")
    )
)]
pub(crate) async fn start_oauth(
    State(service): State<Arc<Service>>,
    PathName(provider): PathName,
    Query(query): Query<StartOauthQuery>,
) -> Result<impl IntoResponse, Problem> {
    let wish = SignInOptions {
        return_to: query.return_to,
        code_challenge: query.code_challenge,
        carrier: query.session.into(),
    };
    let begun = service.start_oauth(&provider, wish).await?;
    let cookie = attempt_cookie::keep(&begun.state, &begun.browser, service.is_behind_tls());
    let cookie = cookie.map_err(|_| Problem::internal())?;
    Ok((
        StatusCode::FOUND,
        [(LOCATION, begun.url)],
        [(SET_COOKIE, cookie)],
    ))
}
