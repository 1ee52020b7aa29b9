//! `POST /api/v1/auth/refresh`: new tokens for a session that goes on.

use std::sync::Arc;

use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::ToSchema;
use web::extract::Json;
use web::problem::Problem;

use crate::http::bodies::TokensBody;
use crate::login::http::device::KnownDevice;
use crate::service::Service;

/// Which session goes on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefreshRequest {
    /// The newest refresh token of the session.
    #[schema(pattern = r"^[^\x00]*$")]
    refresh_token: String,
}

/// Refresh tokens
///
/// Exchanges a refresh token for a new pair. Each is good for one exchange: one that is sent a
/// second time ends its session with all of its tokens, because two parties must be holding it (RFC
/// 9700). Where the answer was lost, or two windows ask at once, the same device may send it again
/// within seconds (`identity.refresh_reuse_leeway_s`), as long as the new refresh token was not
/// used: it gets the same one again.
#[utoipa::path(
    post,
    path = "/api/v1/auth/refresh",
    tag = "auth",
    extensions(("x-idempotency" = json!("The answer holds tokens, which are not stored. A refresh token is itself good once; the same device that asks again at once is answered alike."))),
    request_body = RefreshRequest,
    responses(
        (status = 200, description = "The next tokens of the session.", body = TokensBody),
        (status = 401, description = "The token cannot be used, or not any more. Log in again.")
    )
)]
pub(crate) async fn refresh_tokens(
    State(service): State<Arc<Service>>,
    KnownDevice(client): KnownDevice,
    Json { value, .. }: Json<RefreshRequest>,
) -> Result<impl IntoResponse, Problem> {
    let tokens = service.refresh(&value.refresh_token, &client).await?;
    Ok(axum::Json(TokensBody::from(tokens)))
}
