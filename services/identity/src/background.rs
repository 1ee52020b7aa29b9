//! What identity does beside the requests: it carries out what was only written down, learns from
//! the database which sessions other nodes have ended and which signing keys they have made,
//! exchanges its own, hands messages over, and deletes what has expired.

use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use contracts::identity::SessionId;
use db::DbError;
use tokio::task::JoinHandle;
use tokio::time::{Interval, MissedTickBehavior, interval};
use values::{DAY, SECOND, Timestamp};

use crate::accounts::stores::requests;
use crate::audit;
use crate::clock_watch::latest_made;
use crate::factors::store as factors;
use crate::fault::{Fault, log};
use crate::links::store as one_time;
use crate::login::store as logins;
use crate::mail::store as messages;
use crate::oidc::store as oidc;
use crate::passkeys::store as passkeys;
use crate::service::Service;
use crate::sessions::ends_seen::EndsSeen;
use crate::sessions::{browser, store};

/// How often other nodes' revocations and signing keys are read, and whether the database is still
/// the one that was committed to. A session that is ended anywhere is refused everywhere within a
/// second: half of it is for the query.
const POLL_EVERY: Duration = Duration::from_millis(500);
/// How often it is seen to that other nodes are heard.
const LISTEN_EVERY: Duration = Duration::from_secs(1);
/// How often messages are looked for.
const DELIVER_EVERY: Duration = Duration::from_secs(1);
/// From so much on that the clock was set, all ended sessions are read again whose tokens may live
/// by what it says now.
const READ_AGAIN_AFTER: i64 = SECOND;
/// How often the last use of sessions is written down.
const NOTE_USE_EVERY: Duration = Duration::from_secs(60);
/// Sessions whose last use is written down in one transaction: others write, too.
const USED_AT_ONCE: usize = 500;
/// Minutes between two deletions of what has expired, as far as it had the time before.
const DELETE_EVERY: u64 = 60;
/// How long it is known that a message was handed over; what it said is erased at once.
const KEEP_MESSAGES: i64 = 30 * DAY;
/// How long it is known that an act of another service was recorded; that deletes its own at once.
const KEEP_RECORDED_ACTS: i64 = 30 * DAY;

/// Identity's background work; it stops when this is dropped.
#[derive(Debug)]
#[must_use = "the work stops when this is dropped"]
pub struct Background([JoinHandle<()>; 4]);

impl Drop for Background {
    fn drop(&mut self) {
        for work in &self.0 {
            work.abort();
        }
    }
}

fn ticks(every: Duration) -> Interval {
    let mut ticks = interval(every);
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

    fn note<E: std::error::Error>(&mut self, done: Result<(), E>) {
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
    /// Starts the background work. Without it, sessions that other nodes end are only known after a
    /// restart, and expired rows stay.
    pub fn start_background(self: &Arc<Self>) -> Background {
        let polling = tokio::spawn(Arc::clone(self).keep_polling());
        // Apart from it: another service may be slow.
        let delivering = tokio::spawn(Arc::clone(self).keep_delivering());
        let listening = tokio::spawn(Arc::clone(self).keep_listening());
        // Apart from it, too: a row that somebody holds must not keep the end of sessions from
        // being heard.
        let maintaining = tokio::spawn(Arc::clone(self).keep_maintaining());
        Background([polling, delivering, listening, maintaining])
    }

    async fn keep_polling(self: Arc<Self>) {
        let mut outage =
            Outage::new("the database can be used again, and is the one that was committed to");
        let mut ticks = ticks(POLL_EVERY);
        loop {
            // As often as others say that there is something to see, and at each tick.
            while self.told_before(ticks.tick()).await {
                outage.note(self.poll().await);
            }
            outage.note(self.poll().await);
        }
    }

    /// Writes down when sessions were last used, and deletes what has expired.
    async fn keep_maintaining(self: Arc<Self>) {
        let mut ticks = ticks(NOTE_USE_EVERY);
        for minute in 0_u64.. {
            ticks.tick().await;
            if let Err(fault) = self.note_last_use().await {
                log(&fault);
            }
            if minute.is_multiple_of(DELETE_EVERY)
                && let Err(fault) = self.clean_up().await
            {
                log(&fault);
            }
        }
    }

    /// Whether another node says that there is something to see, before this has happened.
    async fn told_before(&self, what: impl Future) -> bool {
        let Some(invalidation) = &self.invalidation else {
            what.await;
            return false;
        };
        tokio::select! {
            _ = what => false,
            () = invalidation.heard() => true,
        }
    }

    /// Listens to other nodes, and does so again where the connection was lost.
    async fn keep_listening(self: Arc<Self>) {
        let Some(invalidation) = &self.invalidation else {
            return;
        };
        let mut outage = Outage::new("Redis can be reached again");
        let mut ticks = ticks(LISTEN_EVERY);
        loop {
            ticks.tick().await;
            outage.note(invalidation.listen().await.map_err(Fault::from));
        }
    }

    async fn keep_delivering(self: Arc<Self>) {
        let mut outage = Outage::new("messages can be handed over again");
        let mut trail = Outage::new("the audit trail has all that operators did");
        let mut closings = Outage::new("accounts that were half closed are closed");
        let mut ticks = ticks(DELIVER_EVERY);
        loop {
            ticks.tick().await;
            trail.note(self.record_waiting_actions().await);
            closings.note(self.finish_closings().await);
            outage.note(self.carry_out_requests().await);
            outage.note(self.deliver_messages().await);
        }
    }

    async fn poll(&self) -> Result<(), Fault> {
        let begun = self.clock.steady();
        let read = async {
            self.poll_revocations().await?;
            self.poll_keys().await
        };
        let read = read.await.inspect(|()| self.ends_read.note(begun));
        // Also where that failed.
        self.check_history().await.and(read)
    }

    /// Looks whether the database is still the one that this node has committed to, or has seen
    /// others commit to.
    ///
    /// # Errors
    /// [`db::DbError::HistoryLost`]: until that is over, nothing is written. Or another fault of
    /// the database.
    pub async fn check_history(&self) -> Result<(), Fault> {
        let looked = self.look_at_trail().await;
        let failed = looked.as_ref().err().map(ToString::to_string);
        self.head_watch.note(failed);
        Ok(looked?)
    }

    /// The same, and now and then whether somebody holds the end of the trail for too long.
    async fn look_at_trail(&self) -> Result<(), DbError> {
        audit::check_history(&self.db).await?;
        let now = self.clock.steady();
        if self.head_watch.is_due(now) {
            let is_held = audit::store::is_head_held(&self.db).await?;
            let no = self.db.history().seen().map_or(0, |end| end.no);
            self.head_watch.found(is_held.then_some(no), now);
        }
        Ok(())
    }

    /// Reads which sessions have ended and which keys there are, for the request at hand, where the
    /// background has not for too long. Whether it did: what was remembered before that may be
    /// wrong.
    pub(crate) async fn read_overdue_ends(&self) -> Result<bool, Fault> {
        if self.ends_read.check().is_ok() {
            return Ok(false);
        }
        self.poll_revocations().await?;
        self.poll_keys().await?;
        Ok(true)
    }

    /// Learns which sessions have ended since the last poll, on this node or another: those that
    /// ended with later entries of the audit trail. After a start, and where the clock was set, it
    /// reads all whose tokens may live.
    ///
    /// # Errors
    /// A fault of the database; the next poll then begins where this one would have.
    pub async fn poll_revocations(&self) -> Result<(), Fault> {
        let mut stepped = self.clock_watch.stepped();
        let seen = *self.ends_seen();
        let (ended, no) = match seen {
            Some(seen) if (stepped - seen.stepped).abs() < READ_AGAIN_AFTER => {
                stepped = seen.stepped;
                store::ended_after(&self.db, seen.no).await?
            }
            _ => self.all_ended().await?,
        };
        for session in ended {
            self.refuse_session(session);
        }
        self.verified.forget_ended(self.clock.steady());
        *self.ends_seen() = Some(EndsSeen { no, stepped });
        Ok(())
    }

    /// The sessions that have ended and whose tokens may live, and an entry of the audit trail
    /// before which there is no other. Neither a clock that is ahead nor one that was hides any: it
    /// goes by the earlier of now and the last entry, with room for the furthest that clocks may
    /// differ.
    async fn all_ended(&self) -> Result<(Vec<SessionId>, i64), Fault> {
        let now = self.clock.now();
        let (no, time) = audit::store::newest(&self.db).await?.unwrap_or((0, now));
        let since = now.min(time).plus(-self.tokens_live());
        Ok((store::ended_since(&self.db, since).await?, no))
    }

    fn ends_seen(&self) -> MutexGuard<'_, Option<EndsSeen>> {
        let seen = self.ends_seen.lock();
        seen.unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes down when sessions were last used.
    ///
    /// # Errors
    /// A fault of the database; what was not written is forgotten.
    pub async fn note_last_use(&self) -> Result<(), Fault> {
        let mut used: Vec<_> = self.last_use.take().into_iter().collect();
        // In one order on all nodes, so that none waits for another that waits for it.
        used.sort_unstable_by_key(|(session, _)| session.uuid());
        for some in used.chunks(USED_AT_ONCE) {
            let mut tx = self.db.begin().await?;
            store::use_sessions(&mut tx, some).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Looks after the signing keys and deletes what had expired the last time that this process
    /// was here: nothing after a start, and nothing while the clock is set too far from what it
    /// was.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn clean_up(&self) -> Result<(), Fault> {
        self.take_in_accepted_time().await?;
        let Some(before) = self.clock_watch.expired_before() else {
            return Ok(());
        };
        let tended = self.tend_keys().await;
        self.delete_expired(before).await?;
        tended
    }

    /// Learns whether an operator has accepted the time since this was asked last, on whatever
    /// node.
    async fn take_in_accepted_time(&self) -> Result<(), Fault> {
        let newest = audit::store::newest(&self.db).await?;
        let (no, _) = newest.unwrap_or_default();
        if let Some(look) = self.clock_watch.look(no)
            && let Some(accepted) = audit::store::accepted_time(&self.db, look.after).await?
        {
            self.clock_watch.accept(accepted, look);
        }
        Ok(())
    }

    /// Deletes refresh tokens, sessions, links, unfinished sign-ins and ceremonies that have
    /// expired, old messages, and what failed logins are forgotten, as far as that was so at this
    /// time; nothing refers to them any more.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn delete_expired(&self, now: Timestamp) -> Result<(), Fault> {
        store::delete_expired(&self.db, now).await?;
        one_time::delete_expired(&self.db, now).await?;
        oidc::delete_expired_attempts(&self.db, now).await?;
        requests::delete_expired_registrations(&self.db, now).await?;
        factors::delete_expired_sign_ins(&self.db, now).await?;
        passkeys::delete_expired_ceremonies(&self.db, now).await?;
        messages::delete_ended(&self.db, now.plus(-KEEP_MESSAGES)).await?;
        idempotency::delete_old(&self.db, now).await?;
        audit::store::delete_recorded(&self.db, now.plus(-KEEP_RECORDED_ACTS)).await?;
        self.delete_forgotten(now).await?;
        Ok(())
    }

    /// Deletes what was made by a clock that was ahead of a time that an operator has accepted: it
    /// is refused, and would lie there until the time that it says. What counts by its age is as
    /// old as that time from now on.
    pub(crate) async fn delete_made_ahead(&self, accepted: Timestamp) -> Result<(), Fault> {
        let (db, latest) = (&self.db, latest_made(accepted));
        store::delete_made_after(db, latest).await?;
        one_time::delete_made_after(db, latest).await?;
        oidc::delete_made_after(db, latest).await?;
        requests::delete_registrations_made_after(db, latest).await?;
        factors::delete_sign_ins_made_after(db, latest).await?;
        passkeys::delete_ceremonies_made_after(db, latest).await?;
        messages::delete_made_after(db, latest).await?;
        logins::forget_made_after(db, latest).await?;
        idempotency::age(db, latest).await?;
        Ok(())
    }

    /// [`Service::forget_session`] for several.
    pub(crate) fn forget_sessions(&self, ended: &[SessionId]) {
        for session in ended {
            self.forget_session(*session);
        }
    }

    /// Refuses a session that this node has just ended, and tells the others to look.
    pub(crate) fn forget_session(&self, session: SessionId) {
        self.refuse_session(session);
        self.tell_others();
    }

    /// Tells other nodes to read the database now.
    pub(crate) fn tell_others(&self) {
        if let Some(invalidation) = &self.invalidation {
            invalidation.tell();
        }
    }

    /// Refuses a session's access tokens or its cookie from now on, until none of them is
    /// remembered or lives.
    fn refuse_session(&self, session: SessionId) {
        let forget_at = self.clock.steady().saturating_add(self.tokens_live());
        self.verified.end(session, forget_at);
    }

    /// How long a token or a remembered cookie may live after its session has ended, by a clock
    /// that was set, or of another node, as far as they may differ.
    fn tokens_live(&self) -> i64 {
        let lives = self.lifetimes.access.max(browser::REMEMBERED);
        lives.saturating_add(self.clock_watch.max_step())
    }
}
