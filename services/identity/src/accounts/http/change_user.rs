//! `PATCH /api/v1/users/{id}`: another role, a suspension or its end.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::identity::{Role, UserId};
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::{Json, PathId};
use web::problem::Problem;

use crate::accounts::managed_user::UserChange;
use crate::accounts::user::UserStatus;
use crate::http::bodies::ManagedUserBody;
use crate::service::Service;

/// What to change; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeUserRequest {
    #[serde(default)]
    role: Option<Role>,
    #[serde(default)]
    status: Option<NewStatus>,
    /// Why, for a suspension: for the audit trail and for other administrators. The user is not
    /// told.
    #[serde(default)]
    #[schema(
        min_length = 1,
        max_length = 500,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
        example = "chargebacks"
    )]
    reason: Option<String>,
}

/// Whether the user may log in.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NewStatus {
    Active,
    Suspended,
}

impl From<NewStatus> for UserStatus {
    fn from(status: NewStatus) -> Self {
        match status {
            NewStatus::Active => Self::Active,
            NewStatus::Suspended => Self::Suspended,
        }
    }
}

/// Change a user
///
/// Sets the role, suspends, or lets in again. A new role or status ends all sessions of the user,
/// and their API keys may no more than the role; while they are suspended, nothing. Nobody changes
/// themselves, so the last administrator stays one.
#[utoipa::path(
    patch,
    path = "/api/v1/users/{id}",
    tag = "users",
    params(("id" = inline(UserId), Path, description = "The user")),
    request_body = ChangeUserRequest,
    responses(
        (status = 200, description = "The user as they are now.", body = ManagedUserBody),
        (status = 404, description = "No such user."),
        (status = 422, description = "`nothing_to_change`, `reason_required` or `own_account`.")
    )
)]
pub(crate) async fn change_user(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<UserId>,
    client: Client,
    Json { value, .. }: Json<ChangeUserRequest>,
) -> Result<impl IntoResponse, Problem> {
    service.require_fresh_session(&principal)?;
    let change = UserChange {
        role: value.role,
        status: value.status.map(UserStatus::from),
        reason: value.reason,
    };
    let changed = service
        .change_user(&principal, id, &change, &client)
        .await?;
    Ok(axum::Json(ManagedUserBody::from(changed)))
}
