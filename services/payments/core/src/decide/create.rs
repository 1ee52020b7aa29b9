//! New transactions: transfers, payments, deposits and withdrawals.

use contracts::payments::{TransactionStatus, TransactionType};
use ledger::{Account, AccountId, AccountNo, Posting, Request, TransferId};
use money::Amount;
use uuid::Uuid;
use values::Timestamp;

use super::system_accounts::settlement_account;
use super::transition::event_kind;
use super::{Recorded, apply_new, level};
use crate::batch::ExternalId;
use crate::command::{Actor, Command, Movement, NewTransaction};
use crate::refusal::Refused;
use crate::state::State;
use crate::total::Total;
use crate::transaction::{Failure, Instrument, Transaction};
use crate::wallet::{FrozenBy, WALLET, Wallet, WalletStatus};

/// What a movement comes to: how the row begins, and what the ledger does at once.
struct Plan {
    kind: TransactionType,
    status: TransactionStatus,
    from: Option<Uuid>,
    to: Option<Uuid>,
    posting: Posting,
    is_held: bool,
    instrument: Option<Instrument>,
    due_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
}

/// Makes a transaction: the wallets, then the ledger, then the limits; the first that refuses is
/// the answer.
pub fn create(
    state: &mut State,
    command: &Command,
    new: &NewTransaction,
) -> Result<Recorded, Refused> {
    let external_id = new.external_id.clone().map(|text| ExternalId {
        owner: command.actor.user(),
        text,
    });
    if external_id.as_ref().is_some_and(|id| state.is_taken(id)) {
        return Err(Refused::ExternalIdTaken);
    }
    let plan = plan(state, command, new)?.assessed(new, state.now());
    if let Some(from) = plan.from {
        check_payer(state, command, new, from)?;
    }
    if let Some(to) = plan.to {
        // Anyone who deposits, deposits into their own wallet.
        let own = plan.from.is_none();
        check_receiver(state, command, new, to, own)?;
    }
    if new.amount <= 0 {
        return Err(ledger::Refusal::AmountMustBePositive.into());
    }
    if state.transaction(new.id).is_some() {
        return Err(ledger::Refusal::IdExistsWithDifferentFields.into());
    }
    let before = state.book.savepoint();
    move_money(state, &plan)?;
    enforce_deposit_limits(state, new)?;
    level::enforce(state, command, new, (plan.kind, plan.from))?;
    let is_declined = plan.status == TransactionStatus::Failed;
    if is_declined {
        // It was tried, since what would be refused anyway is refused; and it moves nothing.
        state.book.rollback(before);
    }
    let no = state.next_transaction();
    let (from, from_prev) =
        count_and_link_payer(state, command, new, (plan.from, no, !is_declined))?;
    let to = state.link_wallet(plan.to, no);
    let row = plan.row(command, new, no, [(from, from_prev), to], state.now());
    if let Some(id) = external_id {
        state.take_external_id(id, no, command.org);
    }
    let kind = event_kind(row.status);
    Ok(Recorded::created(state.record_transaction(
        row,
        None,
        kind,
        command.actor,
        None,
    )))
}

/// Why a transaction has failed that risk, or an operator who reviewed it, did not let pass. What
/// was noticed, its maker is not told.
pub fn declined() -> Failure {
    let detail = "The transaction was declined. Contact support if you think that it should pass.";
    Failure {
        code: "risk_declined".to_owned(),
        detail: detail.to_owned(),
    }
}

fn plan(state: &mut State, command: &Command, new: &NewTransaction) -> Result<Plan, Refused> {
    let now = state.now();
    Ok(match &new.what {
        Movement::Transfer { from, to } => {
            let posting = posting(command, new, TransactionType::Transfer, *from, *to);
            Plan::done(posting, Some(*from), Some(*to), TransactionType::Transfer)
        }
        Movement::Payment { from, to, hold_for } => {
            let posting = posting(command, new, TransactionType::Payment, *from, *to);
            let plan = Plan::done(posting, Some(*from), Some(*to), TransactionType::Payment);
            match hold_for {
                None => plan,
                // The deadline is the payment's own, not the ledger hold's: a payment whose hold
                // ended without it would be stuck.
                Some(hold_for) => Plan {
                    expires_at: Some(now.plus(*hold_for)),
                    ..plan.held(TransactionStatus::Authorised, now.plus(*hold_for))
                },
            }
        }
        Movement::Deposit { to, instrument, .. } => {
            let settlement = settlement_account(state, command.org, new.currency)?;
            let posting = posting(command, new, TransactionType::Deposit, settlement, *to);
            let plan = Plan::done(posting, None, Some(*to), TransactionType::Deposit);
            match instrument {
                None => plan,
                // The place of the money is held before the acquirer is told, so that nothing can
                // refuse it afterwards.
                Some(instrument) => Plan {
                    instrument: Some(instrument.clone()),
                    ..plan.held(TransactionStatus::Processing, now.plus(RESUME_AFTER))
                },
            }
        }
        Movement::Withdrawal { from, instrument } => {
            let settlement = settlement_account(state, command.org, new.currency)?;
            let posting = posting(command, new, TransactionType::Withdrawal, *from, settlement);
            let plan = Plan::done(posting, Some(*from), None, TransactionType::Withdrawal);
            Plan {
                instrument: Some(instrument.clone()),
                ..plan.held(TransactionStatus::Processing, now.plus(RESUME_AFTER))
            }
        }
    })
}

impl Plan {
    /// The money moves at once.
    const fn done(
        posting: Posting,
        from: Option<Uuid>,
        to: Option<Uuid>,
        kind: TransactionType,
    ) -> Self {
        Self {
            kind,
            status: TransactionStatus::Completed,
            from,
            to,
            posting,
            is_held: false,
            instrument: None,
            due_at: None,
            expires_at: None,
        }
    }

    /// What the ledger does.
    const fn request(&self) -> Request {
        let posting = self.posting;
        if self.is_held {
            Request::Hold {
                posting,
                expires_at: None,
            }
        } else {
            Request::Post(posting)
        }
    }

    /// What risk decided goes before: what has to wait for a code or an operator holds the money
    /// meanwhile, and what is declined has failed.
    fn assessed(self, new: &NewTransaction, now: Timestamp) -> Self {
        let Some(risk) = &new.risk else { return self };
        match risk.begins_as() {
            None => self,
            Some(status) if risk.has_to_wait() => {
                let end = now.plus(risk.waits());
                Self {
                    expires_at: Some(end),
                    ..self.held(status, end)
                }
            }
            Some(status) => Self {
                status,
                due_at: None,
                expires_at: None,
                ..self
            },
        }
    }

    /// The row that it begins as, with the accounts of its wallets and what was the last of their
    /// histories before.
    fn row(
        self,
        command: &Command,
        new: &NewTransaction,
        no: u64,
        [(from, from_prev), (to, to_prev)]: [(Option<AccountNo>, u64); 2],
        now: Timestamp,
    ) -> Transaction {
        let done = self.status == TransactionStatus::Completed;
        let failed = self.status == TransactionStatus::Failed;
        Transaction {
            no,
            id: new.id,
            org: command.org,
            kind: self.kind,
            status: self.status,
            amount: new.amount,
            currency: new.currency,
            from,
            to,
            from_prev,
            to_prev,
            fee: 0,
            captured: if done { new.amount } else { 0 },
            refunded: 0,
            description: new.description.clone(),
            external_id: new.external_id.clone(),
            metadata: new.metadata.clone(),
            original: None,
            instrument: self.instrument,
            failure: failed.then(declined),
            created_by: command.actor.user(),
            proposal: None,
            attempts: 0,
            due_at: self.due_at,
            last_event: 0,
            created_at: now,
            updated_at: now,
            completed_at: done.then_some(now),
            expires_at: self.expires_at,
            risk: new.risk.clone(),
        }
    }

    /// The money is held instead, and something has to happen by `due_at`.
    fn held(self, status: TransactionStatus, due_at: Timestamp) -> Self {
        Self {
            status,
            is_held: true,
            due_at: Some(due_at),
            ..self
        }
    }
}

fn posting(
    command: &Command,
    new: &NewTransaction,
    kind: TransactionType,
    debit: Uuid,
    credit: Uuid,
) -> Posting {
    Posting {
        id: TransferId(new.id.as_u128()),
        org: command.org,
        debit: AccountId(debit.as_u128()),
        credit: AccountId(credit.as_u128()),
        amount: new.amount,
        currency: new.currency,
        code: kind as u16,
    }
}

/// When somebody else takes an instruction up that its maker did not follow to its end, because its
/// process died.
pub const RESUME_AFTER: i64 = 30 * values::SECOND;

fn check_payer(
    state: &State,
    command: &Command,
    new: &NewTransaction,
    id: Uuid,
) -> Result<(), Refused> {
    let param = "from_wallet";
    let (wallet, account) = find(state, command, id, param)?;
    if let Actor::User(user) = command.actor
        && wallet.owner != user
    {
        return Err(Refused::WalletNotFound { param });
    }
    check_currency(account, new, param)
}

/// What the ledger does. What it refuses of the wallet that gives is said as its owner knows it;
/// the one that receives was looked at before.
fn move_money(state: &mut State, plan: &Plan) -> Result<(), Refused> {
    let Err(refused) = apply_new(state, &plan.request()) else {
        return Ok(());
    };
    let giver = plan.from.and_then(|id| state.wallet(id));
    let frozen_by = giver.and_then(|(_, account)| FrozenBy::of(account.terms.flags));
    Err(match frozen_by {
        Some(by) if refused == ledger::Refusal::AccountFrozen.into() => Refused::PayerFrozen(by),
        None | Some(_) if refused == ledger::Refusal::AccountsMustDiffer.into() => {
            Refused::SameWallet
        }
        None | Some(_) => refused,
    })
}

fn check_receiver(
    state: &State,
    command: &Command,
    new: &NewTransaction,
    id: Uuid,
    own: bool,
) -> Result<(), Refused> {
    let param = "to_wallet";
    let (wallet, account) = find(state, command, id, param)?;
    if let Actor::User(user) = command.actor
        && own
        && wallet.owner != user
    {
        return Err(Refused::WalletNotFound { param });
    }
    check_currency(account, new, param)?;
    match WalletStatus::of(account.terms.flags) {
        WalletStatus::Active => Ok(()),
        WalletStatus::Frozen => Err(Refused::WalletNotActive {
            param,
            state: "frozen",
        }),
        WalletStatus::Closed => Err(Refused::WalletNotActive {
            param,
            state: "closed",
        }),
    }
}

fn find<'a>(
    state: &'a State,
    command: &Command,
    id: Uuid,
    param: &'static str,
) -> Result<(&'a Wallet, &'a Account), Refused> {
    state
        .wallet(id)
        .filter(|(_, account)| account.org == command.org && account.code == WALLET)
        .ok_or(Refused::WalletNotFound { param })
}

fn check_currency(
    account: &Account,
    new: &NewTransaction,
    param: &'static str,
) -> Result<(), Refused> {
    if account.currency == new.currency {
        return Ok(());
    }
    let (wallet, amount) = (account.currency.code(), new.currency.code());
    Err(Refused::WalletCurrency {
        param,
        wallet,
        amount,
    })
}

/// A deposit may take only so much of the settlement account's room, which everybody's deposits
/// share. What is on its way to the wallet is what its account says is held in its favour, this
/// deposit included; nothing else has to be read.
fn enforce_deposit_limits(state: &State, new: &NewTransaction) -> Result<(), Refused> {
    let Movement::Deposit {
        to,
        instrument: Some(_),
        limits,
    } = &new.what
    else {
        return Ok(());
    };
    let total = |minor| Total(Amount::from_minor(minor, new.currency));
    if let Some(most) = limits.each.filter(|most| new.amount > *most) {
        let most = total(most);
        return Err(Refused::DepositTooLarge { most });
    }
    let pending = state
        .wallet(*to)
        .map_or(0, |(_, account)| account.credits_pending);
    if let Some(most) = limits.pending.filter(|most| pending > *most) {
        return Err(Refused::TooMuchPending {
            most: total(most),
            pending: total(pending.saturating_sub(new.amount)),
        });
    }
    Ok(())
}

/// Counts what leaves, where it does, against the limits, and links the wallet's history.
fn count_and_link_payer(
    state: &mut State,
    command: &Command,
    new: &NewTransaction,
    (from, no, leaves): (Option<Uuid>, u64, bool),
) -> Result<(Option<AccountNo>, u64), Refused> {
    let Some((wallet, _)) = from.and_then(|id| state.wallet(id)) else {
        return Ok((None, 0));
    };
    let account = wallet.account;
    if command.actor != Actor::System {
        let used = wallet.used.plus(new.amount, wallet.limits, state.now());
        let used = used.map_err(Refused::LimitExceeded)?;
        if leaves {
            state.set_used(account, used);
        }
    }
    Ok((Some(account), state.link(account, no)))
}
