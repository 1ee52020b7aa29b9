//! Zones: what is known of each run of transactions, by their numbers, so that a list with a filter
//! that few rows pass reads few rows (a zone map; PostgreSQL's block range indexes work like this).
//! A zone is made of rows and of what never changes in them. It is kept in memory only: nothing is
//! written, no commit is slower, and several nodes need not agree.
//!
//! What is not known is read: a zone that is not summarised yet, or was dropped for want of room,
//! may have every row.

mod zone;

use std::ops::Range;
use std::sync::{PoisonError, RwLock};

use db::{Db, args};
use sqlx::FromRow;

use super::statements;
use crate::config::ListConfig;
use crate::error::Error;
pub(crate) use zone::ZoneFilter;
use zone::{IndexedFields, Zone};

statements! {
    /// -> how many transactions there are. Numbers are given to those of all organisations, without
    /// gaps.
    TRANSACTION_COUNT = "SELECT h.transactions FROM head h";
    /// from, before -> [`IndexedFieldsRow`] of all organisations: a zone says nothing to anybody,
    /// it only leaves out what is read.
    TRAITS = "SELECT s.type, s.currency, s.amount, s.description, s.external_id FROM transactions s \
        WHERE s.no >= $1 AND s.no < $2";
}

#[derive(FromRow)]
struct IndexedFieldsRow {
    #[sqlx(rename = "type")]
    kind: i64,
    currency: i64,
    amount: i64,
    description: Option<String>,
    external_id: Option<String>,
}

impl From<IndexedFieldsRow> for IndexedFields {
    fn from(row: IndexedFieldsRow) -> Self {
        Self {
            kind: row.kind,
            currency: row.currency,
            amount: row.amount,
            texts: [row.description, row.external_id],
        }
    }
}

/// What is known of all zones.
#[derive(Debug)]
pub(crate) struct Zones {
    /// Transactions in a zone.
    size: i64,
    /// The most memory, in bytes.
    room: usize,
    known: RwLock<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// By place: the first has the numbers 1 to `size`.
    zones: Vec<Option<Zone>>,
    bytes: usize,
    /// Those before this place have no room.
    first: usize,
}

impl Known {
    /// Keeps a zone. Where there is no room, the oldest ones go.
    fn put(&mut self, place: usize, zone: Zone, room: usize) {
        if place < self.first {
            return;
        }
        if self.zones.len() <= place {
            self.zones.resize_with(place + 1, || None);
        }
        self.bytes += zone.bytes();
        let before = self.zones.get_mut(place).and_then(|of| of.replace(zone));
        self.bytes -= before.map_or(0, |zone| zone.bytes());
        while self.bytes > room
            && let Some(oldest) = self.zones.get_mut(self.first)
        {
            self.bytes -= oldest.take().map_or(0, |zone| zone.bytes());
            self.first += 1;
        }
    }

    fn has(&self, place: usize) -> bool {
        place < self.first || self.zones.get(place).is_some_and(Option::is_some)
    }

    fn may_have(&self, place: usize, sought: &ZoneFilter) -> bool {
        let zone = self.zones.get(place).and_then(Option::as_ref);
        zone.is_none_or(|zone| zone.may_have(sought))
    }
}

impl Zones {
    /// Nothing known yet.
    pub fn new(config: ListConfig) -> Self {
        Self {
            size: i64::from(config.zone),
            room: config.memory_mib as usize * 1024 * 1024,
            known: RwLock::default(),
        }
    }

    /// The newest numbers of the range among which rows may pass: a run without a gap, of at most
    /// `most`.
    pub fn newest(&self, sought: &ZoneFilter, among: Range<i64>, most: i64) -> Option<Range<i64>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let mut run: Option<Range<i64>> = None;
        let mut end = among.end;
        while end > among.start.max(1) {
            let place = (end - 2) / self.size;
            let start = (place * self.size + 1).max(among.start);
            let may = usize::try_from(place).is_ok_and(|place| known.may_have(place, sought));
            run = match run {
                None if may => Some(start..end),
                Some(run) if may => Some(start..run.end),
                Some(run) => return Some(run),
                None => None,
            };
            if let Some(run) = &mut run
                && run.end - run.start >= most
            {
                run.start = run.end - most;
                return Some(run.clone());
            }
            end = start;
        }
        run
    }

    /// Summarises the zones that are full and not known yet, newest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn catch_up(&self, db: &Db) -> Result<(), Error> {
        let full = count(db).await? / self.size;
        for zone in (0..full).rev() {
            let place = usize::try_from(zone).unwrap_or(usize::MAX);
            if self.has(place) {
                continue;
            }
            let first = zone * self.size + 1;
            let rows: Vec<IndexedFieldsRow> = db
                .fetch_all(TRAITS, args![first, first + self.size])
                .await?;
            let zone = Zone::of(rows.into_iter().map(IndexedFields::from));
            let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
            known.put(place, zone, self.room);
        }
        Ok(())
    }

    fn has(&self, place: usize) -> bool {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.has(place)
    }
}

/// How many transactions there are: the number of the last one.
pub(crate) async fn count(db: &Db) -> Result<i64, Error> {
    let (count,): (i64,) = db.fetch_one(TRANSACTION_COUNT, args![]).await?;
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANY: [i64; 2] = [i64::MIN, i64::MAX];

    fn zones(memory_mib: u32) -> Zones {
        Zones::new(ListConfig {
            zone: 10,
            memory_mib,
            ..ListConfig::default()
        })
    }

    fn of_kind(kind: i64) -> Zone {
        Zone::of([IndexedFields {
            kind,
            currency: 840,
            amount: 1,
            texts: [None, None],
        }])
    }

    fn of_type(kind: i64) -> ZoneFilter {
        ZoneFilter::new(1 << kind, None, ANY, None)
    }

    #[test]
    fn runs_are_the_zones_that_may_have_a_row_put_together() {
        let zones = zones(1);
        for (place, kind) in [0, 1, 1, 0, 1].into_iter().enumerate() {
            zones
                .known
                .write()
                .unwrap()
                .put(place, of_kind(kind), usize::MAX);
        }
        let newest = |kind, among, most| zones.newest(&of_type(kind), among, most);
        // 51 to 57 are no full zone, so that nothing is known of them.
        assert_eq!(newest(1, 1..58, 1_000), Some(41..58));
        assert_eq!(newest(1, 1..41, 1_000), Some(11..31));
        assert_eq!(newest(1, 1..41, 5), Some(26..31));
        assert_eq!(newest(1, 14..26, 1_000), Some(14..26));
        assert_eq!(newest(1, 1..11, 1_000), None);
        assert_eq!(newest(0, 1..58, 1_000), Some(51..58));
        assert_eq!(newest(0, 1..51, 1_000), Some(31..41));
        assert_eq!(newest(0, 1..2, 1_000), Some(1..2));
        assert_eq!(newest(0, 5..5, 1_000), None);
    }

    #[test]
    fn the_oldest_zones_go_where_there_is_no_room() {
        let mut known = Known::default();
        let room = 3 * of_kind(0).bytes();
        for place in (0..6).rev() {
            known.put(place, of_kind(0), room);
        }
        assert!(known.bytes <= room);
        for place in 0..6 {
            let is_kept = place > 2;
            assert_eq!(known.may_have(place, &of_type(1)), !is_kept, "{place}");
            assert!(known.has(place), "{place} would be read again and again");
        }
        known.put(6, of_kind(0), room);
        assert!(known.may_have(3, &of_type(1)) && !known.may_have(6, &of_type(1)));
    }
}
