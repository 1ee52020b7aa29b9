//! `DELETE /api/v1/lists/{id}`: a list is no more.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::http::StatusCode;
use web::client::Client;
use web::extract::PathId;
use web::problem::Problem;

use crate::lists::ListId;
use crate::service::Service;

/// Remove a list
///
/// With all that is on it. No rule may ask about it, neither in force nor in the draft.
#[utoipa::path(
    delete,
    path = "/api/v1/lists/{id}",
    tag = "rules",
    params(("id" = inline(ListId), Path, description = "The list")),
    responses(
        (status = 204, description = "It is no more."),
        (status = 404, description = "No such list."),
        (status = 409, description = "`list_in_use`: a rule asks about it.")
    )
)]
pub(crate) async fn delete_list(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    PathId(id): PathId<ListId>,
) -> Result<StatusCode, Problem> {
    service.delete_list((&principal, &client), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
