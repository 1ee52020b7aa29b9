//! `POST /api/v1/wallets/{id}/freeze` and `…/unfreeze`: by its owner or an operator.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::Response;
use contracts::identity::Permission;
use contracts::payments::WalletId;
use payments_core::command::{IdempotencyKey, Operation, WalletChange};
use payments_core::wallet::WalletView;
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::{Json, OptionalJson, PathId};
use web::idempotency::RequestKey;
use web::problem::Problem;

use super::docs::IdempotencyKeyHeader;
use super::replies::respond;
use super::{idempotency, text};
use crate::service::{Service, wallet_actor};

/// Why.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FreezeWallet {
    /// For the wallet's timeline.
    #[serde(default)]
    #[schema(
        min_length = 1,
        max_length = 500,
        pattern = r"^[^\x00-\x09\x0b-\x1f\x7f-\x9f]*[^\s\x00-\x09\x0b-\x1f\x7f-\x9f][^\x00-\x09\x0b-\x1f\x7f-\x9f]*$"
    )]
    reason: Option<String>,
}

/// Why.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UnfreezeWallet {
    /// For the wallet's timeline.
    #[serde(default)]
    #[schema(
        min_length = 1,
        max_length = 500,
        pattern = r"^[^\x00-\x09\x0b-\x1f\x7f-\x9f]*[^\s\x00-\x09\x0b-\x1f\x7f-\x9f][^\x00-\x09\x0b-\x1f\x7f-\x9f]*$"
    )]
    reason: Option<String>,
}

/// Freeze a wallet
///
/// By its owner or an operator. It sends nothing any more and takes no new transactions. What is on
/// its way still arrives, and what it holds for a payment can still be captured. What an operator
/// has frozen, only operators unfreeze; its owner may freeze it, too.
#[utoipa::path(
    post,
    path = "/api/v1/wallets/{id}/freeze",
    tag = "wallets",
    request_body(content = Option<FreezeWallet>, content_type = "application/json"),
    params(IdempotencyKeyHeader, ("id" = inline(WalletId), Path, description = "The wallet")),
    responses(
        (status = 200, description = "The wallet, frozen.", body = WalletView),
        (status = 404, description = "No such wallet, or not yours."),
        (status = 409, description = "The wallet is closed."),
    )
)]
pub(super) async fn freeze_wallet(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<WalletId>,
    client: Client,
    key: RequestKey,
    OptionalJson(Json { value, raw }): OptionalJson<Option<FreezeWallet>>,
) -> Result<Response, Problem> {
    let key = idempotency(key, &principal, &raw);
    let reason = text(value.unwrap_or_default().reason, "reason", 1, 500)?;
    let change = WalletChange::Freeze { reason };
    change_wallet(&service, (&principal, &client), id, key, change).await
}

/// Unfreeze a wallet
///
/// It sends and receives again once neither side keeps it frozen. An owner lets their own freeze
/// go, in a login and after a fresh proof of who they are. Operators let an operator's go; where
/// there is none, the owner's, for an owner who has lost their access.
#[utoipa::path(
    post,
    path = "/api/v1/wallets/{id}/unfreeze",
    tag = "wallets",
    request_body(content = Option<UnfreezeWallet>, content_type = "application/json"),
    params(IdempotencyKeyHeader, ("id" = inline(WalletId), Path, description = "The wallet")),
    responses(
        (status = 200, description = "The wallet: active, or still `frozen` by the other side (`frozen_by`).", body = WalletView),
        (status = 404, description = "No such wallet, or not yours."),
        (status = 409, description = "The wallet is closed, or only an operator has frozen it (`frozen_by_operator`)."),
    )
)]
pub(super) async fn unfreeze_wallet(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<WalletId>,
    client: Client,
    key: RequestKey,
    OptionalJson(Json { value, raw }): OptionalJson<Option<UnfreezeWallet>>,
) -> Result<Response, Problem> {
    service.require_step_up(&principal)?;
    if !principal.may(Permission::WalletsFreeze) {
        service.visible_wallet(&principal, id, "id").await?;
        // Anyone who finds a key of the owner's must not undo what the owner did against them.
        principal.require_session()?;
    }
    let key = idempotency(key, &principal, &raw);
    let reason = text(value.unwrap_or_default().reason, "reason", 1, 500)?;
    let change = WalletChange::Unfreeze { reason };
    change_wallet(&service, (&principal, &client), id, key, change).await
}

async fn change_wallet(
    service: &Service,
    (principal, client): (&Principal, &Client),
    id: WalletId,
    key: Option<IdempotencyKey>,
    change: WalletChange,
) -> Result<Response, Problem> {
    let operation = Operation::ChangeWallet {
        wallet: id.uuid(),
        change,
    };
    let actor = wallet_actor(principal);
    let answer = service
        .submit_audited((principal, client), actor, key, operation)
        .await?;
    Ok(respond(answer))
}
