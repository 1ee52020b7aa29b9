//! `POST /api/v1/wallets/{id}/limits`: what may leave a wallet, by an operator.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::Response;
use contracts::identity::Permission;
use contracts::payments::WalletId;
use money::Currency;
use payments_core::command::{Actor, Operation, WalletChange};
use payments_core::wallet::{Limits, WalletView};
use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::{Json, PathId};
use web::idempotency::RequestKey;
use web::problem::Problem;

use super::docs::{IdempotencyKeyHeader, limit_schema};
use super::replies::respond;
use super::{any_amount, idempotency, present};
use crate::service::Service;

/// What may leave a wallet, in its currency.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetWalletLimits {
    /// Per UTC day.
    #[serde(default, deserialize_with = "present")]
    #[schema(schema_with = limit_schema)]
    daily: Option<Box<RawValue>>,
    /// Per UTC month.
    #[serde(default, deserialize_with = "present")]
    #[schema(schema_with = limit_schema)]
    monthly: Option<Box<RawValue>>,
}

/// Set the limits of a wallet
///
/// What has left it today and this month counts against the new limits. They are enforced in the
/// commit that moves the money.
#[utoipa::path(
    post,
    path = "/api/v1/wallets/{id}/limits",
    tag = "wallets",
    request_body = SetWalletLimits,
    params(IdempotencyKeyHeader, ("id" = inline(WalletId), Path, description = "The wallet")),
    responses(
        (status = 200, description = "The wallet with its limits.", body = WalletView),
        (status = 404, description = "No such wallet."),
        (status = 409, description = "The wallet is closed."),
    )
)]
pub(super) async fn set_wallet_limits(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<WalletId>,
    client: Client,
    key: RequestKey,
    Json { value, raw }: Json<SetWalletLimits>,
) -> Result<Response, Problem> {
    service.require_step_up(&principal)?;
    let key = idempotency(key, &principal, &raw);
    let record = service
        .wallet_for(&principal, Permission::WalletsLimit, id, "id")
        .await?;
    let (currency, now) = (record.account.currency, record.wallet.limits);
    let limits = Limits {
        daily: limit(value.daily, "daily", currency, now.daily)?,
        monthly: limit(value.monthly, "monthly", currency, now.monthly)?,
    };
    let operation = Operation::ChangeWallet {
        wallet: id.uuid(),
        change: WalletChange::Limit(limits),
    };
    let actor = Actor::Operator(principal.user.uuid());
    let answer = service
        .submit_audited((&principal, &client), actor, key, operation)
        .await?;
    Ok(respond(answer))
}

fn limit(
    asked: Option<Box<RawValue>>,
    param: &str,
    currency: Currency,
    now: Option<i64>,
) -> Result<Option<i64>, Problem> {
    let Some(raw) = asked else {
        return Ok(now);
    };
    if raw.get() == "null" {
        return Ok(None);
    }
    let limit = any_amount(&raw, currency, param)?.minor();
    if limit < 0 {
        let detail = "A limit is zero or more; `null` means that there is none.";
        return Err(Problem::refused("limit_negative", detail).for_param(param));
    }
    Ok(Some(limit))
}
