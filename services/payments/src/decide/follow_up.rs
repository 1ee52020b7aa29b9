//! What becomes of a payment: capture, cancel, expiry, refund.

use contracts::payments::{TransactionStatus, TransactionType};
use ledger::{AccountId, Posting, Refusal, Request, TransferId};
use uuid::Uuid;

use super::create::{event_kind, link_receiving};
use super::{Recorded, Stopped, apply_new};
use crate::command::{Actor, Command};
use crate::journal::state::State;
use crate::refusal::Refused;
use crate::transaction::{Transaction, may_follow};

/// Moves what a payment holds, or part of it.
pub fn capture(
    state: &mut State,
    command: &Command,
    transaction: Uuid,
    id: Uuid,
    amount: Option<i64>,
    is_final: bool,
) -> Result<Recorded, Stopped> {
    let (mut row, side) = payment(state, command, transaction, "captured")?;
    require_authorised(&row)?;
    let remaining = state.hold_of(transaction).map_or(0, |hold| hold.remaining);
    // A payer may settle the whole; to take less and free the rest is the merchant's to decide.
    if side == Side::Payer && amount.is_some_and(|amount| amount != remaining) {
        return Err(Refused::OnlyReceiver.into());
    }
    if row
        .expires_at
        .is_some_and(|deadline| state.now() >= deadline)
    {
        return Err(Refusal::HoldExpired.into());
    }
    let request = Request::Capture {
        id: TransferId(id.as_u128()),
        org: row.org,
        hold: TransferId(transaction.as_u128()),
        amount,
        is_final,
        code: TransactionType::Payment as u16,
    };
    let moved = apply_new(state, &request)?.amount;
    row.captured = row.captured.saturating_add(moved);
    let ended = state
        .hold_of(transaction)
        .is_none_or(|hold| hold.remaining == 0);
    let (to, kind) = if ended {
        (
            TransactionStatus::Completed,
            event_kind(TransactionStatus::Completed),
        )
    } else {
        (TransactionStatus::Authorised, "transaction.captured")
    };
    if ended {
        give_back(state, &row, row.amount.saturating_sub(row.captured));
    }
    step(state, command, row, to, kind, None)
}

/// Frees what a payment holds.
pub fn cancel(
    state: &mut State,
    command: &Command,
    transaction: Uuid,
    id: Uuid,
) -> Result<Recorded, Stopped> {
    let (row, side) = payment(state, command, transaction, "cancelled")?;
    if side == Side::Payer {
        return Err(Refused::OnlyReceiver.into());
    }
    require_authorised(&row)?;
    let (id, hold) = (TransferId(id.as_u128()), TransferId(transaction.as_u128()));
    let release = Request::Release {
        id,
        org: row.org,
        hold,
    };
    apply_new(state, &release)?;
    free(state, command, row, TransactionStatus::Cancelled)
}

/// Frees what a payment holds, once its deadline has passed.
pub fn expire(
    state: &mut State,
    command: &Command,
    transaction: Uuid,
    id: Uuid,
) -> Result<Recorded, Stopped> {
    let (row, _) = payment(state, command, transaction, "expired")?;
    require_authorised(&row)?;
    if row.expires_at.is_none_or(|deadline| state.now() < deadline) {
        return Err(Refusal::HoldNotExpired.into());
    }
    let (id, hold) = (TransferId(id.as_u128()), TransferId(transaction.as_u128()));
    let release = Request::Release {
        id,
        org: row.org,
        hold,
    };
    apply_new(state, &release)?;
    free(state, command, row, TransactionStatus::Expired)
}

/// What was captured before stays: then the payment is completed with it.
fn free(
    state: &mut State,
    command: &Command,
    row: Transaction,
    to: TransactionStatus,
) -> Result<Recorded, Stopped> {
    let to = if row.captured > 0 {
        TransactionStatus::Completed
    } else {
        to
    };
    give_back(state, &row, row.amount.saturating_sub(row.captured));
    step(state, command, row, to, event_kind(to), None)
}

/// Gives money back: a transaction of its own, which names the original.
pub fn refund(
    state: &mut State,
    command: &Command,
    transaction: Uuid,
    id: Uuid,
    amount: Option<i64>,
    reason: Option<String>,
) -> Result<Recorded, Stopped> {
    let (mut original, side) = payment(state, command, transaction, "refunded")?;
    if side == Side::Payer {
        return Err(Refused::OnlyReceiver.into());
    }
    match original.status {
        TransactionStatus::Completed => {}
        TransactionStatus::Reversed => return Err(Refused::AlreadyReversed.into()),
        from => return Err(Refused::WrongState { from }.into()),
    }
    let amount = amount.unwrap_or_else(|| original.refundable());
    if amount > original.refundable() {
        return Err(Refused::RefundExceedsOriginal.into());
    }
    let account_id = |no| state.book.account_by_no(no).map(|account| account.id);
    let (Some(payer), Some(merchant)) = (
        original.from.and_then(account_id),
        original.to.and_then(account_id),
    ) else {
        return Err(Refused::TransactionNotFound.into());
    };
    let posting = Posting {
        id: TransferId(id.as_u128()),
        org: original.org,
        debit: merchant,
        credit: payer,
        amount,
        currency: original.currency,
        code: TransactionType::Refund as u16,
    };
    apply_new(state, &Request::Post(posting))?;
    let refund = refund_row(
        state,
        command,
        &original,
        id,
        amount,
        reason.clone(),
        (merchant, payer),
    );
    original.refunded = original.refunded.saturating_add(amount);
    let (to, kind) = if original.refunded == original.captured {
        (
            TransactionStatus::Reversed,
            event_kind(TransactionStatus::Reversed),
        )
    } else {
        (TransactionStatus::Completed, "transaction.refunded")
    };
    step(state, command, original, to, kind, reason.clone())?;
    let kind = event_kind(TransactionStatus::Completed);
    let (event, body) = state.record_transaction(refund, None, kind, command.actor, reason);
    Ok(Recorded {
        status: 201,
        event,
        body,
    })
}

fn refund_row(
    state: &mut State,
    command: &Command,
    original: &Transaction,
    id: Uuid,
    amount: i64,
    reason: Option<String>,
    (merchant, payer): (AccountId, AccountId),
) -> Transaction {
    let no = state.next_transaction();
    let (from, from_prev) = link_receiving(state, Some(Uuid::from_u128(merchant.0)), no);
    let (to, to_prev) = link_receiving(state, Some(Uuid::from_u128(payer.0)), no);
    let now = state.now();
    Transaction {
        no,
        id,
        kind: TransactionType::Refund,
        status: TransactionStatus::Completed,
        amount,
        from,
        to,
        from_prev,
        to_prev,
        captured: amount,
        refunded: 0,
        description: reason,
        external_id: None,
        metadata: None,
        original: Some(original.id),
        created_by: command.actor.user(),
        due_at: None,
        last_event: 0,
        created_at: now,
        updated_at: now,
        completed_at: Some(now),
        expires_at: None,
        ..original.clone()
    }
}

/// On which side of a payment the actor stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Payer,
    Merchant,
}

/// The payment, if the actor may know of it. Operators and PayFlow itself stand on the merchant's side.
fn payment(
    state: &State,
    command: &Command,
    id: Uuid,
    act: &'static str,
) -> Result<(Transaction, Side), Refused> {
    let row = state
        .transaction(id)
        .filter(|row| row.org == command.org)
        .ok_or(Refused::TransactionNotFound)?;
    let side = match command.actor {
        Actor::Operator(_) | Actor::System | Actor::Acquirer => Side::Merchant,
        Actor::User(user) => {
            let owns = |no: Option<ledger::AccountNo>| {
                no.and_then(|no| state.wallet_by_no(no))
                    .is_some_and(|wallet| wallet.owner == user)
            };
            if owns(row.to) {
                Side::Merchant
            } else if owns(row.from) {
                Side::Payer
            } else {
                return Err(Refused::TransactionNotFound);
            }
        }
    };
    if row.kind != TransactionType::Payment {
        return Err(Refused::NotPossibleForType(act));
    }
    Ok((row.clone(), side))
}

fn require_authorised(row: &Transaction) -> Result<(), Refused> {
    match row.status {
        TransactionStatus::Authorised => Ok(()),
        TransactionStatus::Cancelled => Err(Refusal::HoldAlreadyReleased.into()),
        TransactionStatus::Expired => Err(Refusal::HoldExpired.into()),
        TransactionStatus::Completed | TransactionStatus::Reversed => {
            Err(Refusal::HoldAlreadyCaptured.into())
        }
        from => Err(Refused::WrongState { from }),
    }
}

/// Money that never left does not count against the limits. What PayFlow itself made never counted.
pub fn give_back(state: &mut State, row: &Transaction, amount: i64) {
    if amount > 0
        && !row.created_by.is_nil()
        && let Some(no) = row.from
        && let Some(wallet) = state.wallet_by_no(no)
    {
        let made_at = state.made_at(row);
        let used = wallet.used.less(amount, made_at, state.now());
        state.set_used(no, used);
    }
}

/// Takes a transaction to its next state, which must be one that may follow.
pub fn step(
    state: &mut State,
    command: &Command,
    mut row: Transaction,
    to: TransactionStatus,
    kind: &'static str,
    reason: Option<String>,
) -> Result<Recorded, Stopped> {
    let from = row.status;
    if !may_follow(from, to) {
        let transaction = row.id;
        return Err(Stopped::Transition {
            transaction,
            from,
            to,
        });
    }
    row.status = to;
    let now = state.now();
    if to == TransactionStatus::Completed && row.completed_at.is_none() {
        row.completed_at = Some(now);
    }
    if !matches!(
        to,
        TransactionStatus::Authorised | TransactionStatus::Unresolved
    ) {
        row.due_at = None;
    }
    let (event, body) = state.record_transaction(row, Some(from), kind, command.actor, reason);
    Ok(Recorded {
        status: 200,
        event,
        body,
    })
}

#[cfg(test)]
mod tests {
    use money::Currency;
    use values::Timestamp;

    use super::*;
    use crate::command::{Act, Answer, Movement, NewTransaction, NewWallet};
    use crate::decide::decide;
    use crate::journal::store::Position;
    use crate::wallet::{DepositLimits, Limits};

    fn command(act: Act) -> Command {
        Command {
            org: 1,
            actor: Actor::System,
            idempotency: None,
            request_id: None,
            act,
        }
    }

    /// A wallet with a completed deposit.
    fn state(wallet: Uuid, deposit: Uuid) -> State {
        let mut state = State::default();
        state.begin(Position::default(), Timestamp(1));
        let open = Act::OpenWallet(NewWallet {
            id: wallet,
            owner: Uuid::from_u128(9),
            currency: Currency::USD,
            label: None,
            limits: Limits::default(),
            most: None,
        });
        let fund = Act::Create(NewTransaction {
            id: deposit,
            what: Movement::Deposit {
                to: wallet,
                instrument: None,
                limits: DepositLimits::default(),
            },
            amount: 500,
            currency: Currency::USD,
            description: None,
            external_id: None,
            metadata: None,
        });
        for act in [open, fund] {
            let answer = decide(&mut state, &command(act));
            assert!(matches!(answer, Ok(Answer::Json { .. })), "{answer:?}");
        }
        state
    }

    #[test]
    fn no_pair_of_states_outside_the_table_is_ever_recorded() {
        let (wallet, deposit) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let mut state = state(wallet, deposit);
        let before = format!("{:?}", state.writes());
        let command = command(Act::Cancel {
            transaction: deposit,
            id: Uuid::from_u128(3),
        });
        let row = state.transaction(deposit).cloned().unwrap();
        for from in TransactionStatus::ALL {
            for to in TransactionStatus::ALL {
                let row = Transaction {
                    status: *from,
                    ..row.clone()
                };
                let savepoint = state.savepoint();
                let stepped = step(&mut state, &command, row, *to, event_kind(*to), None);
                match stepped {
                    Ok(_) => assert!(may_follow(*from, *to), "{from} -> {to}"),
                    Err(Stopped::Transition { .. }) => {
                        assert!(!may_follow(*from, *to), "{from} -> {to}");
                        assert_eq!(format!("{:?}", state.writes()), before);
                    }
                    Err(refused @ Stopped::Refused(_)) => panic!("{refused:?}"),
                }
                state.rollback(savepoint);
                assert_eq!(format!("{:?}", state.writes()), before);
            }
        }
    }
}
