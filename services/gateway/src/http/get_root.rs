//! `GET /`: what this is and where its documentation is.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::EndpointState;

/// What answers here.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ServiceInfo {
    /// The program.
    #[schema(example = "PayFlow")]
    name: &'static str,
    /// Its version.
    #[schema(example = "0.1.0")]
    version: &'static str,
    /// The path of its documentation.
    #[schema(example = "/api-docs")]
    docs: &'static str,
}

/// What this is
#[utoipa::path(
    get,
    path = "/",
    tag = "service",
    responses((status = 200, description = "The program, its version and its documentation.", body = ServiceInfo))
)]
pub(crate) async fn get_root(State(own): State<Arc<EndpointState>>) -> Json<ServiceInfo> {
    Json(ServiceInfo {
        name: crate::openapi::TITLE,
        version: own.version,
        docs: "/api-docs",
    })
}
