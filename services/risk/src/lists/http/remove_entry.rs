//! `POST /api/v1/lists/{id}/entries/remove`: a value is not on a list any more. The value is in the
//! body: it may be an e-mail address, and paths are logged.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::{Json, PathId};
use web::problem::Problem;

use crate::lists::ListId;
use crate::service::Service;

/// What to take off a list.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RemoveEntry {
    /// The value.
    #[schema(min_length = 1, max_length = 320, example = "ann@example.com")]
    value: String,
}

/// Take a value off a list
#[utoipa::path(
    post,
    path = "/api/v1/lists/{id}/entries/remove",
    tag = "rules",
    params(("id" = inline(ListId), Path, description = "The list")),
    extensions(("x-idempotency" = json!("A value is removed once: a repetition is refused with 404."))),
    request_body = RemoveEntry,
    responses(
        (status = 204, description = "It is not on it."),
        (status = 403, description = "The role may not, or it is your own id or e-mail (`own_case`)."),
        (status = 404, description = "No such list, or the value is not on it."),
        (status = 422, description = "`invalid_value`.")
    )
)]
pub(crate) async fn remove_entry(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    PathId(id): PathId<ListId>,
    Json { value, .. }: Json<RemoveEntry>,
) -> Result<StatusCode, Problem> {
    let who = (&principal, &client);
    service.remove_entry(who, id, &value.value).await?;
    Ok(StatusCode::NO_CONTENT)
}
