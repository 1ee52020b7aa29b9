//! `GET /api/v1/kyc/submissions`: the caller's submissions, or all of the organisation.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::identity::{Permission, UserId};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;
use web::extract::Query;
use web::page::{self, Page};
use web::problem::Problem;

use super::body::SummaryBody;
use crate::kyc::submission::Status;
use crate::service::Service;

/// Which submissions.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListSubmissions {
    /// In this state only.
    #[serde(default)]
    #[param(inline)]
    status: Option<Status>,
    /// Of this user only: for operators.
    #[serde(default)]
    #[param(inline)]
    user_id: Option<UserId>,
    /// How many, at most: 1 to 100, else 20.
    #[serde(default)]
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    #[serde(default)]
    cursor: Option<String>,
}

/// List what was sent in to show who somebody is
///
/// Newest first, without details and documents. Users see their own; operators, auditors and
/// administrators all of the organisation.
#[utoipa::path(
    get,
    path = "/api/v1/kyc/submissions",
    tag = "kyc",
    params(ListSubmissions),
    responses(
        (status = 200, description = "A page of submissions.", body = Page<SummaryBody>),
        (status = 422, description = "`limit_out_of_range`: ask for 1 to 100 rows.")
    )
)]
pub(crate) async fn list_submissions(
    State(service): State<Arc<Service>>,
    principal: Principal,
    Query(query): Query<ListSubmissions>,
) -> Result<impl IntoResponse, Problem> {
    let limit = page::limit(query.limit)?;
    let before = query.cursor.as_deref().map(page::decode_id_cursor);
    let before = before.transpose()?.unwrap_or(Uuid::max());
    let rows = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let user = match principal.may(Permission::KycRead) {
        true => query.user_id,
        // Of others nothing is there for them.
        false if query.user_id.is_some_and(|user| user != principal.user) => {
            return Ok(axum::Json(Page::from_rows_by_id(
                Vec::<SummaryBody>::new(),
                limit,
                |_| Uuid::nil(),
            )));
        }
        false => Some(principal.user),
    };
    let whose = (principal.org, user);
    let found = service
        .submissions(whose, query.status, (before, rows))
        .await?;
    let page = Page::from_rows_by_id(found, limit, |it| it.id.uuid());
    Ok(axum::Json(page.map(|it| SummaryBody::from(&it))))
}
