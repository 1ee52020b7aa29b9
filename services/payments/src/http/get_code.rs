//! `GET /api/v1/transactions/{id}/code`: what its maker may know of the code that a transaction
//! waits for. The code itself is in no answer.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::payments::TransactionId;
use serde::Serialize;
use utoipa::ToSchema;
use values::{SECOND, Timestamp};
use web::extract::PathId;
use web::problem::Problem;

use super::confirm_transaction::SentCode;
use crate::service::Service;

/// The code of a waiting transaction: for what it is good, where it went, and how long it is good.
#[derive(Serialize, ToSchema)]
pub(super) struct TransactionCode {
    /// Who receives the money, as the message with the code names them.
    #[schema(example = "Bob Demo")]
    payee: String,
    /// Decimal text in the currency.
    #[schema(example = "15000.00")]
    amount: String,
    /// ISO 4217 code.
    #[schema(example = "USD")]
    currency: String,
    /// Where the last code went; `null` where none was sent so far.
    sent: Option<SentCode>,
    /// How often it may still be tried; 0 where it is not good any more.
    tries_left: u32,
    /// Seconds for which it is still good; `null` where it is not good any more.
    expires_in_s: Option<i64>,
    /// Seconds until another one may be sent, 0: at once; `null` where there will be no more.
    resend_in_s: Option<i64>,
}

/// Get the code that a transaction waits for
///
/// What its maker may know of it: whom and what it is good for, where it went, how often it may be
/// tried, and when another one may be sent. Not the code.
#[utoipa::path(
    get,
    path = "/api/v1/transactions/{id}/code",
    tag = "transactions",
    params(("id" = inline(TransactionId), Path, description = "The transaction")),
    responses(
        (status = 200, description = "What is known of its code.", body = TransactionCode),
        (status = 403, description = "The role may not, or it is not you who made it."),
        (status = 404, description = "No such transaction, or not one of yours."),
        (status = 409, description = "It does not wait for a code (`wrong_state`), or not any more (`transaction_expired`)."),
    )
)]
pub(super) async fn get_transaction_code(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<TransactionId>,
) -> Result<impl IntoResponse, Problem> {
    let record = service.to_confirm(&principal, id).await?;
    let (terms, state) = service.code_state(principal.org, &record).await?;
    let now = service.clock.now();
    Ok(axum::Json(TransactionCode {
        payee: terms.payee,
        amount: terms.amount,
        currency: terms.currency,
        sent: state.sent.map(SentCode::from),
        tries_left: state.tries_left,
        expires_in_s: state.expires_at.map(|end| seconds_until(end, now)),
        resend_in_s: state.resend_at.map(|at| seconds_until(at, now)),
    }))
}

/// Whole seconds from now until a time, rounded up; 0 where it is over.
fn seconds_until(time: Timestamp, now: Timestamp) -> i64 {
    let left = time.micros().saturating_sub(now.micros()).max(0);
    left.saturating_add(SECOND - 1) / SECOND
}
