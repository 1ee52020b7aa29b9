//! `POST /api/v1/auth/oauth/{provider}/link`: begins to link an account at a provider to one's own.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::extract::{OptionalJson, PathName};
use web::problem::Problem;

use crate::oidc::http::attempt_cookie;
use crate::service::Service;

/// Where the browser goes afterwards.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkProviderRequest {
    /// As for a sign-in. It comes there with `#linked=…` or `#error=…`.
    #[schema(pattern = r"^[^\x00]*$", example = "/profile")]
    return_to: Option<String>,
}

/// Where to go.
#[derive(Serialize, ToSchema)]
pub(crate) struct LinkBegun {
    /// Send the browser there.
    authorization_url: String,
}

/// Link a provider
///
/// Begins to link an account at a provider to your own: send the browser that asks to the address
/// in the answer. The answer sets a cookie, without which the callback links nothing: nobody can
/// have another's account linked to theirs.
#[utoipa::path(
    post,
    path = "/api/v1/auth/oauth/{provider}/link",
    tag = "auth",
    extensions(("x-idempotency" = json!("A repetition begins anew: nothing is linked before the browser comes back, and what is begun expires."))),
    params(("provider" = String, Path, description = "Its name")),
    request_body = Option<LinkProviderRequest>,
    responses(
        (status = 200, description = "Where to go.", body = LinkBegun),
        (status = 404, description = "There is no such provider."),
        (status = 422, description = "`invalid_return_to`."),
        (status = 503, description = "`provider_unavailable`: the provider does not answer.")
    )
)]
pub(crate) async fn link_provider(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathName(provider): PathName,
    OptionalJson(body): OptionalJson<LinkProviderRequest>,
) -> Result<impl IntoResponse, Problem> {
    service.require_fresh_session(&principal)?;
    let begun = service
        .begin_link(&principal, &provider, body.value.return_to)
        .await?;
    let cookie = attempt_cookie::keep(&begun.state, &begun.browser, service.is_behind_tls());
    let cookie = cookie.map_err(|_| Problem::internal())?;
    let authorization_url = begun.url;
    Ok((
        [(SET_COOKIE, cookie)],
        axum::Json(LinkBegun { authorization_url }),
    ))
}
