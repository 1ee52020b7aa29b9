//! `POST /api/v1/auth/change-password`: a new password, by the current one.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::Response;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::Json;
use web::idempotency::{IdempotencyKeyHeader, RequestKey};
use web::problem::Problem;

use crate::http::docs::new_password_schema;
use crate::passwords::PasswordChange;
use crate::service::Service;
use idempotency::{IdempotentRequest, StoredAnswer};

/// The password that is, and the one that will be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangePasswordRequest {
    #[schema(pattern = r"^[^\x00]*$", example = "correct horse battery staple")]
    current_password: String,
    #[schema(schema_with = new_password_schema)]
    new_password: String,
    /// Whether your API keys end, too. Otherwise they stay valid.
    #[serde(default)]
    #[schema(example = false)]
    revoke_api_keys: bool,
}

/// Change the password
///
/// All other sessions of the user end. API keys stay valid unless `revoke_api_keys` is true. A mail
/// tells the user, and how many API keys are still valid.
#[utoipa::path(
    post,
    path = "/api/v1/auth/change-password",
    tag = "auth",
    params(IdempotencyKeyHeader),
    request_body = ChangePasswordRequest,
    responses(
        (status = 204, description = "The password is the new one."),
        (status = 422, description = "`wrong_password`: not the current one. Or what is wrong with `new_password`. `idempotency_key_reused`."),
        (status = 429, description = "`too_many_logins`: come again after `Retry-After`.")
    )
)]
pub(crate) async fn change_password(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    key: RequestKey,
    Json { value, raw }: Json<ChangePasswordRequest>,
) -> Result<Response, Problem> {
    let once = IdempotentRequest::new(key, &principal, &raw, |()| StoredAnswer::nothing());
    let change = PasswordChange {
        current: SecretString::from(value.current_password),
        new: SecretString::from(value.new_password),
        revoke_api_keys: value.revoke_api_keys,
    };
    let work = service.change_password(&principal, &change, &client, &once);
    service.answer_once(&once, work).await
}
