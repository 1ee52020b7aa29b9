//! Times that operators accepted: only there the time of batches may go back, and what was accepted
//! is what the chain says of that moment.

use payments_core::acceptance::{Acceptance, KIND};
use payments_core::batch::Event;
use payments_core::document::to_json;
use values::Timestamp;

use super::checked::{Batch, Checked};
use super::{VerifyError, mismatch, not_below, same};
use crate::journal::acceptance as sql;

/// Whether an event is the journal's own.
pub const fn is_journal_event(event: &Event) -> bool {
    event.transaction.is_none() && event.account.is_none()
}

/// That a time was accepted which explains why an event `e` says an earlier one than
/// `i.created_at`: before it, or in its batch, all of which is of that time.
pub const CLOCK_SET_BACK: &str = concat!(
    "EXISTS (SELECT 1 FROM events AS c WHERE ",
    sql::is_journal_event!("c"),
    " AND (c.seq <= e.seq OR c.time = e.time) AND c.time < i.created_at)"
);

/// The time of a batch does not go back, unless one of its events accepts it.
pub fn check(
    checked: &mut Checked,
    events: &[Event],
    before: &Batch,
    batch: &Batch,
) -> Result<(), VerifyError> {
    let mut accepts = false;
    for event in events.iter().filter(|event| is_journal_event(event)) {
        let expected = Acceptance {
            last_commit: Timestamp(before.time),
            accepted: Timestamp(batch.time),
            last_record: before.seq,
            last_transaction: checked.transactions.len() as u64,
        };
        let seq = event.seq;
        same("events", seq, "type", &*event.kind, KIND)?;
        same("events", seq, "prev", event.prev, 0)?;
        same("events", seq, "time", event.time, batch.time)?;
        let unread = |error| mismatch("events", seq, "data", error, "an accepted time");
        let found: Acceptance = serde_json::from_str(&event.data).map_err(unread)?;
        if found != expected {
            let (found, expected) = (&event.data, to_json(&expected));
            return Err(mismatch("events", seq, "data", found, expected));
        }
        if !accepts {
            checked.acceptances.push(expected);
            checked.fold.accept(batch.time);
        }
        accepts = true;
    }
    if accepts {
        return Ok(());
    }
    not_below(batch.no, "time", &batch.time, &before.time)
}
