//! `GET /api/v1/users`: the users of the caller's organisation.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::identity::Role;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa::openapi::{RefOr, Schema};
use uuid::Uuid;
use web::extract::Query;
use web::page::{self, Page};
use web::problem::Problem;

use crate::accounts::administration::UserFilter;
use crate::accounts::user::UserStatus;
use crate::http::bodies::ManagedUserBody;
use crate::http::docs::{IdPageParams, set_schema};
use crate::service::Service;

/// Which users.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListUsers {
    /// A part of the e-mail or of the name, in upper or lower case.
    #[serde(default)]
    #[param(max_length = 254, pattern = r"^[^\x00]*$", example = "ann")]
    q: Option<String>,
    /// With one of these roles only, separated by commas.
    #[serde(default)]
    #[param(schema_with = role_schema, example = "operator,admin")]
    role: Option<String>,
    /// With one of these statuses only, separated by commas.
    #[serde(default)]
    #[param(schema_with = status_schema, example = "suspended")]
    status: Option<String>,
    #[serde(default)]
    #[param(ignore)]
    limit: Option<u32>,
    #[serde(default)]
    #[param(ignore)]
    cursor: Option<String>,
}

fn role_schema() -> RefOr<Schema> {
    set_schema(Role::ALL.map(Role::as_str))
}

fn status_schema() -> RefOr<Schema> {
    set_schema(UserStatus::ALL.map(UserStatus::as_str))
}

/// List users
///
/// All of the organisation, the newest first.
#[utoipa::path(
    get,
    path = "/api/v1/users",
    tag = "users",
    params(ListUsers, IdPageParams),
    responses(
        (status = 200, description = "A page of users.", body = Page<ManagedUserBody>),
        (status = 422, description = "`limit_out_of_range`: ask for 1 to 100 rows.")
    )
)]
pub(crate) async fn list_users(
    State(service): State<Arc<Service>>,
    principal: Principal,
    Query(query): Query<ListUsers>,
) -> Result<impl IntoResponse, Problem> {
    let limit = page::limit(query.limit)?;
    let cursor = query.cursor.as_deref().map(page::decode_id_cursor);
    let before = cursor.transpose()?.unwrap_or(Uuid::max());
    let filter = UserFilter {
        text: query.q.unwrap_or_default(),
        roles: names(query.role.as_deref(), "role", |name| name.parse().ok())?,
        statuses: names(query.status.as_deref(), "status", UserStatus::from_name)?,
    };
    let rows = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let found = service.users(&principal, &filter, before, rows).await?;
    let page = Page::from_rows_by_id(found, limit, |managed| managed.user.id.uuid());
    Ok(axum::Json(page.map(ManagedUserBody::from)))
}

/// A comma-separated set of names.
fn names<T>(
    value: Option<&str>,
    param: &str,
    from_name: impl Fn(&str) -> Option<T>,
) -> Result<Vec<T>, Problem> {
    let one = |name: &str| {
        from_name(name).ok_or_else(|| {
            let detail = format!("There is no {param} `{}`.", name.escape_debug());
            Problem::malformed("invalid_parameter", detail).for_param(param)
        })
    };
    value.map_or(Ok(Vec::new()), |names| names.split(',').map(one).collect())
}
