//! `GET /api/v1/recipients`: who would receive what is sent to an e-mail.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use http::StatusCode;
use money::Currency;
use serde::Deserialize;
use utoipa::IntoParams;
use web::extract::Query;
use web::problem::Problem;

use super::{currency, text};
use crate::recipients::Recipient;
use crate::service::Service;

/// Whom to look for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct FindRecipient {
    /// The whole e-mail, in upper or lower case.
    #[param(
        min_length = 1,
        max_length = 254,
        pattern = r"^[^\x00-\x09\x0b-\x1f\x7f-\x9f]*[^\s\x00-\x09\x0b-\x1f\x7f-\x9f][^\x00-\x09\x0b-\x1f\x7f-\x9f]*$",
        example = "bob@demo.payflow.example"
    )]
    email: String,
    /// The ISO 4217 code of what is to be sent.
    #[param(pattern = "^[A-Z]{3}$", example = "USD")]
    currency: String,
}

/// Find a recipient
///
/// The oldest active wallet in this currency of the user with exactly this e-mail, where they have
/// confirmed it. How often a user may ask is limited.
#[utoipa::path(
    get,
    path = "/api/v1/recipients",
    tag = "wallets",
    params(FindRecipient),
    responses(
        (status = 200, description = "Who would receive.", body = Recipient),
        (status = 404, description = "Nobody would."),
        (status = 422, description = "An unknown currency, or no e-mail."),
        (status = 429, description = "Asked too often; come again after `Retry-After`."),
    )
)]
pub(super) async fn find_recipient(
    State(service): State<Arc<Service>>,
    principal: Principal,
    Query(query): Query<FindRecipient>,
) -> Result<impl IntoResponse, Problem> {
    let currency = currency(&query.currency)?;
    let email = text(Some(query.email), "email", 1, 254)?.unwrap_or_default();
    service.lookups.take(principal.user).await?;
    let found = service.recipient(principal.org, &email, currency).await?;
    let recipient = found.ok_or_else(|| recipient_not_found(currency, "email"))?;
    Ok(axum::Json(recipient))
}

/// 404 for an e-mail that belongs to nobody who could receive.
pub(super) fn recipient_not_found(currency: Currency, param: &str) -> Problem {
    let detail = format!(
        "Nobody who has confirmed this e-mail has an open {} wallet.",
        currency.code()
    );
    Problem::new(StatusCode::NOT_FOUND, "recipient_not_found", detail).for_param(param)
}
