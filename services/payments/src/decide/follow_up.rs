//! What becomes of a payment: capture, cancel, expiry, refund.

use contracts::payments::{TransactionStatus, TransactionType};
use ledger::{AccountId, Posting, Refusal, Request, TransferId};
use uuid::Uuid;

use super::create::{event_kind, link_receiving};
use super::{Recorded, apply_new};
use crate::command::{Actor, Command};
use crate::journal::state::State;
use crate::refusal::Refused;
use crate::transaction::{Transaction, may_follow};

/// Moves what a payment holds, or part of it.
pub fn capture(
    state: &mut State,
    command: &Command,
    transaction: Uuid,
    id: Uuid,
    amount: Option<i64>,
    is_final: bool,
) -> Result<Recorded, Refused> {
    let (mut row, side) = payment(state, command, transaction, "captured")?;
    require_authorised(&row)?;
    let remaining = state.hold_of(transaction).map_or(0, |hold| hold.remaining);
    // A payer may settle the whole; to take less and free the rest is the merchant's to decide.
    if side == Side::Payer && amount.is_some_and(|amount| amount != remaining) {
        return Err(Refused::OnlyReceiver);
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
        give_back(state, &row, row.amount.saturating_sub(row.captured));
    }
    Ok(step(state, command, row, to, kind, None))
}

/// Frees what a payment holds.
pub fn cancel(
    state: &mut State,
    command: &Command,
    transaction: Uuid,
    id: Uuid,
) -> Result<Recorded, Refused> {
    let (row, side) = payment(state, command, transaction, "cancelled")?;
    if side == Side::Payer {
        return Err(Refused::OnlyReceiver);
    }
    require_authorised(&row)?;
    let (id, hold) = (TransferId(id.as_u128()), TransferId(transaction.as_u128()));
    let release = Request::Release {
        id,
        org: row.org,
        hold,
    };
    apply_new(state, &release)?;
    Ok(free(state, command, row, TransactionStatus::Cancelled))
}

/// Frees what a payment holds, once its deadline has passed.
pub fn expire(
    state: &mut State,
    command: &Command,
    transaction: Uuid,
    id: Uuid,
) -> Result<Recorded, Refused> {
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
    Ok(free(state, command, row, TransactionStatus::Expired))
}

/// What was captured before stays: then the payment is completed with it.
fn free(state: &mut State, command: &Command, row: Transaction, to: TransactionStatus) -> Recorded {
    let to = if row.captured > 0 {
        TransactionStatus::Completed
    } else {
        to
    };
    give_back(state, &row, row.amount.saturating_sub(row.captured));
    step(state, command, row, to, event_kind(to), None)
}

/// Gives money back: a transaction of its own, which names the original.
pub fn refund(
    state: &mut State,
    command: &Command,
    transaction: Uuid,
    id: Uuid,
    amount: Option<i64>,
    reason: Option<String>,
) -> Result<Recorded, Refused> {
    let (mut original, side) = payment(state, command, transaction, "refunded")?;
    if side == Side::Payer {
        return Err(Refused::OnlyReceiver);
    }
    match original.status {
        TransactionStatus::Completed => {}
        TransactionStatus::Reversed => return Err(Refused::AlreadyReversed),
        from => return Err(Refused::WrongState { from }),
    }
    let amount = amount.unwrap_or_else(|| original.refundable());
    if amount > original.refundable() {
        return Err(Refused::RefundExceedsOriginal);
    }
    let account_id = |no| state.book.account_by_no(no).map(|account| account.id);
    let (Some(payer), Some(merchant)) = (
        original.from.and_then(account_id),
        original.to.and_then(account_id),
    ) else {
        return Err(Refused::TransactionNotFound);
    };
    let posting = Posting {
        id: TransferId(id.as_u128()),
        org: original.org,
        debit: merchant,
        credit: payer,
        amount,
        currency: original.currency,
        code: TransactionType::Refund as u16,
    };
    apply_new(state, &Request::Post(posting))?;
    let refund = refund_row(
        state,
        command,
        &original,
        id,
        amount,
        reason.clone(),
        (merchant, payer),
    );
    original.refunded = original.refunded.saturating_add(amount);
    let (to, kind) = if original.refunded == original.captured {
        (
            TransactionStatus::Reversed,
            event_kind(TransactionStatus::Reversed),
        )
    } else {
        (TransactionStatus::Completed, "transaction.refunded")
    };
    step(state, command, original, to, kind, reason.clone());
    let kind = event_kind(TransactionStatus::Completed);
    let (event, body) = state.record_transaction(refund, None, kind, command.actor, reason);
    Ok(Recorded {
        status: 201,
        event,
        body,
    })
}

fn refund_row(
    state: &mut State,
    command: &Command,
    original: &Transaction,
    id: Uuid,
    amount: i64,
    reason: Option<String>,
    (merchant, payer): (AccountId, AccountId),
) -> Transaction {
    let no = state.next_transaction();
    let (from, from_prev) = link_receiving(state, Some(Uuid::from_u128(merchant.0)), no);
    let (to, to_prev) = link_receiving(state, Some(Uuid::from_u128(payer.0)), no);
    let now = state.now();
    Transaction {
        no,
        id,
        kind: TransactionType::Refund,
        status: TransactionStatus::Completed,
        amount,
        from,
        to,
        from_prev,
        to_prev,
        captured: amount,
        refunded: 0,
        description: reason,
        external_id: None,
        metadata: None,
        original: Some(original.id),
        created_by: command.actor.user(),
        due_at: None,
        last_event: 0,
        created_at: now,
        updated_at: now,
        completed_at: Some(now),
        expires_at: None,
        ..original.clone()
    }
}

/// On which side of a payment the actor stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Payer,
    Merchant,
}

/// The payment, if the actor may know of it. Operators and PayFlow itself stand on the merchant's side.
fn payment(
    state: &State,
    command: &Command,
    id: Uuid,
    act: &'static str,
) -> Result<(Transaction, Side), Refused> {
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
    if row.kind != TransactionType::Payment {
        return Err(Refused::NotPossibleForType(act));
    }
    Ok((row.clone(), side))
}

fn require_authorised(row: &Transaction) -> Result<(), Refused> {
    match row.status {
        TransactionStatus::Authorised => Ok(()),
        TransactionStatus::Cancelled => Err(Refusal::HoldAlreadyReleased.into()),
        TransactionStatus::Expired => Err(Refusal::HoldExpired.into()),
        TransactionStatus::Completed | TransactionStatus::Reversed => {
            Err(Refusal::HoldAlreadyCaptured.into())
        }
        from => Err(Refused::WrongState { from }),
    }
}

/// Money that never left does not count against the limits. What PayFlow itself made never counted.
pub fn give_back(state: &mut State, row: &Transaction, amount: i64) {
    let now = state.now();
    if amount > 0
        && !row.created_by.is_nil()
        && let Some(no) = row.from
    {
        let made_at = state.made_at(row);
        state.change_wallet(no, |wallet| {
            wallet.used = wallet.used.less(amount, made_at, now);
        });
    }
}

/// Takes a transaction to its next state.
pub fn step(
    state: &mut State,
    command: &Command,
    mut row: Transaction,
    to: TransactionStatus,
    kind: &'static str,
    reason: Option<String>,
) -> Recorded {
    let from = row.status;
    debug_assert!(may_follow(from, to), "{from} -> {to} is not in the table");
    row.status = to;
    let now = state.now();
    if to == TransactionStatus::Completed && row.completed_at.is_none() {
        row.completed_at = Some(now);
    }
    if !matches!(
        to,
        TransactionStatus::Authorised | TransactionStatus::Unresolved
    ) {
        row.due_at = None;
    }
    let (event, body) = state.record_transaction(row, Some(from), kind, command.actor, reason);
    Recorded {
        status: 200,
        event,
        body,
    }
}
