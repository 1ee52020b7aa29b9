//! `GET /api/v1/api-keys`: the caller's API keys.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;
use web::extract::Query;
use web::page::{self, Page};
use web::problem::Problem;

use crate::http::bodies::ApiKeyBody;
use crate::http::docs::IdPageParams;
use crate::service::Service;

/// Which page.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListApiKeys {
    #[serde(default)]
    #[param(ignore)]
    limit: Option<u32>,
    #[serde(default)]
    #[param(ignore)]
    cursor: Option<String>,
}

/// List API keys
///
/// Your own, the newest first, without their secrets. Those that have expired are listed until you
/// end them.
#[utoipa::path(
    get,
    path = "/api/v1/api-keys",
    tag = "api keys",
    params(IdPageParams),
    responses(
        (status = 200, description = "A page of keys.", body = Page<ApiKeyBody>),
        (status = 422, description = "`limit_out_of_range`: ask for 1 to 100 rows.")
    )
)]
pub(crate) async fn list_api_keys(
    State(service): State<Arc<Service>>,
    principal: Principal,
    Query(query): Query<ListApiKeys>,
) -> Result<impl IntoResponse, Problem> {
    let limit = page::limit(query.limit)?;
    let cursor = query.cursor.as_deref().map(page::decode_id_cursor);
    let before = cursor.transpose()?.unwrap_or(Uuid::max());
    let rows = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let found = service.api_keys(&principal, before, rows).await?;
    let page = Page::from_rows_by_id(found, limit, |key| key.id.uuid());
    Ok(axum::Json(page.map(ApiKeyBody::from)))
}
