//! What takes the changes of one command back: every change of the working set is written down
//! before it is made, so that a refusal, wherever it comes, leaves the set as it was. What is only
//! loaded stays.

use std::sync::Arc;

use ledger::AccountNo;
use uuid::Uuid;

use super::State;
use crate::batch::StoredAnswer;
use crate::transaction::Transaction;
use crate::wallet::{Used, Wallet};

/// A moment to which a command can be taken back.
#[derive(Debug, Clone, Copy)]
pub struct Savepoint {
    book: ledger::Savepoint,
    transactions: u64,
    last_event: u64,
    undo: usize,
    changed_wallets: usize,
    changed_transactions: usize,
    changed_answers: usize,
    external_ids: usize,
    events: usize,
}

/// What takes one change back.
#[derive(Debug)]
pub(super) enum Undo {
    /// What had left a wallet.
    Used(AccountNo, Used),
    /// Where a wallet's history ended.
    History(AccountNo, u64),
    /// A wallet as a whole.
    Wallet(AccountNo, Option<Box<Wallet>>),
    /// A transaction.
    Transaction(Uuid, Option<Arc<Transaction>>),
    /// The answer of an idempotency scope.
    Answer(u128, Option<Box<StoredAnswer>>),
}

impl State {
    /// Marks this moment.
    #[must_use]
    pub fn savepoint(&self) -> Savepoint {
        Savepoint {
            book: self.book.savepoint(),
            transactions: self.position.transactions,
            last_event: self.position.events,
            undo: self.undo.len(),
            changed_wallets: self.changed_wallets.len(),
            changed_transactions: self.changed_transactions.len(),
            changed_answers: self.changed_answers.len(),
            external_ids: self.new_external_ids.len(),
            events: self.events.len(),
        }
    }

    /// Takes everything since `savepoint` back.
    pub fn rollback(&mut self, savepoint: Savepoint) {
        self.book.rollback(savepoint.book);
        let from = savepoint.undo.min(self.undo.len());
        for undo in self.undo.split_off(from).into_iter().rev() {
            self.take_back(undo);
        }
        let from = savepoint.external_ids.min(self.new_external_ids.len());
        for (id, ..) in self.new_external_ids.drain(from..) {
            self.taken.remove(&id);
        }
        self.changed_wallets.truncate(savepoint.changed_wallets);
        self.changed_transactions
            .truncate(savepoint.changed_transactions);
        self.changed_answers.truncate(savepoint.changed_answers);
        self.events.truncate(savepoint.events);
        self.position.transactions = savepoint.transactions;
        self.position.events = savepoint.last_event;
    }

    fn take_back(&mut self, undo: Undo) {
        match undo {
            Undo::Used(no, used) => {
                if let Some(wallet) = self.wallets.get_mut(&no) {
                    wallet.used = used;
                }
            }
            Undo::History(no, last) => {
                if let Some(wallet) = self.wallets.get_mut(&no) {
                    wallet.last_transaction = last;
                }
            }
            Undo::Wallet(no, Some(wallet)) => {
                self.wallets.insert(no, *wallet);
            }
            Undo::Wallet(no, None) => {
                self.wallets.remove(&no);
            }
            Undo::Transaction(id, Some(row)) => {
                self.transactions.insert(id, row);
            }
            Undo::Transaction(id, None) => {
                self.transactions.remove(&id);
            }
            Undo::Answer(scope, Some(answer)) => {
                self.answers.insert(scope, *answer);
            }
            Undo::Answer(scope, None) => {
                self.answers.remove(&scope);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use contracts::payments::TransactionStatus;
    use ledger::{AccountId, AccountTerms, Flags};
    use money::Currency;
    use values::Timestamp;

    use super::*;
    use crate::batch::{ExternalId, Position};
    use crate::command::{
        Actor, Answer, Command, Movement, NewTransaction, NewWallet, Operation, Reply,
    };
    use crate::decide::decide;
    use crate::document::Document;
    use crate::transaction::{Instrument, InstrumentKind};
    use crate::wallet::{DepositLimits, Limits};

    const WALLET: Uuid = Uuid::from_u128(1);
    const DEPOSIT: Uuid = Uuid::from_u128(2);

    fn submit(state: &mut State, operation: Operation) {
        let command = Command {
            org: 1,
            actor: Actor::System,
            idempotency: None,
            request_id: None,
            operation,
        };
        let answer = decide(state, &command);
        assert!(matches!(answer, Ok(Answer::Created(_))), "{answer:?}");
    }

    /// A wallet and a deposit on its way to it.
    fn state() -> State {
        let mut state = State::default();
        state.begin(Position::default(), Timestamp(1));
        let wallet = NewWallet {
            id: WALLET,
            owner: Uuid::from_u128(9),
            currency: Currency::USD,
            label: None,
            limits: Limits::default(),
            most: None,
        };
        submit(&mut state, Operation::OpenWallet(wallet));
        let deposit = NewTransaction {
            id: DEPOSIT,
            what: Movement::Deposit {
                to: WALLET,
                instrument: Some(Instrument {
                    kind: InstrumentKind::Card,
                    token: "tok".to_owned(),
                }),
                limits: DepositLimits::default(),
            },
            amount: 500,
            currency: Currency::USD,
            description: None,
            external_id: Some("first".to_owned()),
            metadata: None,
            risk: None,
            level: None,
        };
        submit(&mut state, Operation::Create(deposit));
        state
    }

    fn answer(scope: u128, text: &str) -> StoredAnswer {
        StoredAnswer {
            scope,
            org: 1,
            body_hash: 1,
            event: None,
            reply: Reply::Done(Document::Text(text.into())),
            created_at: 1,
        }
    }

    /// One change of each kind, of what is there and of what is new.
    fn change_everything(state: &mut State) {
        let (wallet, account) = state.wallet(WALLET).unwrap();
        let (mut wallet, no) = (wallet.clone(), account.no);
        let used = Used {
            on_day: 7,
            ..Used::default()
        };
        state.set_used(no, used);
        let number = state.next_transaction();
        state.link(no, number);
        wallet.label = Some("other".to_owned());
        state.record_wallet(wallet.clone(), "wallet.limited", 1, Actor::System, None);
        let terms = AccountTerms {
            flags: Flags::default(),
            overdraft_limit: 0,
            max_balance: None,
        };
        let new = AccountId(77);
        let opened = state
            .book
            .open(new, 1, Currency::USD, crate::wallet::WALLET, terms);
        wallet.account = opened.unwrap().no;
        state.record_wallet(wallet, "wallet.opened", 1, Actor::System, None);
        let mut row = state.transaction(DEPOSIT).unwrap().clone();
        row.status = TransactionStatus::Failed;
        let kind = "transaction.failed";
        state.record_transaction(row.clone(), None, kind, Actor::System, None);
        row.id = Uuid::from_u128(3);
        state.record_transaction(row, None, kind, Actor::System, None);
        let external = ExternalId {
            owner: Uuid::nil(),
            text: "second".to_owned(),
        };
        state.take_external_id(external, number, 1);
        state.put_answer(answer(5, "{}"));
        state.put_answer(answer(6, "{}"));
    }

    #[test]
    fn a_command_that_stops_anywhere_leaves_the_set_as_it_was() {
        let mut state = state();
        state.put_answer(answer(5, "[]"));
        let before = format!("{:?}", state.writes());
        let savepoint = state.savepoint();
        change_everything(&mut state);
        assert_ne!(format!("{:?}", state.writes()), before);
        state.rollback(savepoint);
        assert_eq!(format!("{:?}", state.writes()), before);
        let second = ExternalId {
            owner: Uuid::nil(),
            text: "second".to_owned(),
        };
        assert!(!state.is_taken(&second) && state.answer(6).is_none());
        assert!(state.wallet(Uuid::from_u128(77)).is_none());
        assert!(state.transaction(Uuid::from_u128(3)).is_none());
        // And again: nothing of the first time is left.
        let savepoint = state.savepoint();
        change_everything(&mut state);
        state.rollback(savepoint);
        assert_eq!(format!("{:?}", state.writes()), before);
    }
}
