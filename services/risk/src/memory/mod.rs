//! What risk knows in memory: users. It is filled from the database and follows the feeds.

pub(crate) mod subjects;

use std::sync::atomic::{AtomicBool, Ordering};

use contracts::events::{Event, Party};
use contracts::payments::TransactionId;
use db::Db;
use uuid::Uuid;
use values::Timestamp;

use crate::config::Config;
use crate::error::Error;
use crate::feeds::told::Told;
use crate::memory::subjects::Subjects;
use crate::subjects::store as stored;

/// How many rows are read at once.
const BATCH: i64 = 4_096;

/// What is known in memory.
pub(crate) struct Memory {
    pub(crate) subjects: Subjects,
    complete: AtomicBool,
}

impl Memory {
    /// Memory of nothing.
    ///
    /// # Errors
    /// A setting that cannot work.
    pub(crate) fn new(_config: &Config) -> Result<Self, String> {
        Ok(Self {
            subjects: Subjects::default(),
            complete: AtomicBool::new(false),
        })
    }

    /// Reads what the database has.
    ///
    /// # Errors
    /// A fault of the database.
    pub(crate) async fn fill(&self, db: &Db, _now: Timestamp) -> Result<(), Error> {
        let mut after = (i64::MIN, Uuid::nil());
        loop {
            let rows = stored::after(db, after, BATCH).await?;
            let Some(last) = rows.last() else {
                return Ok(());
            };
            after = (last.org, last.user_id);
            self.subjects.fill(&rows);
        }
    }

    /// It has all that the feeds told when risk began.
    pub(crate) fn is_complete(&self) {
        self.complete.store(true, Ordering::Release);
    }

    /// Whether it has all that the feeds told when risk began.
    pub(crate) fn has_all(&self) -> bool {
        self.complete.load(Ordering::Acquire)
    }

    /// Takes in what an event says. Heard again, it says nothing new.
    pub(crate) fn hear(&self, event: &Event, told: &Told) {
        let (org, owner) = (event.org, event.party(Party::Owner));
        match (told, owner) {
            (Told::Registered, Some(user)) => self.subjects.registered(org, user, event.time),
            (Told::Verified, Some(user)) => self.subjects.verified(org, user),
            (Told::Closed, Some(user)) => self.subjects.closed(org, user),
            (Told::Transaction(_) | Told::Owned(_), _) | (_, None) => {}
        }
    }

    /// A transaction that was asked about was not made.
    pub(crate) fn dropped(&self, _transaction: TransactionId) {}
}
