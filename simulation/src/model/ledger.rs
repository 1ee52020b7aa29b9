//! The ledger of the model: accounts, transfers, holds.

use ::ledger::{Flags, Request};
use payments::command::{ChainedRequest, NewAccount};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Code, Done, Model, Row, Said};

/// An account: its terms and its sums.
#[derive(Debug, Clone)]
pub struct Account {
    pub(crate) org: i64,
    pub(crate) currency: &'static str,
    pub(crate) code: u16,
    pub(crate) flags: u16,
    pub(crate) overdraft: i128,
    pub(crate) most: Option<i128>,
    /// Debits and credits, posted, then pending.
    pub(crate) debits: i128,
    pub(crate) credits: i128,
    pub(crate) debits_held: i128,
    pub(crate) credits_held: i128,
}

impl Account {
    fn is(&self, flag: Flags) -> bool {
        self.flags & flag.0 != 0
    }

    pub(crate) fn balance(&self) -> i128 {
        self.credits - self.debits
    }

    /// Debits and credits, posted, then pending.
    #[must_use]
    pub fn sums(&self) -> [i128; 4] {
        [
            self.debits,
            self.credits,
            self.debits_held,
            self.credits_held,
        ]
    }

    pub(crate) fn is_settled(&self) -> bool {
        self.balance() == 0 && self.debits_held == 0 && self.credits_held == 0
    }
}

#[derive(Debug, Clone)]
pub struct Hold {
    org: i64,
    debit: Uuid,
    credit: Uuid,
    pub(crate) left: i128,
    pub(crate) ended: Option<Code>,
    deadline: Option<i64>,
}

/// What was asked for under an id, and what came of it.
#[derive(Debug, Clone)]
pub struct Made {
    asked: Asked,
    pub(crate) row: Row,
}

#[derive(Debug, Clone, PartialEq)]
enum Asked {
    Post(i64, Uuid, Uuid, i64, &'static str, u16),
    Hold(i64, Uuid, Uuid, i64, &'static str, u16, Option<i64>),
    Capture(i64, Uuid, i64, bool, u16),
    Release(i64, Uuid),
    Expire(i64, Uuid),
}

/// Two accounts and an amount.
#[derive(Debug, Clone, Copy)]
pub struct Move {
    pub(crate) id: Uuid,
    pub(crate) org: i64,
    pub(crate) debit: Uuid,
    pub(crate) credit: Uuid,
    pub(crate) amount: i64,
    pub(crate) currency: &'static str,
    pub(crate) code: u16,
}

const LARGEST: i128 = i64::MAX as i128;
const ID_EXISTS: Code = "id_exists_with_different_fields";

impl Model {
    pub(crate) fn next_seq(&mut self) -> u64 {
        self.has_changed = true;
        self.seq += 1;
        self.seq
    }

    pub(crate) fn open_accounts(&mut self, org: i64, accounts: &[NewAccount]) -> Done {
        let results: Vec<Result<Uuid, Code>> = accounts
            .iter()
            .map(|new| {
                let account = Account {
                    org,
                    currency: new.currency.code(),
                    code: new.code,
                    flags: new.terms.flags.0,
                    overdraft: new.terms.overdraft_limit.into(),
                    most: new.terms.max_balance.map(Into::into),
                    debits: 0,
                    credits: 0,
                    debits_held: 0,
                    credits_held: 0,
                };
                self.open(new.id, account)
            })
            .collect();
        let rows = accounts.iter().zip(&results).map(|(new, result)| {
            let id = contracts::payments::AccountId(new.id);
            json!({ "id": id, "result": result.err().unwrap_or("created") })
        });
        let body = json!({ "results": rows.collect::<Vec<_>>() });
        Done::Results(Said::Accounts(results), body)
    }

    pub(crate) fn open(&mut self, id: Uuid, new: Account) -> Result<Uuid, Code> {
        if let Some(known) = self.accounts.get(&id) {
            let agreed = |of: &Account| {
                (
                    of.org,
                    of.currency,
                    of.code,
                    of.flags,
                    of.overdraft,
                    of.most,
                )
            };
            let is_same = agreed(known) == agreed(&new);
            return if is_same {
                Ok(id)
            } else {
                Err("account_exists_with_different_fields")
            };
        }
        self.next_seq();
        self.accounts.insert(id, new);
        Ok(id)
    }

    pub(crate) fn post_all(&mut self, requests: &[ChainedRequest]) -> Done {
        let mut results: Vec<Result<Row, Code>> = Vec::new();
        while results.len() < requests.len() {
            let rest = &requests[results.len()..];
            let length = rest
                .iter()
                .position(|item| !item.linked)
                .map(|last| last + 1);
            let Some(length) = length else {
                // A chain without an end.
                results.extend(rest.iter().map(|_| Err("linked_transfer_failed")));
                break;
            };
            let before = self.copy();
            let chain: Vec<_> = rest[..length]
                .iter()
                .map(|item| self.request(item))
                .collect();
            // What follows a refusal is not looked at.
            match chain.iter().position(Result::is_err) {
                Some(failed) => {
                    self.put_back(before);
                    let refused = |at| {
                        if at == failed {
                            chain[at]
                        } else {
                            Err("linked_transfer_failed")
                        }
                    };
                    results.extend((0..length).map(refused));
                }
                None => results.extend(chain),
            }
        }
        let rows = requests.iter().zip(&results).map(|(item, result)| {
            let id = Uuid::from_u128(item.request.id().0);
            let id = contracts::payments::TransferId(id);
            match result {
                Ok(row) => {
                    let word = if row.is_new { "created" } else { "exists" };
                    json!({ "id": id, "result": word, "seq": row.seq })
                }
                Err(code) => json!({ "id": id, "result": code }),
            }
        });
        let body: Value = json!({ "results": rows.collect::<Vec<_>>() });
        Done::Results(Said::Ledger(results), body)
    }

    fn request(&mut self, item: &ChainedRequest) -> Result<Row, Code> {
        let uuid = Uuid::from_u128;
        let moves = |of: &::ledger::Posting| Move {
            id: uuid(of.id.0),
            org: of.org,
            debit: uuid(of.debit.0),
            credit: uuid(of.credit.0),
            amount: of.amount,
            currency: of.currency.code(),
            code: of.code,
        };
        match &item.request {
            Request::Post(posting) => self.post(&moves(posting)),
            Request::Hold {
                posting,
                expires_at,
            } => {
                let first = self
                    .made
                    .get(&uuid(posting.id.0))
                    .and_then(|made| match made.asked {
                        Asked::Hold(.., deadline) => deadline,
                        _ => None,
                    });
                let deadline = match item.timeout {
                    Some(timeout) => first.or(Some(self.now.plus(timeout).micros())),
                    None => *expires_at,
                };
                self.hold(&moves(posting), deadline)
            }
            Request::Capture {
                id,
                org,
                hold,
                amount,
                is_final,
                code,
            } => self.capture(uuid(id.0), *org, uuid(hold.0), *amount, *is_final, *code),
            Request::Release { id, org, hold } => self.release(uuid(id.0), *org, uuid(hold.0)),
            Request::Expire { id, org, hold } => self.expire(uuid(id.0), *org, uuid(hold.0)),
        }
    }

    /// The row that exists under this id, if the same was asked for.
    fn known(&self, id: Uuid, is_same: impl Fn(&Asked) -> bool) -> Option<Result<Row, Code>> {
        let made = self.made.get(&id)?;
        let known = Row {
            is_new: false,
            ..made.row
        };
        Some(if is_same(&made.asked) {
            Ok(known)
        } else {
            Err(ID_EXISTS)
        })
    }

    pub(crate) fn post(&mut self, of: &Move) -> Result<Row, Code> {
        let asked = Asked::Post(of.org, of.debit, of.credit, of.amount, of.currency, of.code);
        if let Some(known) = self.known(of.id, |made| *made == asked) {
            return known;
        }
        self.may_move(of)?;
        self.change(of.debit, |account| account.debits += i128::from(of.amount));
        self.change(of.credit, |account| {
            account.credits += i128::from(of.amount)
        });
        Ok(self.record(of.id, asked, of.debit, of.credit, of.amount))
    }

    /// What all holds in favour of an account still reserve.
    pub(crate) fn held_for(&self, account: Uuid) -> i128 {
        let open = self
            .holds
            .values()
            .filter(|hold| hold.credit == account && hold.ended.is_none());
        open.map(|hold| hold.left).sum()
    }

    pub(crate) fn hold(&mut self, of: &Move, deadline: Option<i64>) -> Result<Row, Code> {
        let asked = Asked::Hold(
            of.org,
            of.debit,
            of.credit,
            of.amount,
            of.currency,
            of.code,
            deadline,
        );
        if let Some(known) = self.known(of.id, |made| *made == asked) {
            return known;
        }
        self.may_move(of)?;
        self.change(of.debit, |account| {
            account.debits_held += i128::from(of.amount)
        });
        self.change(of.credit, |account| {
            account.credits_held += i128::from(of.amount)
        });
        let hold = Hold {
            org: of.org,
            debit: of.debit,
            credit: of.credit,
            left: of.amount.into(),
            ended: None,
            deadline,
        };
        self.holds.insert(of.id, hold);
        Ok(self.record(of.id, asked, of.debit, of.credit, of.amount))
    }

    fn may_move(&self, of: &Move) -> Result<(), Code> {
        let amount = i128::from(of.amount);
        let find = |id| {
            self.accounts
                .get(&id)
                .filter(|account: &&Account| account.org == of.org)
        };
        let (debit, credit) = (find(of.debit), find(of.credit));
        let too_large = debit.is_some_and(|it| it.debits + it.debits_held + amount > LARGEST)
            || credit.is_some_and(|it| it.credits + it.credits_held + amount > LARGEST);
        let foreign =
            |account: Option<&Account>| account.is_some_and(|it| it.currency != of.currency);
        if of.debit == of.credit {
            return Err("accounts_must_differ");
        }
        if amount <= 0 {
            return Err("amount_must_be_positive");
        }
        if too_large {
            return Err("amount_overflow");
        }
        if foreign(debit) || foreign(credit) {
            return Err("currency_mismatch");
        }
        let debit = debit.ok_or("debit_account_not_found")?;
        let credit = credit.ok_or("credit_account_not_found")?;
        if debit.is(Flags::FROZEN_DEBIT) || credit.is(Flags::FROZEN_CREDIT) {
            return Err("account_frozen");
        }
        if debit.is(Flags::CLOSED) || credit.is(Flags::CLOSED) {
            return Err("account_closed");
        }
        let owes = debit.debits + debit.debits_held + amount - debit.credits;
        if debit.is(Flags::DEBITS_MUST_NOT_EXCEED_CREDITS) && owes > debit.overdraft {
            return Err("insufficient_funds");
        }
        let has = credit.credits + credit.credits_held + amount - credit.debits;
        if credit.is(Flags::CREDITS_MUST_NOT_EXCEED_DEBITS) && has > credit.overdraft {
            return Err("insufficient_funds");
        }
        if credit.most.is_some_and(|most| has > most) {
            return Err("max_balance_exceeded");
        }
        Ok(())
    }

    pub(crate) fn capture(
        &mut self,
        id: Uuid,
        org: i64,
        of: Uuid,
        amount: Option<i64>,
        is_final: bool,
        code: u16,
    ) -> Result<Row, Code> {
        let same = |made: &Asked| match made {
            Asked::Capture(by, hold, moved, last, with) => {
                (*by, *hold, *last, *with) == (org, of, is_final, code)
                    && amount.is_none_or(|amount| amount == *moved)
            }
            _ => false,
        };
        if let Some(known) = self.known(id, same) {
            return known;
        }
        if amount.is_some_and(|amount| amount <= 0) {
            return Err("amount_must_be_positive");
        }
        let hold = self.open_hold(of, org)?;
        if hold
            .deadline
            .is_some_and(|deadline| self.now.micros() >= deadline)
        {
            return Err("hold_expired");
        }
        let moved = amount.map_or(hold.left, i128::from);
        if moved > hold.left {
            return Err("exceeds_hold");
        }
        let freed = if is_final { hold.left } else { moved };
        self.change(hold.debit, |account| {
            account.debits += moved;
            account.debits_held -= freed;
        });
        self.change(hold.credit, |account| {
            account.credits += moved;
            account.credits_held -= freed;
        });
        self.shrink(of, freed, "hold_already_captured");
        let moved = i64::try_from(moved).unwrap();
        let asked = Asked::Capture(org, of, moved, is_final, code);
        Ok(self.record(id, asked, hold.debit, hold.credit, moved))
    }

    pub(crate) fn release(&mut self, id: Uuid, org: i64, of: Uuid) -> Result<Row, Code> {
        let asked = Asked::Release(org, of);
        if let Some(known) = self.known(id, |made| *made == asked) {
            return known;
        }
        let hold = self.open_hold(of, org)?;
        Ok(self.free(id, asked, of, &hold, "hold_already_released"))
    }

    pub(crate) fn expire(&mut self, id: Uuid, org: i64, of: Uuid) -> Result<Row, Code> {
        let asked = Asked::Expire(org, of);
        if let Some(known) = self.known(id, |made| *made == asked) {
            return known;
        }
        let hold = self.open_hold(of, org)?;
        if hold
            .deadline
            .is_none_or(|deadline| self.now.micros() < deadline)
        {
            return Err("hold_not_expired");
        }
        Ok(self.free(id, asked, of, &hold, "hold_expired"))
    }

    fn free(&mut self, id: Uuid, asked: Asked, of: Uuid, hold: &Hold, ended: Code) -> Row {
        self.change(hold.debit, |account| account.debits_held -= hold.left);
        self.change(hold.credit, |account| account.credits_held -= hold.left);
        self.shrink(of, hold.left, ended);
        let amount = i64::try_from(hold.left).unwrap();
        self.record(id, asked, hold.debit, hold.credit, amount)
    }

    fn open_hold(&self, id: Uuid, org: i64) -> Result<Hold, Code> {
        let hold = self.holds.get(&id).filter(|hold| hold.org == org);
        let hold = hold.ok_or("hold_not_found")?;
        match hold.ended {
            Some(code) => Err(code),
            None => Ok(hold.clone()),
        }
    }

    /// Whether there is a hold, open or ended.
    pub(crate) fn has_hold(&self, id: Uuid) -> bool {
        self.holds.contains_key(&id)
    }

    /// What is left of an open hold; nothing where there is none.
    pub(crate) fn left(&self, id: Uuid) -> i128 {
        self.holds.get(&id).map_or(0, |hold| hold.left)
    }

    fn shrink(&mut self, id: Uuid, by: i128, ended: Code) {
        let hold = self.holds.get_mut(&id).unwrap();
        hold.left -= by;
        if hold.left == 0 {
            hold.ended = Some(ended);
        }
    }

    fn change(&mut self, id: Uuid, change: impl FnOnce(&mut Account)) {
        change(self.accounts.get_mut(&id).unwrap());
    }

    fn record(&mut self, id: Uuid, asked: Asked, debit: Uuid, credit: Uuid, amount: i64) -> Row {
        let of = |id| {
            let account = &self.accounts[&id];
            [account.balance(), account.debits_held].map(|sum| i64::try_from(sum).unwrap())
        };
        let ([a, b], [c, d]) = (of(debit), of(credit));
        let row = Row {
            is_new: true,
            seq: self.next_seq(),
            amount,
            after: [a, b, c, d],
        };
        self.made.insert(id, Made { asked, row });
        row
    }
}
