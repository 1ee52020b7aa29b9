//! `GET /api/v1/organisations`: all tenants of the installation.

use std::sync::Arc;

use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::IntoParams;
use web::extract::Query;
use web::page::{self, Page};
use web::problem::Problem;

use crate::http::bodies::OrganisationBody;
use crate::service::Service;

/// Which page.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListOrganisations {
    /// How many rows; 20 where nothing is said.
    #[serde(default)]
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    #[serde(default)]
    #[param(pattern = "^c[0-9a-f]{16}$")]
    cursor: Option<String>,
}

/// List organisations
///
/// The newest first. For administrators of the default organisation.
#[utoipa::path(
    get,
    path = "/api/v1/organisations",
    tag = "organisations",
    params(ListOrganisations),
    responses(
        (status = 200, description = "A page of organisations.", body = Page<OrganisationBody>),
        (status = 422, description = "`limit_out_of_range`: ask for 1 to 100 rows.")
    )
)]
pub(crate) async fn list_organisations(
    State(service): State<Arc<Service>>,
    Query(query): Query<ListOrganisations>,
) -> Result<impl IntoResponse, Problem> {
    let limit = page::limit(query.limit)?;
    let cursor = query.cursor.as_deref().map(page::decode_cursor);
    let before = cursor.transpose()?.unwrap_or(i64::MAX);
    let rows = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let found = service.organisations(before, rows).await?;
    let page = Page::from_rows(found, limit, |organisation| organisation.no.0);
    Ok(axum::Json(page.map(OrganisationBody::from)))
}
