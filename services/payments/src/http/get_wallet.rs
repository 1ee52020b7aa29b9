//! `GET /api/v1/wallets/{id}`: one wallet.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::payments::WalletId;
use payments_core::wallet::WalletView;
use web::extract::PathId;
use web::problem::Problem;

use crate::service::Service;

/// Get a wallet
///
/// With its balance and what may still leave it today and this month.
#[utoipa::path(
    get,
    path = "/api/v1/wallets/{id}",
    tag = "wallets",
    params(("id" = inline(WalletId), Path, description = "The wallet")),
    responses(
        (status = 200, description = "The wallet.", body = WalletView),
        (status = 404, description = "No such wallet, or not yours."),
    )
)]
pub(super) async fn get_wallet(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<WalletId>,
) -> Result<impl IntoResponse, Problem> {
    let record = service.visible_wallet(&principal, id, "id").await?;
    Ok(axum::Json(record.view(service.clock.now())))
}
