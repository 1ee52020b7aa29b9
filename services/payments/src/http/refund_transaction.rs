//! `POST /api/v1/transactions/{id}/refund`: gives money of a payment back.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::Response;
use contracts::identity::Permission;
use contracts::payments::TransactionId;
use payments_core::command::Operation;
use payments_core::transaction::TransactionView;
use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::{Json, OptionalJson, PathId};
use web::idempotency::RequestKey;
use web::problem::Problem;

use super::docs::{IdempotencyKeyHeader, optional_amount_schema};
use super::replies::respond;
use super::{amount, idempotency, text};
use crate::service::{Service, follow_up_actor};

/// How much to give back, and why.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RefundTransaction {
    /// How much; all that is left where nothing is said.
    #[serde(default)]
    #[schema(schema_with = optional_amount_schema)]
    amount: Option<Box<RawValue>>,
    /// For both sides to read.
    #[serde(default)]
    #[schema(
        min_length = 1,
        max_length = 500,
        pattern = r"^[^\x00-\x09\x0b-\x1f\x7f-\x9f]*[^\s\x00-\x09\x0b-\x1f\x7f-\x9f][^\x00-\x09\x0b-\x1f\x7f-\x9f]*$"
    )]
    reason: Option<String>,
}

/// Refund a payment
///
/// Whole or in parts, by the receiving side or an operator. A refund is a transaction of its own
/// that names the original; all refunds together never exceed what was captured.
#[utoipa::path(
    post,
    path = "/api/v1/transactions/{id}/refund",
    tag = "transactions",
    request_body(content = Option<RefundTransaction>, content_type = "application/json"),
    params(IdempotencyKeyHeader, ("id" = inline(TransactionId), Path, description = "The payment")),
    responses(
        (status = 201, description = "The refund.", body = TransactionView),
        (status = 403, description = "The role may not, or only the receiving side may."),
        (status = 404, description = "No such transaction, or not one of yours."),
        (status = 409, description = "Not captured yet, or refunded whole already."),
        (status = 422, description = "More than is left, no funds, no payment, or no amount of its currency."),
    )
)]
pub(super) async fn refund_transaction(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<TransactionId>,
    client: Client,
    key: RequestKey,
    OptionalJson(Json { value, raw }): OptionalJson<Option<RefundTransaction>>,
) -> Result<Response, Problem> {
    let value = value.unwrap_or_default();
    let key = idempotency(key, &principal, &raw);
    let reason = text(value.reason, "reason", 1, 500)?;
    let amount = match value.amount {
        Some(raw) => {
            let (record, _) = service
                .transaction_for(&principal, Permission::TransactionsResolve, id)
                .await?;
            Some(amount(&raw, record.row.currency)?.minor())
        }
        None => None,
    };
    let operation = Operation::Refund {
        transaction: id.uuid(),
        id: service.ids.next(),
        amount,
        reason,
    };
    let actor = follow_up_actor(&principal);
    let answer = service
        .submit_audited((&principal, &client), actor, key, operation)
        .await?;
    Ok(respond(answer))
}
