//! What became of an instruction to the outside: the acquirer's answer, or two operators' decision.
//! Answers may come late, twice, or against each other; only evidence ends a transaction.

use contracts::identity::UserId;
use contracts::payments::{TransactionStatus, TransactionType};
use ledger::{AccountId, Posting, Refusal, Request, TransferId};
use uuid::Uuid;

use super::create::{event_kind, settlement_account};
use super::follow_up::{give_back, step};
use super::{Recorded, apply_new};
use crate::command::{Command, Outcome};
use crate::journal::state::State;
use crate::journal::store::StoredAnswer;
use crate::refusal::Refused;
use crate::transaction::{Failure, Transaction};

/// Takes an answer of the outside in.
pub fn settle(
    state: &mut State,
    command: &Command,
    transaction: Uuid,
    id: Uuid,
    outcome: &Outcome,
    answers: Option<u128>,
) -> Result<Recorded, Refused> {
    let row = instruction(state, command, transaction)?;
    let document = match row.status {
        TransactionStatus::Processing | TransactionStatus::Unresolved => {
            apply(state, command, row, id, outcome, None)?
        }
        ended => after_the_end(state, command, row, ended, outcome),
    };
    if let Some(stored) = answers.and_then(|scope| state.answer(scope)) {
        // The caller still waits: what it gets is what a repetition will get.
        let event = Some(document.event);
        let body = Some(document.body.clone());
        state.put_answer(StoredAnswer {
            event,
            body,
            ..stored.clone()
        });
    }
    Ok(document)
}

/// An answer to what has ended: the same again changes nothing, another one is written down for an operator.
fn after_the_end(
    state: &mut State,
    command: &Command,
    row: Transaction,
    ended: TransactionStatus,
    outcome: &Outcome,
) -> Recorded {
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
    let (event, body) = state.record_transaction(
        row,
        Some(ended),
        kind,
        command.actor,
        Some(reason.to_owned()),
    );
    Recorded {
        status: 200,
        event,
        body,
    }
}

/// One operator proposes, a second one who says the same decides.
pub fn resolve(
    state: &mut State,
    command: &Command,
    transaction: Uuid,
    id: Uuid,
    completed: bool,
    reason: &str,
) -> Result<Recorded, Refused> {
    let mut row = instruction(state, command, transaction)?;
    if row.status != TransactionStatus::Unresolved {
        return Err(Refused::WrongState { from: row.status });
    }
    let word = if completed { "completed" } else { "failed" };
    let user = UserId(command.actor.user()).to_string();
    let first = row
        .proposal
        .as_deref()
        .and_then(|proposal| proposal.split_once(' '));
    let why = Some(reason.to_owned());
    match first {
        Some((proposed, by)) if proposed == word && by != user => {
            row.proposal = None;
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
        Some((proposed, by)) if proposed == word && by == user => {
            Err(Refused::SecondOperatorNeeded)
        }
        _ => {
            row.proposal = Some(format!("{word} {user}"));
            let to = TransactionStatus::Unresolved;
            Ok(step(
                state,
                command,
                row,
                to,
                "transaction.resolution_proposed",
                why,
            ))
        }
    }
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

fn apply(
    state: &mut State,
    command: &Command,
    mut row: Transaction,
    id: Uuid,
    outcome: &Outcome,
    reason: Option<String>,
) -> Result<Recorded, Refused> {
    row.attempts = row.attempts.saturating_add(1);
    let to = match outcome {
        Outcome::Completed => match complete(state, &row, id) {
            Ok(()) => {
                row.captured = row.amount;
                TransactionStatus::Completed
            }
            // The money moved outside, and cannot be entered here: nothing less than an operator ends this.
            Err(refused) => {
                let why = format!("The money moved outside but could not be entered: {refused}.");
                row.due_at = None;
                let to = TransactionStatus::Unresolved;
                return Ok(step(state, command, row, to, event_kind(to), Some(why)));
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
    Ok(step(state, command, row, to, event_kind(to), reason))
}

fn complete(state: &mut State, row: &Transaction, id: Uuid) -> Result<(), Refused> {
    let savepoint = state.book.savepoint();
    let request = if row.kind == TransactionType::Withdrawal {
        Request::Capture {
            id: TransferId(id.as_u128()),
            org: row.org,
            hold: TransferId(row.id.as_u128()),
            amount: None,
            is_final: true,
            code: TransactionType::Withdrawal as u16,
        }
    } else {
        let settlement = settlement_account(state, row.org, row.currency)?;
        let wallet = row.to.and_then(|no| state.book.account_by_no(no));
        let wallet = wallet.ok_or(Refusal::CreditAccountNotFound)?.id;
        // As with a transfer, the money moves under the transaction's own id: statements find it by that.
        Request::Post(Posting {
            id: TransferId(row.id.as_u128()),
            org: row.org,
            debit: AccountId(settlement.as_u128()),
            credit: wallet,
            amount: row.amount,
            currency: row.currency,
            code: TransactionType::Deposit as u16,
        })
    };
    apply_new(state, &request)
        .map(|_| ())
        .inspect_err(|_| state.book.rollback(savepoint))
}

fn fail(state: &mut State, row: &Transaction, id: Uuid) -> Result<(), Refused> {
    if row.kind == TransactionType::Withdrawal {
        let (id, hold) = (TransferId(id.as_u128()), TransferId(row.id.as_u128()));
        let release = Request::Release {
            id,
            org: row.org,
            hold,
        };
        apply_new(state, &release)?;
        give_back(state, row, row.amount);
    }
    Ok(())
}
