//! The decisions: one command against the working set, pure, in order. A refusal leaves the set as
//! it was; an answer is given to its caller only after the batch is durable.

mod cancel;
mod capture;
mod create;
mod ledger;
mod level;
mod owners;
mod payment;
mod proposal;
mod recorded_refund_request;
mod refund;
mod refund_request;
mod settle;
mod system_accounts;
mod transition;
mod waiting;
#[cfg(test)]
mod waiting_tests;
mod wallets;

use ::ledger::{Applied, Refusal, Request, Transfer, TransferId};
use contracts::payments::{TransactionId, TransactionStatus};
use uuid::Uuid;

use crate::batch::StoredAnswer;
use crate::command::{Answer, Command, Operation, Reply};
use crate::document::Document;
use crate::refusal::Refused;
use crate::state::State;
use crate::transaction::Transaction;

/// What a decision recorded, which it answers with: the document, and the event that left it so.
struct Recorded {
    is_new: bool,
    event: u64,
    body: Document,
}

impl Recorded {
    /// Something that was not there before.
    fn created((event, body): (u64, Document)) -> Self {
        Self {
            is_new: true,
            event,
            body,
        }
    }

    /// A change, or something that is only recorded.
    fn done((event, body): (u64, Document)) -> Self {
        Self {
            is_new: false,
            event,
            body,
        }
    }
}

/// A command would take a transaction from one state to another that may not follow: a fault of
/// PayFlow, not of the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a command would take {} from {from} to {to}, which is not allowed; nothing was done",
    TransactionId(*.transaction)
)]
pub struct ForbiddenTransition {
    /// The transaction.
    pub transaction: Uuid,
    /// Where it is.
    pub from: TransactionStatus,
    /// Where it would go.
    pub to: TransactionStatus,
}

/// Why a command has no effect.
#[derive(Debug)]
enum Stopped {
    /// It is refused.
    Refused(Refused),
    /// It would do what can never be right.
    Forbidden(ForbiddenTransition),
}

impl From<Refused> for Stopped {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<Refusal> for Stopped {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.into())
    }
}

/// Decides one command.
///
/// # Errors
/// [`ForbiddenTransition`]: it then changes nothing, like a refusal.
pub fn decide(state: &mut State, command: &Command) -> Result<Answer, ForbiddenTransition> {
    if let Some(key) = command.idempotency
        && let Some(stored) = state.answer(key.scope)
    {
        return Ok(if key.body == stored.body_hash {
            Answer::Replayed(stored.reply.clone())
        } else {
            Answer::Refused(Refused::IdempotencyKeyReused)
        });
    }
    let savepoint = state.savepoint();
    match carry_out(state, command) {
        Ok(Done::Recorded(recorded)) => {
            let Recorded {
                is_new,
                event,
                body,
            } = recorded;
            if command.idempotency.is_some() {
                let body = body.clone();
                let reply = if is_new {
                    Reply::Created(body)
                } else {
                    Reply::Done(body)
                };
                store_reply(state, command, Some(event), reply);
            }
            Ok(if is_new {
                Answer::Created(body)
            } else {
                Answer::Done(body)
            })
        }
        Ok(Done::Answer(answer)) => Ok(answer),
        Err(Stopped::Forbidden(transition)) => {
            state.rollback(savepoint);
            Err(transition)
        }
        Err(Stopped::Refused(refused)) => {
            state.rollback(savepoint);
            if command.idempotency.is_some() {
                let reply = Reply::Refused {
                    refused: refused.clone(),
                    request_id: command.request_id.clone(),
                };
                store_reply(state, command, None, reply);
            }
            Ok(Answer::Refused(refused))
        }
    }
}

/// Applies a request under an id that must be new: what a transaction counts, it may count only
/// once.
fn apply_new(state: &mut State, request: &Request) -> Result<Transfer, Refused> {
    match state.book.apply(request)? {
        Applied::Made(row) => Ok(row),
        Applied::Exists(_) => Err(Refusal::IdExistsWithDifferentFields.into()),
    }
}

/// Frees what a transaction holds.
fn release(state: &mut State, row: &Transaction, id: Uuid) -> Result<(), Refused> {
    let release = Request::Release {
        id: TransferId(id.as_u128()),
        org: row.org,
        hold: TransferId(row.id.as_u128()),
    };
    apply_new(state, &release).map(|_| ())
}

enum Done {
    Recorded(Recorded),
    Answer(Answer),
}

impl From<Recorded> for Done {
    fn from(recorded: Recorded) -> Self {
        Self::Recorded(recorded)
    }
}

fn carry_out(state: &mut State, command: &Command) -> Result<Done, Stopped> {
    Ok(match &command.operation {
        Operation::OpenAccounts(accounts) => {
            Done::Answer(ledger::open_accounts(state, command, accounts))
        }
        Operation::Post(requests) => Done::Answer(ledger::post(state, command, requests)),
        Operation::ExpireHold { hold, id } => {
            Done::Answer(ledger::expire(state, command.org, *hold, *id))
        }
        Operation::OpenWallet(wallet) => wallets::open(state, command, wallet)?.into(),
        Operation::CloseOwner(owner) => Done::Answer(owners::close(state, command, *owner)?),
        Operation::ChangeWallet { wallet, change } => {
            wallets::change(state, command, *wallet, change)?.into()
        }
        Operation::Create(new) => create::create(state, command, new)?.into(),
        Operation::Capture {
            transaction,
            id,
            amount,
            is_final,
        } => capture::capture(state, command, *transaction, *id, *amount, *is_final)?.into(),
        Operation::Cancel { transaction, id } => {
            cancel::cancel(state, command, *transaction, *id)?.into()
        }
        Operation::Expire { transaction, id } => {
            cancel::expire(state, command, *transaction, *id)?.into()
        }
        Operation::Confirm { transaction, id } => {
            waiting::confirm(state, command, *transaction, *id)?.into()
        }
        Operation::Review {
            transaction,
            id,
            approve,
            reason,
        } => waiting::review(state, command, *transaction, *id, *approve, reason)?.into(),
        Operation::Refund {
            transaction,
            id,
            amount,
            reason,
        } => refund::refund(state, command, *transaction, *id, *amount, reason.clone())?.into(),
        Operation::RefundRequest {
            transaction,
            change,
        } => refund_request::change(state, command, *transaction, change)?.into(),
        Operation::Settle {
            transaction,
            id,
            outcome,
            answers,
        } => settle::settle(state, command, *transaction, *id, outcome, *answers)?.into(),
        Operation::Resolve {
            transaction,
            id,
            completed,
            reason,
        } => settle::resolve(state, command, *transaction, *id, *completed, reason)?.into(),
        Operation::AcceptClock { reason } => {
            Recorded::done(state.record_acceptance(command.org, command.actor, reason)).into()
        }
    })
}

/// Keeps the reply under the command's idempotency key, so that it is in the same commit as the
/// effect.
fn store_reply(state: &mut State, command: &Command, event: Option<u64>, reply: Reply) {
    if let Some(key) = command.idempotency {
        let created_at = state.now().micros();
        state.put_answer(StoredAnswer {
            scope: key.scope,
            org: command.org,
            body_hash: key.body,
            event,
            reply,
            created_at,
        });
    }
}
