//! `GET /api/v1/auth/oauth/{provider}/callback`: where a provider sends the browser back to.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Response};
use contracts::identity::Factor;
use serde::Deserialize;
use utoipa::IntoParams;
use web::extract::{PathName, Query};
use web::problem::Problem;

use crate::http::bodies::{SignInBody, set_cookies, signed_in};
use crate::login::LoggedIn;
use crate::login::http::device::Device;
use crate::login::second_step::{PendingSignIn, SignIn};
use crate::oidc::http::attempt_cookie;
use crate::oidc::{Completed, ProviderAnswer};
use crate::service::Service;
use crate::sessions::Credentials;

/// What the provider says. It may say more: that is its own business.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OauthCallbackQuery {
    /// What it was sent with.
    #[param(pattern = r"^[^\x00]*$")]
    state: String,
    /// For the exchange.
    #[param(pattern = r"^[^\x00]*$")]
    code: Option<String>,
    /// Why there is no code.
    #[param(pattern = r"^[^\x00]*$")]
    error: Option<String>,
    /// Who it is (RFC 9207).
    #[param(pattern = r"^[^\x00]*$")]
    iss: Option<String>,
}

/// Come back from a provider
///
/// Not to be called, but by the browser that the provider sends back. With `return_to` every end is
/// a redirect there, with `#code=…`, `#signed_in=…`, `#mfa_token=…&methods=…`, `#linked=…` or
/// `#error=…`, the code of what would be the problem otherwise.
#[utoipa::path(
    get,
    path = "/api/v1/auth/oauth/{provider}/callback",
    operation_id = "finish_sign_in",
    tag = "auth",
    params(("provider" = String, Path, description = "Its name"), OauthCallbackQuery),
    responses(
        (status = 200, description = "The user, and the tokens of the new session or its cookie; or the question for a second factor.", body = SignInBody),
        (status = 204, description = "The account is linked."),
        (status = 302, description = "To where the app wants it."),
        (status = 401, description = "`sign_in_refused`: what the provider says does not hold, or the user may not log in."),
        (status = 403, description = "`email_not_verified`, `domain_not_allowed` or `no_account`."),
        (status = 404, description = "There is no such provider."),
        (status = 409, description = "`link_required`: an account here has the e-mail. `linked_elsewhere`, `another_linked`."),
        (status = 422, description = "`sign_in_over` or `sign_in_denied`; `invalid_email`."),
        (status = 429, description = "`too_many_logins`: come again after `Retry-After`."),
        (status = 503, description = "`provider_unavailable`: the provider does not answer.")
    )
)]
pub(crate) async fn oauth_callback(
    State(service): State<Arc<Service>>,
    device: Device,
    headers: HeaderMap,
    PathName(provider): PathName,
    Query(query): Query<OauthCallbackQuery>,
) -> Result<Response, Problem> {
    let tls = service.is_behind_tls();
    let forget = attempt_cookie::forget(&query.state, tls).map_err(|_| Problem::internal())?;
    let answer = ProviderAnswer {
        browser: attempt_cookie::kept(&headers, &query.state, tls),
        state: query.state,
        code: query.code,
        error: query.error,
        issuer: query.iss,
    };
    let led = service.oauth_callback(&provider, &answer, &device.client);
    let (return_to, done) = led.await?;
    let done = done.map_err(Problem::from);
    if let Ok(Completed::SignIn(SignIn::Done(LoggedIn {
        credentials: Credentials::Cookie(_),
        ..
    }))) = &done
    {
        service.end_former_session(&headers, &device.client).await?;
    }
    let begun = matches!(done, Ok(Completed::SignIn(SignIn::Done(_))));
    let response = match return_to {
        Some(to) => redirect(&service, &provider, &to, done)?,
        None => match done {
            Ok(Completed::SignIn(led)) => signed_in(&service, led)?,
            Ok(Completed::Linked | Completed::Code(_)) => StatusCode::NO_CONTENT.into_response(),
            Err(problem) => problem.into_response(),
        },
    };
    let response = if begun {
        device.remember(response)
    } else {
        response
    };
    // Beside the cookies of a session, not in their place.
    Ok((AppendHeaders([(SET_COOKIE, forget)]), response).into_response())
}

/// Sends the browser on, and tells the page there by the fragment, which no server sees, what came
/// of it.
fn redirect(
    service: &Service,
    provider: &str,
    to: &str,
    done: Result<Completed, Problem>,
) -> Result<Response, Problem> {
    let mut cookies = AppendHeaders(vec![]);
    let fragment = match done {
        Ok(Completed::Code(code)) => format!("code={code}"),
        Ok(Completed::Linked) => format!("linked={provider}"),
        Ok(Completed::SignIn(SignIn::Pending(PendingSignIn { mfa_token, methods }))) => {
            let methods: Vec<_> = methods.iter().map(Factor::as_str).collect();
            format!("mfa_token={mfa_token}&methods={}", methods.join(","))
        }
        Ok(Completed::SignIn(SignIn::Done(done))) => match done.credentials {
            Credentials::Cookie(session) => {
                cookies = set_cookies(service, &session)?;
                format!("signed_in={provider}")
            }
            // An app without a cookie always asks for a code.
            Credentials::Tokens(_) => return Err(Problem::internal()),
        },
        Err(problem) => format!("error={}", problem.code),
    };
    let location = [(LOCATION, format!("{to}#{fragment}"))];
    Ok((StatusCode::FOUND, location, cookies).into_response())
}
