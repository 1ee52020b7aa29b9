//! `POST /api/v1/transactions/{id}/approve` and `/decline`: an operator decides about a transaction
//! in review.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::Response;
use contracts::identity::Permission;
use contracts::payments::TransactionId;
use payments_core::command::{Actor, IdempotencyKey, Operation};
use payments_core::transaction::TransactionView;
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::{Json, PathId};
use web::idempotency::RequestKey;
use web::problem::Problem;

use super::docs::IdempotencyKeyHeader;
use super::replies::respond;
use super::{idempotency, words};
use crate::service::Service;

/// Why an operator decides so.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReviewTransaction {
    /// The words of the operator; who made the transaction does not see them.
    #[schema(
        min_length = 1,
        max_length = 500,
        pattern = r"^[^\x00-\x09\x0b-\x1f\x7f-\x9f]*[^\s\x00-\x09\x0b-\x1f\x7f-\x9f][^\x00-\x09\x0b-\x1f\x7f-\x9f]*$"
    )]
    reason: String,
}

/// Approve a transaction in review
///
/// It goes on as if it had not waited. Where `risk.needs_two` says so, the first operator proposes,
/// and the transaction stays `in_review`; a second one who says the same decides. Nobody decides
/// about what they made, or about a wallet of their own.
#[utoipa::path(
    post,
    path = "/api/v1/transactions/{id}/approve",
    tag = "transactions",
    request_body = ReviewTransaction,
    params(IdempotencyKeyHeader, ("id" = inline(TransactionId), Path, description = "The transaction")),
    responses(
        (status = 200, description = "The transaction; still `in_review` after the first of two operators.", body = TransactionView),
        (status = 403, description = "The role may not, who you are has to be shown anew, or you take part in it (`own_case`)."),
        (status = 404, description = "No such transaction."),
        (status = 409, description = "It is not in review (`wrong_state`), or not any more (`transaction_expired`); a wallet of it is frozen; a second operator is needed; or it is decided through its case (`decided_by_case`)."),
    )
)]
pub(super) async fn approve_transaction(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<TransactionId>,
    client: Client,
    key: RequestKey,
    Json { value, raw }: Json<ReviewTransaction>,
) -> Result<Response, Problem> {
    let key = idempotency(key, &principal, &raw);
    review(
        &service,
        (&principal, &client),
        id,
        key,
        (true, value.reason),
    )
    .await
}

/// Decline a transaction in review
///
/// It has failed, and the money is free. Four eyes as for an approval.
#[utoipa::path(
    post,
    path = "/api/v1/transactions/{id}/decline",
    tag = "transactions",
    request_body = ReviewTransaction,
    params(IdempotencyKeyHeader, ("id" = inline(TransactionId), Path, description = "The transaction")),
    responses(
        (status = 200, description = "The transaction; still `in_review` after the first of two operators.", body = TransactionView),
        (status = 403, description = "The role may not, who you are has to be shown anew, or you take part in it (`own_case`)."),
        (status = 404, description = "No such transaction."),
        (status = 409, description = "It is not in review (`wrong_state`), or not any more (`transaction_expired`); a second operator is needed; or it is decided through its case (`decided_by_case`)."),
    )
)]
pub(super) async fn decline_transaction(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<TransactionId>,
    client: Client,
    key: RequestKey,
    Json { value, raw }: Json<ReviewTransaction>,
) -> Result<Response, Problem> {
    let key = idempotency(key, &principal, &raw);
    review(
        &service,
        (&principal, &client),
        id,
        key,
        (false, value.reason),
    )
    .await
}

async fn review(
    service: &Service,
    (principal, client): (&Principal, &Client),
    id: TransactionId,
    key: Option<IdempotencyKey>,
    (approve, reason): (bool, String),
) -> Result<Response, Problem> {
    service.require_step_up(principal)?;
    let reason = words(reason, "reason", 500)?;
    service
        .transaction_for(principal, Permission::TransactionsResolve, id)
        .await?;
    if service.gate.decides_by_cases() {
        let detail = format!(
            "Transactions in review are decided through their cases: find this one's with GET \
             /cases?subject={id}, and decide it with POST /cases/{{id}}/decide."
        );
        return Err(Problem::conflict("decided_by_case", detail));
    }
    let waiting = service.instructions.begin(key)?;
    let operation = Operation::Review {
        transaction: id.uuid(),
        id: service.ids.next(),
        approve,
        reason,
    };
    let actor = Actor::Operator(principal.user.uuid());
    let answer = service
        .submit_audited((principal, client), actor, key, operation)
        .await?;
    let instructions = &service.instructions;
    let answer = instructions
        .follow(principal.org.0, id.uuid(), answer, waiting)
        .await;
    Ok(respond(answer))
}
