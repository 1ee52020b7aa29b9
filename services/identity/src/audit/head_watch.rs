//! Whether the end of the audit trail can be moved on, as the background finds it: nearly all that
//! identity writes moves it. Only a memory; it starts anew with the process.

use std::sync::{Mutex, MutexGuard, PoisonError};

use values::SECOND;

/// How often it is tried whether the end of the trail can be locked.
const EVERY: i64 = 2 * SECOND;
/// Held for so long by somebody who moves nothing on, it stands still. An act holds it for
/// milliseconds.
const TOO_LONG: i64 = 5 * SECOND;

/// What the last looks at the trail have found.
#[derive(Debug, Default)]
pub(crate) struct HeadWatch(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    /// What stood against the last look.
    failed: Option<String>,
    /// When it was last tried to lock the end, by the steady clock.
    tried: Option<i64>,
    /// The end that was found locked, and since when.
    held: Option<(i64, i64)>,
}

impl HeadWatch {
    /// Takes note of what stood against a look, if anything did.
    pub(crate) fn note(&self, failed: Option<String>) {
        self.seen().failed = failed;
    }

    /// Whether it is time to try to lock the end.
    pub(crate) fn is_due(&self, now: i64) -> bool {
        let mut seen = self.seen();
        let is_due = seen.tried.is_none_or(|tried| now - tried >= EVERY);
        if is_due {
            seen.tried = Some(now);
        }
        is_due
    }

    /// Takes note of which end was found locked by somebody, or that none was.
    pub(crate) fn found(&self, held: Option<i64>, now: i64) {
        let mut seen = self.seen();
        let before = seen.held;
        seen.held = held.map(|no| match before {
            Some((same, since)) if same == no => (no, since),
            _ => (no, now),
        });
    }

    /// Whether the trail can be read and moved on.
    ///
    /// # Errors
    /// What an operator should know.
    pub(crate) fn check(&self, now: i64) -> Result<(), String> {
        let seen = self.seen();
        if let Some(failed) = &seen.failed {
            return Err(failed.clone());
        }
        match seen.held.map(|(_, since)| now - since) {
            Some(held) if held >= TOO_LONG => Err(format!(
                "the end of the audit trail (identity.audit_head) has been locked by another session for {} s, and identity cannot \
                 write: end that session (pg_stat_activity shows it)",
                held / SECOND
            )),
            _ => Ok(()),
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
