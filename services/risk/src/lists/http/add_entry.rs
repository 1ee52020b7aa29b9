//! `POST /api/v1/lists/{id}/entries`: a value is on a list.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::ToSchema;
use values::Timestamp;
use web::client::Client;
use web::extract::{Json, PathId};
use web::problem::Problem;

use super::body::EntryBody;
use crate::lists::{ListId, NewEntry};
use crate::service::Service;

/// What to put on a list.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddEntry {
    /// The value: e-mails are compared without case.
    #[schema(min_length = 1, max_length = 320, example = "ann@example.com")]
    value: String,
    /// Why: one line.
    #[serde(default)]
    #[schema(max_length = 500, example = "Checked by hand")]
    note: String,
    /// Until when; left out: for good.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

/// Put a value on a list
///
/// It counts at once. Where it is on it already, note and time are those that are sent.
#[utoipa::path(
    post,
    path = "/api/v1/lists/{id}/entries",
    tag = "rules",
    params(("id" = inline(ListId), Path, description = "The list")),
    extensions(("x-idempotency" = json!("A value is on a list once: a repetition says the same."))),
    request_body = AddEntry,
    responses(
        (status = 200, description = "The value, as it is compared.", body = EntryBody),
        (status = 403, description = "The role may not, or it is your own id or e-mail (`own_case`)."),
        (status = 404, description = "No such list."),
        (status = 409, description = "`too_many`: 10,000 values are on it."),
        (status = 422, description = "`invalid_value`, `invalid_text` or `invalid_expiry`.")
    )
)]
pub(crate) async fn add_entry(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    PathId(id): PathId<ListId>,
    Json { value, .. }: Json<AddEntry>,
) -> Result<impl IntoResponse, Problem> {
    let new = NewEntry {
        value: value.value,
        note: value.note,
        expires_at: value.expires_at,
    };
    let row = service.put_entry((&principal, &client), id, new).await?;
    Ok(axum::Json(EntryBody::from(row)))
}
