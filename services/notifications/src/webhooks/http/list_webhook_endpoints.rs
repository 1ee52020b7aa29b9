//! `GET /api/v1/webhook-endpoints`: the caller's endpoints.

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

use super::body::EndpointBody;
use crate::service::Service;

/// Which page.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListWebhookEndpoints {
    /// How many, at most: 1 to 100, else 20.
    #[serde(default)]
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    #[serde(default)]
    #[param(pattern = "^c[0-9a-f]{32}$")]
    cursor: Option<String>,
}

/// List webhook endpoints
///
/// Your own, the newest first, without their secrets; with `webhooks:manage` all of the
/// organisation.
#[utoipa::path(
    get,
    path = "/api/v1/webhook-endpoints",
    tag = "webhooks",
    params(ListWebhookEndpoints),
    responses(
        (status = 200, description = "A page of endpoints.", body = Page<EndpointBody>),
        (status = 422, description = "`limit_out_of_range`: ask for 1 to 100 rows.")
    )
)]
pub(crate) async fn list_webhook_endpoints(
    State(service): State<Arc<Service>>,
    principal: Principal,
    Query(query): Query<ListWebhookEndpoints>,
) -> Result<impl IntoResponse, Problem> {
    let limit = page::limit(query.limit)?;
    let cursor = query.cursor.as_deref().map(page::decode_id_cursor);
    let before = cursor.transpose()?.unwrap_or(Uuid::max());
    let rows = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let found = service.webhooks.list(&principal, before, rows).await?;
    let page = Page::from_rows_by_id(found, limit, |endpoint| endpoint.id.uuid());
    Ok(axum::Json(page.map(EndpointBody::from)))
}
