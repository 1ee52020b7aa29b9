//! `GET /api/v1/webhook-endpoints/deliveries`: what was sent of a payment or a wallet, wherever it
//! went.

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

use super::body::DeliveryBody;
use crate::service::Service;

/// Which deliveries.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FindWebhookDeliveries {
    /// The id of what the events are about, such as a transaction.
    #[param(
        max_length = 64,
        pattern = r"^[a-z0-9_]+$",
        example = "txn_01k9zv5rhcfb9s6yvp8g0vq3wb"
    )]
    subject: String,
    /// How many, at most: 1 to 100, else 20.
    #[serde(default)]
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    #[serde(default)]
    #[param(pattern = "^c[0-9a-f]{32}$")]
    cursor: Option<String>,
}

/// Find webhook deliveries
///
/// What was sent of one subject, the newest first, with what came of each attempt: to one's own
/// endpoints; for operators and admins to all of the organisation.
#[utoipa::path(
    get,
    path = "/api/v1/webhook-endpoints/deliveries",
    tag = "webhooks",
    params(FindWebhookDeliveries),
    responses(
        (status = 200, description = "A page of deliveries.", body = Page<DeliveryBody>),
        (status = 422, description = "`limit_out_of_range`: ask for 1 to 100 rows.")
    )
)]
pub(crate) async fn find_webhook_deliveries(
    State(service): State<Arc<Service>>,
    principal: Principal,
    Query(query): Query<FindWebhookDeliveries>,
) -> Result<impl IntoResponse, Problem> {
    let limit = page::limit(query.limit)?;
    let cursor = query.cursor.as_deref().map(page::decode_id_cursor);
    let before = cursor.transpose()?.unwrap_or(Uuid::max());
    let rows = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let webhooks = &service.webhooks;
    let found = webhooks.deliveries_of_subject(&principal, &query.subject, before, rows);
    let page = Page::from_rows_by_id(found.await?, limit, |delivery| delivery.id.uuid());
    Ok(axum::Json(page.map(DeliveryBody::short)))
}
