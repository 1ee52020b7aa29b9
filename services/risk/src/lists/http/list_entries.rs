//! `GET /api/v1/lists/{id}/entries`: what is on a list.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::extract::{PathId, Query};
use web::page;
use web::problem::Problem;

use super::body::EntryBody;
use crate::lists::ListId;
use crate::service::Service;

/// Which page.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListEntries {
    /// How many, at most: 1 to 100, else 20.
    #[serde(default)]
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// Those after this value.
    #[serde(default)]
    #[param(max_length = 320)]
    after: Option<String>,
    /// Those that contain this, whatever the case of letters.
    #[serde(default)]
    #[param(max_length = 320)]
    q: Option<String>,
}

/// A page of values.
#[derive(Serialize, ToSchema)]
pub(crate) struct Entries {
    /// By their letters.
    data: Vec<EntryBody>,
    /// Whether there are more: send the last value as `after`.
    has_more: bool,
}

/// List what is on a list
///
/// By letters. What has expired does not count any more, and is removed after a while.
#[utoipa::path(
    get,
    path = "/api/v1/lists/{id}/entries",
    tag = "rules",
    params(("id" = inline(ListId), Path, description = "The list"), ListEntries),
    responses(
        (status = 200, description = "A page of values.", body = Entries),
        (status = 404, description = "No such list."),
        (status = 422, description = "`limit_out_of_range`: ask for 1 to 100 rows.")
    )
)]
pub(crate) async fn list_entries(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<ListId>,
    Query(query): Query<ListEntries>,
) -> Result<impl IntoResponse, Problem> {
    let limit = page::limit(query.limit)?;
    let rows = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let which = (
        query.after.as_deref().unwrap_or_default(),
        query.q.as_deref().unwrap_or_default(),
    );
    let mut found = service.entries(principal.org, id, which, rows).await?;
    let has_more = found.len() > limit;
    found.truncate(limit);
    let data = found.into_iter().map(EntryBody::from).collect();
    Ok(axum::Json(Entries { data, has_more }))
}
