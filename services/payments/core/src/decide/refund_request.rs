//! Refund requests: a payer asks, the receiving side answers. Accepting one makes the refund in the
//! same commit.

use contracts::payments::TransactionStatus;
use ledger::Refusal;
use uuid::Uuid;

use super::payment::{Side, payment};
use super::recorded_refund_request::record;
use super::refund::refund;
use super::{Recorded, Stopped};
use crate::command::{Command, RefundRequestChange};
use crate::refund_request::{MOST_REFUND_REQUESTS, RefundRequest, StoredStatus};
use crate::refusal::Refused;
use crate::state::State;
use crate::transaction::Transaction;

/// Asks for a refund, or answers who has asked.
pub fn change(
    state: &mut State,
    command: &Command,
    transaction: Uuid,
    change: &RefundRequestChange,
) -> Result<Recorded, Stopped> {
    let (row, side) = payment(state, command, transaction, "refunded")?;
    let by_payer = matches!(
        change,
        RefundRequestChange::Ask { .. } | RefundRequestChange::Withdraw { .. }
    );
    match (by_payer, side) {
        (true, Side::Payer) | (false, Side::Merchant) => {}
        (true, Side::Merchant) => return Err(Refused::OnlyPayer.into()),
        (false, Side::Payer) => return Err(Refused::OnlyReceiverAnswers.into()),
    }
    match change {
        RefundRequestChange::Ask {
            id,
            amount,
            reason,
            lasts,
        } => ask(state, command, row, (*id, *amount, reason, *lasts)),
        RefundRequestChange::Withdraw { request } => {
            let request = open(state, &row, *request)?;
            let status = StoredStatus::Withdrawn;
            Ok(record(
                state,
                command,
                row,
                RefundRequest { status, ..request },
            ))
        }
        RefundRequestChange::Decline { request, reason } => {
            let request = RefundRequest {
                status: StoredStatus::Declined,
                answer: Some(reason.clone()),
                ..open(state, &row, *request)?
            };
            Ok(record(state, command, row, request))
        }
        RefundRequestChange::Accept { request, id } => {
            let RefundRequest { amount, reason, .. } = open(state, &row, *request)?;
            let amount = amount.min(row.refundable());
            refund(state, command, transaction, *id, Some(amount), Some(reason))
        }
    }
}

fn ask(
    state: &mut State,
    command: &Command,
    row: Transaction,
    (id, amount, reason, lasts): (Uuid, Option<i64>, &str, i64),
) -> Result<Recorded, Stopped> {
    let from = row.status;
    if from == TransactionStatus::Reversed {
        return Err(Refused::AlreadyReversed.into());
    }
    if from != TransactionStatus::Completed {
        return Err(Refused::WrongState { from }.into());
    }
    let amount = amount.unwrap_or_else(|| row.refundable());
    if amount <= 0 {
        return Err(Refusal::AmountMustBePositive.into());
    }
    if amount > row.refundable() {
        return Err(Refused::RefundExceedsOriginal.into());
    }
    let now = state.now();
    let last = row.refund_request();
    if last.as_ref().is_some_and(|it| it.is_open(now)) {
        return Err(Refused::RefundAlreadyRequested.into());
    }
    let count = last.map_or(0, |it| it.count);
    if count >= MOST_REFUND_REQUESTS {
        let most = MOST_REFUND_REQUESTS;
        return Err(Refused::TooManyRefundRequests { most }.into());
    }
    let request = RefundRequest {
        id,
        status: StoredStatus::Open,
        amount,
        by: command.actor.user(),
        reason: reason.to_owned(),
        answer: None,
        created_at: now.micros(),
        expires_at: now.plus(lasts).micros(),
        refunded_before: row.refunded,
        count: count.saturating_add(1),
    };
    let Recorded { event, body, .. } = record(state, command, row, request);
    Ok(Recorded::created((event, body)))
}

/// The request of a payment, where it is the one that is meant and can still be answered.
fn open(state: &State, row: &Transaction, id: Uuid) -> Result<RefundRequest, Refused> {
    row.refund_request()
        .filter(|request| request.id == id && request.is_open(state.now()))
        .ok_or(Refused::NoOpenRefundRequest)
}
