//! `GET /.well-known/jwks.json`: the public keys, for others who want to verify access tokens
//! themselves.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;

use crate::service::Service;
use crate::sessions::token::PublicKey;

/// Long enough to spare requests, short enough that a new key is known before the old one is gone.
const CACHE: &str = "public, max-age=300";

/// A JSON Web Key Set (RFC 7517, section 5).
#[derive(Serialize, ToSchema)]
pub(crate) struct KeySet {
    /// The newest first.
    keys: Vec<PublicKey>,
}

/// Public keys
///
/// The keys that verify access tokens, as a JSON Web Key Set. A token's header names its key by
/// `kid`. Anyone who verifies tokens alone does not notice a logout before the token expires.
#[utoipa::path(
    get,
    path = "/.well-known/jwks.json",
    tag = "auth",
    responses((status = 200, description = "The keys.", body = KeySet))
)]
pub(crate) async fn get_jwks(State(service): State<Arc<Service>>) -> impl IntoResponse {
    let keys = service.public_keys();
    ([(CACHE_CONTROL, CACHE)], axum::Json(KeySet { keys }))
}
