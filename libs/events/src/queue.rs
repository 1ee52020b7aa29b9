//! What operators see of work that waits: how much, how old, how fast. Everything that has work
//! waiting is a [`Queue`].

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use db::DbError;
use values::{SECOND, Timestamp};

use crate::feed::FeedError;

/// Why a queue could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// Its database.
    #[error(transparent)]
    Database(#[from] DbError),
    /// The feed that it reads.
    #[error(transparent)]
    Feed(#[from] FeedError),
}

/// What there is to say of a queue.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueReport {
    /// Its name, by which it is paused.
    pub name: String,
    /// `consumer`, `channel` or `webhook_endpoint`.
    pub kind: &'static str,
    /// How much waits.
    pub depth: i64,
    /// Since when the oldest of it waits.
    pub oldest: Option<Timestamp>,
    /// How much was done per second in the last minute, on this node.
    pub per_second: f64,
    /// How much is being done now, on this node.
    pub in_flight: i64,
    /// How much was given up and waits for an operator.
    pub dead_letters: i64,
    /// Whether it stands still until it is resumed.
    pub paused: bool,
    /// Why the last attempt failed, where it is being tried again.
    pub last_error: Option<String>,
}

/// Work that waits.
#[async_trait]
pub trait Queue: Send + Sync + 'static {
    /// What there is to say now.
    ///
    /// # Errors
    /// [`QueueError`].
    async fn reports(&self) -> Result<Vec<QueueReport>, QueueError>;

    /// Stops one of its parts on all nodes, or lets it go on; whether there is one of this name.
    ///
    /// # Errors
    /// [`QueueError`].
    async fn pause(&self, name: &str, paused: bool) -> Result<bool, QueueError>;

    /// How much each of its parts has done on this node since it began, by name.
    fn handled(&self) -> Vec<(String, u64)> {
        Vec::new()
    }
}

/// How much was done in each second of the last minute.
#[derive(Debug, Default)]
pub struct Rate(Mutex<VecDeque<(i64, u64)>>);

/// How far back a rate looks, in seconds.
const WINDOW: i64 = 60;

impl Rate {
    /// Counts work that was done.
    pub fn note(&self, now: Timestamp, done: u64) {
        let second = now.micros() / SECOND;
        let mut seconds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match seconds.back_mut() {
            Some((last, count)) if *last == second => *count += done,
            _ => seconds.push_back((second, done)),
        }
        while seconds
            .front()
            .is_some_and(|(at, _)| *at <= second - WINDOW || *at > second)
        {
            seconds.pop_front();
        }
    }

    /// How much was done per second in the last minute.
    #[must_use]
    pub fn per_second(&self, now: Timestamp) -> f64 {
        let second = now.micros() / SECOND;
        let seconds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = seconds.iter().filter(|(at, _)| *at > second - WINDOW);
        let done: u64 = recent.map(|(_, count)| *count).sum();
        // A count of a minute is far below what a float holds exactly.
        u32::try_from(done).map_or(f64::MAX, f64::from) / 60.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_counts_the_last_minute_only() {
        let at = |second: i64| Timestamp(second * SECOND);
        let rate = Rate::default();
        rate.note(at(100), 600);
        rate.note(at(100), 600);
        rate.note(at(130), 60);
        assert!((rate.per_second(at(130)) - 21.0).abs() < 1e-9);
        assert!((rate.per_second(at(161)) - 1.0).abs() < 1e-9);
        assert!(rate.per_second(at(500)).abs() < 1e-9);
        rate.note(at(500), 1);
        assert_eq!(rate.0.lock().unwrap().len(), 1);
    }
}
