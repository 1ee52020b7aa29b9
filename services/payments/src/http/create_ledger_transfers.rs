//! `POST /api/v1/ledger/transfers`: posts to the raw ledger, each on its own or in atomic chains.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use contracts::payments::{AccountId, TransferId};
use http::header::CONTENT_TYPE;
use ledger::{Posting, Request};
use payments_core::command::{Actor, Answer, ChainedRequest, Operation};
use payments_core::ledger_results::{ItemResult, transfer_result};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use web::idempotency::RequestKey;
use web::problem::Problem;

use super::create_ledger_accounts::at;
use super::docs::IdempotencyKeyHeader;
use super::large_json::{LargeJson, check_size, code};
use super::replies::respond;
use super::{currency, idempotency};
use crate::journal::MAX_BATCH;
use crate::service::Service;
use crate::store::transactions::transactions_among;

/// Transfers to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateLedgerTransfers {
    /// Each is made, or refused, on its own; a chain of linked ones as a whole.
    #[schema(min_items = 1, max_items = 8192)]
    transfers: Vec<NewLedgerTransfer>,
}

/// A transfer to make. A posting or a hold takes `debit_account`, `credit_account`, `amount_minor`
/// and `currency`; a capture `capture_of`, `amount_minor` (all that is left where it is absent) and
/// `final`; a release `release_of`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewLedgerTransfer {
    /// Its id, which makes it happen once; made where none is given.
    #[serde(default)]
    id: Option<TransferId>,
    /// The account that gives. A wallet's is `acc_` with what follows `wal_` in its id.
    #[serde(default)]
    debit_account: Option<AccountId>,
    /// The account that receives.
    #[serde(default)]
    credit_account: Option<AccountId>,
    /// Minor units, above 0.
    #[serde(default)]
    amount_minor: Option<i64>,
    /// ISO 4217 code of both accounts.
    #[serde(default)]
    #[schema(pattern = "^[A-Z]{3}$", example = "USD")]
    currency: Option<String>,
    /// What kind of transfer it is, in your words; 100 where nothing is said.
    #[serde(default)]
    #[schema(minimum = 100)]
    code: Option<u16>,
    /// Whether it belongs to one atomic chain with the next.
    #[serde(default)]
    linked: bool,
    /// Whether to reserve the amount and not to move it.
    #[serde(default)]
    hold: bool,
    /// For a hold: how long it lasts, in ms; for ever where nothing is said.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 31_536_000_000_u64)]
    timeout_ms: Option<i64>,
    /// The hold to capture.
    #[serde(default)]
    capture_of: Option<TransferId>,
    /// The hold to free.
    #[serde(default)]
    release_of: Option<TransferId>,
    /// For a capture: whether to free the rest.
    #[serde(default, rename = "final")]
    is_final: bool,
}

/// What became of each transfer, in order.
#[derive(Debug, Serialize, ToSchema)]
struct LedgerTransferResults {
    results: Vec<ItemResult<TransferId>>,
}

/// Post to the ledger
///
/// Up to 8,192 transfers at once in one commit; the answer has one result per transfer, in order.
/// For machines: amounts are in minor units. It posts to any account of the organisation, a
/// wallet's too, past the wallet's limits and without a transaction: a tool for corrections and for
/// ledgers of your own. Holds of transactions are captured and cancelled at the transaction.
#[utoipa::path(
    post,
    path = "/api/v1/ledger/transfers",
    tag = "ledger",
    request_body = CreateLedgerTransfers,
    params(IdempotencyKeyHeader),
    responses(
        (status = 200, description = "One result per transfer.", body = LedgerTransferResults),
        (status = 422, description = "`batch_empty`, `batch_too_large`, an unknown currency, a reserved code, a hold that is a transaction's."),
    )
)]
pub(super) async fn create_ledger_transfers(
    State(service): State<Arc<Service>>,
    principal: Principal,
    key: RequestKey,
    LargeJson { value, raw }: LargeJson<CreateLedgerTransfers>,
) -> Result<Response, Problem> {
    service.require_step_up(&principal)?;
    let key = idempotency(key, &principal, &raw);
    check_size(value.transfers.len(), MAX_BATCH, "transfers")?;
    let org = principal.org.0;
    let mut requests = Vec::with_capacity(value.transfers.len());
    for (index, transfer) in value.transfers.iter().enumerate() {
        let param = |field: &str| format!("transfers[{index}].{field}");
        requests.push(read(&service, org, transfer, &param)?);
    }
    refuse_holds_of_transactions(&service, org, &requests).await?;
    let ids: Vec<_> = requests.iter().map(|item| item.request.id()).collect();
    let actor = Actor::Operator(principal.user.uuid());
    let operation = Operation::Post(requests);
    Ok(
        match service.submit(&principal, actor, key, operation).await? {
            Answer::Ledger(results) => {
                let results = ids
                    .into_iter()
                    .zip(&results)
                    .map(|(id, result)| transfer_result(Uuid::from_u128(id.0), result))
                    .collect();
                json(&LedgerTransferResults { results })?
            }
            stored => respond(stored),
        },
    )
}

/// Bytes of a result that was not refused.
const RESULT: usize = 80;

/// The answer in one piece of memory: growing it would copy it several times.
fn json(answer: &LedgerTransferResults) -> Result<Response, Problem> {
    let mut body = Vec::with_capacity(64 + answer.results.len() * RESULT);
    serde_json::to_writer(&mut body, answer).map_err(|_| Problem::internal())?;
    Ok(([(CONTENT_TYPE, "application/json")], body).into_response())
}

fn read(
    service: &Service,
    org: i64,
    transfer: &NewLedgerTransfer,
    param: &dyn Fn(&str) -> String,
) -> Result<ChainedRequest, Problem> {
    check_fields(transfer, param)?;
    let id = transfer
        .id
        .map_or_else(|| service.ids.next(), TransferId::uuid);
    let id = ledger::TransferId(id.as_u128());
    let hold = |hold: TransferId| ledger::TransferId(hold.uuid().as_u128());
    let code = code(transfer.code, || param("code"))?;
    let request = if let Some(of) = transfer.capture_of {
        Request::Capture {
            id,
            org,
            hold: hold(of),
            amount: transfer.amount_minor,
            is_final: transfer.is_final,
            code,
        }
    } else if let Some(of) = transfer.release_of {
        let hold = hold(of);
        Request::Release { id, org, hold }
    } else {
        let missing = |field: &str| {
            let detail = format!("A posting or a hold needs `{field}`.");
            Problem::malformed("missing_field", detail).for_param(&param(field))
        };
        let account = |account: Option<AccountId>, field: &str| {
            let account = account.ok_or_else(|| missing(field))?;
            Ok::<_, Problem>(ledger::AccountId(account.uuid().as_u128()))
        };
        let text = transfer
            .currency
            .as_deref()
            .ok_or_else(|| missing("currency"))?;
        let posting = Posting {
            id,
            org,
            debit: account(transfer.debit_account, "debit_account")?,
            credit: account(transfer.credit_account, "credit_account")?,
            amount: transfer
                .amount_minor
                .ok_or_else(|| missing("amount_minor"))?,
            currency: currency(text).map_err(|problem| at(problem, &param("currency")))?,
            code,
        };
        if transfer.hold {
            Request::Hold {
                posting,
                expires_at: None,
            }
        } else {
            Request::Post(posting)
        }
    };
    Ok(ChainedRequest {
        request,
        timeout: timeout(transfer, param)?,
        linked: transfer.linked,
    })
}

/// A hold lasts a year at most.
const MAX_TIMEOUT_MS: i64 = 31_536_000_000;

fn timeout(
    transfer: &NewLedgerTransfer,
    param: &dyn Fn(&str) -> String,
) -> Result<Option<i64>, Problem> {
    match transfer.timeout_ms {
        None => Ok(None),
        Some(timeout @ 1..=MAX_TIMEOUT_MS) => Ok(Some(timeout.saturating_mul(1_000))),
        Some(_) => {
            let detail = "A hold lasts 1 to 31,536,000,000 ms, or for ever without `timeout_ms`.";
            Err(Problem::refused("timeout_out_of_range", detail).for_param(&param("timeout_ms")))
        }
    }
}

/// Fields that do not belong together are refused like unknown ones: nobody should believe that
/// they did something.
fn check_fields(
    transfer: &NewLedgerTransfer,
    param: &dyn Fn(&str) -> String,
) -> Result<(), Problem> {
    let (captures, releases) = (transfer.capture_of.is_some(), transfer.release_of.is_some());
    let follows = captures || releases;
    let misplaced = [
        ("release_of", captures && releases),
        ("debit_account", follows && transfer.debit_account.is_some()),
        (
            "credit_account",
            follows && transfer.credit_account.is_some(),
        ),
        ("currency", follows && transfer.currency.is_some()),
        ("hold", follows && transfer.hold),
        ("amount_minor", releases && transfer.amount_minor.is_some()),
        ("code", releases && transfer.code.is_some()),
        ("final", !captures && transfer.is_final),
        (
            "timeout_ms",
            !transfer.hold && transfer.timeout_ms.is_some(),
        ),
    ];
    match misplaced.into_iter().find(|(_, is)| *is) {
        Some((field, _)) => {
            let detail = format!("A transfer of this kind has no field `{field}`.");
            Err(Problem::malformed("unknown_field", detail).for_param(&param(field)))
        }
        None => Ok(()),
    }
}

/// A transaction whose hold ended without it would be stuck for ever.
async fn refuse_holds_of_transactions(
    service: &Service,
    org: i64,
    requests: &[ChainedRequest],
) -> Result<(), Problem> {
    let hold_of = |item: &ChainedRequest| item.request.hold().map(|hold| Uuid::from_u128(hold.0));
    let holds: Vec<Uuid> = requests.iter().filter_map(hold_of).collect();
    let found = transactions_among(&service.db, org, &holds).await?;
    let Some(first) = found.first() else {
        return Ok(());
    };
    let index = requests
        .iter()
        .position(|item| hold_of(item) == Some(*first))
        .unwrap_or_default();
    let field = match requests.get(index).map(|item| item.request) {
        Some(Request::Release { .. }) => "release_of",
        _ => "capture_of",
    };
    let detail = "This hold is a transaction's. Capture, cancel or resolve the transaction.";
    let param = format!("transfers[{index}].{field}");
    Err(Problem::refused("hold_of_transaction", detail).for_param(&param))
}
