//! How many transactions end how, by organisation and minute: what the feed of payments tells. It
//! judges nothing.

pub(crate) mod store;

use std::collections::BTreeMap;

use async_trait::async_trait;
use contracts::events::Event;
use contracts::identity::OrgId;
use db::Tx;
use events::{Handler, HandlerError, Start};
use serde::Deserialize;
use values::{SECOND, Timestamp};

/// A minute, in microseconds.
pub(crate) const MINUTE: i64 = 60 * SECOND;

/// How many transactions ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Outcomes {
    pub(crate) completed: i64,
    pub(crate) failed: i64,
    /// Of those that failed: the other side, or risk, said no.
    pub(crate) declined: i64,
}

impl Outcomes {
    /// How many there are.
    pub(crate) const fn all(self) -> i64 {
        self.completed.saturating_add(self.failed)
    }
}

/// Failures that nobody has decided: all others are declines.
const TECHNICAL: [&str; 1] = ["processing_error"];

/// Counts what the feed of payments tells.
pub(crate) struct Counting;

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    failure: Option<Failure>,
}

#[derive(Deserialize)]
struct Failure {
    code: String,
}

/// How the transaction ended that an event tells of, where it tells that.
fn outcome(event: &Event) -> Option<Outcomes> {
    match event.kind.as_str() {
        "transaction.completed" => Some(Outcomes {
            completed: 1,
            ..Outcomes::default()
        }),
        "transaction.failed" => {
            let document = serde_json::from_str::<Document>(event.data.get()).ok();
            let failure = document.and_then(|document| document.failure);
            let is_declined = failure.is_some_and(|it| !TECHNICAL.contains(&it.code.as_str()));
            Some(Outcomes {
                failed: 1,
                declined: i64::from(is_declined),
                ..Outcomes::default()
            })
        }
        _ => None,
    }
}

/// The number of the minute in which something was.
pub(crate) const fn minute(at: Timestamp) -> i64 {
    at.micros().div_euclid(MINUTE)
}

#[async_trait]
impl Handler for Counting {
    fn name(&self) -> &'static str {
        crate::SCHEMA
    }

    fn start(&self) -> Start {
        Start::Now
    }

    async fn handle(&self, tx: &mut Tx, event: &Event) -> Result<(), HandlerError> {
        self.handle_all(tx, std::slice::from_ref(event)).await
    }

    async fn handle_all(&self, tx: &mut Tx, events: &[Event]) -> Result<(), HandlerError> {
        let mut counts: BTreeMap<(OrgId, i64), Outcomes> = BTreeMap::new();
        for event in events {
            if let Some(one) = outcome(event) {
                let all = counts.entry((event.org, minute(event.time))).or_default();
                all.completed += one.completed;
                all.failed += one.failed;
                all.declined += one.declined;
            }
        }
        for (of, counted) in counts {
            store::add(tx, of, counted).await?;
        }
        Ok(())
    }
}
