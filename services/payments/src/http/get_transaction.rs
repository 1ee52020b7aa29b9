//! `GET /api/v1/transactions/{id}`: one transaction.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::payments::TransactionId;
use web::extract::PathId;
use web::problem::Problem;

use crate::counterparty::SeenTransaction;
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
        (status = 200, description = "The transaction.", body = SeenTransaction),
        (status = 404, description = "No such transaction, or not one of yours."),
    )
)]
pub(super) async fn get_transaction(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<TransactionId>,
) -> Result<impl IntoResponse, Problem> {
    let found = service.visible_with_owners(&principal, id).await?;
    let seen = service.seen(&principal, vec![found]).await;
    Ok(axum::Json(seen.into_iter().next()))
}
