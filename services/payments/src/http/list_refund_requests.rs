//! `GET /api/v1/refund-requests`: payments that a refund was asked for.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::identity::Permission;
use payments_core::refund_request::RefundRequestStatus;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa::openapi::{RefOr, Schema};
use web::extract::Query;
use web::page::{self, Page};
use web::problem::Problem;

use super::docs::{PageParams, set_schema};
use super::{cursor, set};
use crate::counterparty::SeenTransaction;
use crate::service::Service;
use crate::store::Bounds;
use crate::store::lists::asked_to_refund;
use crate::store::transactions::Owned;

/// Which requests.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListRefundRequests {
    /// With one of these statuses only, separated by commas.
    #[serde(default)]
    #[param(schema_with = status_schema, example = "open")]
    status: Option<String>,
    #[serde(default)]
    #[param(ignore)]
    limit: Option<u32>,
    #[serde(default)]
    #[param(ignore)]
    cursor: Option<String>,
}

const STATUSES: [(&str, RefundRequestStatus); 5] = [
    ("open", RefundRequestStatus::Open),
    ("accepted", RefundRequestStatus::Accepted),
    ("declined", RefundRequestStatus::Declined),
    ("withdrawn", RefundRequestStatus::Withdrawn),
    ("expired", RefundRequestStatus::Expired),
];

fn status_schema() -> RefOr<Schema> {
    set_schema(STATUSES.iter().map(|(name, _)| *name))
}

/// List refund requests
///
/// Payments that a refund was asked for, each with its last `refund_request`, the newest payment
/// first. Users see those that they paid or received; operators, auditors and admins all of the
/// organisation. A page may be shorter than `limit`, or empty, and still have a `next_cursor`.
#[utoipa::path(
    get,
    path = "/api/v1/refund-requests",
    tag = "transactions",
    params(ListRefundRequests, PageParams),
    responses(
        (status = 200, description = "A page of payments.", body = Page<SeenTransaction>),
        (status = 422, description = "A limit out of range."),
    )
)]
pub(super) async fn list_refund_requests(
    State(service): State<Arc<Service>>,
    principal: Principal,
    Query(query): Query<ListRefundRequests>,
) -> Result<impl IntoResponse, Problem> {
    let limit = page::limit(query.limit)?;
    let before = cursor(query.cursor.as_deref())?.unwrap_or(i64::MAX);
    let statuses = set(query.status.as_deref(), "status", |name| {
        let known = STATUSES.iter().find(|(known, _)| *known == name)?;
        Some(known.1)
    })?;
    let bounds = Bounds::of_page(limit, service.config.lists.effort);
    let now = service.clock.now();
    let passes = |(record, _): &Owned| {
        let asked = record.row.refund_request().map(|it| it.status_at(now));
        let wanted = |asked| {
            let among = statuses.as_ref();
            among.is_none_or(|statuses| statuses.contains(&asked))
        };
        asked.is_some_and(wanted)
    };
    let sees_all = principal.may(Permission::TransactionsReadAll);
    let owner = (!sees_all).then(|| principal.user.uuid());
    let whose = (principal.org.0, owner);
    let found = asked_to_refund(&service.db, whose, before, bounds, passes).await?;
    let page = Page::from_rows(found.rows, limit, |(record, _)| record.row.no.cast_signed())
        .or_from(found.floor);
    Ok(axum::Json(Page {
        data: service.seen(&principal, page.data).await,
        has_more: page.has_more,
        next_cursor: page.next_cursor,
    }))
}
