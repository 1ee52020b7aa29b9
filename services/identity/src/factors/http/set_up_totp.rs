//! `POST /api/v1/auth/2fa/setup`: the secret of an authenticator app.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;
use web::problem::Problem;

use crate::factors::TotpSetup;
use crate::service::Service;

/// A secret, to be kept by an app and nobody else.
#[derive(Serialize, ToSchema)]
#[schema(as = TotpSetup)]
pub(crate) struct TotpSetupBody {
    /// As it is typed (base 32).
    secret: String,
    /// As an app on the same device opens it.
    otpauth_uri: String,
    /// As a camera reads it: an SVG picture.
    qr_svg: String,
}

impl From<TotpSetup> for TotpSetupBody {
    fn from(setup: TotpSetup) -> Self {
        Self {
            secret: setup.secret,
            otpauth_uri: setup.otpauth_uri,
            qr_svg: setup.qr_svg,
        }
    }
}

/// Set up an authenticator app
///
/// Makes a secret for the app, in three forms. It is in use once a code of it was sent to
/// `/api/v1/auth/2fa/enable`; until then each call makes another. Needs a login or a step-up of the
/// last five minutes.
#[utoipa::path(
    post,
    path = "/api/v1/auth/2fa/setup",
    tag = "auth",
    extensions(("x-idempotency" = json!("The answer holds a secret, which is not stored where it can be read. A repetition makes another in its place."))),
    responses(
        (status = 200, description = "The secret.", body = TotpSetupBody),
        (status = 409, description = "`totp_in_use`: disable the app first."),
    )
)]
pub(crate) async fn set_up_totp(
    State(service): State<Arc<Service>>,
    principal: Principal,
) -> Result<impl IntoResponse, Problem> {
    service.require_fresh_session(&principal)?;
    let setup = service.set_up_totp(&principal).await?;
    Ok(axum::Json(TotpSetupBody::from(setup)))
}
