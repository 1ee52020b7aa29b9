//! What identity does beside the requests: it learns from the database which sessions other nodes have ended,
//! sends messages, and deletes what has expired.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use contracts::identity::SessionId;
use platform::args;
use platform::clock::{DAY, SECOND, Timestamp};
use tokio::task::JoinHandle;
use tokio::time::{Interval, MissedTickBehavior, interval};
use uuid::Uuid;

use crate::error::{Error, log};
use crate::service::Service;
use crate::store::{messages, one_time, sessions as store};

/// How often other nodes' revocations are read (a session that is ended anywhere is refused everywhere within a second), and
/// how often messages are looked for.
const POLL_EVERY: Duration = Duration::from_secs(1);
/// How far behind the last poll the next one begins: room for transactions that commit late and for clocks that differ.
const OVERLAP: i64 = 5 * SECOND;
/// Seconds between two deletions of what has expired.
const DELETE_EVERY_S: u64 = 3_600;
/// How long it is known that a message was sent; what it said is erased at once.
const KEEP_MESSAGES: i64 = 30 * DAY;

/// Identity's background work; it stops when this is dropped.
#[derive(Debug)]
#[must_use = "the work stops when this is dropped"]
pub struct Background([JoinHandle<()>; 2]);

impl Drop for Background {
    fn drop(&mut self) {
        for work in &self.0 {
            work.abort();
        }
    }
}

fn ticks() -> Interval {
    let mut ticks = interval(POLL_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// Logs the first fault of an outage and its end: once, and not once a second.
struct Outage {
    failing: bool,
    over: &'static str,
}

impl Outage {
    const fn new(over: &'static str) -> Self {
        let failing = false;
        Self { failing, over }
    }

    fn note(&mut self, done: Result<(), Error>) {
        match done {
            Err(fault) if !self.failing => {
                self.failing = true;
                log(&fault);
            }
            Ok(()) if self.failing => {
                self.failing = false;
                tracing::info!("{}", self.over);
            }
            _ => {}
        }
    }
}

impl Service {
    /// Starts the background work. Without it, sessions that other nodes end are only known after a restart,
    /// and expired rows stay.
    pub fn start_background(self: &Arc<Self>) -> Background {
        let polling = tokio::spawn(Arc::clone(self).keep_polling());
        // Apart from it: a mailer may be slow.
        let delivering = tokio::spawn(Arc::clone(self).keep_delivering());
        Background([polling, delivering])
    }

    async fn keep_polling(self: Arc<Self>) {
        let mut outage = Outage::new("revoked sessions can be read again");
        let mut ticks = ticks();
        for second in 0_u64.. {
            ticks.tick().await;
            outage.note(self.poll_revocations().await);
            if second.is_multiple_of(DELETE_EVERY_S)
                && let Err(fault) = self.delete_expired().await
            {
                log(&fault);
            }
        }
    }

    async fn keep_delivering(self: Arc<Self>) {
        let mut outage = Outage::new("messages can be sent again");
        let mut ticks = ticks();
        loop {
            ticks.tick().await;
            outage.note(self.deliver_messages().await);
        }
    }

    /// Learns which sessions have ended since the last poll, on this node or another.
    ///
    /// # Errors
    /// A fault of the database; the next poll then begins where this one would have.
    pub async fn poll_revocations(&self) -> Result<(), Error> {
        let now = self.clock.now();
        let since = *self
            .revocations_seen_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let rows = self
            .db
            .fetch_all::<(Uuid, i64)>(store::REVOKED_SINCE, args![since.plus(-OVERLAP)])
            .await?;
        for (session, revoked_at) in rows {
            self.forget_session(SessionId(session), Timestamp(revoked_at));
        }
        self.verified.forget_ended(now);
        *self
            .revocations_seen_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = now;
        Ok(())
    }

    /// Deletes refresh tokens, sessions and links that have expired, and old messages; nothing refers to them any more.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn delete_expired(&self) -> Result<(), Error> {
        let now = self.clock.now();
        self.db
            .execute(store::DELETE_EXPIRED_REFRESH_TOKENS, args![now])
            .await?;
        self.db
            .execute(store::DELETE_EXPIRED_SESSIONS, args![now])
            .await?;
        self.db
            .execute(one_time::DELETE_EXPIRED, args![now])
            .await?;
        self.db
            .execute(messages::DELETE_ENDED, args![now.plus(-KEEP_MESSAGES)])
            .await?;
        Ok(())
    }

    /// Refuses a session's access tokens from now on, until the last of them has expired.
    pub(super) fn forget_session(&self, session: SessionId, revoked_at: Timestamp) {
        let last_token_ends = revoked_at.plus(self.lifetimes.access + OVERLAP);
        self.verified.end(session, last_token_ends);
    }
}
