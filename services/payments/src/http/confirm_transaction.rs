//! `POST /api/v1/transactions/{id}/confirm` and `/resend-code`: the maker of a transaction shows by
//! a code that it is them.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::Response;
use contracts::notifications::{CodeChannel, CodeNotSent, CodeSent};
use contracts::payments::TransactionId;
use contracts::risk::CodeCheck;
use http::StatusCode;
use payments_core::command::{Actor, Answer, Operation};
use payments_core::transaction::TransactionView;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::extract::{Json, OptionalJson, PathId};
use web::idempotency::RequestKey;
use web::problem::Problem;

use super::docs::IdempotencyKeyHeader;
use super::idempotency;
use super::replies::respond;
use crate::service::Service;
use crate::store::answers::reply_under;

/// The code of a transaction.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ConfirmTransaction {
    /// The code that its maker was sent.
    #[schema(
        min_length = 4,
        max_length = 10,
        pattern = "^[0-9]+$",
        example = "123456"
    )]
    code: String,
}

/// Confirm a transaction
///
/// By who made it, in any session of theirs, with the code that they were sent for it: it is good
/// for this transaction with its amount and payee only, once, and for a few tries. Then it goes on
/// as if it had not waited.
#[utoipa::path(
    post,
    path = "/api/v1/transactions/{id}/confirm",
    tag = "transactions",
    request_body = ConfirmTransaction,
    params(IdempotencyKeyHeader, ("id" = inline(TransactionId), Path, description = "The transaction")),
    responses(
        (status = 200, description = "The transaction: completed, authorised, or on its way.", body = TransactionView),
        (status = 403, description = "The role may not, or it is not you who made it."),
        (status = 404, description = "No such transaction, or not one of yours."),
        (status = 409, description = "It does not wait for a code (`wrong_state`), or not any more (`transaction_expired`); or there is no code that is still good (`code_expired`): have one sent."),
        (status = 422, description = "The code is wrong (`code_wrong`); the detail says how many tries are left."),
        (status = 429, description = "Too many wrong codes (`too_many_tries`); come again after `Retry-After`."),
    )
)]
pub(super) async fn confirm_transaction(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<TransactionId>,
    key: RequestKey,
    Json { value, raw }: Json<ConfirmTransaction>,
) -> Result<Response, Problem> {
    let key = idempotency(key, &principal, &raw);
    let code = code(&value.code)?;
    let waiting = service.instructions.begin(key)?;
    // A code is good once; what was answered once stays.
    if let Some(key) = key
        && let Some(reply) = reply_under(&service.db, principal.org.0, key).await?
    {
        return Ok(respond(Answer::Replayed(reply)));
    }
    let record = service.to_confirm(&principal, id).await?;
    right(service.check_code(principal.org, &record, code).await?)?;
    let operation = Operation::Confirm {
        transaction: id.uuid(),
        id: service.ids.next(),
    };
    let actor = Actor::User(principal.user.uuid());
    let answer = service.submit(&principal, actor, key, operation).await?;
    let instructions = &service.instructions;
    let answer = instructions
        .follow(principal.org.0, id.uuid(), answer, waiting)
        .await;
    Ok(respond(answer))
}

/// The code without the spaces that people type.
fn code(text: &str) -> Result<&str, Problem> {
    let text = text.trim();
    let is_code = (4..=10).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_digit());
    if is_code {
        return Ok(text);
    }
    let detail = "A code has 4 to 10 digits and nothing else. No try was counted.";
    Err(Problem::refused("invalid_code", detail).for_param("code"))
}

fn right(check: CodeCheck) -> Result<(), Problem> {
    match check {
        CodeCheck::Right => Ok(()),
        CodeCheck::Wrong { left } => {
            let rest = match left {
                0 => "No tries are left with it: ask for a new one.".to_owned(),
                1 => "One try is left.".to_owned(),
                left => format!("{left} tries are left."),
            };
            let detail = format!("The code is wrong. {rest}");
            Err(Problem::refused("code_wrong", detail).for_param("code"))
        }
        CodeCheck::None => {
            let detail = "No code for this transaction is good any more: ask for a new one.";
            Err(Problem::conflict("code_expired", detail))
        }
        CodeCheck::TooMany { retry_after_s } => {
            let detail = "Too many wrong codes. Wait, then ask for a new one.";
            let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_tries", detail);
            Err(problem.retry_after(retry_after_s))
        }
    }
}

/// Nothing needs to be said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ResendCode {}

/// Where a code went.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SentCode {
    /// How.
    channel: SentBy,
    /// Where to: not enough to write to.
    #[schema(example = "a…@demo.payflow.example")]
    hint: String,
}

/// How a code went.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum SentBy {
    /// To a phone number.
    Sms,
    /// To an e-mail address.
    Email,
    /// To devices.
    Push,
}

impl From<CodeSent> for SentCode {
    fn from(sent: CodeSent) -> Self {
        let channel = match sent.channel {
            CodeChannel::Sms => SentBy::Sms,
            CodeChannel::Email => SentBy::Email,
            CodeChannel::Push => SentBy::Push,
        };
        let hint = sent.hint;
        Self { channel, hint }
    }
}

/// Send the code of a transaction again
///
/// A new one, to who made it; the one before is not good any more.
#[utoipa::path(
    post,
    path = "/api/v1/transactions/{id}/resend-code",
    tag = "transactions",
    request_body(content = Option<ResendCode>, content_type = "application/json"),
    params(("id" = inline(TransactionId), Path, description = "The transaction")),
    responses(
        (status = 200, description = "Where it went.", body = SentCode),
        (status = 403, description = "The role may not, or it is not you who made it."),
        (status = 404, description = "No such transaction, or not one of yours."),
        (status = 409, description = "It does not wait for a code (`wrong_state`), or not any more (`transaction_expired`); or you have no address that codes go to (`no_channel`)."),
        (status = 429, description = "Too many codes were sent (`too_many_codes`); come again after `Retry-After`."),
    ),
    extensions(("x-idempotency" = json!("A repetition sends one more code, and the one before is not good any more; how many are sent is limited.")))
)]
pub(super) async fn resend_code(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<TransactionId>,
    _body: OptionalJson<Option<ResendCode>>,
) -> Result<axum::Json<SentCode>, Problem> {
    let record = service.to_confirm(&principal, id).await?;
    let sent = service.send_code(principal.org, &record).await?;
    Ok(axum::Json(sent.map_err(not_sent)?.into()))
}

fn not_sent(error: CodeNotSent) -> Problem {
    match error {
        CodeNotSent::NoWay => {
            let detail = "You have no address that codes go to: verify a phone number or your e-mail address, then ask again.";
            Problem::conflict("no_channel", detail)
        }
        CodeNotSent::TooMany { retry_after_s } => {
            let detail = "Too many codes were sent. Wait, then ask again.";
            let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_codes", detail);
            problem.retry_after(retry_after_s)
        }
        CodeNotSent::NotNow => {
            let detail =
                "The code cannot be sent right now. The transaction waits; try again shortly.";
            Problem::unavailable("code_not_sent", detail).retry_after(5)
        }
    }
}
