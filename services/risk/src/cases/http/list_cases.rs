//! `GET /api/v1/cases`: the cases of the organisation.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::identity::UserId;
use serde::Deserialize;
use utoipa::IntoParams;
use values::Timestamp;
use web::extract::Query;
use web::page::{self, Page, decode_id_cursor};
use web::problem::Problem;

use super::body::CaseBody;
use crate::cases::queue::{CaseState, Queue};
use crate::cases::store::reading::Filter;
use crate::service::Service;

/// Which cases, and which page.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListCases {
    /// Of this queue.
    #[serde(default)]
    #[param(inline)]
    queue: Option<Queue>,
    /// In this state.
    #[serde(default)]
    #[param(inline)]
    status: Option<CaseState>,
    /// Of this operator.
    #[serde(default)]
    #[param(inline)]
    owner: Option<UserId>,
    /// With at least this priority.
    #[serde(default)]
    #[param(minimum = 0, maximum = 100)]
    min_priority: Option<u32>,
    /// Due before this time.
    #[serde(default)]
    #[param(value_type = Option<String>, format = DateTime)]
    due_before: Option<Timestamp>,
    /// About this: the id of a transaction, for instance.
    #[serde(default)]
    #[param(max_length = 200)]
    subject: Option<String>,
    /// How many, at most: 1 to 100, else 20.
    #[serde(default)]
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[serde(default)]
    cursor: Option<String>,
}

/// List cases
///
/// The most urgent first; of two that are as urgent as one another, the newer.
#[utoipa::path(
    get,
    path = "/api/v1/cases",
    tag = "cases",
    params(ListCases),
    responses(
        (status = 200, description = "A page of cases.", body = Page<CaseBody>),
        (status = 400, description = "`invalid_cursor`."),
        (status = 422, description = "`limit_out_of_range`: ask for 1 to 100 rows.")
    )
)]
pub(crate) async fn list_cases(
    State(service): State<Arc<Service>>,
    principal: Principal,
    Query(query): Query<ListCases>,
) -> Result<impl IntoResponse, Problem> {
    let limit = page::limit(query.limit)?;
    let rows = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let after = query.cursor.as_deref().map(decode_id_cursor).transpose()?;
    let filter = Filter {
        queue: query.queue,
        state: query.status,
        owner: query.owner,
        min_priority: query.min_priority.map_or(0, i64::from),
        due_before: query.due_before,
        subject: query.subject,
    };
    let found = service.cases(principal.org, &filter, (after, rows)).await?;
    let found = found.ok_or_else(page::invalid_cursor)?;
    let page = Page::from_rows_by_id(found, limit, |case| case.row.id);
    Ok(axum::Json(page.map(|case| CaseBody::of(&service, &case))))
}
