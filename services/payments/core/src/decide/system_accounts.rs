//! PayFlow's own accounts, opened where they are first needed.

use ledger::{AccountId, AccountTerms, Flags};
use money::Currency;
use uuid::Uuid;

use crate::refusal::Refused;
use crate::state::State;
use crate::wallet::SystemAccount;

/// The settlement account of a currency, opened where it is missing.
pub fn settlement_account(
    state: &mut State,
    org: i64,
    currency: Currency,
) -> Result<Uuid, Refused> {
    system_account(state, SystemAccount::Settlement, org, currency)
}

/// A system account of a currency, opened where it is missing. What may name it has wanted it when
/// the batch was loaded.
pub fn system_account(
    state: &mut State,
    account: SystemAccount,
    org: i64,
    currency: Currency,
) -> Result<Uuid, Refused> {
    let (id, code) = (account.id(org, currency), account as u16);
    let account = AccountId(id.as_u128());
    if state.book.account(account).is_none() {
        let terms = AccountTerms {
            flags: Flags::SYSTEM,
            overdraft_limit: 0,
            max_balance: None,
        };
        state.book.open(account, org, currency, code, terms)?;
    }
    Ok(id)
}
