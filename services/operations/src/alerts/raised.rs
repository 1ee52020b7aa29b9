//! Signals that are not written yet: those with the same key are one, however many come. In memory;
//! a crash loses the last second of them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Mutex, MutexGuard, PoisonError};

use contracts::operations::{AlertKey, Signal};

use super::alert::{Evidence, Seen};
use super::states::Source;

/// The most keys that wait: a service that makes up subjects does not fill the memory.
const MOST_KEYS: usize = 10_000;
/// The most characters of a subject, a scenario, and of what was seen.
const LONGEST_NAME: usize = 200;
const LONGEST_TEXT: usize = 500;

/// What becomes of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum News {
    /// It was seen.
    Seen(Seen),
    /// What was raised is over, after it was seen or not.
    Ended(Option<Seen>),
}

/// Signals that wait until they are written.
#[derive(Debug, Default)]
pub(crate) struct Waiting(Mutex<BTreeMap<AlertKey, News>>);

impl Waiting {
    fn keys(&self) -> MutexGuard<'_, BTreeMap<AlertKey, News>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a signal; whether there was room for it.
    pub(crate) fn raise(&self, signal: Signal) -> bool {
        let (key, seen) = seen(signal, Source::Raised);
        let mut keys = self.keys();
        let has_room = keys.len() < MOST_KEYS;
        match keys.entry(key) {
            Entry::Vacant(entry) if has_room => {
                entry.insert(News::Seen(seen));
            }
            Entry::Vacant(_) => return false,
            Entry::Occupied(mut entry) => {
                let earlier = seen_of(entry.insert(News::Ended(None)));
                entry.insert(News::Seen(sum(earlier, seen)));
            }
        }
        true
    }

    /// What was raised is over.
    pub(crate) fn end(&self, key: AlertKey) {
        let key = short(key);
        let mut keys = self.keys();
        let seen = keys.remove(&key).and_then(seen_of);
        keys.insert(key, News::Ended(seen));
    }

    /// All that waits; it does not any more.
    pub(crate) fn take(&self) -> BTreeMap<AlertKey, News> {
        std::mem::take(&mut *self.keys())
    }

    /// Puts back what could not be written, before what has come since.
    pub(crate) fn put_back(&self, earlier: BTreeMap<AlertKey, News>) {
        let mut keys = self.keys();
        for (key, earlier) in earlier {
            let both = match keys.remove(&key) {
                None => earlier,
                Some(News::Seen(later)) => News::Seen(sum(seen_of(earlier), later)),
                Some(News::Ended(None)) => News::Ended(seen_of(earlier)),
                Some(News::Ended(Some(later))) => News::Ended(Some(sum(seen_of(earlier), later))),
            };
            keys.insert(key, both);
        }
    }
}

/// What was seen, whatever became of it.
fn seen_of(news: News) -> Option<Seen> {
    match news {
        News::Seen(seen) => Some(seen),
        News::Ended(seen) => seen,
    }
}

fn sum(earlier: Option<Seen>, later: Seen) -> Seen {
    match earlier {
        Some(mut seen) => {
            seen.and(later);
            seen
        }
        None => later,
    }
}

/// A signal as it is written down.
pub(crate) fn seen(signal: Signal, source: Source) -> (AlertKey, Seen) {
    let seen = Seen {
        source,
        severity: signal.severity,
        count: 1,
        first_at: signal.at,
        last_at: signal.at,
        evidence: vec![Evidence {
            at: signal.at,
            says: line(&signal.says, LONGEST_TEXT),
        }],
    };
    (short(signal.key), seen)
}

fn short(key: AlertKey) -> AlertKey {
    AlertKey {
        subject: line(&key.subject, LONGEST_NAME),
        scenario: line(&key.scenario, LONGEST_NAME),
        ..key
    }
}

/// A text in one line, cut where it is too long.
fn line(text: &str, longest: usize) -> String {
    let shown = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    shown.take(longest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::identity::OrgId;
    use contracts::operations::Severity;
    use values::Timestamp;

    fn key(subject: &str) -> AlertKey {
        AlertKey::new(OrgId::DEFAULT, "rule_breaker", subject)
    }

    fn signal(subject: &str, severity: Severity, at: i64) -> Signal {
        Signal {
            key: key(subject),
            severity,
            says: format!("seen at {at}"),
            at: Timestamp(at),
        }
    }

    #[test]
    fn equal_signals_are_one_with_the_worst_severity_and_the_last_evidence() {
        let waiting = Waiting::default();
        for at in 0..20_000 {
            let severity = if at == 7 {
                Severity::Critical
            } else {
                Severity::Info
            };
            assert!(waiting.raise(signal("r", severity, at)));
        }
        let all = waiting.take();
        let Some(News::Seen(seen)) = all.get(&key("r")) else {
            panic!("{all:?}")
        };
        assert_eq!(
            (all.len(), seen.count, seen.severity),
            (1, 20_000, Severity::Critical)
        );
        assert_eq!(
            (seen.first_at, seen.last_at),
            (Timestamp(0), Timestamp(19_999))
        );
        assert_eq!(seen.evidence.len(), 5);
        assert!(waiting.take().is_empty());
    }

    #[test]
    fn what_cannot_be_written_is_put_back_before_what_came_since() {
        let waiting = Waiting::default();
        waiting.raise(signal("seen twice", Severity::Info, 1));
        waiting.raise(signal("ended since", Severity::Info, 1));
        waiting.raise(signal("alone", Severity::Info, 1));
        let earlier = waiting.take();
        waiting.raise(signal("seen twice", Severity::Info, 2));
        waiting.end(key("ended since"));
        waiting.put_back(earlier);
        let all = waiting.take();
        assert!(matches!(&all[&key("seen twice")], News::Seen(seen) if seen.count == 2));
        assert!(matches!(&all[&key("ended since")], News::Ended(Some(seen)) if seen.count == 1));
        assert!(matches!(&all[&key("alone")], News::Seen(_)));
    }

    #[test]
    fn subjects_without_end_do_not_fill_the_memory() {
        let waiting = Waiting::default();
        let took = (0..MOST_KEYS + 5)
            .map(|number| waiting.raise(signal(&number.to_string(), Severity::Info, 1)));
        assert_eq!(took.filter(|took| *took).count(), MOST_KEYS);
    }

    #[test]
    fn a_text_is_one_line_of_a_length_that_can_be_kept() {
        let long = format!("a\nb{}", "x".repeat(1_000));
        let (key, seen) = seen(
            Signal {
                says: long.clone(),
                ..signal(&long, Severity::Info, 1)
            },
            Source::Look,
        );
        assert!(key.subject.starts_with("a b") && key.subject.len() == LONGEST_NAME);
        assert_eq!(seen.evidence[0].says.len(), LONGEST_TEXT);
    }
}
