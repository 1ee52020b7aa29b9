//! The counters of one kind of key, and which of them a set of rules needs.

use contracts::payments::TransactionType;
use hashbrown::HashMap;

use super::event::Counted;
use super::tally::{Keeps, One, Tally};
use crate::rules::{Key, Measure, Velocity};

/// The counters of one kind of key, of transactions of one type or of all.
#[derive(Debug)]
pub(super) struct Series {
    pub(super) key: Key,
    pub(super) only: Option<TransactionType>,
    pub(super) keeps: Keeps,
    pub(super) tallies: HashMap<u128, Tally>,
    /// Nothing is known of the time before this minute, of any key.
    pub(super) since: u32,
    /// Nothing is known of the time before this minute of keys that are not there.
    evicted: u32,
}

impl Series {
    /// The series that answer these questions, each empty.
    pub(super) fn for_questions(questions: &[Velocity], since: u32) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for question in questions {
            let same = |one: &&mut Self| one.key == question.key && one.only == question.only;
            if let Some(series) = all.iter_mut().find(same) {
                series.keeps = series.keeps.and(needs(question));
            } else {
                all.push(Self {
                    key: question.key,
                    only: question.only,
                    keeps: needs(question),
                    tallies: HashMap::new(),
                    since,
                    evicted: 0,
                });
            }
        }
        all
    }

    /// Whether it answers a question.
    pub(super) fn answers(&self, question: &Velocity) -> bool {
        self.key == question.key
            && self.only == question.only
            && self.keeps.and(needs(question)) == self.keeps
    }

    /// The event as this series counts it, and under which key; none where it does not.
    pub(super) fn one(&self, event: &Counted) -> Option<(u128, One)> {
        if self.only.is_some_and(|only| only != event.kind) {
            return None;
        }
        let one = One {
            minute: event.minute,
            amount: event.amount,
            counterparty: event.counterparty(self.key),
            instrument: event.instrument(),
        };
        Some((event.key(self.key)?, one))
    }

    /// Counts an event. `most` is how many keys are kept.
    pub(super) fn add(&mut self, event: &Counted, most: usize) {
        let Some((key, one)) = self.one(event) else {
            return;
        };
        if self.tallies.len() >= most && !self.tallies.contains_key(&key) {
            self.evict();
        }
        let since = self.since_of_absent();
        let tally = self.tallies.entry(key).or_insert_with(|| Tally::new(since));
        tally.add(one, self.keeps);
    }

    /// Forgets the sixteenth of the keys that has been idle for longest.
    fn evict(&mut self) {
        let mut latest: Vec<u32> = self.tallies.values().map(|tally| tally.latest).collect();
        let place = latest.len() / 16;
        if place >= latest.len() {
            return;
        }
        let (_, cut, _) = latest.select_nth_unstable(place);
        let cut = *cut;
        self.tallies.retain(|_, tally| tally.latest > cut);
        self.evicted = self.evicted.max(cut.saturating_add(1));
    }

    /// Since when all is known of a key that is not there.
    pub(super) fn since_of_absent(&self) -> u32 {
        self.since.max(self.evicted)
    }

    /// Forgets what no window reaches any more. Returns how many keys are gone.
    pub(super) fn sweep(&mut self, now: u32) -> usize {
        let (keeps, before) = (self.keeps, self.tallies.len());
        let end = keeps.end(now);
        self.since = self.since.max(end);
        self.tallies.retain(|_, tally| tally.latest >= end);
        self.tallies.shrink_to(before / 2);
        before.saturating_sub(self.tallies.len())
    }

    /// The bytes that are kept, about.
    pub(super) fn bytes(&self) -> usize {
        let entry = size_of::<(u128, Tally)>().saturating_add(1);
        // A table has a place for each of 7 in 8.
        let places = self.tallies.capacity().saturating_mul(8) / 7;
        let inside = self
            .tallies
            .values()
            .map(Tally::bytes)
            .fold(0, usize::saturating_add);
        places.saturating_mul(entry).saturating_add(inside)
    }
}

impl Keeps {
    fn and(self, other: Self) -> Self {
        Self {
            finest: self.finest.min(other.finest),
            longest: self.longest.max(other.longest),
            counterparties: self.counterparties || other.counterparties,
            instruments: self.instruments || other.instruments,
        }
    }
}

fn needs(question: &Velocity) -> Keeps {
    Keeps {
        finest: question.window.step_minutes(),
        longest: question.window.minutes(),
        counterparties: question.measure == Measure::DistinctCounterparties,
        instruments: question.measure == Measure::DistinctInstruments,
    }
}
