//! The audit trail: who did what, from where, with what outcome. It adds to a hash chain, in the
//! transaction of the act itself, and never changes an entry.
//!
//! The chain only grows. So it also shows whether the database is the one that this process has
//! committed to: each entry is added only where the last one that was seen is still in the chain
//! ([`check_seen`]).
//!
//! Adding locks the end of the chain until the transaction ends. So [`record`] comes last in a
//! transaction, after every other lock: two transactions then wait for each other in one order
//! only. The sessions that ended in the transaction get the number of its first entry: in the order
//! of these numbers, and not in that of times, other nodes read what has ended.

pub(crate) mod entry;
pub(crate) mod head_watch;
pub(crate) mod http;
pub(crate) mod list;
pub(crate) mod operator_actions;
pub(crate) mod store;
pub(crate) mod told;
pub(crate) mod verify;
pub(crate) mod waiting_actions;

use db::{Db, DbError, History, Position, Tx};
use values::Timestamp;

use crate::audit::entry::StoredEntry;
pub(crate) use crate::audit::entry::{Actor, AuditAction, Entry};
use crate::fault::Fault;

/// Adds an entry, in the transaction of what it tells of. The last statement of that transaction.
pub(crate) async fn record(tx: &mut Tx, now: Timestamp, entry: &Entry<'_>) -> Result<(), Fault> {
    let head = store::lock_head(tx).await?;
    if let Some(seen) = tx.history().seen() {
        let found = match seen.no == head.no {
            true => Some(head.hash.clone()),
            // Another node was here, or the chain is another one.
            false => store::hash_in(tx, seen.no).await?,
        };
        check_seen(tx.history(), &seen, found, &head)?;
    }
    let stored = StoredEntry::new(head.no + 1, &head.hash, now, entry);
    store::number_ended(tx, stored.no).await?;
    store::append(tx, &stored).await?;
    tx.ends_at(Position {
        no: stored.no,
        hash: stored.hash,
    });
    Ok(())
}

/// Looks whether the last entry that this process has seen, its own or another node's, is still in
/// the chain, and takes note of what has come after it. Until it is there again, the database
/// refuses writes.
pub(crate) async fn check_history(db: &Db) -> Result<(), DbError> {
    let history = db.history();
    // Before the head is read: what is committed meanwhile must not look as if it were missing.
    let seen = history.seen();
    let head = store::head(db).await?;
    if let Some(seen) = seen {
        let found = match seen.no == head.no {
            true => Some(head.hash.clone()),
            false => store::hash_of(db, seen.no).await?,
        };
        check_seen(history, &seen, found, &head)?;
    }
    history.find();
    // Before the first entry there is nothing that could be looked for.
    if head.no > 0 {
        history.see(head);
    }
    Ok(())
}

/// Refuses a database in which an entry that was seen is not the one that is found under its
/// number.
fn check_seen(
    history: &History,
    seen: &Position,
    found: Option<Vec<u8>>,
    head: &Position,
) -> Result<(), DbError> {
    if found.is_some_and(|hash| hash == seen.hash) {
        return Ok(());
    }
    Err(history.lose(format!(
        "entry {} of the audit trail was committed and is not in the database, whose trail ends with entry {}: this is an older state \
         of it, or another database",
        seen.no, head.no
    )))
}
