//! `GET /api/v1/rule-drafts`: what somebody works on.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use risk_core::rules::RuleSet;
use risk_core::sentence::{Change, diff};
use serde::Serialize;
use utoipa::ToSchema;
use web::problem::Problem;

use super::body::DraftBody;
use crate::rules::error::RuleError;
use crate::service::Service;

/// The draft.
#[derive(Serialize, ToSchema)]
pub(crate) struct DraftSetBody {
    /// Who changed it.
    #[serde(flatten)]
    draft: DraftBody,
    /// What differs from what is in force.
    changes: Vec<Change>,
    /// The rules.
    rules: RuleSet,
}

/// Get the draft of the rules
///
/// All of it, with what differs from what is in force.
#[utoipa::path(
    get,
    path = "/api/v1/rule-drafts",
    tag = "rules",
    responses(
        (status = 200, description = "The draft.", body = DraftSetBody),
        (status = 404, description = "There is none.")
    )
)]
pub(crate) async fn get_draft(
    State(service): State<Arc<Service>>,
    principal: Principal,
) -> Result<impl IntoResponse, Problem> {
    let rules = service.rules(principal.org, 0).await?;
    let (row, set) = rules.draft.ok_or(RuleError::NoDraft)?;
    Ok(axum::Json(DraftSetBody {
        draft: DraftBody::from(&row),
        changes: diff(&rules.set, &set),
        rules: set,
    }))
}
