//! What a batch needs of the store, command by command, and taking in what it answered.

use std::sync::Arc;

use contracts::payments::TransactionType;
use ledger::{AccountId, AccountNo, TransferId};
use uuid::Uuid;

use super::State;
use crate::batch::{ExternalId, Loaded, Wanted};
use crate::command::{Actor, ChainedRequest, Command, Movement, Operation, RefundRequestChange};
use crate::transaction::Transaction;
use crate::wallet::{SystemAccount, Used, closed_owner_id, suspended};

/// The id of the refund that an answer to a request makes; the payment's where it makes none.
const fn refund_of(payment: Uuid, change: &RefundRequestChange) -> Uuid {
    match change {
        RefundRequestChange::Accept { id, .. } => *id,
        RefundRequestChange::Ask { .. }
        | RefundRequestChange::Withdraw { .. }
        | RefundRequestChange::Decline { .. } => payment,
    }
}

impl State {
    /// Adds what a command names and the working set does not have.
    pub fn want(&mut self, command: &Command, wanted: &mut Wanted) {
        if let Some(key) = command.idempotency {
            wanted.scopes.push(key.scope);
        }
        match &command.operation {
            Operation::OpenAccounts(accounts) => accounts
                .iter()
                .for_each(|account| self.want_account(account.id, wanted)),
            Operation::Post(requests) => requests
                .iter()
                .for_each(|item| self.want_request(item, wanted)),
            Operation::OpenWallet(wallet) => {
                self.want_account(wallet.id, wanted);
                self.want_account(closed_owner_id(wallet.owner), wanted);
                if let Some(most) = wallet.most {
                    wanted.opened.push((wallet.owner, most));
                }
            }
            Operation::CloseOwner(owner) => {
                self.want_account(closed_owner_id(*owner), wanted);
                wanted.owners.push(*owner);
            }
            Operation::ChangeWallet { wallet, .. } => self.want_account(*wallet, wanted),
            Operation::Create(new) => self.want_new(command, new, wanted),
            Operation::Capture {
                transaction, id, ..
            }
            | Operation::Cancel { transaction, id }
            | Operation::Confirm { transaction, id }
            | Operation::Review {
                transaction, id, ..
            }
            | Operation::Expire { transaction, id }
            | Operation::Refund {
                transaction, id, ..
            } => self.want_follow_up(*transaction, *id, wanted),
            Operation::RefundRequest {
                transaction,
                change,
            } => self.want_follow_up(*transaction, refund_of(*transaction, change), wanted),
            Operation::Resolve {
                transaction, id, ..
            } => {
                self.resolved.push(*transaction);
                self.want_transfer(suspended(*transaction), wanted);
                self.want_follow_up(*transaction, *id, wanted);
            }
            Operation::Settle {
                transaction,
                id,
                answers,
                ..
            } => {
                wanted.scopes.extend(answers);
                self.want_follow_up(*transaction, *id, wanted);
            }
            Operation::ExpireHold { hold, id } => {
                wanted.holds.push(*hold);
                self.want_transfer(*id, wanted);
            }
            Operation::AcceptClock { .. } => {}
        }
    }

    fn want_request(&mut self, item: &ChainedRequest, wanted: &mut Wanted) {
        let request = &item.request;
        self.want_transfer(Uuid::from_u128(request.id().0), wanted);
        if let Some((debit, credit)) = request.accounts() {
            self.want_account(Uuid::from_u128(debit.0), wanted);
            self.want_account(Uuid::from_u128(credit.0), wanted);
        }
        if let Some(hold) = request.hold() {
            wanted.holds.push(Uuid::from_u128(hold.0));
        } else if item.timeout.is_some() {
            // If it is a repetition, it has the deadline of the first time.
            self.want_made_hold(request.id(), wanted);
        }
    }

    fn want_new(
        &mut self,
        command: &Command,
        new: &crate::command::NewTransaction,
        wanted: &mut Wanted,
    ) {
        self.want_transfer(new.id, wanted);
        if new.id.as_u128() <= self.greatest_id {
            wanted.transactions.push(new.id);
        }
        if let Some(text) = &new.external_id {
            wanted.external_ids.push(ExternalId {
                owner: command.actor.user(),
                text: text.clone(),
            });
        }
        if let (Some(limits), Actor::User(user)) = (new.level, command.actor)
            && (limits.daily.is_some() || limits.monthly.is_some())
        {
            wanted.spenders.push((user, self.now().month()));
        }
        let settlement = SystemAccount::Settlement.id(command.org, new.currency);
        let (one, other) = match &new.what {
            Movement::Transfer { from, to } | Movement::Payment { from, to, .. } => (*from, *to),
            Movement::Deposit { to, .. } => (settlement, *to),
            Movement::Withdrawal { from, .. } => (*from, settlement),
        };
        self.want_account(one, wanted);
        self.want_account(other, wanted);
    }

    /// A transaction and the hold that it may have made, which has the same id.
    fn want_follow_up(&mut self, transaction: Uuid, id: Uuid, wanted: &mut Wanted) {
        wanted.transactions.push(transaction);
        wanted.holds.push(transaction);
        self.want_transfer(transaction, wanted);
        self.want_transfer(id, wanted);
    }

    fn want_account(&mut self, id: Uuid, wanted: &mut Wanted) {
        if !self.book.touch(AccountId(id.as_u128())) {
            wanted.accounts.push(id);
        }
    }

    /// An id above all that exist need not be looked up; ids rise with time, so most are.
    fn want_transfer(&mut self, id: Uuid, wanted: &mut Wanted) {
        if id.as_u128() <= self.greatest_id {
            wanted.transfers.push(id);
        }
    }

    fn want_made_hold(&self, id: TransferId, wanted: &mut Wanted) {
        if id.0 <= self.greatest_id {
            wanted.holds.push(Uuid::from_u128(id.0));
        }
    }

    /// Takes in what was loaded; adds what that names in turn and the working set does not have.
    pub fn take_in(&mut self, loaded: Loaded, wanted: &mut Wanted) {
        for account in loaded.accounts {
            self.book.load_account(account);
        }
        for wallet in loaded.wallets {
            self.wallets.insert(wallet.account, wallet);
        }
        for transfer in loaded.transfers {
            self.want_no(transfer.debit, wanted);
            self.want_no(transfer.credit, wanted);
            self.book.load_transfer(transfer);
        }
        for hold in loaded.holds {
            self.want_no(hold.debit, wanted);
            self.want_no(hold.credit, wanted);
            self.book.load_hold(hold);
        }
        for transaction in loaded.transactions {
            for no in transaction.from.into_iter().chain(transaction.to) {
                self.want_no(no, wanted);
            }
            self.want_system_accounts(&transaction, wanted);
            self.transactions
                .insert(transaction.id, Arc::new(transaction));
        }
        for (owner, wallets) in loaded.opened {
            // Anyone who looked further has counted more.
            let counted = self.opened.entry(owner).or_default();
            *counted = wallets.max(*counted);
        }
        for (user, wallets) in loaded.spent {
            for no in &wallets {
                self.want_no(*no, wanted);
            }
            self.spent.insert(user, wallets);
        }
        self.taken
            .extend(loaded.external_ids.into_iter().map(|id| (id, ())));
        self.answers.extend(
            loaded
                .answers
                .into_iter()
                .map(|answer| (answer.scope, answer)),
        );
    }

    /// Where the money of a transaction's other side is; for a deposit that operators resolve also
    /// where it goes if its wallet cannot take it.
    fn want_system_accounts(&mut self, row: &Transaction, wanted: &mut Wanted) {
        self.want_account(SystemAccount::Settlement.id(row.org, row.currency), wanted);
        if row.kind == TransactionType::Deposit && self.resolved.contains(&row.id) {
            self.want_account(SystemAccount::Suspense.id(row.org, row.currency), wanted);
        }
    }

    /// Adds wallets of which it was counted anew what has left them.
    pub fn want_counted(&mut self, counted: Vec<(AccountNo, Used)>, wanted: &mut Wanted) {
        for (no, _) in &counted {
            self.want_no(*no, wanted);
        }
        self.counted = counted;
    }

    fn want_no(&mut self, no: AccountNo, wanted: &mut Wanted) {
        if !self.book.touch_no(no) {
            wanted.account_nos.push(no);
        }
    }

    /// As a store would say from which wallets of a user something left in a month.
    #[cfg(test)]
    pub(crate) fn spent_from(&self, user: Uuid, month: i64) -> Vec<AccountNo> {
        let wallets = self.wallets.values();
        let theirs = wallets.filter(|it| it.owner == user && it.used.month == month);
        theirs.map(|wallet| wallet.account).collect()
    }
}
