//! Refunds: transactions of their own, which name the original.

use contracts::payments::{TransactionStatus, TransactionType};
use ledger::{AccountId, Posting, Request, TransferId};
use uuid::Uuid;

use super::payment::{Side, payment};
use super::recorded_refund_request::accept_met;
use super::transition::{event_kind, transition};
use super::{Recorded, Stopped, apply_new};
use crate::command::Command;
use crate::refusal::Refused;
use crate::state::State;
use crate::transaction::Transaction;

/// Gives money back: a transaction of its own, which names the original.
pub fn refund(
    state: &mut State,
    command: &Command,
    transaction: Uuid,
    id: Uuid,
    amount: Option<i64>,
    reason: Option<String>,
) -> Result<Recorded, Stopped> {
    let (mut original, side) = payment(state, command, transaction, "refunded")?;
    if side == Side::Payer {
        return Err(Refused::OnlyReceiver.into());
    }
    let from = original.status;
    if from == TransactionStatus::Reversed {
        return Err(Refused::AlreadyReversed.into());
    }
    if from != TransactionStatus::Completed {
        return Err(Refused::WrongState { from }.into());
    }
    let amount = amount.unwrap_or_else(|| original.refundable());
    if amount > original.refundable() {
        return Err(Refused::RefundExceedsOriginal.into());
    }
    let account_id = |no| state.book.account_by_no(no).map(|account| account.id);
    let (Some(payer), Some(merchant)) = (
        original.from.and_then(account_id),
        original.to.and_then(account_id),
    ) else {
        return Err(Refused::TransactionNotFound.into());
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
    original = accept_met(state, command, original, amount);
    original.refunded = original.refunded.saturating_add(amount);
    let (to, kind) = if original.refunded == original.captured {
        (
            TransactionStatus::Reversed,
            event_kind(TransactionStatus::Reversed),
        )
    } else {
        (TransactionStatus::Completed, "transaction.refunded")
    };
    transition(state, command, original, to, kind, reason.clone())?;
    let kind = event_kind(TransactionStatus::Completed);
    Ok(Recorded::created(state.record_transaction(
        refund,
        None,
        kind,
        command.actor,
        reason,
    )))
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
    let (from, from_prev) = state.link_wallet(Some(Uuid::from_u128(merchant.0)), no);
    let (to, to_prev) = state.link_wallet(Some(Uuid::from_u128(payer.0)), no);
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
        proposal: None,
        original: Some(original.id),
        created_by: command.actor.user(),
        due_at: None,
        last_event: 0,
        created_at: now,
        updated_at: now,
        completed_at: Some(now),
        expires_at: None,
        risk: None,
        ..original.clone()
    }
}
