//! `GET /api/v1/auth/oauth`: whom people may sign in with.

use std::sync::Arc;

use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;

use crate::service::Service;

/// A provider of OpenID Connect.
#[derive(Serialize, ToSchema)]
pub(crate) struct SignInProvider {
    /// As it stands in paths.
    #[schema(example = "google")]
    name: String,
    /// As people call it.
    #[schema(example = "Google")]
    label: String,
}

/// All of them.
#[derive(Serialize, ToSchema)]
pub(crate) struct SignInProviders {
    data: Vec<SignInProvider>,
}

/// List providers
///
/// Whom people may sign in with, in the order of their names. For the buttons of a login page.
#[utoipa::path(
    get,
    path = "/api/v1/auth/oauth",
    tag = "auth",
    responses((status = 200, description = "The providers.", body = SignInProviders))
)]
pub(crate) async fn list_providers(State(service): State<Arc<Service>>) -> impl IntoResponse {
    let provider = |(name, label): (&str, &str)| SignInProvider {
        name: name.to_owned(),
        label: label.to_owned(),
    };
    axum::Json(SignInProviders {
        data: service.providers().map(provider).collect(),
    })
}
