//! From one state of a transaction to the next: every change of a state goes through here, and is
//! in the table or refused.

use contracts::payments::TransactionStatus;

use super::{ForbiddenTransition, Recorded, Stopped};
use crate::command::Command;
use crate::state::State;
use crate::transaction::{Transaction, may_follow};

/// The event that tells of a new state.
pub const fn event_kind(status: TransactionStatus) -> &'static str {
    match status {
        TransactionStatus::RequiresVerification => "transaction.requires_verification",
        TransactionStatus::InReview => "transaction.in_review",
        TransactionStatus::Authorised => "transaction.authorised",
        TransactionStatus::Processing => "transaction.processing",
        TransactionStatus::Unresolved => "transaction.unresolved",
        TransactionStatus::Completed => "transaction.completed",
        TransactionStatus::Failed => "transaction.failed",
        TransactionStatus::Cancelled => "transaction.cancelled",
        TransactionStatus::Expired => "transaction.expired",
        TransactionStatus::Reversed => "transaction.reversed",
    }
}

/// Money that never left does not count against the limits. What PayFlow itself made never counted.
pub fn restore_limits(state: &mut State, row: &Transaction, amount: i64) {
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

/// Whether something has to happen to a transaction of this status.
const fn has_deadline(status: TransactionStatus) -> bool {
    match status {
        TransactionStatus::RequiresVerification
        | TransactionStatus::InReview
        | TransactionStatus::Authorised
        | TransactionStatus::Processing
        | TransactionStatus::Unresolved => true,
        TransactionStatus::Completed
        | TransactionStatus::Failed
        | TransactionStatus::Cancelled
        | TransactionStatus::Expired
        | TransactionStatus::Reversed => false,
    }
}

/// Takes a transaction to its next state, which must be one that may follow.
pub fn transition(
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
        return Err(Stopped::Forbidden(ForbiddenTransition {
            transaction,
            from,
            to,
        }));
    }
    row.status = to;
    let now = state.now();
    if to == TransactionStatus::Completed && row.completed_at.is_none() {
        row.completed_at = Some(now);
    }
    if !has_deadline(to) {
        row.due_at = None;
    }
    Ok(Recorded::done(state.record_transaction(
        row,
        Some(from),
        kind,
        command.actor,
        reason,
    )))
}

#[cfg(test)]
mod tests {
    use money::Currency;
    use uuid::Uuid;
    use values::Timestamp;

    use super::*;
    use crate::batch::Position;
    use crate::command::{Actor, Answer, Movement, NewTransaction, NewWallet, Operation};
    use crate::decide::decide;
    use crate::wallet::{DepositLimits, Limits};

    fn command(operation: Operation) -> Command {
        Command {
            org: 1,
            actor: Actor::System,
            idempotency: None,
            request_id: None,
            operation,
        }
    }

    /// A wallet with a completed deposit.
    fn state(wallet: Uuid, deposit: Uuid) -> State {
        let mut state = State::default();
        state.begin(Position::default(), Timestamp(1));
        let open = Operation::OpenWallet(NewWallet {
            id: wallet,
            owner: Uuid::from_u128(9),
            currency: Currency::USD,
            label: None,
            limits: Limits::default(),
            most: None,
        });
        let fund = Operation::Create(NewTransaction {
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
            risk: None,
            level: None,
        });
        for operation in [open, fund] {
            let answer = decide(&mut state, &command(operation));
            assert!(matches!(answer, Ok(Answer::Created(_))), "{answer:?}");
        }
        state
    }

    #[test]
    fn no_pair_of_states_outside_the_table_is_ever_recorded() {
        let (wallet, deposit) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let mut state = state(wallet, deposit);
        let before = format!("{:?}", state.writes());
        let command = command(Operation::Cancel {
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
                let stepped = transition(&mut state, &command, row, *to, event_kind(*to), None);
                match stepped {
                    Ok(_) => assert!(may_follow(*from, *to), "{from} -> {to}"),
                    Err(Stopped::Forbidden(_)) => {
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
