//! `GET /api/v1/screening/matches`: customers who are like somebody on a list.

use std::sync::Arc;

use access::Principal;
use axum::extract::State as Shared;
use axum::response::IntoResponse;
use contracts::identity::UserId;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;
use web::extract::Query;
use web::page::{self, Page};
use web::problem::Problem;

use super::body::{MatchBody, State};
use crate::sanctions::standing::MatchState;
use crate::sanctions::store::matches::Which;
use crate::service::Service;

/// Which matches.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListMatches {
    /// Those in this state.
    #[serde(default)]
    #[param(inline)]
    state: Option<State>,
    /// Those of this customer.
    #[serde(default)]
    user: Option<UserId>,
    /// How many, at most: 1 to 100, else 20.
    #[serde(default)]
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    #[serde(default)]
    cursor: Option<String>,
}

/// List matches of customers with sanctions lists
///
/// The newest first.
#[utoipa::path(
    get,
    path = "/api/v1/screening/matches",
    tag = "screening",
    params(ListMatches),
    responses(
        (status = 200, description = "A page of matches.", body = Page<MatchBody>),
        (status = 400, description = "`invalid_cursor`."),
        (status = 422, description = "`limit_out_of_range`: ask for 1 to 100 rows.")
    )
)]
pub(crate) async fn list_screening_matches(
    Shared(service): Shared<Arc<Service>>,
    principal: Principal,
    Query(query): Query<ListMatches>,
) -> Result<impl IntoResponse, Problem> {
    let limit = page::limit(query.limit)?;
    let before = query.cursor.as_deref().map(page::decode_id_cursor);
    let which = Which {
        before: before.transpose()?.unwrap_or(Uuid::max()),
        limit: i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1),
        state: query.state.map(|state| MatchState::from(state).as_str()),
        user: query.user,
    };
    let rows = service.sanctions_matches(principal.org, which).await?;
    let page = Page::from_rows_by_id(rows, limit, |row| row.id);
    let Page {
        data,
        has_more,
        next_cursor,
    } = page;
    let data = data.into_iter().map(MatchBody::try_from);
    Ok(axum::Json(Page {
        data: data.collect::<Result<Vec<_>, _>>()?,
        has_more,
        next_cursor,
    }))
}
