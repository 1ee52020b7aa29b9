//! What the terms of accounts allowed a transfer, and the holds that transfers make and end,
//! against the rows of holds.

use ledger::{Flags, Hold, HoldState, Kind, Transfer};
use money::Currency;

use super::{Pass, uuid};
use crate::verify::read::Reader;
use crate::verify::{VerifyError, mismatch, same};

impl Pass {
    /// New debits and credits only where the terms of that moment allowed them.
    pub(super) fn check_terms(&mut self, row: &Transfer) -> Result<(), VerifyError> {
        if !matches!(row.kind, Kind::Post | Kind::Hold) {
            return Ok(());
        }
        for (column, no, frozen) in [
            ("debit", row.debit.0, Flags::FROZEN_DEBIT),
            ("credit", row.credit.0, Flags::FROZEN_CREDIT),
        ] {
            let closed = self
                .terms_mut(no)
                .is_none_or(|terms| terms.flags.has(frozen) || terms.flags.has(Flags::CLOSED));
            if closed {
                let expected = "an account that was neither frozen nor closed";
                return Err(mismatch("transfers", row.seq, column, no, expected));
            }
        }
        let Some(terms) = self.terms_mut(row.debit.0) else {
            return Ok(());
        };
        let least = row.debit_held.saturating_sub(terms.overdraft_limit);
        if terms.flags.has(Flags::DEBITS_MUST_NOT_EXCEED_CREDITS) && row.debit_balance < least {
            let (found, expected) = (row.debit_balance, format!("{least} or more"));
            return Err(mismatch(
                "transfers",
                row.seq,
                "debit_balance",
                found,
                expected,
            ));
        }
        Ok(())
    }

    /// A hold's row is written by the transfer that makes it, and says what the transfers after it
    /// made of it.
    pub(super) fn hold(
        &mut self,
        reader: &mut impl Reader,
        row: &Transfer,
    ) -> Result<(), VerifyError> {
        if row.kind == Kind::Post {
            return Ok(());
        }
        if row.kind == Kind::Hold {
            let hold = self.holds.next(reader)?;
            let hold = hold.ok_or_else(|| {
                mismatch(
                    "holds",
                    row.seq,
                    "seq",
                    "missing",
                    "the hold of this transfer",
                )
            })?;
            self.new_hold(row, &hold)?;
            self.open.insert(row.seq, (hold, 0));
            self.checked.hold_count += 1;
            return Ok(());
        }
        let Some((hold, captured)) = self.open.get_mut(&row.hold) else {
            return Err(mismatch(
                "transfers",
                row.seq,
                "hold",
                row.hold,
                "an open hold",
            ));
        };
        if matches!(row.kind, Kind::Capture | Kind::FinalCapture) {
            *captured = captured.saturating_add(row.amount);
        }
        if self.checked.fold.hold_remaining(row.hold) == 0 {
            let state = match row.kind {
                Kind::Release => HoldState::Released,
                Kind::Expire => HoldState::Expired,
                Kind::Post | Kind::Hold | Kind::Capture | Kind::FinalCapture => HoldState::Captured,
            };
            check_hold(hold, *captured, 0, state)?;
            self.open.remove(&row.hold);
        }
        Ok(())
    }

    fn new_hold(&mut self, row: &Transfer, hold: &Hold) -> Result<(), VerifyError> {
        let currency = self.terms_mut(row.debit.0).map(|terms| terms.currency);
        let key = hold.seq;
        same("holds", key, "seq", hold.seq, row.seq)?;
        same("holds", key, "id", uuid(hold.id.0), uuid(row.id.0))?;
        same("holds", key, "org", hold.org, row.org)?;
        same("holds", key, "debit", hold.debit.0, row.debit.0)?;
        same("holds", key, "credit", hold.credit.0, row.credit.0)?;
        let currency = currency.map_or("none", Currency::code);
        same("holds", key, "currency", hold.currency.code(), currency)?;
        same("holds", key, "amount", hold.amount, row.amount)?;
        let expires_at = hold.expires_at.unwrap_or_default();
        same("holds", key, "expires_at", expires_at, row.expires_at)
    }
}

/// A hold says what became of it.
pub(super) fn check_hold(
    hold: &Hold,
    captured: i64,
    remaining: i64,
    state: HoldState,
) -> Result<(), VerifyError> {
    same("holds", hold.seq, "captured", hold.captured, captured)?;
    same("holds", hold.seq, "remaining", hold.remaining, remaining)?;
    same("holds", hold.seq, "state", hold.state as u8, state as u8)
}
