//! `POST /api/v1/auth/2fa/disable`: an authenticator app is taken out of use.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::Response;
use web::client::Client;
use web::idempotency::{IdempotencyKeyHeader, RequestKey};
use web::problem::Problem;

use crate::service::Service;
use idempotency::{IdempotentRequest, StoredAnswer};

/// Disable the authenticator app
///
/// A login asks for its codes no more. With the last second factor the recovery codes go, too.
/// Needs a second factor shown in the last five minutes.
#[utoipa::path(
    post,
    path = "/api/v1/auth/2fa/disable",
    tag = "auth",
    params(IdempotencyKeyHeader),
    responses(
        (status = 204, description = "The app is out of use."),
        (status = 409, description = "`totp_not_set_up`: there is no app."),
    )
)]
pub(crate) async fn disable_totp(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    key: RequestKey,
) -> Result<Response, Problem> {
    service.require_fresh_session(&principal)?;
    let once = IdempotentRequest::new(key, &principal, b"", |()| StoredAnswer::nothing());
    let work = service.disable_totp(&principal, &client, &once);
    service.answer_once(&once, work).await
}
