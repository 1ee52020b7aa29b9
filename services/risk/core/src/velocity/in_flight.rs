//! Transactions that were let through and that the feed has not told of yet.

use contracts::payments::TransactionId;
use hashbrown::HashMap;
use values::Timestamp;

use super::event::Counted;
use super::series::Series;
use super::tally::One;

/// A transaction on its way.
#[derive(Debug, Clone, Copy)]
struct Entry {
    event: Counted,
    expires: Timestamp,
}

/// A transaction on its way, as a key counts it.
#[derive(Debug, Clone, Copy)]
struct Under {
    transaction: TransactionId,
    expires: Timestamp,
    one: One,
}

/// The transactions on their way, and under which keys they count.
#[derive(Debug, Default)]
pub(super) struct InFlight {
    entries: HashMap<TransactionId, Entry>,
    /// By the place of the series, and the key.
    keys: HashMap<(usize, u128), Vec<Under>>,
}

impl InFlight {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn contains(&self, transaction: TransactionId) -> bool {
        self.entries.contains_key(&transaction)
    }

    pub(super) fn add(&mut self, event: Counted, expires: Timestamp, series: &[Series]) {
        self.remove(event.transaction, series);
        for (place, one) in series.iter().enumerate() {
            if let Some((key, one)) = one.one(&event) {
                let under = Under {
                    transaction: event.transaction,
                    expires,
                    one,
                };
                self.keys.entry((place, key)).or_default().push(under);
            }
        }
        self.entries
            .insert(event.transaction, Entry { event, expires });
    }

    pub(super) fn remove(&mut self, transaction: TransactionId, series: &[Series]) -> bool {
        let Some(entry) = self.entries.remove(&transaction) else {
            return false;
        };
        for (place, one) in series.iter().enumerate() {
            let Some((key, _)) = one.one(&entry.event) else {
                continue;
            };
            if let Some(list) = self.keys.get_mut(&(place, key)) {
                list.retain(|under| under.transaction != transaction);
                if list.is_empty() {
                    self.keys.remove(&(place, key));
                }
            }
        }
        true
    }

    pub(super) fn expire(&mut self, now: Timestamp, series: &[Series]) -> usize {
        let over = |entry: &Entry| entry.expires <= now;
        let gone = self.entries.iter().filter(|(_, entry)| over(entry));
        let gone: Vec<_> = gone.map(|(transaction, _)| *transaction).collect();
        gone.iter()
            .filter(|transaction| self.remove(**transaction, series))
            .count()
    }

    /// What is on its way under a key at a time and in a window, without one transaction.
    pub(super) fn under(
        &self,
        series: usize,
        key: u128,
        without: TransactionId,
        now: Timestamp,
        begin: u32,
    ) -> impl Iterator<Item = One> {
        let list = self.keys.get(&(series, key)).map_or(&[][..], Vec::as_slice);
        list.iter()
            .filter(move |under| {
                under.transaction != without && under.expires > now && under.one.minute >= begin
            })
            .map(|under| under.one)
    }

    /// Takes over what is on its way elsewhere.
    pub(super) fn adopt(&mut self, other: &Self, series: &[Series]) {
        for entry in other.entries.values() {
            if !self.contains(entry.event.transaction) {
                self.add(entry.event, entry.expires, series);
            }
        }
    }

    /// The bytes that are kept, about.
    pub(super) fn bytes(&self) -> usize {
        let entry = size_of::<(TransactionId, Entry)>();
        let list = size_of::<((usize, u128), Vec<Under>)>();
        let under = |list: &Vec<Under>| list.capacity().saturating_mul(size_of::<Under>());
        let inside = self.keys.values().map(under).fold(0, usize::saturating_add);
        let entries = self.entries.capacity().saturating_mul(entry);
        let lists = self.keys.capacity().saturating_mul(list);
        entries.saturating_add(lists).saturating_add(inside)
    }
}
