//! `GET /api/v1/transactions/{id}`: one transaction.

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::payments::TransactionId;
use payments_core::transaction::TransactionView;
use web::extract::PathId;
use web::problem::Problem;

use crate::service::Service;

/// Get a transaction
///
/// One from or to a wallet of the caller's; operators, auditors and admins see all of the
/// organisation.
#[utoipa::path(
    get,
    path = "/api/v1/transactions/{id}",
    tag = "transactions",
    params(("id" = inline(TransactionId), Path, description = "The transaction")),
    responses(
        (status = 200, description = "The transaction.", body = TransactionView),
        (status = 404, description = "No such transaction, or not one of yours."),
    )
)]
pub(super) async fn get_transaction(
    State(service): State<Service>,
    principal: Principal,
    PathId(id): PathId<TransactionId>,
) -> Result<impl IntoResponse, Problem> {
    let record = service.visible_transaction(&principal, id).await?;
    Ok(axum::Json(record.view()))
}
