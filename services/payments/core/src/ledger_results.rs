//! What became of each account or transfer of a ledger batch, as the API shows it.

use std::borrow::Cow;

use contracts::payments::{AccountId, TransferId};
use ledger::{Account, Applied, Refusal};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

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
