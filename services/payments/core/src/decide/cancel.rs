//! What ends without a capture, or with less than was held: payments that wait for their capture,
//! and transactions that wait for a code or an operator, cancelled by somebody or expired.

use contracts::payments::TransactionStatus;
use ledger::Refusal;
use uuid::Uuid;

use super::payment::{Side, find, require_authorised, require_payment};
use super::transition::{event_kind, restore_limits, transition};
use super::{Recorded, Stopped, release};
use crate::assessment::waits;
use crate::command::{Actor, Command};
use crate::refusal::Refused;
use crate::state::State;
use crate::transaction::Transaction;

/// Frees what a transaction holds.
pub fn cancel(
    state: &mut State,
    command: &Command,
    transaction: Uuid,
    id: Uuid,
) -> Result<Recorded, Stopped> {
    let (row, side) = find(state, command, transaction)?;
    if waits(row.status) {
        require_may_cancel(&row, command.actor)?;
    } else {
        require_payment(&row, "cancelled")?;
        if side == Side::Payer {
            return Err(Refused::OnlyReceiver.into());
        }
        require_authorised(&row)?;
    }
    release(state, &row, id)?;
    free(state, command, row, TransactionStatus::Cancelled)
}

/// What waits is its maker's to cancel. An operator may do it for somebody who cannot show a code;
/// what is in review, operators decline.
fn require_may_cancel(row: &Transaction, actor: Actor) -> Result<(), Refused> {
    let is_operator = matches!(actor, Actor::Operator(_));
    let may_help = is_operator && row.status == TransactionStatus::RequiresVerification;
    if may_help || row.created_by == actor.user() {
        return Ok(());
    }
    Err(Refused::OnlyMaker)
}

/// Frees what a transaction holds, once its deadline has passed.
pub fn expire(
    state: &mut State,
    command: &Command,
    transaction: Uuid,
    id: Uuid,
) -> Result<Recorded, Stopped> {
    let (row, _) = find(state, command, transaction)?;
    if !waits(row.status) {
        require_payment(&row, "expired")?;
        require_authorised(&row)?;
    }
    if row.expires_at.is_none_or(|deadline| state.now() < deadline) {
        return Err(Refusal::HoldNotExpired.into());
    }
    release(state, &row, id)?;
    free(state, command, row, TransactionStatus::Expired)
}

/// What was captured before stays: then the payment is completed with it.
fn free(
    state: &mut State,
    command: &Command,
    mut row: Transaction,
    to: TransactionStatus,
) -> Result<Recorded, Stopped> {
    let to = if row.captured > 0 {
        TransactionStatus::Completed
    } else {
        to
    };
    if waits(row.status) {
        // What one operator proposed has come to nothing.
        row.proposal = None;
    }
    restore_limits(state, &row, row.amount.saturating_sub(row.captured));
    transition(state, command, row, to, event_kind(to), None)
}
