//! `POST /api/v1/transactions/{id}/capture`: moves what a payment holds, or part of it.

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
use super::{amount, idempotency};
use crate::service::{Service, follow_up_actor};

/// How much to capture.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CaptureTransaction {
    /// How much; all that is still held where nothing is said.
    #[serde(default)]
    #[schema(schema_with = optional_amount_schema)]
    amount: Option<Box<RawValue>>,
    /// Whether to free the rest. Without it, more captures may follow.
    #[serde(default, rename = "final")]
    is_final: bool,
}

/// Capture a payment
///
/// Of a payment with manual capture, in one or several parts. Only the receiving side, or an
/// operator, captures less than all.
#[utoipa::path(
    post,
    path = "/api/v1/transactions/{id}/capture",
    tag = "transactions",
    request_body(content = Option<CaptureTransaction>, content_type = "application/json"),
    params(IdempotencyKeyHeader, ("id" = inline(TransactionId), Path, description = "The payment")),
    responses(
        (status = 200, description = "The payment; `completed` once nothing is held any more.", body = TransactionView),
        (status = 403, description = "The role may not, or only the receiving side may."),
        (status = 404, description = "No such transaction, or not one of yours."),
        (status = 409, description = "Captured, cancelled or expired already."),
        (status = 422, description = "More than is held, no payment, or no amount of its currency."),
    )
)]
pub(super) async fn capture_transaction(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<TransactionId>,
    client: Client,
    key: RequestKey,
    OptionalJson(Json { value, raw }): OptionalJson<Option<CaptureTransaction>>,
) -> Result<Response, Problem> {
    let value = value.unwrap_or_default();
    let key = idempotency(key, &principal, &raw);
    let amount = match value.amount {
        Some(raw) => {
            let (record, _) = service
                .transaction_for(&principal, Permission::TransactionsResolve, id)
                .await?;
            Some(amount(&raw, record.row.currency)?.minor())
        }
        None => None,
    };
    let operation = Operation::Capture {
        transaction: id.uuid(),
        id: service.ids.next(),
        amount,
        is_final: value.is_final,
    };
    let actor = follow_up_actor(&principal);
    let answer = service
        .submit_audited((&principal, &client), actor, key, operation)
        .await?;
    Ok(respond(answer))
}
