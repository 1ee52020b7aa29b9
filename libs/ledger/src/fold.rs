//! The journal read from its beginning: balances, holds and chains recomputed from the rows alone,
//! and compared with what the rows and the accounts say. It is how a ledger is verified, so it
//! shares no code with [`crate::apply`].

use hashbrown::HashMap;

use crate::account::{Account, AccountChange, AccountNo, AccountTerms, ENTRIES_PER_MARK, Mark};
use crate::transfer::{Kind, Transfer};

/// What a row of the journal, or an account, says and what it should say.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{table} {key}: {field} is {found}, expected {expected}")]
pub struct Mismatch {
    /// The table.
    pub table: &'static str,
    /// The row: a seq or an account number.
    pub key: u64,
    /// The column.
    pub field: &'static str,
    /// What it says.
    pub found: i128,
    /// What it should say.
    pub expected: i128,
}

/// What an account is from its opening to its end.
#[derive(Debug, Clone, Copy, Default)]
struct Identity {
    id: u128,
    org: i64,
    currency: u16,
    code: u16,
    opened_at: i64,
}

impl Identity {
    /// The field in which an account or a change of one differs, if any. 128 bits are compared, so
    /// ids may print as negative numbers.
    fn check(self, expected: Self, table: &'static str, key: u64) -> Result<(), Mismatch> {
        let fields = |of: Self| {
            [
                ("id", of.id.cast_signed()),
                ("org", i128::from(of.org)),
                ("currency", i128::from(of.currency)),
                ("code", i128::from(of.code)),
                ("opened_at", i128::from(of.opened_at)),
            ]
        };
        for ((field, found), (_, expected)) in fields(self).into_iter().zip(fields(expected)) {
            check(table, key, field, found, expected)?;
        }
        Ok(())
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    identity: Identity,
    debits_posted: i64,
    credits_posted: i64,
    debits_pending: i64,
    credits_pending: i64,
    last_seq: u64,
    entries: u64,
    terms: Option<AccountTerms>,
}

#[derive(Debug, Clone, Copy)]
struct OpenHold {
    debit: AccountNo,
    credit: AccountNo,
    remaining: i64,
}

/// The state of a ledger, recomputed row by row.
#[derive(Debug, Default)]
pub struct Fold {
    accounts: HashMap<AccountNo, Sums>,
    holds: HashMap<u64, OpenHold>,
    marks: Vec<Mark>,
    seq: u64,
    time: i64,
}

impl Fold {
    /// The next record of the journal must have this seq, and no earlier time.
    fn step(&mut self, table: &'static str, seq: u64, time: i64) -> Result<(), Mismatch> {
        let expected = self.seq.saturating_add(1);
        check(table, seq, "seq", i128::from(seq), i128::from(expected))?;
        if time < self.time {
            check(table, seq, "time", i128::from(time), i128::from(self.time))?;
        }
        self.seq = seq;
        self.time = time;
        Ok(())
    }

    /// From here on times may begin at this one, although those before were later: somebody said
    /// that they were wrong.
    pub const fn accept(&mut self, time: i64) {
        self.time = time;
    }

    /// Takes an opening or a change of terms in.
    ///
    /// # Errors
    /// The first [`Mismatch`].
    pub fn change(&mut self, change: &AccountChange) -> Result<(), Mismatch> {
        const TABLE: &str = "account_changes";
        self.step(TABLE, change.seq, change.time)?;
        let known = self.accounts.get(&change.no);
        let identity = Identity {
            id: change.id.0,
            org: change.org,
            currency: change.currency.numeric(),
            code: change.code,
            opened_at: known.map_or(change.time, |known| known.identity.opened_at),
        };
        if let Some(known) = known {
            identity.check(known.identity, TABLE, change.seq)?;
        } else {
            // Accounts are numbered in order of opening, without gaps.
            let next = i128::try_from(self.accounts.len())
                .unwrap_or(i128::MAX)
                .saturating_add(1);
            check(TABLE, change.seq, "no", i128::from(change.no.0), next)?;
        }
        let sums = self.accounts.entry(change.no).or_default();
        sums.identity = identity;
        sums.terms = Some(change.terms);
        Ok(())
    }

    /// Takes a transfer in.
    ///
    /// # Errors
    /// The first [`Mismatch`].
    pub fn transfer(&mut self, row: &Transfer) -> Result<(), Mismatch> {
        self.step("transfers", row.seq, row.time)?;
        let (posted, reserved) = self.effect(row)?;
        let debit = self.side(row, row.debit, row.debit_prev, "debit_prev")?;
        debit.debits_posted = sum(row, "debit_balance", debit.debits_posted, posted)?;
        debit.debits_pending = sum(row, "debit_held", debit.debits_pending, reserved)?;
        let (balance, held) = (
            debit.credits_posted.saturating_sub(debit.debits_posted),
            debit.debits_pending,
        );
        expect(row, "debit_balance", row.debit_balance, balance)?;
        expect(row, "debit_held", row.debit_held, held)?;
        let debit_currency = debit.identity.currency;
        let credit = self.side(row, row.credit, row.credit_prev, "credit_prev")?;
        credit.credits_posted = sum(row, "credit_balance", credit.credits_posted, posted)?;
        credit.credits_pending = sum(row, "credit_held", credit.credits_pending, reserved)?;
        let (balance, held) = (
            credit.credits_posted.saturating_sub(credit.debits_posted),
            credit.debits_pending,
        );
        expect(row, "credit_balance", row.credit_balance, balance)?;
        expect(row, "credit_held", row.credit_held, held)?;
        check(
            "transfers",
            row.seq,
            "currency",
            i128::from(credit.identity.currency),
            i128::from(debit_currency),
        )
    }

    /// What a row moves for good, and by how much it changes what is reserved.
    fn effect(&mut self, row: &Transfer) -> Result<(i64, i64), Mismatch> {
        if row.amount <= 0 {
            check("transfers", row.seq, "amount", i128::from(row.amount), 1)?;
        }
        if matches!(row.kind, Kind::Post | Kind::Hold) {
            check("transfers", row.seq, "hold", i128::from(row.hold), 0)?;
        }
        match row.kind {
            Kind::Post => return Ok((row.amount, 0)),
            Kind::Hold => {
                let hold = OpenHold {
                    debit: row.debit,
                    credit: row.credit,
                    remaining: row.amount,
                };
                self.holds.insert(row.seq, hold);
                return Ok((0, row.amount));
            }
            Kind::Capture | Kind::FinalCapture | Kind::Release | Kind::Expire => {}
        }
        let unknown = Mismatch {
            table: "transfers",
            key: row.seq,
            field: "hold",
            found: i128::from(row.hold),
            expected: 0,
        };
        let hold = self.holds.get_mut(&row.hold).ok_or(unknown)?;
        let of_hold = (hold.debit, hold.credit);
        check(
            "transfers",
            row.seq,
            "debit",
            i128::from(row.debit.0),
            i128::from(of_hold.0.0),
        )?;
        check(
            "transfers",
            row.seq,
            "credit",
            i128::from(row.credit.0),
            i128::from(of_hold.1.0),
        )?;
        let remaining = hold.remaining;
        if row.amount > remaining {
            expect(row, "amount", row.amount, remaining)?;
        }
        let (posted, freed) = match row.kind {
            Kind::Capture => (row.amount, row.amount),
            Kind::FinalCapture => (row.amount, remaining),
            Kind::Post | Kind::Hold | Kind::Release | Kind::Expire => {
                expect(row, "amount", row.amount, remaining)?;
                (0, remaining)
            }
        };
        hold.remaining = remaining.saturating_sub(freed);
        if hold.remaining == 0 {
            self.holds.remove(&row.hold);
        }
        Ok((posted, freed.saturating_neg()))
    }

    fn side(
        &mut self,
        row: &Transfer,
        no: AccountNo,
        prev: u64,
        field: &'static str,
    ) -> Result<&mut Sums, Mismatch> {
        let missing = Mismatch {
            table: "transfers",
            key: row.seq,
            field: "account",
            found: i128::from(no.0),
            expected: 0,
        };
        let sums = self.accounts.get_mut(&no).ok_or(missing)?;
        check(
            "transfers",
            row.seq,
            field,
            i128::from(prev),
            i128::from(sums.last_seq),
        )?;
        check(
            "transfers",
            row.seq,
            "org",
            i128::from(row.org),
            i128::from(sums.identity.org),
        )?;
        sums.last_seq = row.seq;
        sums.entries = sums.entries.saturating_add(1);
        if sums.entries.is_multiple_of(ENTRIES_PER_MARK) {
            self.marks.push(Mark {
                account: no,
                time: row.time,
                seq: row.seq,
            });
        }
        Ok(sums)
    }

    /// Compares an account of the store with what its transfers add up to.
    ///
    /// # Errors
    /// The first [`Mismatch`].
    pub fn account(&self, account: &Account) -> Result<(), Mismatch> {
        let sums = self.accounts.get(&account.no).copied().unwrap_or_default();
        let identity = Identity {
            id: account.id.0,
            org: account.org,
            currency: account.currency.numeric(),
            code: account.code,
            opened_at: account.opened_at,
        };
        identity.check(sums.identity, "accounts", account.no.0)?;
        let fields = [
            (
                "debits_posted",
                i128::from(account.debits_posted),
                i128::from(sums.debits_posted),
            ),
            (
                "credits_posted",
                i128::from(account.credits_posted),
                i128::from(sums.credits_posted),
            ),
            (
                "debits_pending",
                i128::from(account.debits_pending),
                i128::from(sums.debits_pending),
            ),
            (
                "credits_pending",
                i128::from(account.credits_pending),
                i128::from(sums.credits_pending),
            ),
            (
                "last_seq",
                i128::from(account.last_seq),
                i128::from(sums.last_seq),
            ),
            (
                "entries",
                i128::from(account.entries),
                i128::from(sums.entries),
            ),
        ];
        for (field, found, expected) in fields {
            check("balances", account.no.0, field, found, expected)?;
        }
        let terms = |terms: AccountTerms| {
            [
                ("flags", i128::from(terms.flags.0)),
                ("overdraft_limit", i128::from(terms.overdraft_limit)),
                ("max_balance", terms.max_balance.map_or(-1, i128::from)),
            ]
        };
        let agreed = sums.terms.map(terms).unwrap_or_default();
        for ((field, found), (_, expected)) in terms(account.terms).into_iter().zip(agreed) {
            check("accounts", account.no.0, field, found, expected)?;
        }
        Ok(())
    }

    /// What is still reserved by the hold that this transfer made; 0 if it has ended or never was.
    #[must_use]
    pub fn hold_remaining(&self, seq: u64) -> i64 {
        self.holds.get(&seq).map_or(0, |hold| hold.remaining)
    }

    /// How many holds are open.
    #[must_use]
    pub fn open_holds(&self) -> usize {
        self.holds.len()
    }

    /// The marks that the histories must have, in order of account and time.
    #[must_use]
    pub fn marks(&self) -> Vec<Mark> {
        let mut marks = self.marks.clone();
        marks.sort_unstable();
        marks
    }

    /// How many accounts there are.
    #[must_use]
    pub fn account_count(&self) -> usize {
        self.accounts.len()
    }

    /// The seq of the last record taken in.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        self.seq
    }

    /// Per currency, Σ debits must equal Σ credits, posted and pending.
    ///
    /// # Errors
    /// The [`Mismatch`] of the first currency, keyed by its ISO 4217 number.
    pub fn balanced(&self) -> Result<(), Mismatch> {
        let mut totals: HashMap<u16, [i128; 4]> = HashMap::new();
        for sums in self.accounts.values() {
            let total = totals.entry(sums.identity.currency).or_default();
            let parts = [
                sums.debits_posted,
                sums.credits_posted,
                sums.debits_pending,
                sums.credits_pending,
            ];
            for (total, part) in total.iter_mut().zip(parts) {
                *total = total.saturating_add(i128::from(part));
            }
        }
        for (currency, [debits, credits, debits_pending, credits_pending]) in totals {
            check(
                "balances",
                u64::from(currency),
                "sum of debits_posted",
                debits,
                credits,
            )?;
            check(
                "balances",
                u64::from(currency),
                "sum of debits_pending",
                debits_pending,
                credits_pending,
            )?;
        }
        Ok(())
    }
}

fn sum(row: &Transfer, field: &'static str, left: i64, right: i64) -> Result<i64, Mismatch> {
    left.checked_add(right).ok_or(Mismatch {
        table: "transfers",
        key: row.seq,
        field,
        found: i128::from(left).saturating_add(i128::from(right)),
        expected: i128::from(i64::MAX),
    })
}

fn expect(row: &Transfer, field: &'static str, found: i64, expected: i64) -> Result<(), Mismatch> {
    check(
        "transfers",
        row.seq,
        field,
        i128::from(found),
        i128::from(expected),
    )
}

fn check(
    table: &'static str,
    key: u64,
    field: &'static str,
    found: i128,
    expected: i128,
) -> Result<(), Mismatch> {
    if found == expected {
        Ok(())
    } else {
        Err(Mismatch {
            table,
            key,
            field,
            found,
            expected,
        })
    }
}
