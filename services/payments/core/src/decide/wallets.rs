//! Wallets: opening, freezing, closing, limits.

use ledger::{AccountId, AccountTerms, Flags, Refusal};
use uuid::Uuid;

use super::{Recorded, owners};
use crate::command::{Actor, Command, NewWallet, WalletChange};
use crate::refusal::Refused;
use crate::state::State;
use crate::wallet::{Freezes, Used, WALLET, Wallet};

/// Opens a wallet and the liability account behind it.
pub fn open(state: &mut State, command: &Command, new: &NewWallet) -> Result<Recorded, Refused> {
    let terms = AccountTerms {
        flags: Flags::DEBITS_MUST_NOT_EXCEED_CREDITS,
        overdraft_limit: 0,
        max_balance: None,
    };
    owners::require_open_owner(state, new.owner)?;
    let id = AccountId(new.id.as_u128());
    // Opened again it would lose its history; ids are made by PayFlow, so only an import meets
    // this.
    if state.book.account(id).is_some() {
        return Err(Refusal::AccountExistsWithDifferentFields.into());
    }
    if let Some(most) = new.most
        && state.opened_by(new.owner) >= u64::from(most)
    {
        return Err(Refused::TooManyWallets { most });
    }
    let account = state
        .book
        .open(id, command.org, new.currency, WALLET, terms)?;
    let wallet = Wallet {
        account: account.no,
        org: command.org,
        owner: new.owner,
        label: new.label.clone(),
        limits: new.limits,
        used: Used::default(),
        last_transaction: 0,
        last_event: 0,
        created_at: state.now(),
    };
    let recorded = state.record_wallet(wallet, "wallet.opened", command.org, command.actor, None);
    state.note_opened(new.owner);
    Ok(Recorded::created(recorded))
}

/// A freeze by its owner, or by anyone else.
fn freeze(freezes: Freezes, by: Actor) -> Freezes {
    match by {
        Actor::User(_) => Freezes {
            by_owner: true,
            ..freezes
        },
        Actor::Operator(_) | Actor::System | Actor::Acquirer => Freezes {
            by_operator: true,
            ..freezes
        },
    }
}

/// Each side lets its own freeze go. An operator who has none lets the owner's go: the owner may
/// have lost their access.
fn unfreeze(freezes: Freezes, by: Actor) -> Result<Freezes, Refused> {
    match by {
        Actor::User(_) if freezes.by_operator && !freezes.by_owner => {
            Err(Refused::FrozenByOperator)
        }
        Actor::User(_) => Ok(Freezes {
            by_owner: false,
            ..freezes
        }),
        Actor::Operator(_) | Actor::System | Actor::Acquirer => Ok(Freezes {
            by_owner: freezes.by_owner && freezes.by_operator,
            by_operator: false,
        }),
    }
}

/// Changes how a wallet stands. What is asked for twice is done once and recorded twice.
pub fn change(
    state: &mut State,
    command: &Command,
    id: Uuid,
    change: &WalletChange,
) -> Result<Recorded, Refused> {
    let param = "id";
    let (wallet, account) = state.wallet(id).ok_or(Refused::WalletNotFound { param })?;
    let mine = match command.actor {
        Actor::User(user) => wallet.owner == user,
        Actor::Operator(_) | Actor::System | Actor::Acquirer => true,
    };
    if !mine || account.org != command.org {
        return Err(Refused::WalletNotFound { param });
    }
    let (mut wallet, terms) = (wallet.clone(), account.terms);
    if terms.flags.has(Flags::CLOSED) {
        return Err(Refused::WalletNotActive {
            param,
            state: "closed",
        });
    }
    let freezes = Freezes::of(terms.flags);
    let with = |flags| AccountTerms { flags, ..terms };
    let (kind, terms, reason) = match change {
        WalletChange::Freeze { reason } => {
            let flags = freeze(freezes, command.actor).set_in(terms.flags);
            ("wallet.frozen", with(flags), reason.clone())
        }
        WalletChange::Unfreeze { reason } => {
            let left = unfreeze(freezes, command.actor)?;
            // Nobody is to be told that it is free while the other side keeps it frozen.
            let kind = if left.any() {
                "wallet.frozen"
            } else {
                "wallet.unfrozen"
            };
            (kind, with(left.set_in(terms.flags)), reason.clone())
        }
        WalletChange::Close => ("wallet.closed", with(terms.flags.with(Flags::CLOSED)), None),
        WalletChange::Limit(limits) => {
            wallet.limits = *limits;
            ("wallet.limited", terms, None)
        }
    };
    state.book.change_terms(AccountId(id.as_u128()), terms)?;
    Ok(Recorded::done(state.record_wallet(
        wallet,
        kind,
        command.org,
        command.actor,
        reason,
    )))
}
