//! Who may own wallets: everybody, until their account ends. That end is an account of the ledger
//! that nothing is ever booked on, so that it is in the journal's chain like everything else.

use ledger::{Account, AccountId, AccountTerms, Flags};
use money::Currency;
use uuid::Uuid;

use crate::command::{Answer, Command};
use crate::refusal::Refused;
use crate::state::State;
use crate::wallet::{CLOSED_OWNER, closed_owner_id};

/// An account has to have a currency.
const ANY_CURRENCY: Currency = Currency::USD;

fn closure_of(state: &State, owner: Uuid) -> Option<&Account> {
    state
        .book
        .account(AccountId(closed_owner_id(owner).as_u128()))
}

/// Refuses a wallet for somebody who may not own any more.
pub fn require_open_owner(state: &State, owner: Uuid) -> Result<(), Refused> {
    match closure_of(state, owner) {
        Some(_) => Err(Refused::OwnerClosed),
        None => Ok(()),
    }
}

/// Ends that somebody may own wallets. Each that they have must be closed; done twice it is done
/// once.
pub fn close(state: &mut State, command: &Command, owner: Uuid) -> Result<Answer, Refused> {
    if let Some(end) = closure_of(state, owner) {
        return Ok(Answer::Accounts(vec![Ok(*end)]));
    }
    if state.has_open_wallet(owner) {
        return Err(Refused::WalletsOpen);
    }
    let id = AccountId(closed_owner_id(owner).as_u128());
    let terms = AccountTerms {
        flags: Flags::CLOSED,
        overdraft_limit: 0,
        max_balance: None,
    };
    let end = state
        .book
        .open(id, command.org, ANY_CURRENCY, CLOSED_OWNER, terms)?;
    Ok(Answer::Accounts(vec![Ok(end)]))
}
