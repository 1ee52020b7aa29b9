//! `DELETE /api/v1/users/me/push-subscriptions`: a device of the caller takes no push any more.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::Json;
use web::problem::Problem;

use crate::service::Service;

/// Which device. It stands in the body, since anyone who reads it in a log could send to the
/// device.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnsubscribePush {
    /// Its endpoint, as it was subscribed.
    #[schema(
        min_length = 1,
        max_length = 2048,
        pattern = "^https?://[^#]+$",
        example = "https://updates.push.services.mozilla.com/wpush/v2/gAAAAABp"
    )]
    endpoint: String,
}

/// Unsubscribe a device from push
///
/// The caller is told of it by mail. Where it is not subscribed, nothing happens.
#[utoipa::path(
    delete,
    path = "/api/v1/users/me/push-subscriptions",
    tag = "notifications",
    request_body = UnsubscribePush,
    responses((status = 204, description = "It is forgotten."))
)]
pub(crate) async fn unsubscribe_push(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    Json { value, .. }: Json<UnsubscribePush>,
) -> Result<StatusCode, Problem> {
    let who = (&principal, &client);
    if service.push.unsubscribe(who, &value.endpoint).await? {
        service.changed().await;
    }
    Ok(StatusCode::NO_CONTENT)
}
