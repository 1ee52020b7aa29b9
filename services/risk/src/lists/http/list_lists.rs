//! `GET /api/v1/lists`: all lists.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;
use web::problem::Problem;

use super::body::ListBody;
use crate::service::Service;

/// All lists.
#[derive(Serialize, ToSchema)]
pub(crate) struct Lists {
    /// By their names.
    data: Vec<ListBody>,
}

/// List the lists that rules ask about
#[utoipa::path(
    get,
    path = "/api/v1/lists",
    tag = "rules",
    responses((status = 200, description = "All of them, by their names.", body = Lists))
)]
pub(crate) async fn list_lists(
    State(service): State<Arc<Service>>,
    principal: Principal,
) -> Result<impl IntoResponse, Problem> {
    let rows = service.lists(principal.org).await?.into_iter();
    let data = rows.map(ListBody::try_from).collect::<Result<_, _>>()?;
    Ok(axum::Json(Lists { data }))
}
