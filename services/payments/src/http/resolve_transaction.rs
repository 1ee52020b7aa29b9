//! `POST /api/v1/transactions/{id}/resolve`: two operators say what became of an unresolved
//! transaction.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::Response;
use contracts::identity::Permission;
use contracts::payments::TransactionId;
use payments_core::command::{Actor, Operation};
use payments_core::transaction::TransactionView;
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::{Json, PathId};
use web::idempotency::RequestKey;
use web::problem::Problem;

use super::docs::IdempotencyKeyHeader;
use super::replies::respond;
use super::{idempotency, text};
use crate::service::Service;

/// What became of it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ResolveTransaction {
    /// Whether the money moved.
    outcome: Resolution,
    /// The evidence.
    #[schema(
        min_length = 1,
        max_length = 500,
        pattern = r"^[^\x00-\x09\x0b-\x1f\x7f-\x9f]*[^\s\x00-\x09\x0b-\x1f\x7f-\x9f][^\x00-\x09\x0b-\x1f\x7f-\x9f]*$"
    )]
    reason: String,
}

/// What became of a transaction, as an operator says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Resolution {
    /// The money moved.
    Completed,
    /// It did not, and will not.
    Failed,
}

/// Resolve a transaction
///
/// The first operator proposes, and the transaction stays `unresolved`; a second one who says the
/// same decides. One who says otherwise makes a proposal of their own. A deposit that has moved,
/// but whose wallet cannot take it, is entered on the suspense account, which the timeline says.
#[utoipa::path(
    post,
    path = "/api/v1/transactions/{id}/resolve",
    tag = "transactions",
    request_body = ResolveTransaction,
    params(IdempotencyKeyHeader, ("id" = inline(TransactionId), Path, description = "The transaction")),
    responses(
        (status = 200, description = "The transaction; still `unresolved` after the first operator.", body = TransactionView),
        (status = 404, description = "No such transaction."),
        (status = 409, description = "It is not unresolved, or a second operator is needed."),
    )
)]
pub(super) async fn resolve_transaction(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<TransactionId>,
    client: Client,
    key: RequestKey,
    Json { value, raw }: Json<ResolveTransaction>,
) -> Result<Response, Problem> {
    service.require_step_up(&principal)?;
    let key = idempotency(key, &principal, &raw);
    let reason = text(Some(value.reason), "reason", 1, 500)?.unwrap_or_default();
    service
        .transaction_for(&principal, Permission::TransactionsResolve, id)
        .await?;
    let operation = Operation::Resolve {
        transaction: id.uuid(),
        id: service.ids.next(),
        completed: value.outcome == Resolution::Completed,
        reason,
    };
    let actor = Actor::Operator(principal.user.uuid());
    let answer = service
        .submit_audited((&principal, &client), actor, key, operation)
        .await?;
    Ok(respond(answer))
}
