//! `PATCH /api/v1/users/me`: another name, another e-mail.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::Json;
use web::problem::Problem;

use crate::accounts::profile::ProfileChange;
use crate::http::bodies::UserBody;
use crate::service::Service;

/// What will be otherwise; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateProfileRequest {
    /// Not only spaces.
    #[serde(default)]
    #[schema(max_length = 100, pattern = r"^[^\x00]*$", example = "Ann Example")]
    name: Option<String>,
    /// Another e-mail. Needs `current_password`.
    #[serde(default)]
    #[schema(max_length = 254, pattern = r"^[^\x00]*$", example = "ann@example.org")]
    email: Option<String>,
    #[serde(default)]
    #[schema(pattern = r"^[^\x00]*$", example = "correct horse battery staple")]
    current_password: Option<String>,
}

/// Change the profile
///
/// The name changes at once. The e-mail changes when the link that is mailed to the new address was
/// followed; the old address gets a word, too. Whether somebody has that e-mail already, the answer
/// does not tell.
#[utoipa::path(
    patch,
    path = "/api/v1/users/me",
    tag = "users",
    request_body = UpdateProfileRequest,
    responses(
        (status = 200, description = "The user as they are now.", body = UserBody),
        (status = 422, description = "`invalid_name`, `invalid_email`, `email_looks_alike`, or `wrong_password`: `current_password` is missing or not the password."),
        (status = 429, description = "`too_many_logins`: come again after `Retry-After`.")
    )
)]
pub(crate) async fn update_profile(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    Json { value, .. }: Json<UpdateProfileRequest>,
) -> Result<impl IntoResponse, Problem> {
    let change = ProfileChange {
        name: value.name,
        email: value.email,
        current_password: value.current_password.map(SecretString::from),
    };
    let user = service.update_profile(&principal, change, &client).await?;
    Ok(axum::Json(UserBody::from(user)))
}
