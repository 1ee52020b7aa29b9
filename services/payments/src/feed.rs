//! The feed of payments: what the journal has committed, in order. Its rows are the timelines of
//! transactions and wallets; nothing is written for it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use contracts::events::{Event, Party};
use contracts::identity::OrgId;
use db::{Db, Position};
use events::{Feed, FeedError, Page, event_id};
use serde_json::value::RawValue;
use tokio::sync::watch;
use tokio::time::timeout;
use values::Timestamp;

use crate::SCHEMA;
use crate::error::Error;
use crate::journal::{Seen, SeenHead};
use crate::service::Service;
use crate::store::feed::{self, FedEvent};

/// How long it may take until what another node has committed is noticed. On SQLite there is none.
const POLL: Duration = Duration::from_millis(50);

/// Payments' events.
#[derive(Debug, Clone)]
pub struct PaymentsFeed {
    db: Db,
    /// The newest event that this process has committed.
    committed: watch::Receiver<u64>,
    seen: Arc<SeenHead>,
}

impl Service {
    /// The feed of what is committed.
    #[must_use]
    pub fn feed(&self) -> PaymentsFeed {
        PaymentsFeed {
            db: self.db.clone(),
            committed: self.journal.events(),
            seen: self.journal.seen_head(),
        }
    }
}

fn unread(source: impl std::error::Error + Send + Sync + 'static) -> FeedError {
    FeedError {
        feed: SCHEMA,
        source: Box::new(source),
    }
}

#[async_trait]
impl Feed for PaymentsFeed {
    fn name(&self) -> &'static str {
        SCHEMA
    }

    async fn read(&self, after: i64, limit: u32) -> Result<Page, FeedError> {
        let found = feed::events(&self.db, after, limit).await.map_err(unread)?;
        let through = found.last().map_or(after, |event| event.seq);
        let events = found
            .into_iter()
            .filter_map(|event| told(event).transpose());
        Ok(Page {
            events: events.collect::<Result<_, _>>()?,
            through,
        })
    }

    async fn newest(&self) -> Result<i64, FeedError> {
        feed::newest(&self.db).await.map_err(unread)
    }

    fn log_end(&self) -> Option<Position> {
        let Seen { batch, hash } = self.seen.newest();
        (batch > 0).then(|| Position {
            no: batch.cast_signed(),
            hash: hash.to_vec(),
        })
    }

    async fn wait(&self, after: i64) {
        let mut committed = self.committed.clone();
        let newer = async move {
            let newer = committed.wait_for(|newest| newest.cast_signed() > after);
            if newer.await.is_err() {
                // A closed journal commits nothing more.
                std::future::pending::<()>().await;
            }
        };
        match self.db {
            Db::Sqlite { .. } => newer.await,
            // Where the time is over, another node may have committed something.
            Db::Postgres(_) => drop(timeout(POLL, newer).await),
        }
    }
}

/// An event as others are told it; none for those that are of no transaction and no wallet.
fn told(event: FedEvent) -> Result<Option<Event>, FeedError> {
    let Some(subject) = event.subject else {
        return Ok(None);
    };
    let parties = [
        (Party::Payer, subject.payer),
        (Party::Payee, subject.payee),
        (Party::Owner, subject.owner),
    ];
    let time = Timestamp(event.time);
    let data = RawValue::from_string(subject.data).map_err(|error| {
        unread(Error::Unreadable {
            table: "events",
            key: event.seq.to_string(),
            detail: error.to_string(),
        })
    })?;
    Ok(Some(Event {
        id: event_id(SCHEMA, event.seq, time),
        feed: SCHEMA,
        sequence: event.seq,
        kind: event.kind,
        time,
        subject: subject.id,
        org: OrgId(event.org),
        parties: parties
            .into_iter()
            .filter_map(|(party, user)| Some((party, user?)))
            .collect(),
        data,
    }))
}
