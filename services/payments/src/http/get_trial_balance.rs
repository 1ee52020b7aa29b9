//! `GET /api/v1/ledger/trial-balance`: the sums of all accounts, which must agree.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::payments::AccountId;
use ledger::Account;
use money::Currency;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use web::problem::Problem;

use crate::alarms;
use crate::service::Service;
use crate::store::ledger::{Sums, sums, system_accounts};

/// The sums of all accounts, per currency.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TrialBalance {
    /// Ordered by the currency's code.
    data: Vec<CurrencySums>,
    /// Whether debits equal credits in every currency, posted and pending. Anything else is damage.
    balanced: bool,
    /// PayFlow's own accounts.
    system_accounts: Vec<SystemAccountView>,
}

/// An account of PayFlow's own.
#[derive(Debug, Serialize, ToSchema)]
struct SystemAccountView {
    /// Its id.
    id: AccountId,
    /// `settlement`: cash at the bank and at the acquirer. `suspense`: money that moved outside and
    /// that its wallet could not take; somebody has to find out where it belongs and post it there.
    name: &'static str,
    /// ISO 4217 code.
    #[schema(value_type = String, example = "USD")]
    currency: Currency,
    /// Credits less debits, in minor units; of suspense zero, as a rule.
    balance: i64,
    /// How much of the room for its sums is used, in percent of 64 bits, what is held included.
    #[schema(maximum = 100)]
    used_percent: u8,
}

impl From<&Account> for SystemAccountView {
    fn from(account: &Account) -> Self {
        Self {
            id: AccountId(Uuid::from_u128(account.id.0)),
            name: alarms::name(account),
            currency: account.currency,
            balance: account.balance(),
            used_percent: alarms::used_percent(account),
        }
    }
}

/// The sums of all accounts in one currency, in minor units; they may exceed 64 bits.
#[derive(Debug, Serialize, ToSchema)]
struct CurrencySums {
    /// ISO 4217 code.
    #[schema(value_type = String, example = "USD")]
    currency: Currency,
    /// How many accounts there are.
    accounts: i64,
    /// Σ of debits that are final.
    #[schema(value_type = u128)]
    debits_posted: i128,
    /// Σ of credits that are final.
    #[schema(value_type = u128)]
    credits_posted: i128,
    /// Σ of open holds on the debit side.
    #[schema(value_type = u128)]
    debits_pending: i128,
    /// Σ of open holds on the credit side.
    #[schema(value_type = u128)]
    credits_pending: i128,
}

impl From<Sums> for CurrencySums {
    fn from(sums: Sums) -> Self {
        Self {
            currency: sums.currency,
            accounts: sums.accounts,
            debits_posted: sums.debits_posted,
            credits_posted: sums.credits_posted,
            debits_pending: sums.debits_pending,
            credits_pending: sums.credits_pending,
        }
    }
}

/// Get the trial balance
///
/// Per currency, the sums of all accounts of the organisation: debits and credits, posted and
/// pending. Beside them, how PayFlow's own accounts stand.
#[utoipa::path(
    get,
    path = "/api/v1/ledger/trial-balance",
    tag = "ledger",
    responses(
        (status = 200, description = "The sums.", body = TrialBalance),
    )
)]
pub(super) async fn get_trial_balance(
    State(service): State<Arc<Service>>,
    principal: Principal,
) -> Result<impl IntoResponse, Problem> {
    let sums = sums(&service.db, principal.org.0).await?;
    let balanced = sums.iter().all(Sums::balanced);
    let data = sums.into_iter().map(CurrencySums::from).collect();
    let all = system_accounts(&service.db).await?;
    let own = all.iter().filter(|account| account.org == principal.org.0);
    let system_accounts = own.map(SystemAccountView::from).collect();
    Ok(axum::Json(TrialBalance {
        data,
        balanced,
        system_accounts,
    }))
}
