//! `POST /api/v1/alerts/{id}/assign`: who looks after it.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::identity::UserId;
use contracts::operations::AlertId;
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::{Json, PathId};
use web::problem::Problem;

use super::body::AlertBody;
use crate::service::Service;

/// To whom.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AssignAlert {
    /// One of the staff; `null`: nobody.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required)]
    owner: Option<UserId>,
}

/// Assign an alert
#[utoipa::path(
    post,
    path = "/api/v1/alerts/{id}/assign",
    tag = "operations",
    params(("id" = inline(AlertId), Path, description = "The alert")),
    extensions(("x-idempotency" = json!("An alert has one owner: a repetition says the same."))),
    request_body = AssignAlert,
    responses(
        (status = 200, description = "The alert.", body = AlertBody),
        (status = 404, description = "No such alert."),
        (status = 422, description = "`invalid_owner`: it must be an active member of the staff who may manage alerts.")
    )
)]
pub(crate) async fn assign_alert(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    PathId(id): PathId<AlertId>,
    Json { value, .. }: Json<AssignAlert>,
) -> Result<impl IntoResponse, Problem> {
    let of = ((&principal, &client), id);
    let alert = service.assign(of, value.owner).await?;
    Ok(axum::Json(AlertBody::at(alert, service.clock.now())))
}
