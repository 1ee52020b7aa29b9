//! `POST /api/v1/wallets`: a new wallet of the caller's.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::Response;
use payments_core::command::{Actor, NewWallet, Operation};
use payments_core::wallet::WalletView;
use serde::Deserialize;
use utoipa::ToSchema;
use web::extract::Json;
use web::idempotency::RequestKey;
use web::problem::Problem;

use super::docs::IdempotencyKeyHeader;
use super::replies::respond;
use super::{currency, idempotency, label};
use crate::service::Service;

/// A wallet to open.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateWallet {
    /// ISO 4217 code of a currency that can hold a balance.
    #[schema(pattern = "^[A-Z]{3}$", example = "USD")]
    currency: String,
    /// What to call it.
    #[serde(default)]
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
        example = "Holidays"
    )]
    label: Option<String>,
}

/// Open a wallet
///
/// It belongs to the caller and begins empty, with the limits that are configured for its currency.
/// A user may open only so many wallets, closed ones included (409 `too_many_wallets`).
#[utoipa::path(
    post,
    path = "/api/v1/wallets",
    tag = "wallets",
    request_body = CreateWallet,
    params(IdempotencyKeyHeader),
    responses(
        (status = 201, description = "The new wallet.", body = WalletView),
    )
)]
pub(super) async fn create_wallet(
    State(service): State<Arc<Service>>,
    principal: Principal,
    key: RequestKey,
    body: Json<CreateWallet>,
) -> Result<Response, Problem> {
    let key = idempotency(key, &principal, &body.raw);
    let currency = currency(&body.value.currency)?;
    let owner = principal.user.uuid();
    let wallet = NewWallet {
        id: service.ids.next(),
        owner,
        currency,
        label: label(body.value.label)?,
        limits: service.config.limits_for(currency),
        most: Some(service.config.wallets_per_user),
    };
    let operation = Operation::OpenWallet(wallet);
    let answer = service
        .submit(&principal, Actor::User(owner), key, operation)
        .await?;
    Ok(respond(answer))
}
