//! The ledger's rules a second time, as plainly as they can be said: every rule looks at every
//! request by itself, sums are wide, holds are added up whenever somebody asks. Slow, and not
//! derived from the ledger's own code.

use std::collections::{BTreeSet, HashMap};

use ledger::{
    Account, AccountId, AccountNo, AccountTerms, Applied, Book, Flags, Hold, HoldState, Kind,
    Posting, Refusal, Request, Transfer, TransferId,
};
use money::Currency;

/// Something to ask of a book or of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// Move, hold or free money.
    Transfer(Request),
    /// Agree on other terms of an account.
    Terms(AccountId, AccountTerms),
    /// Open an account.
    Open {
        /// Its id.
        id: AccountId,
        /// The organisation.
        org: i64,
        /// Its currency.
        currency: Currency,
        /// Its code.
        code: u16,
        /// Its terms.
        terms: AccountTerms,
    },
}

/// What is answered where it is granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The row.
    Transfer(Applied),
    /// The account as it is now.
    Account(Account),
}

impl Ask {
    /// Asks a book.
    ///
    /// # Errors
    /// The book's refusal.
    pub fn of(&self, book: &mut Book) -> Result<Answer, Refusal> {
        match *self {
            Self::Transfer(request) => book.apply(&request).map(Answer::Transfer),
            Self::Terms(id, terms) => book.change_terms(id, terms).map(Answer::Account),
            Self::Open {
                id,
                org,
                currency,
                code,
                terms,
            } => book
                .open(id, org, currency, code, terms)
                .map(Answer::Account),
        }
    }
}

#[derive(Debug, Clone)]
struct Opened {
    no: u64,
    id: AccountId,
    org: i64,
    currency: Currency,
    code: u16,
    terms: AccountTerms,
    opened_at: i64,
    debits: i128,
    credits: i128,
    history: Vec<u64>,
}

#[derive(Debug, Clone)]
struct Reserved {
    seq: u64,
    posting: Posting,
    captured: i128,
    freed: i128,
    ended: Option<HoldState>,
    expires_at: Option<i64>,
}

impl Reserved {
    fn remaining(&self) -> i128 {
        match self.ended {
            None => wide(self.posting.amount) - self.captured - self.freed,
            Some(_) => 0,
        }
    }

    fn is_past_due(&self, now: i64) -> bool {
        self.expires_at.is_some_and(|deadline| deadline <= now)
    }
}

/// The whole world; to try something, clone it.
#[derive(Debug, Clone, Default)]
pub struct Model {
    now: i64,
    seq: u64,
    opened: u64,
    accounts: HashMap<AccountId, Opened>,
    holds: HashMap<TransferId, Reserved>,
    done: HashMap<TransferId, (Request, Transfer)>,
}

fn wide(minor: i64) -> i128 {
    i128::from(minor)
}

fn minor(sum: i128) -> i64 {
    i64::try_from(sum).unwrap_or_else(|_| panic!("{sum} should have been refused"))
}

impl Model {
    /// Begins a batch; time never goes back.
    pub fn begin(&mut self, now: i64) {
        self.now = self.now.max(now);
    }

    /// Sets the time, which may be lower than before: somebody has accepted that.
    pub const fn set_time(&mut self, now: i64) {
        self.now = now;
    }

    /// How many records there are.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        self.seq
    }

    /// All accounts, in no order.
    pub fn accounts(&self) -> impl Iterator<Item = Account> {
        self.accounts.values().map(|known| self.shown(known))
    }

    /// How many holds there are, open and ended.
    #[must_use]
    pub fn hold_count(&self) -> usize {
        self.holds.len()
    }

    /// The row that was made under an id.
    #[must_use]
    pub fn transfer(&self, id: TransferId) -> Option<Transfer> {
        self.done.get(&id).map(|(_, row)| *row)
    }

    /// How many rows there are.
    #[must_use]
    pub fn transfer_count(&self) -> usize {
        self.done.len()
    }

    /// Every refusal that applies, whichever comes first. None where the answer is that it was done
    /// before.
    #[must_use]
    pub fn reasons(&self, ask: &Ask) -> BTreeSet<Refusal> {
        match ask {
            Ask::Transfer(request) => {
                if self.earlier(request).is_some() {
                    return BTreeSet::new();
                }
                let mut reasons = match request {
                    Request::Post(posting) | Request::Hold { posting, .. } => {
                        self.reasons_against_posting(posting)
                    }
                    Request::Capture {
                        org, hold, amount, ..
                    } => self.reasons_against_capture(*org, *hold, *amount),
                    Request::Release { org, hold, .. } => self.reasons_against_end(*org, *hold),
                    Request::Expire { org, hold, .. } => self.reasons_against_expiry(*org, *hold),
                };
                if self.done.contains_key(&request.id()) {
                    reasons.insert(Refusal::IdExistsWithDifferentFields);
                }
                reasons
            }
            Ask::Terms(id, terms) => self.reasons_against_terms(*id, *terms),
            Ask::Open { id, .. } => {
                let taken = self.accounts.contains_key(id) && !self.is_open_already(ask);
                let reason = taken.then_some(Refusal::AccountExistsWithDifferentFields);
                reason.into_iter().collect()
            }
        }
    }

    /// The row that the same request made before.
    fn earlier(&self, request: &Request) -> Option<Transfer> {
        let (before, row) = self.done.get(&request.id())?;
        let mut request = *request;
        // "All that is left" is not kept in a row, so it is the same as any amount.
        if let Request::Capture { amount, .. } = &mut request {
            amount.get_or_insert(row.amount);
        }
        (*before == request).then_some(*row)
    }

    fn is_open_already(&self, ask: &Ask) -> bool {
        let Ask::Open {
            id,
            org,
            currency,
            code,
            terms,
        } = ask
        else {
            return false;
        };
        self.accounts.get(id).is_some_and(|known| {
            (known.org, known.currency, known.code, known.terms) == (*org, *currency, *code, *terms)
        })
    }

    fn reasons_against_posting(&self, posting: &Posting) -> BTreeSet<Refusal> {
        let visible = |id| {
            self.accounts
                .get(id)
                .filter(|known| known.org == posting.org)
        };
        let (debit, credit) = (visible(&posting.debit), visible(&posting.credit));
        let amount = wide(posting.amount);
        let too_large = |sum: i128| sum > wide(i64::MAX);
        let debits = debit.map(|debit| debit.debits + self.held_from(debit.no) + amount);
        let credits = credit.map(|credit| credit.credits + self.held_for(credit.no) + amount);
        let lacks_funds = |account: &Opened, flag: Flags, sum: Option<i128>, against: i128| {
            account.terms.flags.has(flag)
                && sum.is_some_and(|sum| sum > against + wide(account.terms.overdraft_limit))
        };
        let lacking = debit.is_some_and(|debit| {
            let flag = Flags::DEBITS_MUST_NOT_EXCEED_CREDITS;
            lacks_funds(debit, flag, debits, debit.credits)
        }) || credit.is_some_and(|credit| {
            let flag = Flags::CREDITS_MUST_NOT_EXCEED_DEBITS;
            lacks_funds(credit, flag, credits, credit.debits)
        });
        let above_most = credit.is_some_and(|credit| {
            let most = credit.terms.max_balance.map(wide);
            most.is_some_and(|most| credits.is_some_and(|sum| sum - credit.debits > most))
        });
        let has = |side: Option<&Opened>, flag| side.is_some_and(|side| side.terms.flags.has(flag));
        let other_currency =
            |side: Option<&Opened>| side.is_some_and(|side| side.currency != posting.currency);
        those_that_hold([
            (Refusal::AccountsMustDiffer, posting.debit == posting.credit),
            (Refusal::AmountMustBePositive, posting.amount <= 0),
            (
                Refusal::AmountOverflow,
                debits.is_some_and(too_large) || credits.is_some_and(too_large),
            ),
            (
                Refusal::CurrencyMismatch,
                other_currency(debit) || other_currency(credit),
            ),
            (Refusal::DebitAccountNotFound, debit.is_none()),
            (Refusal::CreditAccountNotFound, credit.is_none()),
            (
                Refusal::AccountFrozen,
                has(debit, Flags::FROZEN_DEBIT) || has(credit, Flags::FROZEN_CREDIT),
            ),
            (
                Refusal::AccountClosed,
                has(debit, Flags::CLOSED) || has(credit, Flags::CLOSED),
            ),
            (Refusal::InsufficientFunds, lacking),
            (Refusal::MaxBalanceExceeded, above_most),
        ])
    }

    fn reasons_against_capture(
        &self,
        org: i64,
        hold: TransferId,
        amount: Option<i64>,
    ) -> BTreeSet<Refusal> {
        let mut reasons = self.reasons_against_end(org, hold);
        if amount.is_some_and(|amount| amount <= 0) {
            reasons.insert(Refusal::AmountMustBePositive);
        }
        let Some(hold) = self.visible_hold(org, hold) else {
            return reasons;
        };
        let exceeds = amount.is_some_and(|amount| wide(amount) > hold.remaining());
        reasons.extend(those_that_hold([
            (Refusal::HoldExpired, hold.is_past_due(self.now)),
            (Refusal::ExceedsHold, exceeds),
        ]));
        reasons
    }

    fn reasons_against_end(&self, org: i64, hold: TransferId) -> BTreeSet<Refusal> {
        let hold = self.visible_hold(org, hold);
        let ended = |state| hold.is_some_and(|hold| hold.ended == Some(state));
        those_that_hold([
            (Refusal::HoldNotFound, hold.is_none()),
            (Refusal::HoldAlreadyCaptured, ended(HoldState::Captured)),
            (Refusal::HoldAlreadyReleased, ended(HoldState::Released)),
            (Refusal::HoldExpired, ended(HoldState::Expired)),
        ])
    }

    fn reasons_against_expiry(&self, org: i64, hold: TransferId) -> BTreeSet<Refusal> {
        let mut reasons = self.reasons_against_end(org, hold);
        if self
            .visible_hold(org, hold)
            .is_some_and(|hold| !hold.is_past_due(self.now))
        {
            reasons.insert(Refusal::HoldNotExpired);
        }
        reasons
    }

    fn reasons_against_terms(&self, id: AccountId, terms: AccountTerms) -> BTreeSet<Refusal> {
        let Some(account) = self.accounts.get(&id) else {
            return BTreeSet::from([Refusal::DebitAccountNotFound]);
        };
        if account.terms == terms {
            return BTreeSet::new();
        }
        let settled = account.debits == account.credits
            && self.held_from(account.no) == 0
            && self.held_for(account.no) == 0;
        those_that_hold([
            (
                Refusal::AccountClosed,
                account.terms.flags.has(Flags::CLOSED),
            ),
            (
                Refusal::AccountNotEmpty,
                terms.flags.has(Flags::CLOSED) && !settled,
            ),
        ])
    }

    fn visible_hold(&self, org: i64, id: TransferId) -> Option<&Reserved> {
        self.holds.get(&id).filter(|hold| hold.posting.org == org)
    }

    fn held_from(&self, no: u64) -> i128 {
        self.held(|posting| posting.debit, no)
    }

    fn held_for(&self, no: u64) -> i128 {
        self.held(|posting| posting.credit, no)
    }

    fn held(&self, side: impl Fn(&Posting) -> AccountId, no: u64) -> i128 {
        self.holds
            .values()
            .filter(|hold| hold.ended.is_none())
            .filter(|hold| self.accounts[&side(&hold.posting)].no == no)
            .map(Reserved::remaining)
            .sum()
    }

    /// Does it, or answers the first reason not to.
    ///
    /// # Errors
    /// That reason.
    pub fn take(&mut self, ask: &Ask) -> Result<Answer, Refusal> {
        if let Some(refusal) = self.reasons(ask).first() {
            return Err(*refusal);
        }
        match ask {
            Ask::Transfer(request) => Ok(Answer::Transfer(match self.earlier(request) {
                Some(row) => Applied::Exists(row),
                None => Applied::Made(self.effect(request)),
            })),
            Ask::Terms(id, terms) => {
                let account = self.known(*id);
                if account.terms != *terms {
                    account.terms = *terms;
                    self.seq += 1;
                }
                Ok(Answer::Account(self.shown(&self.accounts[id])))
            }
            Ask::Open {
                id,
                org,
                currency,
                code,
                terms,
            } => {
                if !self.accounts.contains_key(id) {
                    self.seq += 1;
                    self.opened += 1;
                    let opened = Opened {
                        no: self.opened,
                        id: *id,
                        org: *org,
                        currency: *currency,
                        code: *code,
                        terms: *terms,
                        opened_at: self.now,
                        debits: 0,
                        credits: 0,
                        history: Vec::new(),
                    };
                    self.accounts.insert(*id, opened);
                }
                Ok(Answer::Account(self.shown(&self.accounts[id])))
            }
        }
    }

    fn known(&mut self, id: AccountId) -> &mut Opened {
        match self.accounts.get_mut(&id) {
            Some(account) => account,
            None => panic!("{id:?} is not open"),
        }
    }

    fn known_hold(&mut self, id: TransferId) -> &mut Reserved {
        match self.holds.get_mut(&id) {
            Some(hold) => hold,
            None => panic!("{id:?} is no hold"),
        }
    }

    /// What a request without a reason against it does.
    fn effect(&mut self, request: &Request) -> Transfer {
        self.seq += 1;
        let seq = self.seq;
        let (posting, kind, of_hold, expires_at) = match *request {
            Request::Post(posting) => (posting, Kind::Post, 0, 0),
            Request::Hold {
                posting,
                expires_at,
            } => {
                let hold = Reserved {
                    seq,
                    posting,
                    captured: 0,
                    freed: 0,
                    ended: None,
                    expires_at,
                };
                self.holds.insert(posting.id, hold);
                (posting, Kind::Hold, 0, expires_at.unwrap_or(0))
            }
            Request::Capture {
                id,
                hold,
                amount,
                is_final,
                code,
                ..
            } => {
                let kind = if is_final {
                    Kind::FinalCapture
                } else {
                    Kind::Capture
                };
                let hold = self.known_hold(hold);
                let amount = amount.map_or(hold.remaining(), wide);
                hold.captured += amount;
                if is_final || hold.remaining() == 0 {
                    hold.freed = hold.remaining();
                    hold.ended = Some(HoldState::Captured);
                }
                (of_part(hold, id, amount, code), kind, hold.seq, 0)
            }
            Request::Release { id, hold, .. } => {
                let (part, seq) = self.end(id, hold, HoldState::Released);
                (part, Kind::Release, seq, 0)
            }
            Request::Expire { id, hold, .. } => {
                let (part, seq) = self.end(id, hold, HoldState::Expired);
                (part, Kind::Expire, seq, 0)
            }
        };
        if matches!(kind, Kind::Post | Kind::Capture | Kind::FinalCapture) {
            self.known(posting.debit).debits += wide(posting.amount);
            self.known(posting.credit).credits += wide(posting.amount);
        }
        let row = self.row(kind, &posting, of_hold, expires_at);
        let mut done = *request;
        if let Request::Capture { amount, .. } = &mut done {
            *amount = Some(posting.amount);
        }
        self.done.insert(request.id(), (done, row));
        row
    }

    /// The row of what has just been done, which enters both histories.
    fn row(&mut self, kind: Kind, posting: &Posting, hold: u64, expires_at: i64) -> Transfer {
        let seq = self.seq;
        let mut enter = |id| {
            let account = self.known(id);
            let before = account.history.last().copied().unwrap_or(0);
            account.history.push(seq);
            before
        };
        let (debit_prev, credit_prev) = (enter(posting.debit), enter(posting.credit));
        let (debit, credit) = (
            &self.accounts[&posting.debit],
            &self.accounts[&posting.credit],
        );
        Transfer {
            seq,
            id: posting.id,
            time: self.now,
            org: posting.org,
            kind,
            debit: AccountNo(debit.no),
            credit: AccountNo(credit.no),
            amount: posting.amount,
            code: posting.code,
            hold,
            expires_at,
            debit_prev,
            credit_prev,
            debit_balance: minor(debit.credits - debit.debits),
            debit_held: minor(self.held_from(debit.no)),
            credit_balance: minor(credit.credits - credit.debits),
            credit_held: minor(self.held_from(credit.no)),
        }
    }

    fn end(&mut self, id: TransferId, hold: TransferId, state: HoldState) -> (Posting, u64) {
        let hold = self.known_hold(hold);
        let freed = hold.remaining();
        hold.freed += freed;
        hold.ended = Some(state);
        (of_part(hold, id, freed, 0), hold.seq)
    }

    /// The account as the ledger would show it.
    #[must_use]
    pub fn account(&self, id: AccountId) -> Option<Account> {
        self.accounts.get(&id).map(|known| self.shown(known))
    }

    fn shown(&self, known: &Opened) -> Account {
        Account {
            no: AccountNo(known.no),
            id: known.id,
            org: known.org,
            currency: known.currency,
            code: known.code,
            terms: known.terms,
            debits_posted: minor(known.debits),
            credits_posted: minor(known.credits),
            debits_pending: minor(self.held_from(known.no)),
            credits_pending: minor(self.held_for(known.no)),
            last_seq: known.history.last().copied().unwrap_or(0),
            entries: known.history.iter().map(|_| 1).sum(),
            opened_at: known.opened_at,
        }
    }

    /// The hold as the ledger would show it.
    #[must_use]
    pub fn hold(&self, id: TransferId) -> Option<Hold> {
        let known = self.holds.get(&id)?;
        let number = |account: &AccountId| AccountNo(self.accounts[account].no);
        Some(Hold {
            seq: known.seq,
            id,
            org: known.posting.org,
            debit: number(&known.posting.debit),
            credit: number(&known.posting.credit),
            currency: known.posting.currency,
            amount: known.posting.amount,
            captured: minor(known.captured),
            remaining: minor(known.remaining()),
            state: known.ended.unwrap_or(HoldState::Open),
            expires_at: known.expires_at,
        })
    }
}

/// The part of a hold that a row moves or frees.
fn of_part(hold: &Reserved, id: TransferId, amount: i128, code: u16) -> Posting {
    Posting {
        id,
        amount: minor(amount),
        code,
        ..hold.posting
    }
}

fn those_that_hold<const N: usize>(rules: [(Refusal, bool); N]) -> BTreeSet<Refusal> {
    rules
        .into_iter()
        .filter_map(|(refusal, holds)| holds.then_some(refusal))
        .collect()
}
