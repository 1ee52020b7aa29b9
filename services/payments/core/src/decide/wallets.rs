//! Wallets: opening, freezing, closing, limits.

use ledger::{AccountId, AccountTerms, Flags, Refusal};
use uuid::Uuid;

use super::{Recorded, owners};
use crate::command::{Actor, Command, NewWallet, WalletChange};
use crate::refusal::Refused;
use crate::state::State;
use crate::wallet::{FrozenBy, Used, WALLET, Wallet};

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

const FROZEN: Flags = Flags::FROZEN_DEBIT.with(Flags::FROZEN_BY_OWNER);

/// Frozen by its owner, who cannot change what an operator has said, or by anyone else.
fn frozen(flags: Flags, by: Actor) -> Flags {
    match by {
        Actor::User(_) if flags.has(Flags::FROZEN_DEBIT) => flags,
        Actor::User(_) => flags.with(FROZEN),
        Actor::Operator(_) | Actor::System | Actor::Acquirer => flags
            .without(Flags::FROZEN_BY_OWNER)
            .with(Flags::FROZEN_DEBIT),
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
    let with = |flags| AccountTerms { flags, ..terms };
    let (kind, terms, reason) = match change {
        WalletChange::Freeze { reason } => (
            "wallet.frozen",
            with(frozen(terms.flags, command.actor)),
            reason.clone(),
        ),
        WalletChange::Unfreeze { reason } => {
            let is_own = matches!(command.actor, Actor::User(_));
            if is_own && FrozenBy::of(terms.flags) == Some(FrozenBy::Operator) {
                return Err(Refused::FrozenByOperator);
            }
            let flags = terms.flags.without(FROZEN);
            ("wallet.unfrozen", with(flags), reason.clone())
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
