//! What is counted of one key: buckets of time, finer the nearer, so that each window begins at the
//! edge of a bucket and is exact.

use crate::rules::Measure;

const HOUR: u32 = 60;
const DAY: u32 = 24 * HOUR;
/// How far back from the latest event minutes are told apart: the longest window that begins at a
/// full minute, its step, and an hour for what comes late.
const BY_MINUTE: u32 = crate::rules::Window::BY_MINUTE + 1 + HOUR;
/// How far back hours are told apart.
const BY_HOUR: u32 = crate::rules::Window::BY_HOUR + HOUR + HOUR;

/// The transactions of a minute, an hour or a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bucket {
    /// The minute with which it begins.
    start: u32,
    count: u32,
    sum: i64,
}

/// When something was last seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Last {
    id: u64,
    minute: u32,
}

/// Things told apart, each with the minute in which it was last seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Different {
    counterparties: Vec<Last>,
    instruments: Vec<Last>,
}

/// What is counted of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tally {
    /// In the order of time, without gaps in what they cover.
    buckets: Vec<Bucket>,
    different: Option<Box<Different>>,
    /// The minute of the latest event.
    pub(super) latest: u32,
    /// Nothing is known of the time before this minute.
    pub(super) since: u32,
    /// The latest minute with an amount that is not known in the base currency, and 1; else 0.
    unpriced: u32,
}

/// What a series keeps of each key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Keeps {
    /// The shortest step between beginnings of windows, in minutes: 1, 60 or 1,440.
    pub(super) finest: u32,
    /// How far back windows go, in minutes.
    pub(super) longest: u32,
    pub(super) counterparties: bool,
    pub(super) instruments: bool,
}

/// An event as a key counts it.
#[derive(Debug, Clone, Copy)]
pub(super) struct One {
    pub(super) minute: u32,
    pub(super) amount: Option<i64>,
    pub(super) counterparty: Option<u64>,
    pub(super) instrument: Option<u64>,
}

/// The count and sum of a window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Total {
    pub(super) count: i64,
    pub(super) sum: i64,
    /// Whether the sum lacks an amount.
    pub(super) unpriced: bool,
}

impl Total {
    pub(super) fn add(&mut self, amount: Option<i64>) {
        self.count = self.count.saturating_add(1);
        self.sum = self.sum.saturating_add(amount.unwrap_or_default());
        self.unpriced |= amount.is_none();
    }
}

fn floor(minute: u32, step: u32) -> u32 {
    minute.saturating_sub(minute.checked_rem(step).unwrap_or_default())
}

/// Before this minute events are kept by the hour.
fn minutes_end(latest: u32) -> u32 {
    floor(latest.saturating_sub(BY_MINUTE), HOUR)
}

/// Before this minute events are kept by the day.
fn hours_end(latest: u32) -> u32 {
    floor(latest.saturating_sub(BY_HOUR), DAY)
}

impl Keeps {
    /// Before this minute nothing is kept.
    pub(super) fn end(self, latest: u32) -> u32 {
        floor(
            latest.saturating_sub(self.longest).saturating_sub(HOUR),
            DAY,
        )
    }

    /// Where the bucket of a minute begins.
    fn start(self, minute: u32, latest: u32) -> u32 {
        let step = if minute >= minutes_end(latest) {
            self.finest
        } else if minute >= hours_end(latest) {
            self.finest.max(HOUR)
        } else {
            DAY
        };
        floor(minute, step)
    }
}

impl Tally {
    pub(super) const fn new(since: u32) -> Self {
        Self {
            buckets: Vec::new(),
            different: None,
            latest: 0,
            since,
            unpriced: 0,
        }
    }

    /// Counts an event.
    pub(super) fn add(&mut self, one: One, keeps: Keeps) {
        if one.minute > self.latest {
            let fold = floor(one.minute, HOUR) != floor(self.latest, HOUR);
            self.latest = one.minute;
            if fold {
                self.fold(keeps);
            }
        }
        if one.minute < keeps.end(self.latest) {
            return;
        }
        if one.amount.is_none() {
            self.unpriced = self.unpriced.max(one.minute.saturating_add(1));
        }
        let start = keeps.start(one.minute, self.latest);
        let place = self.buckets.partition_point(|bucket| bucket.start < start);
        if self
            .buckets
            .get(place)
            .is_none_or(|bucket| bucket.start != start)
        {
            self.buckets.insert(
                place,
                Bucket {
                    start,
                    count: 0,
                    sum: 0,
                },
            );
        }
        if let Some(bucket) = self.buckets.get_mut(place) {
            bucket.count = bucket.count.saturating_add(1);
            bucket.sum = bucket.sum.saturating_add(one.amount.unwrap_or_default());
        }
        let end = keeps.end(self.latest);
        if keeps.counterparties
            && let Some(id) = one.counterparty
        {
            see(&mut self.different().counterparties, id, one.minute, end);
        }
        if keeps.instruments
            && let Some(id) = one.instrument
        {
            see(&mut self.different().instruments, id, one.minute, end);
        }
    }

    fn different(&mut self) -> &mut Different {
        self.different.get_or_insert_default()
    }

    /// Makes coarser what has become old, and forgets what no window reaches.
    pub(super) fn fold(&mut self, keeps: Keeps) {
        let (latest, end) = (self.latest, keeps.end(self.latest));
        self.buckets.retain_mut(|bucket| {
            bucket.start = keeps.start(bucket.start, latest);
            bucket.start >= end
        });
        self.buckets.dedup_by(|next, kept| {
            let same = next.start == kept.start;
            if same {
                kept.count = kept.count.saturating_add(next.count);
                kept.sum = kept.sum.saturating_add(next.sum);
            }
            same
        });
    }

    /// Whether a window that begins at this minute, at a full `step`, can be answered exactly.
    pub(super) fn knows(&self, begin: u32, step: u32, keeps: Keeps) -> bool {
        let told_apart = match step {
            1 => begin >= minutes_end(self.latest),
            HOUR => begin >= hours_end(self.latest),
            _ => true,
        };
        told_apart && begin >= self.since && begin >= keeps.end(self.latest)
    }

    /// The count and sum since a minute.
    pub(super) fn total(&self, begin: u32) -> Total {
        let mut total = Total {
            unpriced: self.unpriced > begin,
            ..Total::default()
        };
        for bucket in self
            .buckets
            .iter()
            .rev()
            .take_while(|bucket| bucket.start >= begin)
        {
            total.count = total.count.saturating_add(i64::from(bucket.count));
            total.sum = total.sum.saturating_add(bucket.sum);
        }
        total
    }

    /// How many different things there are since a minute, with those of `more` that are not among
    /// them. `more` is sorted, each once.
    pub(super) fn count_different(&self, measure: Measure, begin: u32, more: &[u64]) -> i64 {
        let different = self.different.as_deref();
        let seen = different.map_or(&[][..], |different| match measure {
            Measure::DistinctInstruments => &different.instruments[..],
            Measure::DistinctCounterparties
            | Measure::Count
            | Measure::AmountSum
            | Measure::AmountAverage => &different.counterparties[..],
        });
        let within = |last: &&Last| last.minute >= begin;
        let known = seen.iter().filter(within);
        let also = known
            .clone()
            .filter(|last| more.binary_search(&last.id).is_ok())
            .count();
        let count = known
            .count()
            .saturating_add(more.len())
            .saturating_sub(also);
        i64::try_from(count)
            .unwrap_or(i64::MAX)
            .min(Measure::MOST_DISTINCT)
    }

    /// The bytes that it keeps elsewhere.
    pub(super) fn bytes(&self) -> usize {
        // What an allocator adds to each piece.
        const PIECE: usize = 16;
        let of = |capacity: usize, size: usize| match capacity {
            0 => 0,
            _ => capacity.saturating_mul(size).saturating_add(PIECE),
        };
        let different = self.different.as_deref().map_or(0, |different| {
            let capacity = different.counterparties.capacity();
            let capacity = capacity.saturating_add(different.instruments.capacity());
            of(1, size_of::<Different>()).saturating_add(of(capacity, size_of::<Last>()))
        });
        of(self.buckets.capacity(), size_of::<Bucket>()).saturating_add(different)
    }
}

/// Notes when something was last seen. Where there are too many, what was not seen for longest is
/// forgotten: so long as all of them are within a window, its count says [`Measure::MOST_DISTINCT`]
/// anyway.
fn see(list: &mut Vec<Last>, id: u64, minute: u32, end: u32) {
    if let Some(last) = list.iter_mut().find(|last| last.id == id) {
        last.minute = last.minute.max(minute);
        return;
    }
    if list.len() == list.capacity() {
        list.retain(|last| last.minute >= end);
    }
    let most = usize::try_from(Measure::MOST_DISTINCT).unwrap_or(usize::MAX);
    if list.len() < most {
        list.push(Last { id, minute });
    } else if let Some(oldest) = list.iter_mut().min_by_key(|last| last.minute)
        && oldest.minute <= minute
    {
        *oldest = Last { id, minute };
    }
}
