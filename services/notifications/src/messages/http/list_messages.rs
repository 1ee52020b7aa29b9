//! `GET /api/v1/admin/notifications/messages`: what became of messages.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::events::EventId;
use contracts::identity::UserId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::extract::Query;
use web::page::{self, Page};
use web::problem::Problem;

use super::body::MessageBody;
use crate::messages::state::State as DeliveryState;
use crate::messages::store::{Filter, MOST_EVENTS};
use crate::service::Service;

/// Which messages.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListMessages {
    /// To this user only.
    #[serde(default)]
    #[param(inline)]
    user_id: Option<UserId>,
    /// Of this type only.
    #[serde(default, rename = "type")]
    #[param(max_length = 64, pattern = "^[a-z_]*$", example = "money_received")]
    kind: Option<String>,
    /// That tell of one of these events only, twenty at most, separated by commas. The timeline of
    /// a transaction names its events.
    #[serde(default)]
    #[param(pattern = "^evt_[0-9a-z]{26}(,evt_[0-9a-z]{26}){0,19}$")]
    event_id: Option<String>,
    /// Only those of which this became on a channel.
    #[serde(default)]
    #[param(inline)]
    state: Option<StateName>,
    /// How many, at most: 1 to 100, else 20.
    #[serde(default)]
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    #[serde(default)]
    #[param(pattern = "^c[0-9a-f]{32}$")]
    cursor: Option<String>,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum StateName {
    Queued,
    Sent,
    Delivered,
    Bounced,
    Failed,
    Suppressed,
}

impl From<StateName> for DeliveryState {
    fn from(name: StateName) -> Self {
        match name {
            StateName::Queued => Self::Queued,
            StateName::Sent => Self::Sent,
            StateName::Delivered => Self::Delivered,
            StateName::Bounced => Self::Bounced,
            StateName::Failed => Self::Failed,
            StateName::Suppressed => Self::Suppressed,
        }
    }
}

/// A page of messages.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MessagePage {
    #[serde(flatten)]
    page: Page<MessageBody>,
}

fn events(text: &str) -> Result<Vec<EventId>, Problem> {
    let ids: Result<Vec<EventId>, _> = text.split(',').map(str::parse).collect();
    let ids = ids.ok().filter(|ids| ids.len() <= MOST_EVENTS);
    ids.ok_or_else(|| {
        let detail =
            format!("`event_id` has ids of events, at most {MOST_EVENTS}, with commas between.");
        Problem::malformed("invalid_parameter", detail).for_param("event_id")
    })
}

/// List messages
///
/// What became of the messages of the organisation, the newest first. What they said is not kept.
#[utoipa::path(
    get,
    path = "/api/v1/admin/notifications/messages",
    tag = "notifications",
    params(ListMessages),
    responses(
        (status = 200, description = "A page of messages.", body = MessagePage),
        (status = 422, description = "`limit_out_of_range`: ask for 1 to 100 rows.")
    )
)]
pub(crate) async fn list_messages(
    State(service): State<Arc<Service>>,
    principal: Principal,
    Query(query): Query<ListMessages>,
) -> Result<impl IntoResponse, Problem> {
    let limit = page::limit(query.limit)?;
    let cursor = query.cursor.as_deref().map(page::decode_id_cursor);
    let before = cursor.transpose()?.unwrap_or(Uuid::max());
    let events = query.event_id.as_deref().map(events).transpose()?;
    let filter = Filter {
        events,
        user: query.user_id,
        kind: query.kind,
        state: query.state.map(DeliveryState::from),
    };
    let rows = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let found = service
        .messages(principal.org, &filter, before, rows)
        .await?;
    let page = Page::from_rows_by_id(found, limit, |(message, _)| message.id);
    Ok(axum::Json(MessagePage {
        page: page.map(MessageBody::from),
    }))
}
