//! What the journal is measured against: a bare loop on the same engine with the same settings,
//! which inserts the same rows into the same tables, one transaction per batch. The rows are made
//! beforehand; the loop decides nothing, checks nothing, hashes nothing and answers nobody.

mod postgres;
mod sqlite;

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use ledger::{Account, Book, Head, Request, Transfer};
use platform::clock::SharedClock;

use crate::interrupt::Interrupt;
use crate::site::Site;
use crate::tally::Tally;
use crate::workload::Workload;

/// The hash that stands in every batch's row: nothing is computed here.
const NO_HASH: [u8; 32] = [7; 32];

/// The rows of one batch.
#[derive(Debug)]
struct Batch {
    /// Its number.
    no: i64,
    /// The head row after it.
    head: Head,
    /// The transfers' rows.
    transfers: Vec<Transfer>,
    /// The accounts that they touch, as they are after it.
    accounts: Vec<Account>,
}

/// Inserts rows in a bare loop.
trait Loop {
    /// One batch in one durable transaction.
    fn insert(&mut self, batch: &Batch) -> anyhow::Result<()>;
}

/// A bare loop and what makes its rows.
pub struct Yardstick {
    engine: Box<dyn Loop>,
    workload: Workload,
    clock: SharedClock,
    book: Book,
    batches: i64,
}

/// The most rows made beforehand at a time.
const ROWS_AHEAD: usize = 32_768;
/// The most batches.
const BATCHES_AHEAD: usize = 256;

impl Yardstick {
    /// On a store where the workload's accounts are open.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn new(
        site: &Site,
        workload: Workload,
        accounts: &[Account],
        clock: SharedClock,
    ) -> anyhow::Result<Self> {
        let position = site.open()?.position()?;
        let mut book = Book::default();
        let head = Head {
            seq: position.seq,
            accounts: position.accounts,
            time: position.time,
        };
        book.begin(head, position.time);
        for account in accounts {
            book.load_account(*account);
        }
        let engine: Box<dyn Loop> = match site {
            Site::File(path) => Box::new(sqlite::SqliteLoop::open(path)?),
            Site::Schema(url, schema) => {
                Box::new(postgres::PostgresLoop::connect(url, schema.name())?)
            }
        };
        Ok(Self {
            engine,
            workload,
            clock,
            book,
            batches: i64::try_from(position.batch)?,
        })
    }

    /// Inserts batches of this size for about as long as `length`; the time that it takes to make
    /// rows is not counted.
    ///
    /// # Errors
    /// Where a row cannot be made or written, or the user has had enough.
    pub fn run(
        &mut self,
        size: usize,
        length: Duration,
        tally: &mut Tally,
        interrupt: &Interrupt,
    ) -> anyhow::Result<()> {
        let ahead = (ROWS_AHEAD / size).clamp(1, BATCHES_AHEAD);
        let end = tally.busy + length;
        while tally.busy < end {
            interrupt.check()?;
            let batches = (0..ahead)
                .map(|_| self.batch(size))
                .collect::<anyhow::Result<Vec<_>>>()?;
            for batch in &batches {
                let begun = Instant::now();
                self.engine.insert(batch).context("the bare loop failed")?;
                tally.busy += begun.elapsed();
                tally.count += size as u64;
                if tally.busy >= end {
                    break;
                }
            }
        }
        Ok(())
    }

    /// The rows that the ledger would write for the next transfers.
    fn batch(&mut self, size: usize) -> anyhow::Result<Batch> {
        self.batches += 1;
        self.book.begin(self.book.head(), self.clock.now().micros());
        for _ in 0..size {
            let request = Request::Post(self.workload.posting());
            if let Err(refusal) = self.book.apply(&request) {
                bail!("a transfer of the yardstick was refused: {refusal}");
            }
        }
        let batch = Batch {
            no: self.batches,
            head: self.book.head(),
            transfers: self.book.transfers().to_vec(),
            accounts: self.book.changed_accounts().copied().collect(),
        };
        self.book.keep(usize::MAX);
        Ok(batch)
    }
}
