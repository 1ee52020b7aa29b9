//! Deposits that two operators completed although their wallet, or the settlement account, could
//! not take them: the suspense account stands in for the one that could not. It knows nothing of
//! how deposits are entered otherwise.

use contracts::payments::TransactionType;
use ledger::{AccountNo, Transfer};
use payments_core::transaction::Transaction;
use payments_core::wallet::{SystemAccount, suspended};
use uuid::Uuid;

use super::checked::{Checked, Suspended};
use super::{Maybe, VerifyError, mismatch};

/// What a transfer enters on a suspense account, if it may be such a one, by its id.
pub fn of_transfer(
    row: &Transfer,
    id_of: impl Fn(AccountNo) -> Option<Uuid>,
) -> Option<(Uuid, Suspended)> {
    let id = Uuid::from_u128(row.id.0);
    if row.code != TransactionType::Deposit as u16 || id.get_version_num() != 8 {
        return None;
    }
    let suspended = Suspended {
        debit: id_of(row.debit)?,
        credit: id_of(row.credit)?,
        amount: row.amount,
    };
    Some((id, suspended))
}

/// Whether a deposit that has moved stands on the suspense account.
///
/// # Errors
/// A mismatch where a transfer says so and is not the deposit's.
pub fn of_deposit(
    row: &Transaction,
    wallet: Option<Uuid>,
    checked: &Checked,
) -> Result<bool, VerifyError> {
    let Some(found) = checked.suspended.get(&suspended(row.id)) else {
        return Ok(false);
    };
    let account = |account: SystemAccount| account.id(row.org, row.currency);
    let (settlement, suspense) = (
        account(SystemAccount::Settlement),
        account(SystemAccount::Suspense),
    );
    let stands_in = (found.debit, found.credit) == (settlement, suspense)
        || (found.debit, Some(found.credit)) == (suspense, wallet);
    if stands_in && found.amount == row.amount {
        return Ok(true);
    }
    let expected = format!(
        "{} in suspense, in the place of {} or {settlement}",
        row.amount,
        Maybe(wallet)
    );
    let found = format!("{} from {} to {}", found.amount, found.debit, found.credit);
    Err(mismatch("transactions", row.no, "amount", found, expected))
}
