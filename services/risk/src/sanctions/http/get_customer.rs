//! `GET /api/v1/screening/customers/{id}`: with what a customer was last compared.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::identity::UserId;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use values::Timestamp;
use web::extract::PathId;
use web::problem::Problem;

use super::body::MatchBody;
use crate::sanctions::store::matches::Which;
use crate::service::Service;

/// The most matches that are shown of a customer, the newest first.
const MOST: i64 = 100;

/// What a customer came to.
#[derive(Serialize, ToSchema)]
pub(crate) struct ScreenedCustomer {
    /// The customer.
    user: UserId,
    /// Whether they wait to be compared: with other lists, or by another name.
    waiting: bool,
    /// How much they are like the nearest entry, in thousandths; below 500: 0.
    #[schema(minimum = 0, maximum = 1000)]
    score: Option<i64>,
    /// The version of the lists with which they were compared; 0: they wait.
    list_version: i64,
    /// When they were last compared.
    #[schema(value_type = Option<String>, format = DateTime)]
    screened_at: Option<Timestamp>,
    /// When that came to something else than before.
    #[schema(value_type = Option<String>, format = DateTime)]
    changed_at: Option<Timestamp>,
    /// Their matches, the newest first, also those that have ended.
    matches: Vec<MatchBody>,
}

/// Get with what a customer was last compared
#[utoipa::path(
    get,
    path = "/api/v1/screening/customers/{id}",
    tag = "screening",
    params(("id" = inline(UserId), Path, description = "The customer")),
    responses(
        (status = 200, description = "What they came to.", body = ScreenedCustomer),
        (status = 404, description = "No such customer, or risk has not heard of them yet.")
    )
)]
pub(crate) async fn get_screened_customer(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(user): PathId<UserId>,
) -> Result<impl IntoResponse, Problem> {
    let row = service.screening_of(principal.org, user).await?;
    let row = row.ok_or_else(|| Problem::not_found("There is no such customer."))?;
    let which = Which {
        before: Uuid::max(),
        limit: MOST,
        state: None,
        user: Some(user),
    };
    let matches = service.sanctions_matches(principal.org, which).await?;
    let matches = matches.into_iter().map(MatchBody::try_from);
    let newest = service.sanctions.lists().version();
    Ok(axum::Json(ScreenedCustomer {
        user,
        waiting: row.version < newest.max(1),
        score: row.score,
        list_version: row.version,
        screened_at: row.screened_at.map(Timestamp),
        changed_at: row.changed_at.map(Timestamp),
        matches: matches.collect::<Result<_, _>>()?,
    }))
}
