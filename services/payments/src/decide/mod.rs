//! The decisions: one command against the working set, pure, in order. A refusal leaves the set as it was;
//! an answer is given to its caller only after the batch is durable.

mod create;
mod follow_up;
mod ledger;
mod owners;
mod settle;
mod wallets;

use ::ledger::{Applied, Refusal, Request, Transfer};
use contracts::payments::{TransactionId, TransactionStatus};
use uuid::Uuid;
use web::problem::Problem;

use crate::command::{Act, Answer, Command, Fault};
use crate::document::Document;
use crate::journal::state::State;
use crate::journal::store::StoredAnswer;
use crate::refusal::Refused;

/// What a decision recorded, which it answers with: the status, and the event that left the document so.
struct Recorded {
    status: u16,
    event: u64,
    body: Document,
}

/// Why a command has no effect.
#[derive(Debug)]
enum Stopped {
    /// It is refused.
    Refused(Refused),
    /// It would take a transaction from one state to another that may not follow: a fault of ours.
    Transition {
        transaction: Uuid,
        from: TransactionStatus,
        to: TransactionStatus,
    },
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
/// [`Fault::Internal`] where the command would do what can never be right. It then changes nothing, like a refusal.
pub fn decide(state: &mut State, command: &Command) -> Result<Answer, Fault> {
    if let Some(stored) = command.idempotency.and_then(|key| state.answer(key.scope)) {
        let same = command
            .idempotency
            .is_some_and(|key| key.body == stored.body_hash);
        return Ok(match (&stored.body, same) {
            (Some(body), true) => Answer::Json {
                status: stored.status,
                body: body.clone(),
                replayed: true,
            },
            (None, _) | (_, false) => Answer::Refused(Refused::IdempotencyKeyReused),
        });
    }
    let savepoint = state.savepoint();
    Ok(match act(state, command) {
        Ok(Done::Recorded(recorded)) => {
            store_answer(
                state,
                command,
                recorded.status,
                Some(recorded.event),
                &recorded.body,
            );
            Answer::Json {
                status: recorded.status,
                body: recorded.body,
                replayed: false,
            }
        }
        Ok(Done::Answer(answer)) => answer,
        Err(Stopped::Transition {
            transaction,
            from,
            to,
        }) => {
            state.rollback(savepoint);
            let transaction = TransactionId(transaction);
            tracing::error!(%transaction, %from, %to, "a command would take a transaction where it may not go; nothing was done");
            return Err(Fault::Internal);
        }
        Err(Stopped::Refused(refused)) => {
            state.rollback(savepoint);
            if command.idempotency.is_some() {
                let problem = Problem {
                    request_id: command.request_id.as_deref().map(str::to_owned),
                    ..Problem::from(&refused)
                };
                store_answer(
                    state,
                    command,
                    problem.status,
                    None,
                    &Document::Text(problem.to_json().into()),
                );
            }
            Answer::Refused(refused)
        }
    })
}

/// Applies a request under an id that must be new: what a transaction counts, it may count only once.
fn apply_new(state: &mut State, request: &Request) -> Result<Transfer, Refused> {
    match state.book.apply(request)? {
        Applied::Made(row) => Ok(row),
        Applied::Exists(_) => Err(Refusal::IdExistsWithDifferentFields.into()),
    }
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

fn act(state: &mut State, command: &Command) -> Result<Done, Stopped> {
    Ok(match &command.act {
        Act::OpenAccounts(accounts) => {
            Done::Answer(ledger::open_accounts(state, command, accounts))
        }
        Act::Post(requests) => Done::Answer(ledger::post(state, command, requests)),
        Act::ExpireHold { hold, id } => {
            Done::Answer(ledger::expire(state, command.org, *hold, *id))
        }
        Act::OpenWallet(wallet) => wallets::open(state, command, wallet)?.into(),
        Act::CloseOwner(owner) => Done::Answer(owners::close(state, command, *owner)?),
        Act::ChangeWallet { wallet, change } => {
            wallets::change(state, command, *wallet, change)?.into()
        }
        Act::Create(new) => create::create(state, command, new)?.into(),
        Act::Capture {
            transaction,
            id,
            amount,
            is_final,
        } => follow_up::capture(state, command, *transaction, *id, *amount, *is_final)?.into(),
        Act::Cancel { transaction, id } => {
            follow_up::cancel(state, command, *transaction, *id)?.into()
        }
        Act::Expire { transaction, id } => {
            follow_up::expire(state, command, *transaction, *id)?.into()
        }
        Act::Refund {
            transaction,
            id,
            amount,
            reason,
        } => follow_up::refund(state, command, *transaction, *id, *amount, reason.clone())?.into(),
        Act::Settle {
            transaction,
            id,
            outcome,
            answers,
        } => settle::settle(state, command, *transaction, *id, outcome, *answers)?.into(),
        Act::Resolve {
            transaction,
            id,
            completed,
            reason,
        } => settle::resolve(state, command, *transaction, *id, *completed, reason)?.into(),
        Act::AcceptClock { reason } => {
            let (event, body) = state.record_acceptance(command.org, command.actor, reason);
            Recorded {
                status: 200,
                event,
                body,
            }
            .into()
        }
    })
}

/// Keeps the answer under the command's idempotency key, so that it is in the same commit as the effect.
fn store_answer(
    state: &mut State,
    command: &Command,
    status: u16,
    event: Option<u64>,
    body: &Document,
) {
    if let Some(key) = command.idempotency {
        let created_at = state.now().micros();
        state.put_answer(StoredAnswer {
            scope: key.scope,
            org: command.org,
            body_hash: key.body,
            status,
            event,
            body: Some(body.clone()),
            created_at,
        });
    }
}
