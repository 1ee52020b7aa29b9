//! `POST /api/v1/auth/resend-verification`: another link to confirm an e-mail with.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::Json;
use web::problem::Problem;

use crate::service::Service;

/// Whose account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResendVerificationRequest {
    /// In upper or lower case.
    #[schema(pattern = r"^[^\x00]*$", example = "ann@example.com")]
    email: String,
}

/// Another link to confirm the e-mail
///
/// Mails anyone who has this e-mail, and has not confirmed it, another link; at most one a minute,
/// and only while fewer than five are good. The answer is the same, and as quick, where nobody has
/// it.
#[utoipa::path(
    post,
    path = "/api/v1/auth/resend-verification",
    tag = "auth",
    extensions(("x-idempotency" = json!("A repetition within a minute does nothing: at most one link is mailed a minute, and those that were mailed stay good."))),
    request_body = ResendVerificationRequest,
    responses(
        (status = 202, description = "It was written down; what becomes of it, only a mail tells."),
        (status = 422, description = "`invalid_email` or `email_looks_alike`: no account can have this e-mail.")
    )
)]
pub(crate) async fn resend_verification(
    State(service): State<Arc<Service>>,
    client: Client,
    Json { value, .. }: Json<ResendVerificationRequest>,
) -> Result<impl IntoResponse, Problem> {
    service.resend_verification(&value.email, &client).await?;
    Ok(StatusCode::ACCEPTED)
}
