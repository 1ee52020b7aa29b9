//! What a benchmark of the ledger asks for: transfers between accounts drawn at random, the same
//! ones in every run but for their ids. It never looks at an answer.

use contracts::identity::OrgId;
use ledger::{AccountId, AccountTerms, Flags, Posting, Request, TransferId};
use money::Currency;
use payments_core::command::{
    Actor, ChainedRequest, Command, Movement, NewAccount, NewTransaction, NewWallet, Operation,
};
use payments_core::wallet::{DepositLimits, Limits};
use platform::ids::Ids;
use uuid::Uuid;

use crate::random::Random;

/// The most minor units of one transfer.
const MOST: u64 = 10_000;
/// So that every check of an overdraft is made, and none refuses.
const OVERDRAFT: i64 = 1 << 52;
/// What a wallet is given to spend: wallets have no overdraft.
const FUNDS: i64 = 1 << 45;
/// The code of the measured accounts and transfers.
const CODE: u16 = 900;

/// Transfers between accounts drawn at random.
#[derive(Clone)]
pub struct Workload {
    random: Random,
    ids: Ids,
    currency: Currency,
    accounts: Vec<Uuid>,
    hot: u8,
}

impl Workload {
    /// Transfers of dollars among as many new accounts, of which `hot` percent touch the first.
    ///
    /// # Errors
    /// Where there are no dollars.
    pub fn new(ids: Ids, accounts: usize, hot: u8) -> anyhow::Result<Self> {
        Ok(Self {
            random: Random(1),
            accounts: (0..accounts).map(|_| ids.next()).collect(),
            ids,
            currency: Currency::from_code("USD")?,
            hot,
        })
    }

    /// What opens the accounts: each is refused a debit beyond its overdraft, so that the check is
    /// a real one.
    pub fn openings(&self) -> Vec<NewAccount> {
        let terms = AccountTerms {
            flags: Flags::DEBITS_MUST_NOT_EXCEED_CREDITS,
            overdraft_limit: OVERDRAFT,
            max_balance: None,
        };
        self.accounts
            .iter()
            .map(|id| NewAccount {
                id: *id,
                currency: self.currency,
                code: CODE,
                terms,
            })
            .collect()
    }

    /// The same accounts, of which `hot` percent of the transfers touch the first.
    pub fn with_hot(&self, hot: u8) -> Self {
        Self {
            hot,
            ..self.clone()
        }
    }

    /// The account that may be hot.
    pub fn hot_account(&self) -> Uuid {
        self.accounts.first().copied().unwrap_or_default()
    }

    /// What opens the same number of wallets and fills them. The first is the holder's, every other
    /// one somebody else's.
    pub fn wallets(&self, holder: Uuid) -> Vec<Operation> {
        let open = self.accounts.iter().enumerate().map(|(number, id)| {
            Operation::OpenWallet(NewWallet {
                id: *id,
                owner: if number == 0 { holder } else { self.ids.next() },
                currency: self.currency,
                label: None,
                limits: Limits::default(),
                most: None,
            })
        });
        let fill = self.accounts.iter().map(|to| {
            let what = Movement::Deposit {
                to: *to,
                instrument: None,
                limits: DepositLimits::default(),
            };
            Operation::Create(self.transaction(what, FUNDS))
        });
        open.chain(fill).collect()
    }

    /// Two different accounts, and an amount.
    fn draw(&mut self) -> (Uuid, Uuid, i64) {
        let count = self.accounts.len();
        let amount = i64::try_from(1 + self.random.below(MOST)).unwrap_or(1);
        let is_hot = self.random.below(100) < u64::from(self.hot);
        let one = if is_hot { 0 } else { self.random.index(count) };
        let mut other = self.random.index(count - 1);
        if other >= one {
            other += 1;
        }
        let (one, other) = (self.accounts[one], self.accounts[other]);
        if self.random.below(2) == 0 {
            (one, other, amount)
        } else {
            (other, one, amount)
        }
    }

    /// The next transfer.
    pub fn posting(&mut self) -> Posting {
        let (debit, credit, amount) = self.draw();
        Posting {
            id: TransferId(self.ids.next().as_u128()),
            org: OrgId::DEFAULT.0,
            debit: AccountId(debit.as_u128()),
            credit: AccountId(credit.as_u128()),
            amount,
            currency: self.currency,
            code: CODE,
        }
    }

    /// The next transfers as one command.
    pub fn post(&mut self, count: usize) -> Command {
        let requests = (0..count).map(|_| ChainedRequest {
            request: Request::Post(self.posting()),
            timeout: None,
            linked: false,
        });
        command(Operation::Post(requests.collect()))
    }

    /// The next transfer as a transaction between wallets, with its payment row and event.
    pub fn create(&mut self) -> Command {
        let (from, to, amount) = self.draw();
        command(Operation::Create(
            self.transaction(Movement::Transfer { from, to }, amount),
        ))
    }

    fn transaction(&self, what: Movement, amount: i64) -> NewTransaction {
        NewTransaction {
            id: self.ids.next(),
            what,
            amount,
            currency: self.currency,
            description: None,
            external_id: None,
            metadata: None,
            risk: None,
            level: None,
        }
    }
}

/// A command of nobody's.
pub fn command(operation: Operation) -> Command {
    Command {
        org: OrgId::DEFAULT.0,
        actor: Actor::System,
        idempotency: None,
        request_id: None,
        operation,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workload(hot: u8) -> Workload {
        Workload::new(crate::ids(), 10, hot).unwrap()
    }

    #[test]
    fn every_transfer_touches_the_hot_account_and_another_one() {
        let mut workload = workload(100);
        let hot = AccountId(workload.accounts[0].as_u128());
        let mut given = 0;
        for _ in 0..1_000 {
            let posting = workload.posting();
            assert!(posting.debit != posting.credit && posting.amount > 0);
            assert!(posting.debit == hot || posting.credit == hot);
            given += usize::from(posting.debit == hot);
        }
        assert!((400..600).contains(&given), "{given} of 1,000 are debits");
    }

    #[test]
    fn without_a_hot_account_all_are_drawn_alike() {
        let mut workload = workload(0);
        let mut touched = std::collections::HashMap::new();
        for _ in 0..10_000 {
            let posting = workload.posting();
            for id in [posting.debit, posting.credit] {
                *touched.entry(id).or_insert(0_usize) += 1;
            }
        }
        assert_eq!(touched.len(), 10);
        assert!(
            touched.values().all(|times| (1_800..2_200).contains(times)),
            "{touched:?}"
        );
    }

    #[test]
    fn ids_rise() {
        let mut workload = workload(0);
        let ids: Vec<_> = (0..1_000).map(|_| workload.posting().id).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
