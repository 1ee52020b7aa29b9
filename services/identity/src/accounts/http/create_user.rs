//! `POST /api/v1/users`: an administrator makes a user of their organisation.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use contracts::identity::Role;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::Json;
use web::idempotency::{IdempotencyKeyHeader, RequestKey};
use web::problem::Problem;

use crate::accounts::user::{NewUser, User};
use crate::http::bodies::UserBody;
use crate::http::docs::new_password_schema;
use crate::service::Service;
use idempotency::{IdempotentRequest, StoredAnswer};

/// Whom to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateUserRequest {
    /// Compared without case; one user of the organisation has it.
    #[schema(
        max_length = 254,
        pattern = r"^[^\s\x00-\x1f\x7f-\x9f@]+@[^\s\x00-\x1f\x7f-\x9f@.]+(\.[^\s\x00-\x1f\x7f-\x9f@.]+)+$",
        example = "ann@example.com"
    )]
    email: String,
    #[schema(schema_with = new_password_schema)]
    password: String,
    /// Not only spaces.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
        example = "Ann Example"
    )]
    name: String,
    role: Role,
}

/// Create a user
///
/// In the caller's organisation, with any role and a first password for them to change. You vouch
/// for the e-mail: it counts as confirmed. No session begins.
#[utoipa::path(
    post,
    path = "/api/v1/users",
    tag = "users",
    params(IdempotencyKeyHeader),
    request_body = CreateUserRequest,
    responses(
        (status = 201, description = "The user.", body = UserBody),
        (status = 409, description = "`email_taken`: the organisation has a user with this e-mail already."),
        (status = 422, description = "`invalid_email`, `invalid_name`, or what is wrong with `password`; `idempotency_key_reused`."),
        (status = 429, description = "`too_many_logins`: come again after `Retry-After`.")
    )
)]
pub(crate) async fn create_user(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    key: RequestKey,
    Json { value, raw }: Json<CreateUserRequest>,
) -> Result<Response, Problem> {
    service.require_fresh_session(&principal)?;
    let once = IdempotentRequest::new(key, &principal, &raw, |user: &User| {
        StoredAnswer::json(StatusCode::CREATED, &UserBody::from(user.clone()))
    });
    let new = NewUser {
        org: principal.org,
        email: value.email,
        name: value.name,
        password: SecretString::from(value.password),
        role: value.role,
    };
    let work = service.add_user(&principal, new, &client, &once);
    service.answer_once(&once, work).await
}
