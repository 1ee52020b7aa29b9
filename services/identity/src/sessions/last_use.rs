//! When sessions were last used, kept in memory until it is written down: a request must not cost a
//! write. Only a memory: what a crash loses is the last minute.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use contracts::identity::SessionId;
use values::Timestamp;

/// Sessions that were used since this was last written down. They have all been authenticated, so
/// there are never more than there are sessions.
#[derive(Default)]
pub(crate) struct LastUse(Mutex<HashMap<SessionId, Timestamp>>);

impl LastUse {
    /// A session is used now.
    pub(crate) fn note(&self, session: SessionId, now: Timestamp) {
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        used.insert(session, now);
    }

    /// What is to be written down.
    pub(crate) fn take(&self) -> HashMap<SessionId, Timestamp> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
