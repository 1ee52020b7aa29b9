//! A transaction that somebody wants to follow up: whether it exists for them, and on which side
//! they stand; whether it is a payment, and its hold is still open.

use contracts::payments::{TransactionStatus, TransactionType};
use ledger::Refusal;
use uuid::Uuid;

use crate::command::{Actor, Command};
use crate::refusal::Refused;
use crate::state::State;
use crate::transaction::Transaction;

/// On which side of a payment the actor stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Gives the money.
    Payer,
    /// Receives it, or acts for the organisation.
    Merchant,
}

/// The payment, if the actor may know of it.
pub fn payment(
    state: &State,
    command: &Command,
    id: Uuid,
    operation: &'static str,
) -> Result<(Transaction, Side), Refused> {
    let (row, side) = find(state, command, id)?;
    require_payment(&row, operation)?;
    Ok((row, side))
}

/// The transaction, if the actor may know of it. Operators and PayFlow itself stand on the
/// merchant's side.
pub fn find(state: &State, command: &Command, id: Uuid) -> Result<(Transaction, Side), Refused> {
    let row = state
        .transaction(id)
        .filter(|row| row.org == command.org)
        .ok_or(Refused::TransactionNotFound)?;
    let side = match command.actor {
        Actor::Operator(_) | Actor::System | Actor::Acquirer => Side::Merchant,
        Actor::User(user) => {
            let owns = |no: Option<ledger::AccountNo>| {
                no.and_then(|no| state.wallet_by_no(no))
                    .is_some_and(|wallet| wallet.owner == user)
            };
            if owns(row.to) {
                Side::Merchant
            } else if owns(row.from) {
                Side::Payer
            } else {
                return Err(Refused::TransactionNotFound);
            }
        }
    };
    Ok((row.clone(), side))
}

/// Only payments know such an act; what had to wait did, too, while it waited.
pub fn require_payment(row: &Transaction, operation: &'static str) -> Result<(), Refused> {
    let from = row.status;
    match row.kind {
        TransactionType::Payment => Ok(()),
        TransactionType::Transfer | TransactionType::Deposit | TransactionType::Withdrawal
            if row.had_to_wait() && matches!(operation, "cancelled" | "expired") =>
        {
            Err(Refused::WrongState { from })
        }
        TransactionType::Transfer
        | TransactionType::Deposit
        | TransactionType::Withdrawal
        | TransactionType::Refund => Err(Refused::NotPossibleForType(operation)),
    }
}

pub fn require_authorised(row: &Transaction) -> Result<(), Refused> {
    match row.status {
        TransactionStatus::Authorised => Ok(()),
        TransactionStatus::Cancelled => Err(Refusal::HoldAlreadyReleased.into()),
        TransactionStatus::Expired => Err(Refusal::HoldExpired.into()),
        TransactionStatus::Completed | TransactionStatus::Reversed => {
            Err(Refusal::HoldAlreadyCaptured.into())
        }
        from @ (TransactionStatus::RequiresVerification
        | TransactionStatus::InReview
        | TransactionStatus::Processing
        | TransactionStatus::Unresolved
        | TransactionStatus::Failed) => Err(Refused::WrongState { from }),
    }
}
