//! `POST /api/v1/auth/passkeys`: a new passkey.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::client::Client;
use web::extract::Json;
use web::problem::Problem;
use webauthn_rs::prelude::RegisterPublicKeyCredential;

use crate::factors::http::factors::{PasskeyBody, RenewedBody, renewed};
use crate::service::Service;

/// A browser's answer, and a name for the passkey in it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegisterPasskeyRequest {
    /// What the question came with.
    #[schema(pattern = r"^[^\x00]*$")]
    ceremony: String,
    /// What its owner calls it.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
        example = "Phone"
    )]
    name: String,
    /// What `navigator.credentials.create` answered, as its `toJSON` writes it.
    #[schema(value_type = Object)]
    credential: RegisterPublicKeyCredential,
}

/// A new passkey, and what it brings.
#[derive(Serialize, ToSchema)]
#[schema(as = RegisteredPasskey)]
pub(crate) struct RegisteredPasskeyBody {
    passkey: PasskeyBody,
    /// Where it is the first second factor; to be written down.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    recovery_codes: Vec<String>,
    #[serde(flatten)]
    renewed: RenewedBody,
}

/// Register a passkey
///
/// From then on a login asks for a second factor, and the passkey is one; it also logs in by
/// itself. Where it is the first second factor, ten recovery codes come with it, shown this once.
#[utoipa::path(
    post,
    path = "/api/v1/auth/passkeys",
    tag = "auth",
    extensions(("x-idempotency" = json!("The answer holds recovery codes and a token, which are not stored. A ceremony is good once: a repetition is refused with `invalid_ceremony`."))),
    request_body = RegisterPasskeyRequest,
    responses(
        (status = 201, description = "The passkey, and an access token that knows of it, or for a browser another cookie.", body = RegisteredPasskeyBody),
        (status = 409, description = "`passkey_taken` or `too_many_passkeys`."),
        (status = 422, description = "`invalid_name`, `invalid_ceremony` or `passkey_refused`."),
    )
)]
pub(crate) async fn register_passkey(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    Json { value, .. }: Json<RegisterPasskeyRequest>,
) -> Result<impl IntoResponse, Problem> {
    let session = principal.require_session()?;
    let RegisterPasskeyRequest {
        ceremony,
        name,
        credential,
    } = value;
    let done = service
        .register_passkey(&principal, session, &ceremony, &name, &credential, &client)
        .await?;
    let (cookies, renewed) = renewed(&service, done.renewed)?;
    let body = RegisteredPasskeyBody {
        passkey: done.passkey.into(),
        recovery_codes: done.recovery_codes,
        renewed,
    };
    Ok((StatusCode::CREATED, cookies, axum::Json(body)))
}
