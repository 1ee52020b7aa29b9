//! Live events: one reader for each feed and node, and any number of streams that it is fanned out
//! to. A reader reads only while somebody looks. What a stream has not had yet it reads from the
//! feed itself, so nothing is lost between the two.

pub(crate) mod http;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use contracts::events::Event;
use contracts::identity::{OrgId, UserId};
use events::{Feed, FeedError, Page};
use tokio::sync::{broadcast, watch};

use crate::config::StreamConfig;

/// How many pages of events wait for the slowest stream; one that is further behind is cut off.
const PAGES: usize = 1_024;
/// How many entries are read at once.
const PAGE: u32 = 128;
/// How long a reader waits where a feed cannot be read.
const FAULT_PAUSE: Duration = Duration::from_secs(1);

/// An event, and its text once somebody needed it.
#[derive(Debug)]
struct LiveEvent {
    event: Event,
    text: OnceLock<String>,
}

impl LiveEvent {
    fn text(&self) -> &str {
        let text = || serde_json::to_string(&self.event.public()).unwrap_or_default();
        self.text.get_or_init(text)
    }
}

/// What a feed has between two positions.
#[derive(Debug)]
struct LivePage {
    feed: &'static str,
    from: i64,
    through: i64,
    events: Vec<LiveEvent>,
}

impl LivePage {
    fn new(feed: &'static str, from: i64, page: Page) -> Self {
        let event = |event| LiveEvent {
            event,
            text: OnceLock::new(),
        };
        Self {
            feed,
            from,
            through: page.through,
            events: page.events.into_iter().map(event).collect(),
        }
    }
}

/// The streams of a node.
pub(crate) struct Live {
    feeds: Vec<Arc<dyn Feed>>,
    config: StreamConfig,
    pages: broadcast::Sender<Arc<LivePage>>,
    /// How many streams each user has open.
    open: Mutex<HashMap<(OrgId, UserId), usize>>,
    /// How many are open; readers wait for one.
    count: watch::Sender<usize>,
    ending: watch::Sender<bool>,
}

/// A stream that is open; it is not any more when this is dropped.
struct Slot {
    live: Arc<Live>,
    whose: (OrgId, UserId),
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut open = self.live.open();
        if let Some(count) = open.get_mut(&self.whose) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.whose);
            }
        }
        self.live.count.send_modify(|count| *count -= 1);
    }
}

/// Why no stream is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NoRoom {
    /// This user has as many as one may have.
    OfUser,
    /// This node has as many as it serves, or stops.
    OfNode,
}

impl Live {
    pub(crate) fn new(feeds: Vec<Arc<dyn Feed>>, config: StreamConfig) -> Arc<Self> {
        Arc::new(Self {
            feeds,
            config,
            pages: broadcast::Sender::new(PAGES),
            open: Mutex::default(),
            count: watch::Sender::default(),
            ending: watch::Sender::default(),
        })
    }

    /// Ends all streams, and opens none any more.
    pub(crate) fn end(&self) {
        self.ending.send_replace(true);
    }

    fn open(&self) -> MutexGuard<'_, HashMap<(OrgId, UserId), usize>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn slot(self: &Arc<Self>, org: OrgId, user: UserId) -> Result<Slot, NoRoom> {
        if *self.ending.borrow() {
            return Err(NoRoom::OfNode);
        }
        let whose = (org, user);
        let mut open = self.open();
        if *self.count.borrow() >= self.config.per_node {
            return Err(NoRoom::OfNode);
        }
        let own = open.entry(whose).or_default();
        if *own >= self.config.per_user {
            return Err(NoRoom::OfUser);
        }
        *own += 1;
        self.count.send_modify(|count| *count += 1);
        Ok(Slot {
            live: Arc::clone(self),
            whose,
        })
    }

    /// The readers of the feeds, for ever.
    pub(crate) fn readers(
        self: &Arc<Self>,
    ) -> impl Iterator<Item = impl Future<Output = ()> + Send + use<>> + use<> {
        let live = Arc::clone(self);
        self.feeds
            .clone()
            .into_iter()
            .map(move |feed| Arc::clone(&live).read(feed))
    }

    async fn read(self: Arc<Self>, feed: Arc<dyn Feed>) {
        let mut count = self.count.subscribe();
        let mut failing = false;
        loop {
            // This keeps the sender.
            drop(count.wait_for(|open| *open > 0).await);
            match self.read_while_seen(&*feed).await {
                Ok(()) => failing = false,
                Err(error) => {
                    if !std::mem::replace(&mut failing, true) {
                        tracing::error!(%error, source = ?error.source, "live events stand still");
                    }
                    tokio::time::sleep(FAULT_PAUSE).await;
                }
            }
        }
    }

    /// Fans out what comes, until nobody looks.
    async fn read_while_seen(&self, feed: &dyn Feed) -> Result<(), FeedError> {
        let mut after = feed.newest().await?;
        // What was committed before, and after a stream has looked, that stream reads itself.
        let begun = Page {
            through: after,
            ..Page::default()
        };
        let begun = LivePage::new(feed.name(), after, begun);
        drop(self.pages.send(Arc::new(begun)));
        while *self.count.borrow() > 0 {
            let page = feed.read(after, PAGE).await?;
            if page.through == after {
                feed.wait(after).await;
                continue;
            }
            let page = LivePage::new(feed.name(), after, page);
            after = page.through;
            // Where nobody looks any more it is lost to nobody.
            drop(self.pages.send(Arc::new(page)));
        }
        Ok(())
    }
}
