//! What became of an instruction to the outside: the acquirer's answer, or two operators' decision.
//! Answers may come late, twice, or against each other; only evidence ends a transaction.

use contracts::payments::{TransactionStatus, TransactionType};
use ledger::{AccountId, Posting, Refusal, Request, TransferId};
use uuid::Uuid;

use super::proposal::decides;
use super::system_accounts::{settlement_account, system_account};
use super::transition::{event_kind, restore_limits, transition};
use super::{Recorded, Stopped, apply_new, release};
use crate::assessment::waits;
use crate::batch::StoredAnswer;
use crate::command::{Command, Outcome, Reply};
use crate::refusal::Refused;
use crate::state::State;
use crate::transaction::{Failure, Transaction};
use crate::wallet::{SystemAccount, suspended};

/// Takes an answer of the outside in.
pub fn settle(
    state: &mut State,
    command: &Command,
    transaction: Uuid,
    id: Uuid,
    outcome: &Outcome,
    answers: Option<u128>,
) -> Result<Recorded, Stopped> {
    let row = instruction(state, command, transaction)?;
    if waits(row.status) {
        // Nobody was told of it yet.
        return Err(Refused::WrongState { from: row.status }.into());
    }
    let is_open = matches!(
        row.status,
        TransactionStatus::Processing | TransactionStatus::Unresolved
    );
    let document = if is_open {
        apply(state, command, row, id, outcome, None)?
    } else {
        record_late_answer(state, command, row, outcome)
    };
    if let Some(stored) = answers.and_then(|scope| state.answer(scope)) {
        // The caller still waits: what it gets is what a repetition will get.
        let event = Some(document.event);
        let body = document.body.clone();
        let reply = match &stored.reply {
            Reply::Done(_) => Reply::Done(body),
            Reply::Created(_) | Reply::Refused { .. } | Reply::StoredRefusal { .. } => {
                Reply::Created(body)
            }
        };
        state.put_answer(StoredAnswer {
            event,
            reply,
            ..stored.clone()
        });
    }
    Ok(document)
}

/// An answer to what has ended: the same again changes nothing, another one is written down for an
/// operator.
fn record_late_answer(
    state: &mut State,
    command: &Command,
    row: Transaction,
    outcome: &Outcome,
) -> Recorded {
    let ended = row.status;
    let same = match outcome {
        Outcome::Completed => matches!(
            ended,
            TransactionStatus::Completed | TransactionStatus::Reversed
        ),
        Outcome::Failed(_) => ended == TransactionStatus::Failed,
        Outcome::Unknown { .. } => true,
    };
    let (kind, reason) = if same {
        (
            "transaction.answered_again",
            "The acquirer gave the same answer once more; nothing changed.",
        )
    } else {
        (
            "transaction.contradicted",
            "The acquirer contradicted its first answer; an operator has to look.",
        )
    };
    Recorded::done(state.record_transaction(
        row,
        Some(ended),
        kind,
        command.actor,
        Some(reason.to_owned()),
    ))
}

/// One operator proposes, a second one who says the same decides.
pub fn resolve(
    state: &mut State,
    command: &Command,
    transaction: Uuid,
    id: Uuid,
    completed: bool,
    reason: &str,
) -> Result<Recorded, Stopped> {
    let mut row = instruction(state, command, transaction)?;
    if row.status != TransactionStatus::Unresolved {
        return Err(Refused::WrongState { from: row.status }.into());
    }
    let word = if completed { "completed" } else { "failed" };
    let why = Some(reason.to_owned());
    if !decides(&mut row, word, command.actor.user())? {
        let to = TransactionStatus::Unresolved;
        let kind = "transaction.resolution_proposed";
        return transition(state, command, row, to, kind, why);
    }
    let outcome = if completed {
        Outcome::Completed
    } else {
        let detail = format!("Two operators decided that the money did not move: {reason}");
        Outcome::Failed(Failure {
            code: "resolved_as_failed".to_owned(),
            detail,
        })
    };
    apply(state, command, row, id, &outcome, why)
}

fn instruction(state: &State, command: &Command, id: Uuid) -> Result<Transaction, Refused> {
    let row = state
        .transaction(id)
        .filter(|row| row.org == command.org)
        .ok_or(Refused::TransactionNotFound)?;
    if row.instrument.is_none() {
        return Err(Refused::NotPossibleForType("resolved"));
    }
    Ok(row.clone())
}

/// What an answer of the outside does; two operators have a reason, the acquirer has none.
fn apply(
    state: &mut State,
    command: &Command,
    mut row: Transaction,
    id: Uuid,
    outcome: &Outcome,
    mut reason: Option<String>,
) -> Result<Recorded, Stopped> {
    row.attempts = row.attempts.saturating_add(1);
    let to = match outcome {
        Outcome::Completed => match complete(state, &row, id) {
            Ok(()) => TransactionStatus::Completed,
            // What was held can be entered; at most the id is taken, and under another one it
            // succeeds.
            Err(refused) if is_held(state, &row) => return Err(refused.into()),
            Err(refused) => {
                // The money moved outside, and its wallet cannot take it: that is for two operators
                // to see.
                let to = match &reason {
                    Some(_) => {
                        suspend(state, &row)?;
                        TransactionStatus::Completed
                    }
                    None => TransactionStatus::Unresolved,
                };
                row.due_at = None;
                reason = Some(timeline_reason(reason, &refused));
                to
            }
        },
        Outcome::Failed(failure) => {
            fail(state, &row, id)?;
            row.failure = Some(failure.clone());
            TransactionStatus::Failed
        }
        Outcome::Unknown { ask_at } => {
            row.due_at = *ask_at;
            TransactionStatus::Unresolved
        }
    };
    if to == TransactionStatus::Completed {
        row.captured = row.amount;
    }
    transition(state, command, row, to, event_kind(to), reason)
}

/// What the timeline says of money that moved outside and could not be entered on its wallet.
fn timeline_reason(of_operators: Option<String>, refused: &Refused) -> String {
    match of_operators {
        None => format!("The money moved outside but could not be entered: {refused}."),
        Some(reason) => {
            format!("{reason} (Entered on the suspense account: {refused}.)")
        }
    }
}

/// Whether what moves outside is held here. Deposits that versions before this one sent to the
/// acquirer are not.
fn is_held(state: &State, row: &Transaction) -> bool {
    row.kind == TransactionType::Withdrawal || state.hold_of(row.id).is_some()
}

fn complete(state: &mut State, row: &Transaction, id: Uuid) -> Result<(), Refused> {
    let request = if is_held(state, row) {
        Request::Capture {
            id: TransferId(id.as_u128()),
            org: row.org,
            hold: TransferId(row.id.as_u128()),
            amount: None,
            is_final: true,
            code: row.kind as u16,
        }
    } else {
        let settlement = settlement_account(state, row.org, row.currency)?;
        let wallet = receiver(state, row)?;
        // Without a hold the money moves under the transaction's own id: statements find it by
        // that.
        deposit(row, row.id, AccountId(settlement.as_u128()), wallet)
    };
    apply_new(state, &request).map(|_| ())
}

/// Enters a deposit that nothing was held for and that its wallet cannot take, because it is
/// closed, or the settlement account, because it is full: the suspense account stands in for the
/// one that cannot.
fn suspend(state: &mut State, row: &Transaction) -> Result<(), Refused> {
    let settlement = settlement_account(state, row.org, row.currency)?;
    let suspense = system_account(state, SystemAccount::Suspense, row.org, row.currency)?;
    let [settlement, suspense] = [settlement, suspense].map(|account| AccountId(account.as_u128()));
    let wallet = receiver(state, row)?;
    let id = suspended(row.id);
    apply_new(state, &deposit(row, id, settlement, suspense))
        .or_else(|_| apply_new(state, &deposit(row, id, suspense, wallet)))
        .map(|_| ())
}

fn receiver(state: &State, row: &Transaction) -> Result<AccountId, Refused> {
    let wallet = row.to.and_then(|no| state.book.account_by_no(no));
    Ok(wallet.ok_or(Refusal::CreditAccountNotFound)?.id)
}

fn deposit(row: &Transaction, id: Uuid, debit: AccountId, credit: AccountId) -> Request {
    Request::Post(Posting {
        id: TransferId(id.as_u128()),
        org: row.org,
        debit,
        credit,
        amount: row.amount,
        currency: row.currency,
        code: row.kind as u16,
    })
}

fn fail(state: &mut State, row: &Transaction, id: Uuid) -> Result<(), Refused> {
    if is_held(state, row) {
        release(state, row, id)?;
        restore_limits(state, row, row.amount);
    }
    Ok(())
}
