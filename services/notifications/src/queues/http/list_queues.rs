//! `GET /api/v1/admin/queues`: what waits to be handled.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::identity::Permission;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;
use web::extract::Query;
use web::page::{self, Page};
use web::problem::Problem;

use super::body::QueueBody;
use super::{of_installation, problem};
use crate::service::Service;

/// Which page.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQueues {
    /// How many, at most: 1 to 100, else 20.
    #[serde(default)]
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    #[serde(default)]
    #[param(pattern = "^c[0-9a-f]{32}$")]
    cursor: Option<String>,
}

/// List queues
///
/// Each consumer of events, each channel of messages (`messages:email`, `messages:sms`,
/// `messages:push`), and after them each webhook endpoint that is enabled: how much waits, how old
/// the oldest is, how fast it goes. They serve all organisations, so they are for operators of the
/// first one.
#[utoipa::path(
    get,
    path = "/api/v1/admin/queues",
    tag = "operations",
    params(ListQueues),
    responses(
        (status = 200, description = "A page of queues, always in the same order.", body = Page<QueueBody>),
        (status = 422, description = "`limit_out_of_range`: ask for 1 to 100 rows.")
    )
)]
pub(crate) async fn list_queues(
    State(service): State<Arc<Service>>,
    principal: Principal,
    Query(query): Query<ListQueues>,
) -> Result<impl IntoResponse, Problem> {
    of_installation(&principal, Permission::QueuesRead)?;
    let limit = page::limit(query.limit)?;
    let cursor = query.cursor.as_deref().map(page::decode_id_cursor);
    let after = cursor.transpose()?.unwrap_or(Uuid::nil());
    let found = service.queues_after(after, limit + 1).await;
    let page = Page::from_rows_by_id(found.map_err(problem)?, limit, |(place, _)| *place);
    Ok(axum::Json(page.map(|(_, report)| QueueBody::from(report))))
}
