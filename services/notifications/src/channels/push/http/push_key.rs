//! `GET /api/v1/notifications/push-key`: the key by which a browser subscribes to push.

use std::sync::Arc;

use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;
use web::problem::Problem;

use crate::service::Service;

/// The key of this installation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PushKey {
    /// The public key (VAPID, RFC 8292): a point of P-256, uncompressed, in base64url. It is
    /// `applicationServerKey` of `PushManager.subscribe()`.
    #[schema(pattern = "^[A-Za-z0-9_-]{87}$")]
    public_key: String,
}

/// Get the key for push
///
/// It stays the same as long as the installation keeps its database.
#[utoipa::path(
    get,
    path = "/api/v1/notifications/push-key",
    tag = "notifications",
    responses((status = 200, description = "The key.", body = PushKey))
)]
pub(crate) async fn get_push_key(
    State(service): State<Arc<Service>>,
) -> Result<impl IntoResponse, Problem> {
    let public_key = service.push.public_key().await?;
    Ok(axum::Json(PushKey { public_key }))
}
