//! Follows a feed into the memory of this node. How far it is, is known in memory only: it begins
//! where the database was when memory was filled from it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use events::{Feed, FeedError};
use tokio::sync::Mutex;
use tokio::time::{sleep, timeout};

use crate::feeds::told::{Told, Transaction, told};
use crate::memory::Memory;
use crate::sanctions::state::Sanctions;

/// How many events are read at once.
const BATCH: u32 = 512;
/// How long it waits for an event before it looks again.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long it waits where the feed does not answer.
const FAULT_PAUSE: Duration = Duration::from_secs(1);

/// A feed, and how far it was read into memory.
pub(crate) struct Follower {
    feed: Arc<dyn Feed>,
    memory: Arc<Memory>,
    sanctions: Arc<Sanctions>,
    position: AtomicI64,
    /// Held while memory hears: whoever holds it knows that it hears nothing.
    hearing: Arc<Mutex<()>>,
}

impl Follower {
    /// Goes on after a position.
    pub(crate) fn new(
        feed: Arc<dyn Feed>,
        (memory, sanctions): (Arc<Memory>, Arc<Sanctions>),
        position: i64,
        hearing: Arc<Mutex<()>>,
    ) -> Self {
        Self {
            hearing,
            feed,
            memory,
            sanctions,
            position: AtomicI64::new(position),
        }
    }

    /// Reads what comes next; whether there may be more.
    ///
    /// # Errors
    /// The feed does not answer.
    pub(crate) async fn step(&self) -> Result<bool, FeedError> {
        let _hearing = self.hearing.lock().await;
        let after = self.position.load(Ordering::Relaxed);
        let page = self.feed.read(after, BATCH).await?;
        for event in &page.events {
            match told(event) {
                Ok(Some(told)) => {
                    self.memory.hear(event, &told);
                    self.sanctions.hear(event, &told);
                }
                Ok(None) => {}
                // The consumer makes a dead letter of it.
                Err(error) => tracing::warn!(%error, event = %event.id, "an event is left out"),
            }
        }
        self.position.store(page.through, Ordering::Relaxed);
        Ok(page.through > after)
    }

    /// The name of its feed.
    pub(crate) fn feed_name(&self) -> &'static str {
        self.feed.name()
    }

    /// The transactions that memory has heard of after a position. Called while it hears nothing.
    ///
    /// # Errors
    /// The feed does not answer.
    pub(crate) async fn heard_since(&self, position: i64) -> Result<Vec<Transaction>, FeedError> {
        let (mut after, until) = (position, self.position.load(Ordering::Relaxed));
        let mut heard = Vec::new();
        while after < until {
            let page = self.feed.read(after, BATCH).await?;
            for event in page.events.iter().filter(|event| event.sequence <= until) {
                if let Ok(Some(Told::Transaction(made))) = told(event) {
                    heard.push(*made);
                }
            }
            if page.through <= after {
                break;
            }
            after = page.through;
        }
        Ok(heard)
    }

    /// Reads all that there is.
    ///
    /// # Errors
    /// The feed does not answer.
    pub(crate) async fn catch_up(&self) -> Result<(), FeedError> {
        while self.step().await? {}
        Ok(())
    }

    /// Follows it, for ever.
    pub(crate) async fn run(self: Arc<Self>) {
        let mut failing = false;
        loop {
            match self.step().await {
                Ok(true) => failing = false,
                Ok(false) => {
                    failing = false;
                    let position = self.position.load(Ordering::Relaxed);
                    drop(timeout(LOOK_EVERY, self.feed.wait(position)).await);
                }
                Err(error) => {
                    if !std::mem::replace(&mut failing, true) {
                        tracing::error!(%error, "risk does not hear of what happens");
                    }
                    sleep(FAULT_PAUSE).await;
                }
            }
        }
    }
}
