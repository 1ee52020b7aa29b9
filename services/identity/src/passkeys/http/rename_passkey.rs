//! `PATCH /api/v1/auth/passkeys/{id}`: one's own passkey has another name.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::ToSchema;
use web::extract::{Json, PathId};
use web::problem::Problem;

use crate::factors::http::factors::PasskeyBody;
use crate::passkeys::passkey::PasskeyId;
use crate::service::Service;

/// Another name.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RenamePasskeyRequest {
    /// What its owner calls it.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
        example = "Phone"
    )]
    name: String,
}

/// Rename a passkey
///
/// Only what its owner calls it changes.
#[utoipa::path(
    patch,
    path = "/api/v1/auth/passkeys/{id}",
    tag = "auth",
    params(("id" = inline(PasskeyId), Path, description = "The passkey")),
    request_body = RenamePasskeyRequest,
    responses(
        (status = 200, description = "The passkey with its new name.", body = PasskeyBody),
        (status = 404, description = "The user has no such passkey."),
        (status = 422, description = "`invalid_name`."),
    )
)]
pub(crate) async fn rename_passkey(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<PasskeyId>,
    Json { value, .. }: Json<RenamePasskeyRequest>,
) -> Result<impl IntoResponse, Problem> {
    let passkey = service.rename_passkey(&principal, id, &value.name).await?;
    Ok(axum::Json(PasskeyBody::from(passkey)))
}
