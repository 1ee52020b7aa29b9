//! Captures: what a payment holds moves, at once or in parts.

use contracts::payments::{TransactionStatus, TransactionType};
use ledger::{Refusal, Request, TransferId};
use uuid::Uuid;

use super::payment::{Side, payment, require_authorised};
use super::transition::{event_kind, restore_limits, transition};
use super::{Recorded, Stopped, apply_new};
use crate::command::Command;
use crate::refusal::Refused;
use crate::state::State;

/// Moves what a payment holds, or part of it.
pub fn capture(
    state: &mut State,
    command: &Command,
    transaction: Uuid,
    id: Uuid,
    amount: Option<i64>,
    is_final: bool,
) -> Result<Recorded, Stopped> {
    let (mut row, side) = payment(state, command, transaction, "captured")?;
    require_authorised(&row)?;
    let remaining = state.hold_of(transaction).map_or(0, |hold| hold.remaining);
    // A payer may settle the whole; to take less and free the rest is the merchant's to decide.
    if side == Side::Payer && amount.is_some_and(|amount| amount != remaining) {
        return Err(Refused::OnlyReceiver.into());
    }
    if row
        .expires_at
        .is_some_and(|deadline| state.now() >= deadline)
    {
        return Err(Refusal::HoldExpired.into());
    }
    let request = Request::Capture {
        id: TransferId(id.as_u128()),
        org: row.org,
        hold: TransferId(transaction.as_u128()),
        amount,
        is_final,
        code: TransactionType::Payment as u16,
    };
    let moved = apply_new(state, &request)?.amount;
    row.captured = row.captured.saturating_add(moved);
    let ended = state
        .hold_of(transaction)
        .is_none_or(|hold| hold.remaining == 0);
    let (to, kind) = if ended {
        (
            TransactionStatus::Completed,
            event_kind(TransactionStatus::Completed),
        )
    } else {
        (TransactionStatus::Authorised, "transaction.captured")
    };
    if ended {
        restore_limits(state, &row, row.amount.saturating_sub(row.captured));
    }
    transition(state, command, row, to, kind, None)
}
