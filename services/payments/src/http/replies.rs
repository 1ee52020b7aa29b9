//! Answers of the journal as HTTP: which status an answer has, and which problem a refusal is. Rows
//! of stored answers hold the same numbers and texts. It knows no endpoint.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use ledger::Refusal as LedgerRefusal;
use payments_core::command::{Answer, Reply};
use payments_core::document::Document;
use payments_core::refusal::Refused;
use web::idempotency::mark_replayed;
use web::problem::{PROBLEM_JSON, Problem};

const CREATED: u16 = StatusCode::CREATED.as_u16();
const OK: u16 = StatusCode::OK.as_u16();

/// What the journal answered, as it is sent.
pub(super) fn respond(answer: Answer) -> Response {
    let (reply, replayed) = match answer {
        Answer::Created(document) => (Reply::Created(document), false),
        Answer::Done(document) => (Reply::Done(document), false),
        Answer::Replayed(reply) => (reply, true),
        Answer::Refused(refused) => return problem(&refused).into_response(),
        // Their handlers make documents of their own.
        Answer::Ledger(_) | Answer::Accounts(_) => return Problem::internal().into_response(),
    };
    let (status, text) = status_and_text(&reply);
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let media_type = if status.as_u16() >= 400 {
        PROBLEM_JSON
    } else {
        "application/json"
    };
    let body = axum::body::Body::from(bytes::Bytes::copy_from_slice(text.as_bytes()));
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    if replayed {
        mark_replayed(headers);
    }
    response
}

/// The status and the JSON text that a reply is sent with.
#[must_use]
pub fn status_and_text(reply: &Reply) -> (u16, Arc<str>) {
    let text = match reply {
        Reply::Created(document) | Reply::Done(document) => document.text(),
        Reply::Refused {
            refused,
            request_id,
        } => stored_problem(refused, request_id.as_deref()).into(),
        Reply::StoredRefusal { problem, .. } => problem.clone(),
    };
    (status(reply), text)
}

/// The status of a reply, as it is sent and stored.
pub(crate) const fn status(reply: &Reply) -> u16 {
    match reply {
        Reply::Created(_) => CREATED,
        Reply::Done(_) => OK,
        Reply::Refused { refused, .. } => refusal_status(refused).as_u16(),
        Reply::StoredRefusal { status, .. } => *status,
    }
}

/// The reply that was stored with a status.
pub(crate) fn stored_reply(status: u16, body: Document) -> Reply {
    match status {
        CREATED => Reply::Created(body),
        OK => Reply::Done(body),
        status => Reply::StoredRefusal {
            status,
            problem: body.text(),
        },
    }
}

/// The problem of a refusal as it is stored: with the id of the request that was refused, anyone
/// who asks again.
pub(crate) fn stored_problem(refused: &Refused, request_id: Option<&str>) -> String {
    let problem = Problem {
        request_id: request_id.map(str::to_owned),
        ..problem(refused)
    };
    problem.to_json()
}

/// The problem that tells a caller of a refusal.
pub(crate) fn problem(refused: &Refused) -> Problem {
    let mut detail = refused.to_string();
    if let Some(first) = detail.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    detail.push('.');
    let problem = Problem::new(refusal_status(refused), refused.code(), detail);
    match refused.param() {
        Some(param) => problem.for_param(param),
        None => problem,
    }
}

/// 404 for what is not there, 409 where the state stands against it, 422 for the rest.
const fn refusal_status(refused: &Refused) -> StatusCode {
    match refused {
        Refused::WalletNotFound { .. } | Refused::TransactionNotFound => StatusCode::NOT_FOUND,
        Refused::OnlyReceiver
        | Refused::OnlyReceiverAnswers
        | Refused::OnlyPayer
        | Refused::OnlyMaker
        | Refused::OwnCase => StatusCode::FORBIDDEN,
        Refused::WalletNotActive { .. }
        | Refused::PayerFrozen(_)
        | Refused::FrozenByOperator
        | Refused::OwnerClosed
        | Refused::WalletsOpen
        | Refused::TooManyWallets { .. }
        | Refused::AlreadyReversed
        | Refused::WrongState { .. }
        | Refused::TransactionExpired
        | Refused::SecondOperatorNeeded
        | Refused::RefundAlreadyRequested
        | Refused::TooManyRefundRequests { .. }
        | Refused::NoOpenRefundRequest
        | Refused::ExternalIdTaken
        | Refused::Ledger(
            LedgerRefusal::AccountFrozen
            | LedgerRefusal::AccountClosed
            | LedgerRefusal::AccountNotEmpty
            | LedgerRefusal::HoldAlreadyCaptured
            | LedgerRefusal::HoldAlreadyReleased
            | LedgerRefusal::HoldExpired
            | LedgerRefusal::HoldNotExpired
            | LedgerRefusal::IdExistsWithDifferentFields
            | LedgerRefusal::AccountExistsWithDifferentFields,
        ) => StatusCode::CONFLICT,
        Refused::WalletCurrency { .. }
        | Refused::SameWallet
        | Refused::LimitExceeded(_)
        | Refused::LevelExceeded(_)
        | Refused::DepositTooLarge { .. }
        | Refused::TooMuchPending { .. }
        | Refused::RefundExceedsOriginal
        | Refused::NotPossibleForType(_)
        | Refused::IdempotencyKeyReused
        | Refused::Ledger(
            LedgerRefusal::AccountsMustDiffer
            | LedgerRefusal::AmountMustBePositive
            | LedgerRefusal::AmountOverflow
            | LedgerRefusal::CurrencyMismatch
            | LedgerRefusal::DebitAccountNotFound
            | LedgerRefusal::CreditAccountNotFound
            | LedgerRefusal::InsufficientFunds
            | LedgerRefusal::MaxBalanceExceeded
            | LedgerRefusal::HoldNotFound
            | LedgerRefusal::ExceedsHold
            | LedgerRefusal::LinkedTransferFailed,
        ) => StatusCode::UNPROCESSABLE_ENTITY,
    }
}
