//! `GET /api/v1/wallets/{id}/balance`: how a wallet stood at a time.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::payments::WalletId;
use serde::Deserialize;
use utoipa::IntoParams;
use web::extract::{PathId, Query};
use web::problem::Problem;

use super::time;
use crate::service::Service;
use crate::statement::BalanceAt;

/// When.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct GetBalance {
    /// The time, RFC 3339; now where nothing is said. What happened at it counts.
    #[serde(default)]
    #[param(format = DateTime)]
    at: Option<String>,
}

/// Get the balance at a time
///
/// Before the wallet was opened it is zero.
#[utoipa::path(
    get,
    path = "/api/v1/wallets/{id}/balance",
    tag = "wallets",
    params(GetBalance, ("id" = inline(WalletId), Path, description = "The wallet")),
    responses(
        (status = 200, description = "The balance.", body = BalanceAt),
        (status = 404, description = "No such wallet, or not yours."),
    )
)]
pub(super) async fn get_balance(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<WalletId>,
    Query(query): Query<GetBalance>,
) -> Result<impl IntoResponse, Problem> {
    let at = time(query.at.as_deref(), "at")?.unwrap_or_else(|| service.clock.now());
    let record = service.visible_wallet(&principal, id, "id").await?;
    Ok(axum::Json(service.balance_at(&record, at).await?))
}
