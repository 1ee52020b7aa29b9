//! The health score: one figure from 0 to 100, made here and nowhere else. Each part has a value,
//! and two values between which its points fall evenly, from all of its weight to none; the score
//! is the sum. What is not known earns nothing.

use module::{InFlight, JournalReport, LedgerCheck, QueueFigures};
use serde::Serialize;
use utoipa::ToSchema;
use values::{SECOND, Timestamp};

use crate::health::{Health, HealthStatus};

/// One figure for how all does.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct HealthScore {
    /// The sum of the points of all parts, rounded down: 100 only where nothing is amiss.
    #[schema(minimum = 0, maximum = 100)]
    score: u8,
    /// What it is made of. The weights make 100.
    parts: Vec<HealthScorePart>,
}

/// A part of the score: `points = weight * (none_at - value) / (none_at - full_at)`, at least 0 and
/// at most `weight`; 0 where there is no value.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HealthScorePart {
    /// What is looked at.
    #[schema(example = "success_rate")]
    name: &'static str,
    /// The most that it can earn.
    #[schema(minimum = 0, maximum = 100)]
    weight: u8,
    /// What was found; none where that could not be said.
    #[schema(example = 0.9995)]
    value: Option<f64>,
    /// The value that earns all of the weight.
    #[schema(example = 0.999)]
    full_at: f64,
    /// The value from which on it earns nothing.
    #[schema(example = 0.95)]
    none_at: f64,
    /// What it earns.
    #[schema(minimum = 0, maximum = 100)]
    points: f64,
}

/// What the score is made of.
pub(crate) struct Found<'a> {
    pub(crate) at: Timestamp,
    pub(crate) checks: &'a Health,
    pub(crate) success_rate: Option<f64>,
    pub(crate) p99_ms: Option<f64>,
    pub(crate) journal: Option<&'a JournalReport>,
    pub(crate) in_flight: Option<&'a InFlight>,
    pub(crate) ledger: Option<&'a LedgerCheck>,
    pub(crate) queues: &'a [QueueFigures],
    pub(crate) dead_letters: i64,
    /// Whether all services have reported.
    pub(crate) is_complete: bool,
}

impl HealthScore {
    /// The score of what was found.
    pub(crate) fn of(found: &Found<'_>) -> Self {
        let now = found.at;
        let checks = |status| Some(count(found.checks.count(status)));
        let journal = found.journal;
        let used = journal
            .map(|journal| whole(journal.queue_depth) / whole(journal.queue_capacity).max(1.0));
        let ledger = found.ledger;
        let unbalanced = ledger.map(|ledger| count(ledger.unbalanced_currencies.len()));
        let in_flight = found.in_flight;
        let unresolved = in_flight.map(|money| age(money.oldest_unresolved, now) / 3_600.0);
        let known = found.is_complete;
        let queues = found.queues.iter();
        let waits = queues.map(|queue: &QueueFigures| age(queue.oldest, now));
        let (queue_age, dead) = (waits.fold(0.0, f64::max), whole(found.dead_letters));
        // Where there were no requests, none failed and none was slow.
        let success = found.success_rate.unwrap_or(1.0);
        let p99 = found.p99_ms.unwrap_or_default();
        let part = HealthScorePart::new;
        let parts = vec![
            part(
                "failing_checks",
                25,
                checks(HealthStatus::Failing),
                (0.0, 1.0),
            ),
            part(
                "warning_checks",
                5,
                checks(HealthStatus::Warning),
                (0.0, 3.0),
            ),
            part("unbalanced_currencies", 20, unbalanced, (0.0, 1.0)),
            part("success_rate", 15, Some(success), (0.999, 0.95)),
            part("p99_ms", 10, Some(p99), (500.0, 5_000.0)),
            part("journal_queue_used", 10, used, (0.5, 1.0)),
            part("oldest_unresolved_hours", 5, unresolved, (1.0, 24.0)),
            part(
                "oldest_queued_seconds",
                5,
                known.then_some(queue_age),
                (60.0, 3_600.0),
            ),
            part("dead_letters", 5, known.then_some(dead), (0.0, 100.0)),
        ];
        let points: f64 = parts.iter().map(|part| part.points).sum();
        Self {
            // What is below 100 by less than a float can tell is 100.
            score: (0..=100)
                .rev()
                .find(|score| f64::from(*score) <= points + 1e-9)
                .unwrap_or(0),
            parts,
        }
    }
}

impl HealthScorePart {
    fn new(
        name: &'static str,
        weight: u8,
        value: Option<f64>,
        (full_at, none_at): (f64, f64),
    ) -> Self {
        let share = value.map_or(0.0, |value| (none_at - value) / (none_at - full_at));
        Self {
            name,
            weight,
            value,
            full_at,
            none_at,
            points: f64::from(weight) * share.clamp(0.0, 1.0),
        }
    }
}

/// How old something is, in seconds; nothing is as old as nothing.
fn age(since: Option<Timestamp>, now: Timestamp) -> f64 {
    let micros = since.map_or(0, |since| now.micros().saturating_sub(since.micros()));
    whole(micros.max(0) / SECOND)
}

/// What is too large for this is as bad as the largest.
fn whole(number: i64) -> f64 {
    u32::try_from(number.max(0)).map_or(f64::MAX, f64::from)
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::MAX, f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(value: Option<f64>, range: (f64, f64)) -> f64 {
        HealthScorePart::new("any", 10, value, range).points
    }

    #[test]
    fn points_fall_evenly_between_two_values_in_either_direction() {
        for (value, expected) in [
            (0.0, 10.0),
            (1.0, 10.0),
            (6.0, 5.0),
            (11.0, 0.0),
            (99.0, 0.0),
        ] {
            assert!(
                (points(Some(value), (1.0, 11.0)) - expected).abs() < 1e-9,
                "{value}"
            );
        }
        for (value, expected) in [(1.0, 10.0), (0.75, 5.0), (0.5, 0.0), (0.1, 0.0)] {
            assert!(
                (points(Some(value), (1.0, 0.5)) - expected).abs() < 1e-9,
                "{value}"
            );
        }
    }

    #[test]
    fn what_is_not_known_earns_nothing() {
        assert!(points(None, (0.0, 1.0)).abs() < 1e-9);
    }
}
