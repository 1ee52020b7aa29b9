//! `GET /api/v1/notifications`: what the caller was told.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::extract::Query;
use web::page::{self, Page};
use web::problem::Problem;

use super::body::NotificationBody;
use crate::inbox::store::Filter;
use crate::service::Service;

/// Which notifications.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListNotifications {
    /// Unread ones only.
    #[serde(default)]
    unread: Option<bool>,
    /// Of this type only.
    #[serde(default, rename = "type")]
    #[param(max_length = 64, pattern = "^[a-z_]*$", example = "money_received")]
    kind: Option<String>,
    /// About this transaction, wallet, login, API key or account only, by its id.
    #[serde(default)]
    #[param(max_length = 64, pattern = "^[a-z0-9_]*$")]
    subject: Option<String>,
    /// How many, at most: 1 to 100, else 20.
    #[serde(default)]
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    #[serde(default)]
    #[param(pattern = "^c[0-9a-f]{32}$")]
    cursor: Option<String>,
}

/// A page of notifications.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NotificationPage {
    #[serde(flatten)]
    page: Page<NotificationBody>,
    /// How many of all are unread.
    unread: i64,
}

/// List notifications
///
/// What the caller was told, the newest first.
#[utoipa::path(
    get,
    path = "/api/v1/notifications",
    tag = "notifications",
    params(ListNotifications),
    responses(
        (status = 200, description = "A page of notifications.", body = NotificationPage),
        (status = 422, description = "`limit_out_of_range`: ask for 1 to 100 rows.")
    )
)]
pub(crate) async fn list_notifications(
    State(service): State<Arc<Service>>,
    principal: Principal,
    Query(query): Query<ListNotifications>,
) -> Result<impl IntoResponse, Problem> {
    let limit = page::limit(query.limit)?;
    let cursor = query.cursor.as_deref().map(page::decode_id_cursor);
    let before = cursor.transpose()?.unwrap_or(Uuid::max());
    let filter = Filter {
        kind: query.kind,
        subject: query.subject,
        unread_only: query.unread.unwrap_or_default(),
    };
    let rows = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let found = service.notifications(&principal, &filter, before, rows);
    let (found, unread) = found.await?;
    let page = Page::from_rows_by_id(found, limit, |notification| notification.id.uuid());
    Ok(axum::Json(NotificationPage {
        page: page.map(NotificationBody::from),
        unread,
    }))
}
