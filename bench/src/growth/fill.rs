//! Filling a store, with a sample now and then. It sends and writes down; it never looks into the
//! store.

use std::time::Duration;

use payments::journal::MAX_BATCH;

use super::GrowthArgs;
use crate::machine::{peak_kib, resident_kib};
use crate::report::{Report, Sample, grouped};
use crate::screen::progress;
use crate::shape::Shape;
use crate::subject::Subject;
use crate::tally::Tally;

/// Samples of a run, about.
const SAMPLES: u64 = 50;
/// Transactions on their way at once.
const IN_FLIGHT: usize = MAX_BATCH;
/// How long transactions are made between two looks at how many there are.
const SLICE: Duration = Duration::from_millis(500);

/// What filling a store came to.
pub struct Filled {
    samples: Vec<Sample>,
    /// The transfers of all samples.
    transfers: Tally,
    transactions: Tally,
    /// The store before the first transfer, after the last one, and after the last transaction.
    bytes: [u64; 3],
    /// The most memory that this process has held until then.
    peak_kib: Option<u64>,
}

/// Posts transfers in batches, then makes transactions: `counts` of each.
///
/// # Errors
/// Where one is refused, the store does not tell its size, or the user has had enough.
pub fn fill(
    subject: &Subject,
    batch: usize,
    counts: [u64; 2],
    bytes: &dyn Fn() -> anyhow::Result<u64>,
) -> anyhow::Result<Filled> {
    let [transfers, transactions] = counts;
    let before = bytes()?;
    let bar = progress(transfers);
    bar.set_message("transfers");
    let size = batch as u64;
    let slice = transfers.div_ceil(SAMPLES).div_ceil(size) * size;
    let (mut samples, mut all) = (vec![], Tally::default());
    while all.count < transfers {
        let mut tally = Tally::default();
        subject.post(batch, slice.min(transfers - all.count), &mut tally)?;
        all.count += tally.count;
        all.busy += tally.busy;
        samples.push(Sample {
            transfers: all.count,
            per_second: tally.per_second(),
            resident_kib: resident_kib(std::process::id()),
            bytes: bytes()?,
        });
        all.latencies.append(&mut tally.latencies);
        bar.set_position(all.count);
    }
    bar.finish_and_clear();
    let after = bytes()?;
    let peak = peak_kib(std::process::id());
    Ok(Filled {
        samples,
        transfers: all,
        transactions: make(subject, transactions)?,
        bytes: [before, after, bytes()?],
        peak_kib: peak,
    })
}

/// Makes about so many transactions.
fn make(subject: &Subject, count: u64) -> anyhow::Result<Tally> {
    let bar = progress(count);
    bar.set_message("transactions");
    let mut all = Tally::default();
    while all.count < count {
        let left = usize::try_from(count - all.count).unwrap_or(IN_FLIGHT);
        let shape = Shape::Transactions(left.min(IN_FLIGHT));
        subject.run(shape, SLICE, &mut all)?;
        bar.set_position(all.count.min(count));
    }
    bar.finish_and_clear();
    Ok(all)
}

impl Filled {
    /// Adds one line for the transfers and one for the transactions, the samples, and what is no
    /// rate.
    pub fn report(&self, args: &GrowthArgs, engine: &str, report: &mut Report) {
        let [before, after, end] = self.bytes;
        let (transfers, transactions) = (&self.transfers, &self.transactions);
        let case = |name: &str, shape: Shape, tally: &Tally| {
            let name = format!("{} {name}", grouped(tally.count));
            shape.case(name, engine, args.hot, &mut tally.clone())
        };
        let shape = Shape::Batches(args.batch);
        report.results.push(case("transfers", shape, transfers));
        report.samples.clone_from(&self.samples);
        report.figure("bytes_on_disk", after);
        let bytes = per(after.saturating_sub(before), transfers.count);
        report.figure("bytes_per_transfer", bytes);
        if transactions.count > 0 {
            let shape = Shape::Transactions(IN_FLIGHT);
            report
                .results
                .push(case("transactions", shape, transactions));
            let bytes = per(end.saturating_sub(after), transactions.count);
            report.figure("bytes_per_transaction", bytes);
        }
        let tenth = (self.samples.len() / 10).max(1);
        let mean = |samples: &[Sample]| {
            samples.iter().map(|sample| sample.per_second).sum::<u64>() / tenth as u64
        };
        let (first, last) = (
            &self.samples[..tenth],
            &self.samples[self.samples.len() - tenth..],
        );
        report.figure("first_tenth_per_second", mean(first));
        report.figure("last_tenth_per_second", mean(last));
        report.figure("peak_memory_kib", self.peak_kib);
    }

    /// The size of the store before the first transfer.
    pub const fn empty_bytes(&self) -> u64 {
        self.bytes[0]
    }
}

/// A quotient with one decimal.
fn per(bytes: u64, count: u64) -> f64 {
    (bytes as f64 / count.max(1) as f64 * 10.0).round() / 10.0
}
