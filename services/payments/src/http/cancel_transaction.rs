//! `POST /api/v1/transactions/{id}/cancel`: frees what a transaction holds.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::Response;
use contracts::payments::TransactionId;
use payments_core::command::Operation;
use payments_core::transaction::TransactionView;
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::{Json, OptionalJson, PathId};
use web::idempotency::RequestKey;
use web::problem::Problem;

use super::docs::IdempotencyKeyHeader;
use super::idempotency;
use super::replies::respond;
use crate::service::{Service, follow_up_actor};

/// Nothing needs to be said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CancelTransaction {}

/// Cancel a transaction
///
/// A payment with manual capture, by the receiving side or an operator: what was captured before
/// stays. Or a transaction that waits for a code or an operator's decision, by who made it; where
/// it waits for a code, by an operator, too.
#[utoipa::path(
    post,
    path = "/api/v1/transactions/{id}/cancel",
    tag = "transactions",
    request_body(content = Option<CancelTransaction>, content_type = "application/json"),
    params(IdempotencyKeyHeader, ("id" = inline(TransactionId), Path, description = "The transaction")),
    responses(
        (status = 200, description = "The transaction; `completed` where part of it was captured before.", body = TransactionView),
        (status = 403, description = "The role may not, or only the receiving side or the maker may."),
        (status = 404, description = "No such transaction, or not one of yours."),
        (status = 409, description = "Captured, cancelled or expired already."),
    )
)]
pub(super) async fn cancel_transaction(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<TransactionId>,
    client: Client,
    key: RequestKey,
    OptionalJson(Json { raw, .. }): OptionalJson<Option<CancelTransaction>>,
) -> Result<Response, Problem> {
    let key = idempotency(key, &principal, &raw);
    let operation = Operation::Cancel {
        transaction: id.uuid(),
        id: service.ids.next(),
    };
    let actor = follow_up_actor(&principal);
    let answer = service
        .submit_audited((&principal, &client), actor, key, operation)
        .await?;
    Ok(respond(answer))
}
