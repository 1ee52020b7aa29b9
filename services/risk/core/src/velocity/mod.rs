//! Counts and sums over windows of time, in memory, of one organisation: fed in order from the
//! feed of payments, with what is on its way. It never answers with a count that lacks something:
//! what it does not know is unknown.
//!
//! A window reaches from its beginning to the latest that is known, so that transactions of the
//! same moment see one another whatever the clocks of their nodes say.

mod event;
mod in_flight;
mod series;
mod tally;

use contracts::payments::TransactionId;
use values::Timestamp;

use crate::rules::{Measure, Velocity};
use crate::seen::{Seen, Unknown};
use event::{Counted, minute};
use in_flight::InFlight;
use series::Series;
use tally::{One, Total};

pub use event::Event;

/// How much is kept at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Payers, payees, pairs and so on, of each kind. Beyond that those are forgotten that have
    /// been idle for longest; about them there is too little data then.
    pub keys: usize,
    /// Transactions on their way.
    pub in_flight: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            keys: 1_000_000,
            in_flight: 100_000,
        }
    }
}

/// There is no room for another transaction on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many transactions are on their way; ask again when some have arrived")]
pub struct Full;

/// The counters of one organisation, for the counts and sums of one set of rules.
#[derive(Debug)]
pub struct Counters {
    series: Vec<Series>,
    in_flight: InFlight,
    bounds: Bounds,
    /// The number of the last event that was counted.
    applied: i64,
}

impl Counters {
    /// Empty counters for these questions. Nothing is known of the time before `since`: a window
    /// that begins earlier is too little data.
    #[must_use]
    pub fn new(questions: &[Velocity], since: Timestamp, bounds: Bounds) -> Self {
        // A minute that was begun is not known as a whole.
        let begun = minute(since);
        let whole = since.0 <= i64::from(begun).saturating_mul(60_000_000);
        let since = if whole {
            begun
        } else {
            begun.saturating_add(1)
        };
        Self {
            series: Series::for_questions(questions, since),
            in_flight: InFlight::default(),
            bounds,
            applied: i64::MIN,
        }
    }

    /// Whether these counters can answer all these questions. Else they have to be built again
    /// from the feed: new counters, all events, [`Counters::adopt_in_flight`].
    #[must_use]
    pub fn covers(&self, questions: &[Velocity]) -> bool {
        questions
            .iter()
            .all(|question| self.series.iter().any(|one| one.answers(question)))
    }

    /// The number of the last event that was counted, if any: where to go on in the feed.
    #[must_use]
    pub fn applied(&self) -> Option<i64> {
        (self.applied != i64::MIN).then_some(self.applied)
    }

    /// Takes over what is on its way in the counters that these replace, as far as it has not
    /// arrived: call it before these have counted what came after the others.
    pub fn adopt_in_flight(&mut self, other: &Self) {
        self.in_flight.adopt(&other.in_flight, &self.series);
    }

    /// Answers the questions about a transaction, itself included, and counts it as on its way
    /// until [`Counters::confirm`], [`Counters::drop_in_flight`] or `expires`. Asked again about
    /// the same transaction, it counts once.
    ///
    /// # Errors
    /// [`Full`]: nothing has changed.
    pub fn assess(
        &mut self,
        event: &Event,
        expires: Timestamp,
        questions: &[Velocity],
    ) -> Result<Vec<Seen>, Full> {
        if self.in_flight.len() >= self.bounds.in_flight
            && !self.in_flight.contains(event.transaction)
        {
            self.in_flight.expire(event.at, &self.series);
            if self.in_flight.len() >= self.bounds.in_flight {
                return Err(Full);
            }
        }
        let answers = self.ask(event, questions);
        self.in_flight
            .add(Counted::new(event), expires, &self.series);
        Ok(answers)
    }

    /// Answers the questions about a transaction, itself included, and changes nothing.
    #[must_use]
    pub fn ask(&self, event: &Event, questions: &[Velocity]) -> Vec<Seen> {
        let counted = Counted::new(event);
        questions
            .iter()
            .map(|question| Seen::from(self.answer(event.at, &counted, question)))
            .collect()
    }

    /// Counts an event of the feed, once per transaction; it is not on its way any more. `seq` is
    /// its place in the feed: what was counted before is passed over. Returns whether it was
    /// counted now.
    pub fn confirm(&mut self, seq: i64, event: &Event) -> bool {
        if seq <= self.applied {
            return false;
        }
        self.applied = seq;
        let counted = Counted::new(event);
        self.in_flight.remove(event.transaction, &self.series);
        for series in &mut self.series {
            series.add(&counted, self.bounds.keys);
        }
        true
    }

    /// A transaction on its way was not made. Returns whether it was on its way.
    pub fn drop_in_flight(&mut self, transaction: TransactionId) -> bool {
        self.in_flight.remove(transaction, &self.series)
    }

    /// Forgets what has been on its way for too long: it does not count any more even before.
    /// Returns how many.
    pub fn expire(&mut self, now: Timestamp) -> usize {
        self.in_flight.expire(now, &self.series)
    }

    /// Forgets what no window reaches any more. Returns how many keys are gone.
    pub fn sweep(&mut self, now: Timestamp) -> usize {
        let now = minute(now);
        self.series
            .iter_mut()
            .map(|series| series.sweep(now))
            .fold(0, usize::saturating_add)
    }

    /// Transactions on their way.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// The bytes that are kept, about. It looks at every key.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let series = self
            .series
            .iter()
            .map(Series::bytes)
            .fold(0, usize::saturating_add);
        series.saturating_add(self.in_flight.bytes())
    }

    fn answer(&self, at: Timestamp, event: &Counted, question: &Velocity) -> Result<i64, Unknown> {
        let mut all = self.series.iter().enumerate();
        let (place, series) = all
            .find(|(_, series)| series.answers(question))
            .ok_or(Unknown::Error)?;
        let key = event.key(question.key).ok_or(Unknown::NotApplicable)?;
        let begin = minute(question.window.begin(at));
        let step = question.window.step_minutes();
        let tally = series.tallies.get(&key);
        let known = tally.map_or(begin >= series.since_of_absent(), |tally| {
            begin >= series.since && tally.knows(begin, step, series.keeps)
        });
        if !known {
            return Err(Unknown::TooLittleData);
        }
        let on_its_way = self
            .in_flight
            .under(place, key, event.transaction, at, begin);
        let own = series.one(event).map(|(_, one)| one);
        let of_different = match question.measure {
            Measure::DistinctCounterparties => Some((|one| one.counterparty) as fn(One) -> _),
            Measure::DistinctInstruments => Some((|one| one.instrument) as fn(One) -> _),
            Measure::Count | Measure::AmountSum | Measure::AmountAverage => None,
        };
        let mut total = tally.map(|tally| tally.total(begin)).unwrap_or_default();
        let mut more = Vec::new();
        for one in on_its_way {
            total.add(one.amount);
            more.extend(of_different.and_then(|id| id(one)));
        }
        if let Some(own) = own
            && question.measure != Measure::AmountAverage
        {
            total.add(own.amount);
            more.extend(of_different.and_then(|id| id(own)));
        }
        if total.count < i64::from(question.at_least) {
            return Err(Unknown::TooLittleData);
        }
        if of_different.is_some() {
            more.sort_unstable();
            more.dedup();
            let nothing = tally::Tally::new(0);
            let tally = tally.unwrap_or(&nothing);
            return Ok(tally.count_different(question.measure, begin, &more));
        }
        sum_or_count(question.measure, total)
    }
}

fn sum_or_count(measure: Measure, total: Total) -> Result<i64, Unknown> {
    match measure {
        Measure::AmountSum | Measure::AmountAverage if total.unpriced => Err(Unknown::Error),
        Measure::AmountSum => Ok(total.sum),
        Measure::AmountAverage => total
            .sum
            .checked_div_euclid(total.count)
            .ok_or(Unknown::TooLittleData),
        Measure::Count | Measure::DistinctCounterparties | Measure::DistinctInstruments => {
            Ok(total.count)
        }
    }
}

#[cfg(test)]
mod tests;
