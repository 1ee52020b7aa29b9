//! Timelines: each event follows the one before it of the same transaction or wallet. It knows
//! nothing of what events say of their subjects.

use contracts::payments::TransactionStatus;
use payments_core::batch::Event;
use payments_core::transaction::may_follow;

use super::checked::{Checked, Timeline};
use super::{VerifyError, mismatch, same};

/// An event continues the timeline of one transaction, or of the wallet of an account that there
/// is.
pub fn follow(
    checked: &mut Checked,
    event: &Event,
    time: i64,
    has_account: bool,
) -> Result<(), VerifyError> {
    let seq = event.seq;
    same("events", seq, "time", event.time, time)?;
    match (event.transaction, event.account) {
        (Some(no), None) => of_transaction(checked, event, no),
        (None, Some(account)) => {
            if !has_account {
                let expected = "an account";
                return Err(mismatch("events", seq, "account", account.0, expected));
            }
            let before = checked.wallets.insert(account.0, seq);
            same(
                "events",
                seq,
                "prev",
                event.prev,
                before.unwrap_or_default(),
            )
        }
        (Some(no), Some(_)) => Err(mismatch(
            "events",
            seq,
            "transaction_no",
            no,
            "NULL beside an account",
        )),
        // The journal's own are looked at before.
        (None, None) => Err(mismatch(
            "events",
            seq,
            "transaction_no",
            "NULL",
            "one, or an account",
        )),
    }
}

fn of_transaction(checked: &mut Checked, event: &Event, no: u64) -> Result<(), VerifyError> {
    let seq = event.seq;
    let status = |number: Option<i64>| number.and_then(TransactionStatus::from_number);
    let shown = |number: Option<i64>| number.map_or("NULL".to_owned(), |it| it.to_string());
    let to = status(event.to).ok_or_else(|| {
        mismatch(
            "events",
            seq,
            "to_status",
            shown(event.to),
            "a known status",
        )
    })?;
    let next = checked.transactions.len() as u64 + 1;
    if no == 0 || no > next {
        let expected = format!("{next} or less");
        return Err(mismatch("events", seq, "transaction_no", no, expected));
    }
    let at = usize::try_from(no - 1).ok();
    let known = at.and_then(|at| checked.transactions.get_mut(at));
    let before = known.as_ref().map(|known| known.status);
    let prev = known.as_ref().map_or(0, |known| known.last);
    same("events", seq, "prev", event.prev, prev)?;
    let expected = before.map(TransactionStatus::number);
    same(
        "events",
        seq,
        "from_status",
        shown(event.from),
        shown(expected),
    )?;
    if before.is_some_and(|from| from != to && !may_follow(from, to)) {
        let expected = format!("a status that may follow {}", shown(expected));
        return Err(mismatch("events", seq, "to_status", to.number(), expected));
    }
    let timeline = Timeline {
        last: seq,
        status: to,
    };
    match known {
        Some(known) => *known = timeline,
        None => checked.transactions.push(timeline),
    }
    Ok(())
}
