//! `POST /api/v1/wallets/{id}/freeze`: by an operator.

use access::Principal;
use axum::extract::State;
use axum::response::Response;
use contracts::payments::WalletId;
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::{Json, OptionalJson, PathId};
use web::idempotency::RequestKey;
use web::problem::Problem;

use super::docs::IdempotencyKeyHeader;
use super::{idempotency, respond, text};
use crate::command::{Act, Actor, WalletChange};
use crate::service::Service;
use crate::wallet::WalletView;

/// Why.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FreezeWallet {
    /// For the wallet's timeline.
    #[serde(default)]
    #[schema(
        min_length = 1,
        max_length = 500,
        pattern = r"^[^\x00-\x09\x0b-\x1f\x7f-\x9f]*$"
    )]
    reason: Option<String>,
}

/// Freeze a wallet
///
/// It sends nothing any more and takes no new transactions. What is on its way still arrives, and what it holds for a payment
/// can still be captured.
#[utoipa::path(
    post,
    path = "/api/v1/wallets/{id}/freeze",
    tag = "wallets",
    request_body(content = Option<FreezeWallet>, content_type = "application/json"),
    params(IdempotencyKeyHeader, ("id" = inline(WalletId), Path, description = "The wallet")),
    responses(
        (status = 200, description = "The wallet, frozen.", body = WalletView),
        (status = 404, description = "No such wallet."),
        (status = 409, description = "The wallet is closed."),
    )
)]
pub(super) async fn freeze_wallet(
    State(service): State<Service>,
    principal: Principal,
    PathId(id): PathId<WalletId>,
    client: Client,
    key: RequestKey,
    OptionalJson(Json { value, raw }): OptionalJson<Option<FreezeWallet>>,
) -> Result<Response, Problem> {
    let value = value.unwrap_or_default();
    let key = idempotency(key, &principal, &raw);
    let reason = text(value.reason, "reason", 1, 500)?;
    let act = Act::ChangeWallet {
        wallet: id.uuid(),
        change: WalletChange::Freeze { reason },
    };
    let actor = Actor::Operator(principal.user.uuid());
    let answer = service
        .submit_told((&principal, &client), actor, key, act)
        .await?;
    Ok(respond(answer))
}
