//! `GET /api/v1/alerts`: what operators are alerted of.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::identity::UserId;
use contracts::operations::Severity;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::extract::Query;
use web::page::{self, Page};
use web::problem::Problem;

use super::body::AlertBody;
use crate::alerts::states::Status;
use crate::alerts::store::Filter;
use crate::service::Service;

/// Which alerts.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListAlerts {
    /// Only those that are so bad.
    #[serde(default)]
    #[param(inline)]
    severity: Option<Severity>,
    /// Only those that are there; else those that are not resolved.
    #[serde(default)]
    #[param(inline)]
    status: Option<StatusName>,
    /// Of this kind only.
    #[serde(default)]
    #[param(max_length = 64, pattern = "^[a-z_]*$", example = "queue_age")]
    kind: Option<String>,
    /// Only those that this user looks after.
    #[serde(default)]
    #[param(inline)]
    owner: Option<UserId>,
    /// How many, at most: 1 to 100, else 20.
    #[serde(default)]
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    #[serde(default)]
    #[param(pattern = "^c[0-9a-f]{32}$")]
    cursor: Option<String>,
}

/// Where alerts are.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum StatusName {
    Open,
    Acknowledged,
    Resolved,
    /// Open or acknowledged.
    Unresolved,
    /// All.
    Any,
}

impl StatusName {
    const fn status(self) -> Option<Status> {
        match self {
            Self::Open => Some(Status::Open),
            Self::Acknowledged => Some(Status::Acknowledged),
            Self::Resolved => Some(Status::Resolved),
            Self::Unresolved | Self::Any => None,
        }
    }
}

/// List alerts
///
/// Of the organisation, the newest first: those that are not resolved, where `status` says nothing
/// else. What is of the whole installation is in the first organisation.
#[utoipa::path(
    get,
    path = "/api/v1/alerts",
    tag = "operations",
    params(ListAlerts),
    responses(
        (status = 200, description = "A page of alerts.", body = Page<AlertBody>),
        (status = 422, description = "`limit_out_of_range`: ask for 1 to 100 rows.")
    )
)]
pub(crate) async fn list_alerts(
    State(service): State<Arc<Service>>,
    principal: Principal,
    Query(query): Query<ListAlerts>,
) -> Result<impl IntoResponse, Problem> {
    let limit = page::limit(query.limit)?;
    let cursor = query.cursor.as_deref().map(page::decode_id_cursor);
    let before = cursor.transpose()?.unwrap_or(Uuid::max());
    let filter = Filter {
        is_any: matches!(query.status, Some(StatusName::Any)),
        status: query.status.and_then(StatusName::status),
        severity: query.severity,
        kind: query.kind,
        owner: query.owner,
    };
    let rows = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let found = service.alerts(principal.org, &filter, before, rows).await?;
    let page = Page::from_rows_by_id(found, limit, |alert| alert.id.uuid());
    let now = service.clock.now();
    Ok(axum::Json(page.map(|alert| AlertBody::at(alert, now))))
}
