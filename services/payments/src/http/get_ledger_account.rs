//! `GET /api/v1/ledger/accounts/{id}`: one account of the raw ledger.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::payments::AccountId;
use ledger::{Account, Flags};
use money::Currency;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use values::Timestamp;
use web::extract::PathId;
use web::problem::Problem;

use crate::service::Service;
use crate::store::ledger::account;

/// A ledger account.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct AccountView {
    /// Its id.
    id: AccountId,
    /// ISO 4217 code.
    #[schema(value_type = String, example = "USD")]
    currency: Currency,
    /// What kind of account it is.
    code: u16,
    /// Σ of debits that are final, in minor units.
    debits_posted: i64,
    /// Σ of credits that are final.
    credits_posted: i64,
    /// Σ of open holds against it.
    debits_pending: i64,
    /// Σ of open holds in its favour.
    credits_pending: i64,
    /// Credits less debits that are final.
    balance: i64,
    /// The balance less what is held.
    available: i64,
    /// Whether its debits may not exceed its credits.
    debits_must_not_exceed_credits: bool,
    /// Whether its credits may not exceed its debits.
    credits_must_not_exceed_debits: bool,
    /// How far the limited side may exceed the other.
    overdraft_limit: i64,
    /// The most that credits may exceed debits by.
    max_balance: Option<i64>,
    /// Whether it takes no debits.
    frozen: bool,
    /// Whether it has ended.
    closed: bool,
    /// How many transfers touched it.
    entries: u64,
    /// The time of opening.
    #[schema(value_type = String, format = DateTime)]
    opened_at: Timestamp,
}

impl From<&Account> for AccountView {
    fn from(account: &Account) -> Self {
        let flags = account.terms.flags;
        Self {
            id: AccountId(Uuid::from_u128(account.id.0)),
            currency: account.currency,
            code: account.code,
            debits_posted: account.debits_posted,
            credits_posted: account.credits_posted,
            debits_pending: account.debits_pending,
            credits_pending: account.credits_pending,
            balance: account.balance(),
            available: account.available(),
            debits_must_not_exceed_credits: flags.has(Flags::DEBITS_MUST_NOT_EXCEED_CREDITS),
            credits_must_not_exceed_debits: flags.has(Flags::CREDITS_MUST_NOT_EXCEED_DEBITS),
            overdraft_limit: account.terms.overdraft_limit,
            max_balance: account.terms.max_balance,
            frozen: flags.has(Flags::FROZEN_DEBIT),
            closed: flags.has(Flags::CLOSED),
            entries: account.entries,
            opened_at: Timestamp(account.opened_at),
        }
    }
}

/// Get a ledger account
///
/// Its four sums and its terms, in minor units. The account of a wallet is `acc_` with what follows
/// `wal_` in its id.
#[utoipa::path(
    get,
    path = "/api/v1/ledger/accounts/{id}",
    tag = "ledger",
    params(("id" = inline(AccountId), Path, description = "The account")),
    responses(
        (status = 200, description = "The account.", body = AccountView),
        (status = 404, description = "No such account."),
    )
)]
pub(super) async fn get_ledger_account(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<AccountId>,
) -> Result<impl IntoResponse, Problem> {
    let found = account(&service.db, principal.org.0, id.uuid()).await?;
    let found = found.ok_or_else(account_not_found)?;
    Ok(axum::Json(AccountView::from(&found)))
}

/// 404 for an account that is not there, or another organisation's.
pub(super) fn account_not_found() -> Problem {
    let status = http::StatusCode::NOT_FOUND;
    Problem::new(status, "account_not_found", "There is no such account.").for_param("id")
}
