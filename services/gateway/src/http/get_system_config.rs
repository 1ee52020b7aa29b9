//! `GET /api/v1/system/config`: the settings in force.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::EndpointState;
use crate::settings::Setting;

/// The settings in force.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SystemConfig {
    /// The version of the program.
    version: &'static str,
    /// All settings, in the order of their names.
    settings: Vec<Setting>,
}

/// The settings in force
///
/// For administrators of the first organisation: what `payflow config print` shows, with the place
/// that each value comes from. Secrets are hidden. They are those that the node which answers has
/// started with: where several nodes run, each has its own.
#[utoipa::path(
    get,
    path = "/api/v1/system/config",
    tag = "operations",
    responses((status = 200, description = "The settings.", body = SystemConfig))
)]
pub(crate) async fn get_system_config(State(own): State<Arc<EndpointState>>) -> Json<SystemConfig> {
    Json(SystemConfig {
        version: own.version,
        settings: own.settings.clone(),
    })
}
