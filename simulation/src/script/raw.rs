//! The stream's commands on the raw ledger: accounts, transfers, holds.

use ledger::{AccountId, AccountTerms, Flags, Posting, Request, TransferId};
use payments_core::command::{Actor, ChainedRequest, Command, NewAccount, Operation};
use uuid::Uuid;
use values::{DAY, SECOND};

use super::Script;

impl Script {
    pub(super) fn open_accounts(&mut self) -> Command {
        let count = 1 + self.random.below(3);
        let accounts = (0..count).map(|_| {
            let mut id = self.fresh();
            let currency = self.currency();
            if self.random.chance(10) && !self.accounts.is_empty() {
                id = self.random.pick(&self.accounts).0;
            } else {
                self.accounts.push((id, currency));
            }
            let flags = self.random.pick(&[
                Flags::default(),
                Flags::default(),
                Flags::DEBITS_MUST_NOT_EXCEED_CREDITS,
                Flags::CREDITS_MUST_NOT_EXCEED_DEBITS,
                Flags::FROZEN_CREDIT,
            ]);
            let terms = AccountTerms {
                flags,
                overdraft_limit: self.random.pick(&[0, 0, 1_000]),
                max_balance: self.random.pick(&[None, None, None, Some(20_000)]),
            };
            NewAccount {
                id,
                currency,
                code: 100,
                terms,
            }
        });
        let operation = Operation::OpenAccounts(accounts.collect());
        self.command_of(1, Actor::System, operation)
    }

    pub(super) fn post(&mut self) -> Command {
        let count = 1 + self.random.below(5);
        let mut requests: Vec<_> = (0..count).map(|_| self.request()).collect();
        if let Some(last) = requests.last_mut()
            && !self.random.chance(4)
        {
            last.linked = false;
        }
        self.requests.extend(&requests);
        self.command_of(1, Actor::System, Operation::Post(requests))
    }

    fn request(&mut self) -> ChainedRequest {
        let linked = self.random.chance(25);
        if self.random.chance(12) && !self.requests.is_empty() {
            // The same again, or almost.
            let mut again = self.random.pick(&self.requests);
            if let Request::Post(posting) = &mut again.request
                && self.random.chance(30)
            {
                posting.amount ^= 1;
            }
            return ChainedRequest { linked, ..again };
        }
        if self.random.chance(35) && !self.holds.is_empty() {
            let request = self.request_on_hold();
            return ChainedRequest {
                request,
                timeout: None,
                linked,
            };
        }
        let posting = self.posting();
        if self.random.chance(40) {
            self.holds.push(Uuid::from_u128(posting.id.0));
            return ChainedRequest {
                request: Request::Hold {
                    posting,
                    expires_at: None,
                },
                timeout: self
                    .random
                    .chance(60)
                    .then(|| self.random.between(SECOND, DAY)),
                linked,
            };
        }
        ChainedRequest {
            request: Request::Post(posting),
            timeout: None,
            linked,
        }
    }

    fn some_hold(&mut self) -> TransferId {
        let from = self.holds.len().saturating_sub(6);
        let hold = if self.holds.is_empty() || self.random.chance(4) {
            self.fresh()
        } else {
            self.random.pick(&self.holds[from..])
        };
        TransferId(hold.as_u128())
    }

    fn request_on_hold(&mut self) -> Request {
        let (id, hold, org) = (TransferId(self.fresh().as_u128()), self.some_hold(), 1);
        match self.random.below(10) {
            0..6 => Request::Capture {
                id,
                org,
                hold,
                amount: self.random.chance(70).then(|| self.amount()),
                is_final: self.random.chance(30),
                code: 9,
            },
            6..8 => Request::Release { id, org, hold },
            _ => Request::Expire { id, org, hold },
        }
    }

    fn posting(&mut self) -> Posting {
        let (debit, currency) = self.random.pick(&self.accounts);
        let mut credit = self.random.pick(&self.accounts);
        for _ in 0..6 {
            if credit.1 == currency && credit.0 != debit {
                break;
            }
            credit = self.random.pick(&self.accounts);
        }
        let unknown = self.fresh();
        let (debit, credit) = match self.random.below(50) {
            0 => (unknown, credit.0),
            1 => (debit, unknown),
            _ => (debit, credit.0),
        };
        Posting {
            id: TransferId(self.fresh().as_u128()),
            org: if self.random.chance(2) { 2 } else { 1 },
            debit: AccountId(debit.as_u128()),
            credit: AccountId(credit.as_u128()),
            amount: self.amount(),
            currency: self.currency_of(currency),
            code: 9,
        }
    }

    pub(super) fn expire_hold(&mut self) -> Command {
        let hold = Uuid::from_u128(self.some_hold().0);
        let id = self.fresh();
        self.command_of(1, Actor::System, Operation::ExpireHold { hold, id })
    }
}
