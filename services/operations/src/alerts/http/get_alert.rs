//! `GET /api/v1/alerts/{id}`: one alert, with all that happened to it.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::operations::AlertId;
use web::extract::PathId;
use web::problem::Problem;

use super::body::{AlertBody, AlertDetail, AlertEntry};
use crate::error::Error;
use crate::service::Service;

/// Get an alert
///
/// With all that happened to it, and how the alerts of its kind stand together.
#[utoipa::path(
    get,
    path = "/api/v1/alerts/{id}",
    tag = "operations",
    params(("id" = inline(AlertId), Path, description = "The alert")),
    responses(
        (status = 200, description = "The alert.", body = AlertDetail),
        (status = 404, description = "No such alert.")
    )
)]
pub(crate) async fn get_alert(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<AlertId>,
) -> Result<impl IntoResponse, Problem> {
    let alert = service.alert(principal.org, id).await?;
    let group = service.group(principal.org, &alert.key.kind).await?;
    let entries = service.timeline(id).await?.into_iter();
    let timeline: Result<Vec<AlertEntry>, Error> = entries.map(AlertEntry::try_from).collect();
    Ok(axum::Json(AlertDetail {
        alert: AlertBody::at(alert, service.clock.now()),
        timeline: timeline?,
        group: group.into(),
    }))
}
