//! `GET /api/v1/rule-snoozes`: which rules are quiet for whom.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;
use web::problem::Problem;

use super::body::SnoozeBody;
use crate::service::Service;

/// All that is quiet.
#[derive(Serialize, ToSchema)]
pub(crate) struct Snoozes {
    /// By rule and customer.
    data: Vec<SnoozeBody>,
}

/// List what is quiet
///
/// Rules that are quiet for a customer, until when and why.
#[utoipa::path(
    get,
    path = "/api/v1/rule-snoozes",
    tag = "rules",
    responses((status = 200, description = "What is quiet.", body = Snoozes))
)]
pub(crate) async fn list_snoozes(
    State(service): State<Arc<Service>>,
    principal: Principal,
) -> Result<impl IntoResponse, Problem> {
    let snoozes = service.snoozes(principal.org).await?;
    let data = snoozes.into_iter().map(SnoozeBody::from).collect();
    Ok(axum::Json(Snoozes { data }))
}
