//! Ledger accounts, rows and results as the API shows them: amounts in minor units, made for machines.

use std::borrow::Cow;

use contracts::payments::{AccountId, TransferId};
use ledger::{Account, Applied, Flags, Refusal};
use money::Currency;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use values::Timestamp;

/// What became of one account or transfer of a batch.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ItemResult<Id> {
    /// Its id.
    pub id: Id,
    /// `created`, `exists` (the same was done before), or the code of the refusal.
    #[schema(example = "created")]
    pub result: Cow<'static, str>,
    /// Its place in the journal, for a transfer that is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// What a refusal means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// The result of one transfer.
#[must_use]
pub fn transfer_result(id: Uuid, result: &Result<Applied, Refusal>) -> ItemResult<TransferId> {
    let (text, seq, detail) = match result {
        Ok(Applied::Made(row)) => ("created", Some(row.seq), None),
        Ok(Applied::Exists(row)) => ("exists", Some(row.seq), None),
        Err(refusal) => (refusal.code(), None, Some(refusal.to_string())),
    };
    ItemResult {
        id: TransferId(id),
        result: text.into(),
        seq,
        detail,
    }
}

/// The result of one account.
#[must_use]
pub fn account_result(id: Uuid, result: &Result<Account, Refusal>) -> ItemResult<AccountId> {
    let (text, detail) = match result {
        Ok(_) => ("created", None),
        Err(refusal) => (refusal.code(), Some(refusal.to_string())),
    };
    ItemResult {
        id: AccountId(id),
        result: text.into(),
        seq: None,
        detail,
    }
}

/// A ledger account.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AccountView {
    /// Its id.
    pub id: AccountId,
    /// ISO 4217 code.
    #[schema(value_type = String, example = "USD")]
    pub currency: Currency,
    /// What kind of account it is.
    pub code: u16,
    /// Σ of debits that are final, in minor units.
    pub debits_posted: i64,
    /// Σ of credits that are final.
    pub credits_posted: i64,
    /// Σ of open holds against it.
    pub debits_pending: i64,
    /// Σ of open holds in its favour.
    pub credits_pending: i64,
    /// Credits less debits that are final.
    pub balance: i64,
    /// The balance less what is held.
    pub available: i64,
    /// Whether its debits may not exceed its credits.
    pub debits_must_not_exceed_credits: bool,
    /// Whether its credits may not exceed its debits.
    pub credits_must_not_exceed_debits: bool,
    /// How far the limited side may exceed the other.
    pub overdraft_limit: i64,
    /// The most that credits may exceed debits by.
    pub max_balance: Option<i64>,
    /// Whether it takes no debits.
    pub frozen: bool,
    /// Whether it has ended.
    pub closed: bool,
    /// How many transfers touched it.
    pub entries: u64,
    /// The time of opening.
    #[schema(value_type = String, format = DateTime)]
    pub opened_at: Timestamp,
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
