//! One request against the book: every check in the order of [`Refusal`], then the change. A
//! refusal changes nothing.

use crate::account::{Account, Flags};
use crate::book::Book;
use crate::hold::{Hold, HoldState};
use crate::refusal::Refusal;
use crate::transfer::{Kind, Posting, Request, Transfer, TransferId};

/// A request that was granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// It took effect now, as this row.
    Made(Transfer),
    /// The same request took effect before, as this row.
    Exists(Transfer),
}

impl Applied {
    /// The row.
    #[must_use]
    pub const fn transfer(&self) -> &Transfer {
        match self {
            Self::Made(transfer) | Self::Exists(transfer) => transfer,
        }
    }
}

impl Book {
    /// Applies one request.
    ///
    /// # Errors
    /// The first [`Refusal`] that applies; the book is then as it was.
    pub fn apply(&mut self, request: &Request) -> Result<Applied, Refusal> {
        if let Some(known) = self.known.get(&request.id()) {
            return if self.is_same(known, request) {
                Ok(Applied::Exists(*known))
            } else {
                Err(Refusal::IdExistsWithDifferentFields)
            };
        }
        let made = match request {
            Request::Post(posting) => self.post(posting)?,
            Request::Hold {
                posting,
                expires_at,
            } => self.hold_funds(posting, *expires_at)?,
            Request::Capture {
                id,
                org,
                hold,
                amount,
                is_final,
                code,
            } => self.capture(*id, *org, *hold, *amount, *is_final, *code)?,
            Request::Release { id, org, hold } => {
                self.end_hold(*id, *org, *hold, Kind::Release, HoldState::Released)?
            }
            Request::Expire { id, org, hold } => {
                self.end_hold(*id, *org, *hold, Kind::Expire, HoldState::Expired)?
            }
        };
        self.record(made);
        Ok(Applied::Made(made))
    }

    /// Applies all requests or none.
    ///
    /// # Errors
    /// The first refused request's index and [`Refusal`]; the book is then as it was.
    pub fn apply_all(&mut self, requests: &[Request]) -> Result<Vec<Applied>, (usize, Refusal)> {
        let savepoint = self.savepoint();
        let mut applied = Vec::with_capacity(requests.len());
        for (index, request) in requests.iter().enumerate() {
            match self.apply(request) {
                Ok(done) => applied.push(done),
                Err(refusal) => {
                    self.rollback(savepoint);
                    return Err((index, refusal));
                }
            }
        }
        Ok(applied)
    }

    /// Whether a row is what `request` would have made. A row's currency is that of its accounts.
    fn is_same(&self, row: &Transfer, request: &Request) -> bool {
        let same_posting = |posting: &Posting| {
            let is = |no, id| {
                self.account_by_no(no)
                    .is_some_and(|known| known.id == id && known.currency == posting.currency)
            };
            row.org == posting.org
                && row.amount == posting.amount
                && row.code == posting.code
                && is(row.debit, posting.debit)
                && is(row.credit, posting.credit)
        };
        let same_hold = |org: i64, hold: &TransferId| {
            row.org == org && self.hold(*hold).is_some_and(|known| known.seq == row.hold)
        };
        match request {
            Request::Post(posting) => row.kind == Kind::Post && same_posting(posting),
            Request::Hold {
                posting,
                expires_at,
            } => {
                row.kind == Kind::Hold
                    && same_posting(posting)
                    && row.expires_at == expires_at.unwrap_or_default()
            }
            Request::Capture {
                org,
                hold,
                amount,
                is_final,
                code,
                ..
            } => {
                let kind = match row.kind {
                    Kind::Capture => !is_final,
                    Kind::FinalCapture => *is_final,
                    Kind::Post | Kind::Hold | Kind::Release | Kind::Expire => false,
                };
                kind && same_hold(*org, hold)
                    && row.code == *code
                    && amount.is_none_or(|amount| amount == row.amount)
            }
            Request::Release { org, hold, .. } => {
                row.kind == Kind::Release && same_hold(*org, hold)
            }
            Request::Expire { org, hold, .. } => row.kind == Kind::Expire && same_hold(*org, hold),
        }
    }

    fn post(&mut self, posting: &Posting) -> Result<Transfer, Refusal> {
        let (debit_at, mut debit, credit_at, mut credit) = self.parties(posting)?;
        let (debit_prev, credit_prev) = (debit.last_seq, credit.last_seq);
        debit.debits_posted = add(debit.debits_posted, posting.amount)?;
        credit.credits_posted = add(credit.credits_posted, posting.amount)?;
        let seq = self.next_seq();
        self.put_entry(debit_at, debit, seq);
        self.put_entry(credit_at, credit, seq);
        Ok(row(
            seq,
            self.now(),
            Kind::Post,
            posting,
            &debit,
            &credit,
            (debit_prev, credit_prev),
        ))
    }

    fn hold_funds(
        &mut self,
        posting: &Posting,
        expires_at: Option<i64>,
    ) -> Result<Transfer, Refusal> {
        let (debit_at, mut debit, credit_at, mut credit) = self.parties(posting)?;
        let (debit_prev, credit_prev) = (debit.last_seq, credit.last_seq);
        debit.debits_pending = add(debit.debits_pending, posting.amount)?;
        credit.credits_pending = add(credit.credits_pending, posting.amount)?;
        let seq = self.next_seq();
        self.put_entry(debit_at, debit, seq);
        self.put_entry(credit_at, credit, seq);
        self.put_hold(Hold {
            seq,
            id: posting.id,
            org: posting.org,
            debit: debit.no,
            credit: credit.no,
            currency: posting.currency,
            amount: posting.amount,
            captured: 0,
            remaining: posting.amount,
            state: HoldState::Open,
            expires_at,
        });
        let made = row(
            seq,
            self.now(),
            Kind::Hold,
            posting,
            &debit,
            &credit,
            (debit_prev, credit_prev),
        );
        Ok(Transfer {
            expires_at: expires_at.unwrap_or_default(),
            ..made
        })
    }

    /// The two accounts of a posting after every check, with their places.
    fn parties(&self, posting: &Posting) -> Result<(usize, Account, usize, Account), Refusal> {
        if posting.debit == posting.credit {
            return Err(Refusal::AccountsMustDiffer);
        }
        if posting.amount <= 0 {
            return Err(Refusal::AmountMustBePositive);
        }
        // Another organisation's account is as good as none.
        let find = |id| {
            let at = self.slot_of(id)?;
            let account = self.slots.get(at)?.account;
            (account.org == posting.org).then_some((at, account))
        };
        let (debit, credit) = (find(posting.debit), find(posting.credit));
        if let Some((_, debit)) = &debit {
            add(
                add(debit.debits_posted, debit.debits_pending)?,
                posting.amount,
            )?;
        }
        if let Some((_, credit)) = &credit {
            add(
                add(credit.credits_posted, credit.credits_pending)?,
                posting.amount,
            )?;
        }
        if [&debit, &credit]
            .into_iter()
            .flatten()
            .any(|(_, account)| account.currency != posting.currency)
        {
            return Err(Refusal::CurrencyMismatch);
        }
        let (debit_at, debit) = debit.ok_or(Refusal::DebitAccountNotFound)?;
        let (credit_at, credit) = credit.ok_or(Refusal::CreditAccountNotFound)?;
        check_open(&debit, &credit)?;
        check_limits(&debit, &credit, posting.amount)?;
        Ok((debit_at, debit, credit_at, credit))
    }

    fn capture(
        &mut self,
        id: TransferId,
        org: i64,
        hold: TransferId,
        amount: Option<i64>,
        is_final: bool,
        code: u16,
    ) -> Result<Transfer, Refusal> {
        if amount.is_some_and(|amount| amount <= 0) {
            return Err(Refusal::AmountMustBePositive);
        }
        let (hold, debit_at, mut debit, credit_at, mut credit) = self.hold_parties(hold, org)?;
        // What was reserved before a freeze may still be captured: the freeze stops new debits
        // only.
        check_state(&hold)?;
        if hold.is_past_due(self.now()) {
            return Err(Refusal::HoldExpired);
        }
        let amount = amount.unwrap_or(hold.remaining);
        if amount > hold.remaining {
            return Err(Refusal::ExceedsHold);
        }
        let freed = if is_final { hold.remaining } else { amount };
        let (debit_prev, credit_prev) = (debit.last_seq, credit.last_seq);
        debit.debits_pending = sub(debit.debits_pending, freed)?;
        debit.debits_posted = add(debit.debits_posted, amount)?;
        credit.credits_pending = sub(credit.credits_pending, freed)?;
        credit.credits_posted = add(credit.credits_posted, amount)?;
        let remaining = sub(hold.remaining, freed)?;
        let captured = add(hold.captured, amount)?;
        let state = if remaining == 0 {
            HoldState::Captured
        } else {
            HoldState::Open
        };
        let seq = self.next_seq();
        self.put_entry(debit_at, debit, seq);
        self.put_entry(credit_at, credit, seq);
        self.put_hold(Hold {
            captured,
            remaining,
            state,
            ..hold
        });
        let posting = posting_of(&hold, id, &debit, &credit, amount, code);
        let kind = if is_final {
            Kind::FinalCapture
        } else {
            Kind::Capture
        };
        let made = row(
            seq,
            self.now(),
            kind,
            &posting,
            &debit,
            &credit,
            (debit_prev, credit_prev),
        );
        Ok(Transfer {
            hold: hold.seq,
            ..made
        })
    }

    fn end_hold(
        &mut self,
        id: TransferId,
        org: i64,
        hold: TransferId,
        kind: Kind,
        state: HoldState,
    ) -> Result<Transfer, Refusal> {
        let (hold, debit_at, mut debit, credit_at, mut credit) = self.hold_parties(hold, org)?;
        check_state(&hold)?;
        if kind == Kind::Expire && !hold.is_past_due(self.now()) {
            return Err(Refusal::HoldNotExpired);
        }
        let (debit_prev, credit_prev) = (debit.last_seq, credit.last_seq);
        debit.debits_pending = sub(debit.debits_pending, hold.remaining)?;
        credit.credits_pending = sub(credit.credits_pending, hold.remaining)?;
        let seq = self.next_seq();
        self.put_entry(debit_at, debit, seq);
        self.put_entry(credit_at, credit, seq);
        self.put_hold(Hold {
            remaining: 0,
            state,
            ..hold
        });
        let posting = posting_of(&hold, id, &debit, &credit, hold.remaining, 0);
        let made = row(
            seq,
            self.now(),
            kind,
            &posting,
            &debit,
            &credit,
            (debit_prev, credit_prev),
        );
        Ok(Transfer {
            hold: hold.seq,
            ..made
        })
    }

    fn hold_parties(
        &self,
        hold: TransferId,
        org: i64,
    ) -> Result<(Hold, usize, Account, usize, Account), Refusal> {
        let hold = *self
            .holds
            .get(&hold)
            .filter(|hold| hold.org == org)
            .ok_or(Refusal::HoldNotFound)?;
        let find = |no| {
            let at = self.slot_of_no(no)?;
            self.slots.get(at).map(|slot| (at, slot.account))
        };
        let (debit_at, debit) = find(hold.debit).ok_or(Refusal::DebitAccountNotFound)?;
        let (credit_at, credit) = find(hold.credit).ok_or(Refusal::CreditAccountNotFound)?;
        Ok((hold, debit_at, debit, credit_at, credit))
    }
}

fn check_open(debit: &Account, credit: &Account) -> Result<(), Refusal> {
    if debit.terms.flags.has(Flags::FROZEN_DEBIT) || credit.terms.flags.has(Flags::FROZEN_CREDIT) {
        return Err(Refusal::AccountFrozen);
    }
    if debit.terms.flags.has(Flags::CLOSED) || credit.terms.flags.has(Flags::CLOSED) {
        return Err(Refusal::AccountClosed);
    }
    Ok(())
}

/// Wide sums: neither side can overflow here, whatever the limits are.
fn check_limits(debit: &Account, credit: &Account, amount: i64) -> Result<(), Refusal> {
    let wide = i128::from;
    let sum = |parts: &[i64]| {
        parts
            .iter()
            .fold(0_i128, |sum, part| sum.saturating_add(wide(*part)))
    };
    let terms = &debit.terms;
    if terms.flags.has(Flags::DEBITS_MUST_NOT_EXCEED_CREDITS)
        && sum(&[debit.debits_posted, debit.debits_pending, amount])
            > sum(&[debit.credits_posted, terms.overdraft_limit])
    {
        return Err(Refusal::InsufficientFunds);
    }
    let terms = &credit.terms;
    let credits = sum(&[credit.credits_posted, credit.credits_pending, amount]);
    if terms.flags.has(Flags::CREDITS_MUST_NOT_EXCEED_DEBITS)
        && credits > sum(&[credit.debits_posted, terms.overdraft_limit])
    {
        return Err(Refusal::InsufficientFunds);
    }
    if terms
        .max_balance
        .is_some_and(|most| credits > sum(&[credit.debits_posted, most]))
    {
        return Err(Refusal::MaxBalanceExceeded);
    }
    Ok(())
}

fn check_state(hold: &Hold) -> Result<(), Refusal> {
    match hold.state {
        HoldState::Open => Ok(()),
        HoldState::Captured => Err(Refusal::HoldAlreadyCaptured),
        HoldState::Released => Err(Refusal::HoldAlreadyReleased),
        HoldState::Expired => Err(Refusal::HoldExpired),
    }
}

fn posting_of(
    hold: &Hold,
    id: TransferId,
    debit: &Account,
    credit: &Account,
    amount: i64,
    code: u16,
) -> Posting {
    Posting {
        id,
        org: hold.org,
        debit: debit.id,
        credit: credit.id,
        amount,
        currency: hold.currency,
        code,
    }
}

fn row(
    seq: u64,
    time: i64,
    kind: Kind,
    posting: &Posting,
    debit: &Account,
    credit: &Account,
    (debit_prev, credit_prev): (u64, u64),
) -> Transfer {
    Transfer {
        seq,
        id: posting.id,
        time,
        org: posting.org,
        kind,
        debit: debit.no,
        credit: credit.no,
        amount: posting.amount,
        code: posting.code,
        hold: 0,
        expires_at: 0,
        debit_prev,
        credit_prev,
        debit_balance: debit.balance(),
        debit_held: debit.held(),
        credit_balance: credit.balance(),
        credit_held: credit.held(),
    }
}

fn add(left: i64, right: i64) -> Result<i64, Refusal> {
    left.checked_add(right).ok_or(Refusal::AmountOverflow)
}

fn sub(left: i64, right: i64) -> Result<i64, Refusal> {
    left.checked_sub(right).ok_or(Refusal::AmountOverflow)
}
