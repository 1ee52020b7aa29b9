//! Transactions that wait for a code or for an operator: what lets them go on, and then happens
//! what their creation would have done. They hold their money meanwhile. How they are cancelled and
//! expire, `cancel.rs` says.

use contracts::payments::TransactionStatus;
use ledger::{AccountNo, Refusal, Request, TransferId};
use uuid::Uuid;

use super::create::{RESUME_AFTER, declined};
use super::payment::find;
use super::proposal::decides;
use super::transition::{event_kind, restore_limits, transition};
use super::{Recorded, Stopped, apply_new, release};
use crate::assessment::{APPROVED, Assessment, DECLINED};
use crate::command::{Actor, Command};
use crate::refusal::Refused;
use crate::state::State;
use crate::transaction::Transaction;
use crate::wallet::WalletStatus;

/// Who made it has shown by a code that it is them.
pub fn confirm(
    state: &mut State,
    command: &Command,
    transaction: Uuid,
    id: Uuid,
) -> Result<Recorded, Stopped> {
    let (row, _) = find(state, command, transaction)?;
    if row.created_by != command.actor.user() {
        return Err(Refused::OnlyMaker.into());
    }
    require(state, &row, TransactionStatus::RequiresVerification)?;
    go_on(state, command, row, id, None)
}

/// An operator says whether it may go on; a second one has to say the same where risk says so.
pub fn review(
    state: &mut State,
    command: &Command,
    transaction: Uuid,
    id: Uuid,
    approve: bool,
    reason: &str,
) -> Result<Recorded, Stopped> {
    let Actor::Operator(operator) = command.actor else {
        return Err(Refused::TransactionNotFound.into());
    };
    let (mut row, _) = find(state, command, transaction)?;
    if takes_part(state, &row, operator) {
        return Err(Refused::OwnCase.into());
    }
    require(state, &row, TransactionStatus::InReview)?;
    let why = Some(reason.to_owned());
    let needs_two = |risk: &Assessment| risk.decision().needs_two;
    if row.risk.as_ref().is_some_and(needs_two) {
        let word = if approve { APPROVED } else { DECLINED };
        if !decides(&mut row, word, operator)? {
            let to = TransactionStatus::InReview;
            return transition(state, command, row, to, "transaction.review_proposed", why);
        }
    }
    if approve {
        return go_on(state, command, row, id, why);
    }
    release(state, &row, id)?;
    restore_limits(state, &row, row.amount);
    row.failure = Some(declined());
    let to = TransactionStatus::Failed;
    transition(state, command, row, to, event_kind(to), why)
}

/// Whether somebody made a transaction, or owns a wallet of it.
fn takes_part(state: &State, row: &Transaction, user: Uuid) -> bool {
    let mut sides = row.from.into_iter().chain(row.to);
    row.created_by == user
        || sides.any(|no| {
            let wallet = state.wallet_by_no(no);
            wallet.is_none_or(|wallet| wallet.owner == user)
        })
}

/// It waits for that, and its time is not over.
fn require(state: &State, row: &Transaction, status: TransactionStatus) -> Result<(), Refused> {
    let waits = row.status == status;
    let is_over = row.expires_at.is_none_or(|end| state.now() >= end);
    if waits && !is_over {
        return Ok(());
    }
    if waits || (row.status == TransactionStatus::Expired && row.had_to_wait()) {
        return Err(Refused::TransactionExpired);
    }
    Err(Refused::WrongState { from: row.status })
}

/// What creation would have done: the acquirer is to be told, the money waits for its capture, or
/// moves. A wallet that was frozen meanwhile stands against it as it would have then.
fn go_on(
    state: &mut State,
    command: &Command,
    mut row: Transaction,
    id: Uuid,
    reason: Option<String>,
) -> Result<Recorded, Stopped> {
    if is_frozen(state, row.from) {
        return Err(Refusal::AccountFrozen.into());
    }
    if is_frozen(state, row.to) {
        let (param, state) = ("to_wallet", "frozen");
        return Err(Refused::WalletNotActive { param, state }.into());
    }
    let now = state.now();
    let hold_for = row.risk.as_ref().and_then(Assessment::hold_for);
    let to = match hold_for.map(|hold_for| now.plus(hold_for)) {
        _ if row.instrument.is_some() => {
            row.due_at = Some(now.plus(RESUME_AFTER));
            row.expires_at = None;
            TransactionStatus::Processing
        }
        Some(end) => {
            row.due_at = Some(end);
            row.expires_at = Some(end);
            TransactionStatus::Authorised
        }
        None => {
            let capture = Request::Capture {
                id: TransferId(id.as_u128()),
                org: row.org,
                hold: TransferId(row.id.as_u128()),
                amount: None,
                is_final: true,
                code: row.kind as u16,
            };
            apply_new(state, &capture)?;
            row.captured = row.amount;
            row.expires_at = None;
            TransactionStatus::Completed
        }
    };
    transition(state, command, row, to, event_kind(to), reason)
}

fn is_frozen(state: &State, side: Option<AccountNo>) -> bool {
    let account = side.and_then(|no| state.book.account_by_no(no));
    account.is_some_and(|it| WalletStatus::of(it.terms.flags) == WalletStatus::Frozen)
}
