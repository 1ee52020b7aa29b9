//! The raw ledger: accounts and transfers as machines ask for them, each on its own or in atomic
//! chains.

use ledger::{Applied, Refusal, Request, TransferId};
use serde::Serialize;
use uuid::Uuid;

use super::store_reply;
use crate::command::{Answer, ChainedRequest, Command, NewAccount, Reply};
use crate::document::Document;
use crate::ledger_results::{account_result, transfer_result};
use crate::state::State;

/// The answer as the API gives it: a repetition with the same key gets the same bytes.
fn document<T: Serialize>(results: Vec<T>) -> std::sync::Arc<str> {
    #[derive(Serialize)]
    struct Results<T> {
        results: Vec<T>,
    }
    // Ids, codes and numbers always serialise.
    serde_json::to_string(&Results { results })
        .unwrap_or_default()
        .into()
}

/// Opens accounts, each on its own.
pub fn open_accounts(state: &mut State, command: &Command, accounts: &[NewAccount]) -> Answer {
    let results: Vec<_> = accounts
        .iter()
        .map(|new| {
            let id = ledger::AccountId(new.id.as_u128());
            state
                .book
                .open(id, command.org, new.currency, new.code, new.terms)
        })
        .collect();
    if command.idempotency.is_some() {
        let rows: Vec<_> = accounts
            .iter()
            .zip(&results)
            .map(|(new, result)| account_result(new.id, result))
            .collect();
        let reply = Reply::Done(Document::Text(document(rows)));
        store_reply(state, command, None, reply);
    }
    Answer::Accounts(results)
}

/// Applies requests in order; a chain, from its first linked request to the first that is not, as
/// one.
pub fn post(state: &mut State, command: &Command, requests: &[ChainedRequest]) -> Answer {
    let mut results = Vec::with_capacity(requests.len());
    let mut rest = requests;
    while let Some(first) = rest.first() {
        if !first.linked {
            results.push(apply(state, first));
            rest = &rest[1..];
            continue;
        }
        let length = rest.iter().take_while(|item| item.linked).count();
        // A chain that never ends is refused whole.
        let closed = length < rest.len();
        let length = length.saturating_add(1).min(rest.len());
        apply_chain(state, &rest[..length], closed, &mut results);
        rest = &rest[length..];
    }
    if command.idempotency.is_some() {
        let rows: Vec<_> = requests
            .iter()
            .zip(&results)
            .map(|(item, result)| transfer_result(Uuid::from_u128(item.request.id().0), result))
            .collect();
        let reply = Reply::Done(Document::Text(document(rows)));
        store_reply(state, command, None, reply);
    }
    Answer::Ledger(results)
}

fn apply_chain(
    state: &mut State,
    chain: &[ChainedRequest],
    closed: bool,
    results: &mut Vec<Result<Applied, Refusal>>,
) {
    let savepoint = state.book.savepoint();
    let mut applied = Vec::with_capacity(chain.len());
    for item in chain.iter().filter(|_| closed) {
        match apply(state, item) {
            Ok(done) => applied.push(Ok(done)),
            Err(refusal) => {
                state.book.rollback(savepoint);
                let failed = applied.len();
                results.extend((0..chain.len()).map(|index| {
                    Err(if index == failed {
                        refusal
                    } else {
                        Refusal::LinkedTransferFailed
                    })
                }));
                return;
            }
        }
    }
    if closed {
        results.extend(applied);
    } else {
        results.extend(chain.iter().map(|_| Err(Refusal::LinkedTransferFailed)));
    }
}

fn apply(state: &mut State, item: &ChainedRequest) -> Result<Applied, Refusal> {
    match (item.request, item.timeout) {
        (Request::Hold { posting, .. }, Some(timeout)) => {
            // A repeated hold has the deadline of the first time.
            let first = state.book.hold(posting.id).and_then(|hold| hold.expires_at);
            let expires_at = first.or(Some(state.now().plus(timeout).micros()));
            state.book.apply(&Request::Hold {
                posting,
                expires_at,
            })
        }
        (request, _) => state.book.apply(&request),
    }
}

/// Lets a hold expire whose deadline has passed. One that has ended meanwhile stays as it is.
pub fn expire(state: &mut State, org: i64, hold: Uuid, id: Uuid) -> Answer {
    let (id, hold) = (TransferId(id.as_u128()), TransferId(hold.as_u128()));
    Answer::Ledger(vec![state.book.apply(&Request::Expire { id, org, hold })])
}
