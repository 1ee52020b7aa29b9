//! `GET /api/v1/webhook-endpoints/{id}/deliveries`: what was sent to an endpoint.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::extract::{PathId, Query};
use web::page::{self, Page};
use web::problem::Problem;

use super::body::DeliveryBody;
use crate::service::Service;
use crate::webhooks::endpoint::{Status, WebhookEndpointId};
use crate::webhooks::store::deliveries::Filter;

/// Which deliveries.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListWebhookDeliveries {
    /// Those that stand like this only.
    #[serde(default)]
    #[param(inline)]
    status: Option<DeliveryStatus>,
    /// Of this type of event only.
    #[serde(default, rename = "type")]
    #[param(max_length = 64, pattern = r"^[a-z_.]*$")]
    kind: Option<String>,
    /// How many, at most: 1 to 100, else 20.
    #[serde(default)]
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    #[serde(default)]
    #[param(pattern = "^c[0-9a-f]{32}$")]
    cursor: Option<String>,
}

/// How a delivery stands.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeliveryStatus {
    /// It waits for its next attempt.
    Waiting,
    /// It was taken.
    Delivered,
    /// All attempts failed.
    Failed,
    /// The endpoint was disabled.
    Missed,
}

impl From<DeliveryStatus> for Status {
    fn from(status: DeliveryStatus) -> Self {
        match status {
            DeliveryStatus::Waiting => Self::Waiting,
            DeliveryStatus::Delivered => Self::Delivered,
            DeliveryStatus::Failed => Self::Failed,
            DeliveryStatus::Missed => Self::Missed,
        }
    }
}

/// List deliveries of a webhook endpoint
///
/// What was sent to it and what waits, the newest first, with what came of each attempt. It is kept
/// for 30 days, unless set otherwise.
#[utoipa::path(
    get,
    path = "/api/v1/webhook-endpoints/{id}/deliveries",
    tag = "webhooks",
    params(("id" = inline(WebhookEndpointId), Path, description = "The endpoint"), ListWebhookDeliveries),
    responses(
        (status = 200, description = "A page of deliveries.", body = Page<DeliveryBody>),
        (status = 404, description = "No such endpoint, or not one of yours."),
        (status = 422, description = "`limit_out_of_range`: ask for 1 to 100 rows.")
    )
)]
pub(crate) async fn list_webhook_deliveries(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<WebhookEndpointId>,
    Query(query): Query<ListWebhookDeliveries>,
) -> Result<impl IntoResponse, Problem> {
    let limit = page::limit(query.limit)?;
    let cursor = query.cursor.as_deref().map(page::decode_id_cursor);
    let before = cursor.transpose()?.unwrap_or(Uuid::max());
    let rows = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let filter = Filter {
        status: query.status.map(|status| Status::from(status).as_str()),
        kind: query.kind,
    };
    let webhooks = &service.webhooks;
    let found = webhooks.deliveries(&principal, id, &filter, before, rows);
    let page = Page::from_rows_by_id(found.await?, limit, |delivery| delivery.id.uuid());
    Ok(axum::Json(page.map(DeliveryBody::short)))
}
