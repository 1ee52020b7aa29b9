//! `GET /api/v1/conditions`: what operators have said about whom.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::IntoParams;
use web::extract::Query;
use web::page::{self, Page};
use web::problem::Problem;

use super::body::ConditionBody;
use crate::conditions::store::Which;
use crate::service::Service;

/// Which page of which.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListConditions {
    /// About this user, wallet or token.
    #[serde(default)]
    #[param(max_length = 128, example = "usr_01k9z6m3v8e4tb2x7q5n0c1d2f")]
    subject: Option<String>,
    /// Also those that have expired or were ended.
    #[serde(default)]
    all: bool,
    /// How many, at most: 1 to 100, else 20.
    #[serde(default)]
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    #[serde(default)]
    #[param(pattern = "^c[0-9a-f]{16}$")]
    cursor: Option<String>,
}

/// List conditions
///
/// Those that are proposed, begin later or are in force, the newest first.
#[utoipa::path(
    get,
    path = "/api/v1/conditions",
    tag = "rules",
    params(ListConditions),
    responses(
        (status = 200, description = "A page of conditions.", body = Page<ConditionBody>),
        (status = 422, description = "`limit_out_of_range`: ask for 1 to 100 rows.")
    )
)]
pub(crate) async fn list_conditions(
    State(service): State<Arc<Service>>,
    principal: Principal,
    Query(query): Query<ListConditions>,
) -> Result<impl IntoResponse, Problem> {
    let limit = page::limit(query.limit)?;
    let cursor = query.cursor.as_deref().map(page::decode_cursor);
    let before = cursor.transpose()?.unwrap_or(i64::MAX);
    let rows = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let which = Which {
        subject: query.subject.as_deref().unwrap_or_default(),
        all: query.all,
    };
    let found = service.conditions(principal.org, (before, rows), &which);
    let Page {
        data,
        has_more,
        next_cursor,
    } = Page::from_rows(found.await?, limit, |row| row.no);
    let now = service.clock.now();
    let data = data.iter().map(|row| ConditionBody::of(row, now));
    Ok(axum::Json(Page {
        data: data.collect::<Result<Vec<_>, _>>()?,
        has_more,
        next_cursor,
    }))
}
