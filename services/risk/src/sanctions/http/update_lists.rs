//! `POST /api/v1/screening/lists/update`: lists are loaded now.

use std::sync::Arc;

use access::{Principal, STEP_UP_WITHIN};
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::identity::OperatorAction;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::client::Client;
use web::extract::Json;
use web::problem::Problem;

use crate::sanctions::loading::ListUpdate;
use crate::service::Service;

/// Which lists to load.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateLists {
    /// Only this one; left out: all that customers are compared with.
    #[serde(default)]
    #[schema(example = "ofac")]
    list: Option<String>,
    /// Take the list also where more of it is gone than `risk.sanctions.most_lost_percent`. It
    /// needs `list`.
    #[serde(default)]
    accept_loss: bool,
}

/// What the loads came to.
#[derive(Serialize, ToSchema)]
pub(crate) struct Updates {
    /// Of each list.
    data: Vec<Update>,
}

/// What a load came to.
#[derive(Serialize, ToSchema)]
pub(crate) struct Update {
    /// The list.
    list: &'static str,
    /// Whether it was loaded whole; otherwise the one in force stays.
    loaded: bool,
    /// What is in force, or why the load changed nothing.
    detail: String,
}

impl From<ListUpdate> for Update {
    fn from(update: ListUpdate) -> Self {
        let loaded = update.outcome.is_ok();
        Self {
            list: update.list,
            loaded,
            detail: update.outcome.unwrap_or_else(|why| why),
        }
    }
}

/// Load the sanctions lists now
///
/// From the folder or the addresses of the settings. A list comes into force only when it was
/// loaded and read whole; customers are compared with it afterwards, without a pause.
#[utoipa::path(
    post,
    path = "/api/v1/screening/lists/update",
    tag = "screening",
    extensions(("x-idempotency" = json!("A list that is the same as before changes nothing."))),
    request_body = UpdateLists,
    responses(
        (status = 200, description = "What the loads came to.", body = Updates),
        (status = 404, description = "The settings name no such list."),
        (status = 422, description = "`list_needed`: name the list whose loss you accept.")
    )
)]
pub(crate) async fn update_screening_lists(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    Json { value, .. }: Json<UpdateLists>,
) -> Result<impl IntoResponse, Problem> {
    let only = value.list.as_deref();
    if value.accept_loss && only.is_none() {
        let how = "Name the list whose loss you accept.";
        return Err(Problem::refused("list_needed", how).for_param("list"));
    }
    if value.accept_loss {
        principal.require_recent_second_factor(service.clock.now(), STEP_UP_WITHIN)?;
    }
    let mut sources = service.sanctions.sources.iter();
    if only.is_some_and(|name| !sources.any(|it| it.as_str() == name)) {
        return Err(Problem::not_found(
            "The settings (risk.sanctions.lists) name no such list.",
        ));
    }
    let updates = service.update_lists(only, value.accept_loss).await?;
    for update in &updates {
        let action = OperatorAction::SanctionsListLoaded;
        let subject = update.list.to_owned();
        service.record((&principal, &client), action, subject).await;
    }
    let data = updates.into_iter().map(Update::from).collect();
    Ok(axum::Json(Updates { data }))
}
