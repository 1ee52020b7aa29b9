//! `DELETE /api/v1/api-keys/{id}`: the end of a key.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use contracts::identity::ApiKeyId;
use web::client::Client;
use web::extract::PathId;
use web::problem::Problem;

use crate::service::Service;

/// End an API key
///
/// It is refused from now on: at once here, within a second everywhere.
#[utoipa::path(
    delete,
    path = "/api/v1/api-keys/{id}",
    tag = "api keys",
    params(("id" = inline(ApiKeyId), Path, description = "The key's id")),
    responses(
        (status = 204, description = "It has ended."),
        (status = 404, description = "No such key, or not yours.")
    )
)]
pub(crate) async fn delete_api_key(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<ApiKeyId>,
    client: Client,
) -> Result<impl IntoResponse, Problem> {
    service.end_api_key(&principal, id, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
