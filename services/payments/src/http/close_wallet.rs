//! `POST /api/v1/wallets/{id}/close`: by its owner or an operator.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::Response;
use contracts::payments::WalletId;
use payments_core::command::{Operation, WalletChange};
use payments_core::wallet::WalletView;
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::{Json, OptionalJson, PathId};
use web::idempotency::RequestKey;
use web::problem::Problem;

use super::docs::IdempotencyKeyHeader;
use super::idempotency;
use super::replies::respond;
use crate::service::{Service, wallet_actor};

/// Nothing needs to be said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CloseWallet {}

/// Close a wallet
///
/// For ever, and only at a balance of zero with nothing held or on its way.
#[utoipa::path(
    post,
    path = "/api/v1/wallets/{id}/close",
    tag = "wallets",
    request_body(content = Option<CloseWallet>, content_type = "application/json"),
    params(IdempotencyKeyHeader, ("id" = inline(WalletId), Path, description = "The wallet")),
    responses(
        (status = 200, description = "The wallet, closed.", body = WalletView),
        (status = 404, description = "No such wallet, or not yours."),
        (status = 409, description = "Something is on the wallet, or on its way to or from it (`account_not_empty`), or it is closed already."),
    )
)]
pub(super) async fn close_wallet(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<WalletId>,
    client: Client,
    key: RequestKey,
    OptionalJson(Json { raw, .. }): OptionalJson<Option<CloseWallet>>,
) -> Result<Response, Problem> {
    let actor = wallet_actor(&principal);
    let key = idempotency(key, &principal, &raw);
    let operation = Operation::ChangeWallet {
        wallet: id.uuid(),
        change: WalletChange::Close,
    };
    let answer = service
        .submit_audited((&principal, &client), actor, key, operation)
        .await?;
    Ok(respond(answer))
}
