//! `GET /api/v1/ledger/accounts/{id}`: one account of the raw ledger.

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::payments::AccountId;
use web::extract::PathId;
use web::problem::Problem;

use crate::ledger_view::AccountView;
use crate::service::Service;
use crate::store::ledger::account;

/// Get a ledger account
///
/// Its four sums and its terms, in minor units. The account of a wallet is `acc_` with what follows `wal_` in its id.
#[utoipa::path(
    get,
    path = "/api/v1/ledger/accounts/{id}",
    tag = "ledger",
    params(("id" = inline(AccountId), Path, description = "The account")),
    responses(
        (status = 200, description = "The account.", body = AccountView),
        (status = 404, description = "No such account."),
    )
)]
pub(super) async fn get_ledger_account(
    State(service): State<Service>,
    principal: Principal,
    PathId(id): PathId<AccountId>,
) -> Result<impl IntoResponse, Problem> {
    let found = account(&service.db, principal.org.0, id.uuid()).await?;
    let found = found.ok_or_else(account_not_found)?;
    Ok(axum::Json(AccountView::from(&found)))
}

/// 404 for an account that is not there, or another organisation's.
pub(super) fn account_not_found() -> Problem {
    let status = http::StatusCode::NOT_FOUND;
    Problem::new(status, "account_not_found", "There is no such account.").for_param("id")
}
