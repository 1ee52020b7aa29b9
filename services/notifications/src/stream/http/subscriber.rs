//! One stream: what its viewer has not had yet, then what comes, as Server-Sent Events (HTML
//! standard, section 9.2). It is asked for the next piece when the one before is written, so
//! nothing piles up for a client that does not read.

use std::sync::Arc;
use std::time::Duration;

use access::Principal;
use axum::body::{Body, Bytes};
use axum::extract::FromRequestParts;
use axum::http::{Request, request::Parts};
use events::{Feed, FeedError};
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use web::client::Client;
use web::problem::Problem;

use super::positions::Positions;
use super::viewer::{Types, Viewer};
use crate::stream::{Live, LivePage, NoRoom, PAGE, Slot};

/// How often identity may fail to answer until a stream ends.
const UNANSWERED: u32 = 3;

/// What a stream begins with: how long a client waits before it comes back, in milliseconds.
const RETRY: &str = "retry: 2000\n\n";

/// By what somebody opened a stream: they are asked for again now and then.
struct Proof(Parts);

impl Proof {
    /// What of a request says who they are.
    fn of(parts: &Parts) -> Self {
        let (mut proof, ()) = Request::new(()).into_parts();
        proof.method = parts.method.clone();
        proof.headers = parts.headers.clone();
        if let Some(authenticator) = parts.extensions.get::<access::SharedAuthenticator>() {
            proof.extensions.insert(Arc::clone(authenticator));
        }
        if let Some(client) = parts.extensions.get::<Client>() {
            proof.extensions.insert(client.clone());
        }
        Self(proof)
    }

    async fn viewer(&mut self) -> Result<Viewer, Problem> {
        let principal = Principal::from_request_parts(&mut self.0, &()).await?;
        Ok(Viewer::of(&principal))
    }
}

/// A stream.
pub(super) struct Subscriber {
    live: Arc<Live>,
    pages: broadcast::Receiver<Arc<LivePage>>,
    positions: Positions,
    /// Those feeds of which there may be something that nobody else reads for this stream.
    behind: Vec<Arc<dyn Feed>>,
    viewer: Viewer,
    types: Types,
    proof: Proof,
    unanswered: u32,
    /// What is to be written next.
    out: String,
    heartbeat: Interval,
    check: Interval,
    ending: watch::Receiver<bool>,
    _slot: Slot,
}

fn every(millis: u64) -> Interval {
    let period = Duration::from_millis(millis.max(1));
    let mut ticks = interval_at(Instant::now() + period, period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

fn unread(error: &FeedError) -> Problem {
    tracing::error!(%error, source = ?error.source, "a feed cannot be read");
    let detail = "The events cannot be read right now. Try again shortly.";
    Problem::unavailable("storage_unavailable", detail)
}

impl Subscriber {
    /// Opens a stream for somebody, who goes on after an event or begins now.
    pub(super) async fn open(
        live: &Arc<Live>,
        principal: &Principal,
        parts: &Parts,
        types: Types,
        last: Option<&str>,
    ) -> Result<Self, Problem> {
        let slot = live.slot(principal.org, principal.user);
        let slot = slot.map_err(|refused| no_room(refused, live))?;
        // From now on nothing is missed that a reader reads; what it has read before is read here.
        let pages = live.pages.subscribe();
        let mut positions = Positions(Vec::new());
        for feed in &live.feeds {
            let newest = feed.newest().await.map_err(|error| unread(&error))?;
            positions.0.push((feed.name(), newest));
        }
        let newest = positions.clone();
        if let Some(last) = last {
            positions.go_back(last)?;
        }
        let mut stream = Self {
            pages,
            positions,
            behind: live.feeds.clone(),
            viewer: Viewer::of(principal),
            types,
            proof: Proof::of(parts),
            unanswered: 0,
            out: RETRY.to_owned(),
            heartbeat: every(live.config.heartbeat_ms),
            check: every(live.config.check_every_ms),
            ending: live.ending.subscribe(),
            _slot: slot,
            live: Arc::clone(live),
        };
        stream.tell_of_gaps(&newest);
        stream.beat();
        Ok(stream)
    }

    /// What is too far back is not read again; it is said that it is missing.
    fn tell_of_gaps(&mut self, newest: &Positions) {
        let back = self.live.config.back;
        for place in 0..newest.0.len() {
            let (Some((feed, newest)), Some((_, at))) =
                (newest.0.get(place), self.positions.0.get_mut(place))
            else {
                continue;
            };
            let floor = newest - back;
            if *at < floor {
                let data = serde_json::json!({"feed": feed, "after": *at, "through": floor});
                *at = floor;
                let id = self.positions.text();
                self.out
                    .push_str(&format!("id: {id}\nevent: stream.gap\ndata: {data}\n\n"));
            }
        }
    }

    /// The rest of the stream as the body of an answer.
    pub(super) fn into_body(self) -> Body {
        let pieces = futures_util::stream::unfold(self, |mut stream| async move {
            let piece = stream.next().await?;
            Some((Ok::<_, std::convert::Infallible>(piece), stream))
        });
        Body::from_stream(pieces)
    }

    /// The next piece; none at the end.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if *self.ending.borrow() {
                return None;
            }
            if !self.out.is_empty() {
                self.heartbeat.reset();
                return Some(Bytes::from(std::mem::take(&mut self.out)));
            }
            if let Some(feed) = self.behind.last().cloned() {
                if self.catch_up(&*feed).await.ok()? {
                    self.behind.pop();
                }
                continue;
            }
            tokio::select! {
                biased;
                // Also where the sender is gone.
                _ = self.ending.changed() => return None,
                _ = self.check.tick() => if !self.may_go_on().await {
                    return None;
                },
                page = self.pages.recv() => match page {
                    Ok(page) => self.take(&page),
                    // Too slow: the client comes back and reads what it has missed from the feed.
                    Err(broadcast::error::RecvError::Lagged(_) | broadcast::error::RecvError::Closed) => return None,
                },
                _ = self.heartbeat.tick() => self.beat(),
            }
        }
    }

    /// Reads the next part of a feed up to its end; whether that is reached.
    async fn catch_up(&mut self, feed: &dyn Feed) -> Result<bool, FeedError> {
        let at = self.position(feed.name());
        let page = feed.read(at, PAGE).await?;
        if page.through == at {
            return Ok(true);
        }
        self.write(&LivePage::new(feed.name(), at, page));
        Ok(false)
    }

    fn take(&mut self, page: &LivePage) {
        let at = self.position(page.feed);
        if page.from > at {
            // The reader began later: what lies between is read here, and this page with it.
            let mut feeds = self.live.feeds.iter();
            self.behind
                .extend(feeds.find(|feed| feed.name() == page.feed).cloned());
        } else if page.through > at {
            self.write(page);
        }
    }

    fn write(&mut self, page: &LivePage) {
        let at = self.position(page.feed);
        for live in page.events.iter().filter(|live| live.event.sequence > at) {
            if self.viewer.sees(&live.event, &self.types) {
                self.stand(page.feed, live.event.sequence);
                let id = self.positions.text();
                let (kind, data) = (&live.event.kind, live.text());
                self.out
                    .push_str(&format!("id: {id}\nevent: {kind}\ndata: {data}\n\n"));
            }
        }
        self.stand(page.feed, page.through);
    }

    /// Shows that the stream lives, and where it stands.
    fn beat(&mut self) {
        let id = self.positions.text();
        self.out.push_str(&format!(": still here\nid: {id}\n\n"));
    }

    fn position(&self, feed: &str) -> i64 {
        let mut positions = self.positions.0.iter();
        let found = positions.find(|(name, _)| *name == feed);
        found.map_or(i64::MAX, |(_, at)| *at)
    }

    fn stand(&mut self, feed: &str, at: i64) {
        let mut positions = self.positions.0.iter_mut();
        if let Some((_, place)) = positions.find(|(name, _)| *name == feed) {
            *place = at;
        }
    }

    /// Whether the session is still there, and may see what it might.
    async fn may_go_on(&mut self) -> bool {
        match self.proof.viewer().await {
            Ok(viewer) => {
                self.unanswered = 0;
                viewer == self.viewer
            }
            Err(problem) if problem.status == 503 => {
                self.unanswered += 1;
                self.unanswered < UNANSWERED
            }
            Err(_) => false,
        }
    }
}

fn no_room(refused: NoRoom, live: &Live) -> Problem {
    match refused {
        NoRoom::OfUser => {
            let most = live.config.per_user;
            let detail =
                format!("You have {most} streams open, and no more are served. Close one first.");
            let status = axum::http::StatusCode::TOO_MANY_REQUESTS;
            Problem::new(status, "too_many_streams", detail).retry_after(5)
        }
        NoRoom::OfNode => {
            let detail = "This server takes no more streams. Try again shortly.";
            Problem::unavailable("streams_full", detail).retry_after(5)
        }
    }
}
