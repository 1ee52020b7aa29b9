//! `POST /api/v1/transactions/{id}/refund-requests` and `…/withdraw`: the payer asks for a payment
//! to be refunded, and no longer does.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::Response;
use contracts::identity::Permission;
use contracts::payments::{RefundRequestId, TransactionId};
use payments_core::command::{Actor, IdempotencyKey, Operation, RefundRequestChange};
use payments_core::transaction::TransactionView;
use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use values::SECOND;
use web::extract::{Json, PathId};
use web::idempotency::RequestKey;
use web::problem::Problem;

use super::docs::{IdempotencyKeyHeader, optional_amount_schema};
use super::replies::respond;
use super::{amount, idempotency, words};
use crate::service::Service;

/// How much is asked for, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RequestRefund {
    /// How much; all that is left where nothing is said.
    #[serde(default)]
    #[schema(schema_with = optional_amount_schema)]
    amount: Option<Box<RawValue>>,
    /// For the receiving side to read.
    #[schema(
        min_length = 1,
        max_length = 500,
        pattern = r"^[^\x00-\x09\x0b-\x1f\x7f-\x9f]*$"
    )]
    reason: String,
}

/// Which request.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WithdrawRefundRequest {
    /// The request that is meant: not one that was made since.
    request_id: RefundRequestId,
}

/// Ask for a refund
///
/// By the payer of a payment. The receiving side is told, and accepts or declines it; until then
/// there is no other, and there are at most three of a payment. It moves nothing, and expires after
/// `payments.refund_request_seconds`. Refunds since then that sum to what was asked for accept it,
/// as does one after which nothing is left.
#[utoipa::path(
    post,
    path = "/api/v1/transactions/{id}/refund-requests",
    tag = "transactions",
    request_body(content = RequestRefund, content_type = "application/json"),
    params(IdempotencyKeyHeader, ("id" = inline(TransactionId), Path, description = "The payment")),
    responses(
        (status = 201, description = "The payment with its `refund_request`.", body = TransactionView),
        (status = 403, description = "The role may not, or only the paying side may."),
        (status = 404, description = "No such transaction, or not one of yours."),
        (status = 409, description = "Not captured yet, refunded whole already, asked for already (`refund_already_requested`), or three times (`too_many_refund_requests`)."),
        (status = 422, description = "More than is left, no payment, or no amount of its currency."),
    )
)]
pub(super) async fn request_refund(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<TransactionId>,
    key: RequestKey,
    Json { value, raw }: Json<RequestRefund>,
) -> Result<Response, Problem> {
    let key = idempotency(key, &principal, &raw);
    let reason = words(value.reason, "reason", 500)?;
    let amount = match value.amount {
        Some(raw) => {
            let (record, _) = service
                .transaction_for(&principal, Permission::TransactionsResolve, id)
                .await?;
            Some(amount(&raw, record.row.currency)?.minor())
        }
        None => None,
    };
    let seconds = i64::from(service.config.refund_request_seconds);
    let change = RefundRequestChange::Ask {
        id: service.ids.next(),
        amount,
        reason,
        lasts: seconds.saturating_mul(SECOND),
    };
    submit(&service, &principal, id, key, change).await
}

/// Withdraw a refund request
///
/// By the payer who made it, as long as nobody has answered it.
#[utoipa::path(
    post,
    path = "/api/v1/transactions/{id}/refund-requests/withdraw",
    tag = "transactions",
    request_body(content = WithdrawRefundRequest, content_type = "application/json"),
    params(IdempotencyKeyHeader, ("id" = inline(TransactionId), Path, description = "The payment")),
    responses(
        (status = 200, description = "The payment with its `refund_request`, withdrawn.", body = TransactionView),
        (status = 403, description = "The role may not, or only the paying side may."),
        (status = 404, description = "No such transaction, or not one of yours."),
        (status = 409, description = "It is not open any more (`no_open_refund_request`)."),
        (status = 422, description = "No payment."),
    )
)]
pub(super) async fn withdraw_refund_request(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<TransactionId>,
    key: RequestKey,
    Json { value, raw }: Json<WithdrawRefundRequest>,
) -> Result<Response, Problem> {
    let key = idempotency(key, &principal, &raw);
    let request = value.request_id.uuid();
    let change = RefundRequestChange::Withdraw { request };
    submit(&service, &principal, id, key, change).await
}

/// Users act for themselves here, whatever else they may.
pub(super) async fn submit(
    service: &Service,
    principal: &Principal,
    id: TransactionId,
    key: Option<IdempotencyKey>,
    change: RefundRequestChange,
) -> Result<Response, Problem> {
    let operation = Operation::RefundRequest {
        transaction: id.uuid(),
        change,
    };
    let actor = Actor::User(principal.user.uuid());
    let answer = service.submit(principal, actor, key, operation).await?;
    Ok(respond(answer))
}
