//! `GET /api/v1/wallets/{id}`: one wallet.

use access::{Allowed, needs};
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::payments::WalletId;
use web::extract::PathId;
use web::problem::Problem;

use super::docs::ReadProblems;
use crate::service::Service;
use crate::wallet::WalletView;

/// Get a wallet
///
/// With its balance and what may still leave it today and this month.
#[utoipa::path(
    get,
    path = "/api/v1/wallets/{id}",
    tag = "wallets",
    security(("bearerAuth" = [])),
    extensions(("x-permission" = json!(["wallets:own", "wallets:read_all"]))),
    params(("id" = inline(WalletId), Path, description = "The wallet")),
    responses(
        ReadProblems,
        (status = 200, description = "The wallet.", body = WalletView),
        (status = 404, description = "No such wallet, or not yours.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn get_wallet(
    State(service): State<Service>,
    Allowed { principal, .. }: Allowed<(needs::WalletsOwn, needs::WalletsReadAll)>,
    PathId(id): PathId<WalletId>,
) -> Result<impl IntoResponse, Problem> {
    let record = service.visible_wallet(&principal, id, "id").await?;
    Ok(axum::Json(record.view(service.clock.now())))
}
