//! Times that an operator accepted after a clock had been wrong: each an event of the journal's
//! own, in the hash chain. From there on commits have the true time, which may be lower than
//! before. What was committed before, and says that it was later than that, counts as of that
//! moment, for anyone who reads and for every rule. It reads and writes no rows.

use serde::{Deserialize, Serialize};
use values::Timestamp;

/// What such an event is called. It belongs to no transaction and no wallet.
pub const KIND: &str = "clock.accepted";

/// What the event says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    /// The time of the last commit before.
    pub last_commit: Timestamp,
    /// The time from which on commits count.
    pub accepted: Timestamp,
    /// The seq of the last ledger record before.
    pub last_record: u64,
    /// The number of the last transaction before.
    pub last_transaction: u64,
}

/// All of a store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Acceptances(Vec<Acceptance>);

impl Acceptances {
    /// Those that the data of events tell.
    ///
    /// # Errors
    /// Where one cannot be read.
    pub fn read<'d>(data: impl IntoIterator<Item = &'d str>) -> Result<Self, serde_json::Error> {
        let read = data.into_iter().map(serde_json::from_str);
        read.collect::<Result<_, _>>().map(Self)
    }

    /// One more.
    pub fn push(&mut self, acceptance: Acceptance) {
        self.0.push(acceptance);
    }

    /// How many there are.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.0.len()
    }

    /// The seq of the last ledger record that counts as before a time, whatever its own time is. Of
    /// later ones their own times tell. 0: none.
    #[must_use]
    pub fn last_record_before(&self, time: Timestamp) -> u64 {
        let before = self.0.iter().filter(|it| it.accepted < time);
        before.map(|it| it.last_record).max().unwrap_or_default()
    }

    /// The number of the last transaction that counts as made before a time, whatever it says
    /// itself. 0: none.
    #[must_use]
    pub fn last_transaction_before(&self, time: Timestamp) -> u64 {
        let before = self.0.iter().filter(|it| it.accepted < time);
        before
            .map(|it| it.last_transaction)
            .max()
            .unwrap_or_default()
    }

    /// When a ledger record counts as committed that says `time`.
    #[must_use]
    pub fn of_record(&self, seq: u64, time: Timestamp) -> Timestamp {
        let after = self.0.iter().filter(|it| it.last_record >= seq);
        after.fold(time, |time, it| time.min(it.accepted))
    }

    /// When a transaction counts as made that says `time`.
    #[must_use]
    pub fn of_transaction(&self, no: u64, time: Timestamp) -> Timestamp {
        let after = self.0.iter().filter(|it| it.last_transaction >= no);
        after.fold(time, |time, it| time.min(it.accepted))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Records whose times jump, and what was accepted in between: times, and after how many
    /// records.
    fn history() -> impl Strategy<Value = (Vec<i64>, Vec<(u64, i64)>)> {
        (
            proptest::collection::vec((0_i64..20, proptest::bool::weighted(0.2)), 1..30),
            Just(()),
        )
            .prop_map(|(steps, ())| {
                let (mut times, mut accepted, mut last) = (Vec::new(), Vec::new(), 0);
                for (time, accepts) in steps {
                    if accepts {
                        accepted.push((times.len() as u64, time));
                        last = time;
                    }
                    last = last.max(time);
                    times.push(last);
                }
                (times, accepted)
            })
    }

    proptest! {
        #[test]
        fn what_counts_as_before_a_time_is_what_counts_as_committed_before_it(
            (times, accepted) in history(),
            at in 0_i64..20,
        ) {
            let of = |(last, time): (u64, i64)| Acceptance {
                last_commit: Timestamp(0),
                accepted: Timestamp(time),
                last_record: last,
                last_transaction: last,
            };
            let acceptances = Acceptances(accepted.into_iter().map(of).collect());
            let at = Timestamp(at);
            let last = acceptances.last_record_before(at);
            prop_assert_eq!(last, acceptances.last_transaction_before(at));
            let mut before = Timestamp(i64::MIN);
            for (seq, time) in (1..).zip(times) {
                let counts = acceptances.of_record(seq, Timestamp(time));
                prop_assert!(counts >= before, "times never go back");
                before = counts;
                prop_assert_eq!(counts < at, seq <= last || Timestamp(time) < at);
                prop_assert_eq!(counts, acceptances.of_transaction(seq, Timestamp(time)));
            }
        }
    }
}
