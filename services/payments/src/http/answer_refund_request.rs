//! `POST /api/v1/transactions/{id}/refund-requests/accept` and `…/decline`: the receiving side
//! answers a payer who asks for a refund.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::Response;
use contracts::payments::{RefundRequestId, TransactionId};
use payments_core::command::RefundRequestChange;
use payments_core::transaction::TransactionView;
use serde::Deserialize;
use utoipa::ToSchema;
use web::extract::{Json, PathId};
use web::idempotency::RequestKey;
use web::problem::Problem;

use super::docs::IdempotencyKeyHeader;
use super::request_refund::submit;
use super::{idempotency, words};
use crate::service::Service;

/// Which request.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AcceptRefundRequest {
    /// The request that is meant: not one that was made since.
    request_id: RefundRequestId,
}

/// Which request, and why not.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeclineRefundRequest {
    /// The request that is meant: not one that was made since.
    request_id: RefundRequestId,
    /// For the payer to read.
    #[schema(
        min_length = 1,
        max_length = 500,
        pattern = r"^[^\x00-\x09\x0b-\x1f\x7f-\x9f]*$"
    )]
    reason: String,
}

/// Accept a refund request
///
/// By the receiving side: refunds what was asked for, or what is left of the payment where that is
/// less, in one commit with the end of the request.
#[utoipa::path(
    post,
    path = "/api/v1/transactions/{id}/refund-requests/accept",
    tag = "transactions",
    request_body(content = AcceptRefundRequest, content_type = "application/json"),
    params(IdempotencyKeyHeader, ("id" = inline(TransactionId), Path, description = "The payment")),
    responses(
        (status = 201, description = "The refund.", body = TransactionView),
        (status = 403, description = "The role may not, or only the receiving side may."),
        (status = 404, description = "No such transaction, or not one of yours."),
        (status = 409, description = "It is not open any more (`no_open_refund_request`)."),
        (status = 422, description = "No funds, or no payment."),
    )
)]
pub(super) async fn accept_refund_request(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<TransactionId>,
    key: RequestKey,
    Json { value, raw }: Json<AcceptRefundRequest>,
) -> Result<Response, Problem> {
    let key = idempotency(key, &principal, &raw);
    let change = RefundRequestChange::Accept {
        request: value.request_id.uuid(),
        id: service.ids.next(),
    };
    submit(&service, &principal, id, key, change).await
}

/// Decline a refund request
///
/// By the receiving side, with a reason that the payer is told. The payer may ask again, three
/// times in all.
#[utoipa::path(
    post,
    path = "/api/v1/transactions/{id}/refund-requests/decline",
    tag = "transactions",
    request_body(content = DeclineRefundRequest, content_type = "application/json"),
    params(IdempotencyKeyHeader, ("id" = inline(TransactionId), Path, description = "The payment")),
    responses(
        (status = 200, description = "The payment with its `refund_request`, declined.", body = TransactionView),
        (status = 403, description = "The role may not, or only the receiving side may."),
        (status = 404, description = "No such transaction, or not one of yours."),
        (status = 409, description = "It is not open any more (`no_open_refund_request`)."),
        (status = 422, description = "No payment, or no reason."),
    )
)]
pub(super) async fn decline_refund_request(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<TransactionId>,
    key: RequestKey,
    Json { value, raw }: Json<DeclineRefundRequest>,
) -> Result<Response, Problem> {
    let key = idempotency(key, &principal, &raw);
    let change = RefundRequestChange::Decline {
        request: value.request_id.uuid(),
        reason: words(value.reason, "reason", 500)?,
    };
    submit(&service, &principal, id, key, change).await
}
