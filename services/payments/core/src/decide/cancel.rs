//! Payments that end without a capture, or with less than was held: cancelled by somebody, or
//! expired.

use contracts::payments::TransactionStatus;
use ledger::{Refusal, Request, TransferId};
use uuid::Uuid;

use super::payment::{Side, payment, require_authorised};
use super::transition::{event_kind, restore_limits, transition};
use super::{Recorded, Stopped, apply_new};
use crate::command::Command;
use crate::refusal::Refused;
use crate::state::State;
use crate::transaction::Transaction;

/// Frees what a payment holds.
pub fn cancel(
    state: &mut State,
    command: &Command,
    transaction: Uuid,
    id: Uuid,
) -> Result<Recorded, Stopped> {
    let (row, side) = payment(state, command, transaction, "cancelled")?;
    if side == Side::Payer {
        return Err(Refused::OnlyReceiver.into());
    }
    require_authorised(&row)?;
    let (id, hold) = (TransferId(id.as_u128()), TransferId(transaction.as_u128()));
    let release = Request::Release {
        id,
        org: row.org,
        hold,
    };
    apply_new(state, &release)?;
    free(state, command, row, TransactionStatus::Cancelled)
}

/// Frees what a payment holds, once its deadline has passed.
pub fn expire(
    state: &mut State,
    command: &Command,
    transaction: Uuid,
    id: Uuid,
) -> Result<Recorded, Stopped> {
    let (row, _) = payment(state, command, transaction, "expired")?;
    require_authorised(&row)?;
    if row.expires_at.is_none_or(|deadline| state.now() < deadline) {
        return Err(Refusal::HoldNotExpired.into());
    }
    let (id, hold) = (TransferId(id.as_u128()), TransferId(transaction.as_u128()));
    let release = Request::Release {
        id,
        org: row.org,
        hold,
    };
    apply_new(state, &release)?;
    free(state, command, row, TransactionStatus::Expired)
}

/// What was captured before stays: then the payment is completed with it.
fn free(
    state: &mut State,
    command: &Command,
    row: Transaction,
    to: TransactionStatus,
) -> Result<Recorded, Stopped> {
    let to = if row.captured > 0 {
        TransactionStatus::Completed
    } else {
        to
    };
    restore_limits(state, &row, row.amount.saturating_sub(row.captured));
    transition(state, command, row, to, event_kind(to), None)
}
