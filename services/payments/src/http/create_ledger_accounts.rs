//! `POST /api/v1/ledger/accounts`: opens accounts of the raw ledger.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use contracts::payments::AccountId;
use ledger::{AccountTerms, Flags};
use payments_core::command::{Actor, Answer, NewAccount, Operation};
use payments_core::ledger_results::{ItemResult, account_result};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use web::idempotency::RequestKey;
use web::problem::Problem;

use super::docs::IdempotencyKeyHeader;
use super::large_json::{LargeJson, check_size, code};
use super::replies::respond;
use super::{currency, idempotency};
use crate::journal::MAX_BATCH;
use crate::service::Service;

/// Accounts to open.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateLedgerAccounts {
    /// Each is opened, or refused, on its own.
    #[schema(min_items = 1, max_items = 8192)]
    accounts: Vec<NewLedgerAccount>,
}

/// An account to open.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewLedgerAccount {
    /// Its id, which makes it happen once; made where none is given.
    #[serde(default)]
    id: Option<AccountId>,
    /// ISO 4217 code of a currency that can hold a balance.
    #[schema(pattern = "^[A-Z]{3}$", example = "USD")]
    currency: String,
    /// What kind of account it is, in your words; 100 where nothing is said.
    #[serde(default)]
    #[schema(minimum = 100)]
    code: Option<u16>,
    /// Whether its debits may not exceed its credits: a liability that cannot go below zero.
    #[serde(default)]
    debits_must_not_exceed_credits: bool,
    /// Whether its credits may not exceed its debits: an asset that cannot go below zero.
    #[serde(default)]
    credits_must_not_exceed_debits: bool,
    /// How far the limited side may exceed the other, in minor units.
    #[serde(default)]
    #[schema(minimum = 0)]
    overdraft_limit: i64,
    /// The most that credits, pending ones included, may exceed debits by, in minor units.
    #[serde(default)]
    #[schema(minimum = 0)]
    max_balance: Option<i64>,
}

/// What became of each account, in order.
#[derive(Debug, Serialize, ToSchema)]
struct LedgerAccountResults {
    results: Vec<ItemResult<AccountId>>,
}

/// Open ledger accounts
///
/// Up to 8,192 at once, each on its own; the answer has one result per account, in order. For
/// machines: amounts are in minor units. An account that exists with the same fields is `created`
/// once more and nothing happens.
#[utoipa::path(
    post,
    path = "/api/v1/ledger/accounts",
    tag = "ledger",
    request_body = CreateLedgerAccounts,
    params(IdempotencyKeyHeader),
    responses(
        (status = 200, description = "One result per account.", body = LedgerAccountResults),
        (status = 422, description = "`batch_empty`, `batch_too_large`, an unknown currency, a reserved code or id, terms that exclude each other."),
    )
)]
pub(super) async fn create_ledger_accounts(
    State(service): State<Arc<Service>>,
    principal: Principal,
    key: RequestKey,
    LargeJson { value, raw }: LargeJson<CreateLedgerAccounts>,
) -> Result<Response, Problem> {
    service.require_step_up(&principal)?;
    let key = idempotency(key, &principal, &raw);
    check_size(value.accounts.len(), MAX_BATCH, "accounts")?;
    let accounts = value
        .accounts
        .into_iter()
        .enumerate()
        .map(|(index, account)| new_account(&service, index, &account))
        .collect::<Result<Vec<_>, _>>()?;
    let ids: Vec<Uuid> = accounts.iter().map(|account| account.id).collect();
    let actor = Actor::Operator(principal.user.uuid());
    let operation = Operation::OpenAccounts(accounts);
    Ok(
        match service.submit(&principal, actor, key, operation).await? {
            Answer::Accounts(results) => {
                let results = ids
                    .into_iter()
                    .zip(&results)
                    .map(|(id, result)| account_result(id, result))
                    .collect();
                axum::Json(LedgerAccountResults { results }).into_response()
            }
            stored => respond(stored),
        },
    )
}

fn new_account(
    service: &Service,
    index: usize,
    account: &NewLedgerAccount,
) -> Result<NewAccount, Problem> {
    let param = |field: &str| format!("accounts[{index}].{field}");
    let refuse = |code: &str, field: &str, detail: &str| {
        Err(Problem::refused(code, detail).for_param(&param(field)))
    };
    let (debits, credits) = (
        account.debits_must_not_exceed_credits,
        account.credits_must_not_exceed_debits,
    );
    if debits && credits {
        let detail = "An account is limited on one side: debits or credits, not both.";
        return refuse(
            "flags_exclude_each_other",
            "credits_must_not_exceed_debits",
            detail,
        );
    }
    if account.overdraft_limit < 0 {
        return refuse(
            "limit_negative",
            "overdraft_limit",
            "An overdraft limit is zero or more.",
        );
    }
    if account.max_balance.is_some_and(|most| most < 0) {
        return refuse(
            "limit_negative",
            "max_balance",
            "A highest balance is zero or more.",
        );
    }
    let id = account
        .id
        .map_or_else(|| service.ids.next(), AccountId::uuid);
    // PayFlow's own accounts have ids of version 8, whether they are open yet or not.
    if id.get_version_num() != 7 {
        return refuse("id_reserved", "id", "The id must be a UUID of version 7.");
    }
    let flag = |set: bool, flag: Flags| if set { flag } else { Flags::default() };
    Ok(NewAccount {
        id,
        currency: currency(&account.currency).map_err(|problem| at(problem, &param("currency")))?,
        code: code(account.code, || param("code"))?,
        terms: AccountTerms {
            flags: flag(debits, Flags::DEBITS_MUST_NOT_EXCEED_CREDITS)
                .with(flag(credits, Flags::CREDITS_MUST_NOT_EXCEED_DEBITS)),
            overdraft_limit: account.overdraft_limit,
            max_balance: account.max_balance,
        },
    })
}

/// The same problem, at an item's field.
pub(super) fn at(problem: Problem, param: &str) -> Problem {
    let errors = Vec::new();
    Problem { errors, ..problem }.for_param(param)
}
