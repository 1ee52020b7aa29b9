//! `GET /api/v1/events/stream`: what happens, while it happens.

use std::sync::Arc;

use access::Principal;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;
use web::extract::Query;
use web::problem::Problem;

use super::subscriber::Subscriber;
use super::viewer::Types;
use crate::service::Service;

/// Which events.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct StreamEvents {
    /// Of these types only: names with commas between them, and beginnings such as `transaction.*`.
    #[serde(default)]
    #[param(
        max_length = 2_000,
        pattern = "^[a-z_.*, ]*$",
        example = "transaction.*"
    )]
    types: Option<String>,
    /// As the header `Last-Event-ID`, for clients that cannot send it.
    #[serde(default)]
    #[param(max_length = 500, pattern = "^([a-z_]+:[0-9]+(,[a-z_]+:[0-9]+)*)?$")]
    last_event_id: Option<String>,
}

/// Stream events
///
/// Server-Sent Events, while they happen: those that concern you, and all of the organisation of
/// what you may read all (`transactions:read_all`, `wallets:read_all`, `users:read_all`). Each has
/// its type as `event`, itself as `data`, and an `id`: sent again as `Last-Event-ID`, as browsers
/// do by themselves, it goes on after that event. Where that is too long ago, an event `stream.gap`
/// says what is missing. The stream ends with the session, when your permissions change, and when a
/// client reads too slowly or the server stops: come back then.
#[utoipa::path(
    get,
    path = "/api/v1/events/stream",
    tag = "events",
    params(
        StreamEvents,
        ("Last-Event-ID" = Option<String>, Header, description = "The `id` of the last event that you have received.", max_length = 500),
    ),
    responses(
        (status = 200, description = "The stream; it does not end by itself.", body = String, content_type = "text/event-stream"),
        (status = 422, description = "`unknown_event_type`."),
        (status = 429, description = "`too_many_streams`: close one first. `rate_limited`."),
    )
)]
pub(super) async fn stream_events(
    State(service): State<Arc<Service>>,
    principal: Principal,
    Query(query): Query<StreamEvents>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, _) = request.into_parts();
    let types = Types::parse(query.types.as_deref())?;
    let header = parts.headers.get("last-event-id");
    let header = header.and_then(|value| value.to_str().ok());
    let last = header.or(query.last_event_id.as_deref());
    let last = last.filter(|last| !last.is_empty());
    let opened = Subscriber::open(&service.live, &principal, &parts, types, last).await?;
    let headers = [
        (CONTENT_TYPE, "text/event-stream"),
        (CACHE_CONTROL, "no-store"),
    ];
    // For proxies that would wait for the end.
    let unbuffered = [("x-accel-buffering", "no")];
    Ok((headers, unbuffered, opened.into_body()).into_response())
}
