//! `GET /api/v1/rule-sets`: the versions of the rules.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::IntoParams;
use web::extract::Query;
use web::page::{self, Page};
use web::problem::Problem;

use super::body::VersionBody;
use crate::service::Service;

/// Which page.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListRuleSets {
    /// How many, at most: 1 to 100, else 20.
    #[serde(default)]
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    #[serde(default)]
    #[param(pattern = "^c[0-9a-f]{16}$")]
    cursor: Option<String>,
}

/// List the versions of the rules
///
/// The newest first: that one is in force.
#[utoipa::path(
    get,
    path = "/api/v1/rule-sets",
    tag = "rules",
    params(ListRuleSets),
    responses(
        (status = 200, description = "A page of versions.", body = Page<VersionBody>),
        (status = 422, description = "`limit_out_of_range`: ask for 1 to 100 rows.")
    )
)]
pub(crate) async fn list_rule_sets(
    State(service): State<Arc<Service>>,
    principal: Principal,
    Query(query): Query<ListRuleSets>,
) -> Result<impl IntoResponse, Problem> {
    let limit = page::limit(query.limit)?;
    let cursor = query.cursor.as_deref().map(page::decode_cursor);
    let before = cursor.transpose()?.unwrap_or(i64::MAX);
    let rows = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let found = service.versions(principal.org, before, rows).await?;
    let page = Page::from_rows(found, limit, |row| row.version);
    Ok(axum::Json(page.map(|row| VersionBody::from(&row))))
}
