//! `payflow bench ledger`: the journal and its yardstick in turns, on one new store each per case.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use indicatif::ProgressBar;
use money::Currency;
use payments::journal::MAX_BATCH;
use platform::clock::{SharedClock, SystemClock};
use platform::ids::{Ids, SystemEntropy};

use super::machine::Machine;
use super::report::{Case, Report, Setting, Tally, ratio};
use super::row_locking::RowLocking;
use super::store::{Folder, Place, Site};
use super::subject::{Shape, Subject};
use super::workload::Workload;
use super::yardstick::Yardstick;
use super::{Interrupt, note, progress, seconds, warn_of_memory};

/// `payflow bench ledger`.
#[derive(Debug, Args)]
pub struct LedgerArgs {
    /// The folder in which a folder for the files is made [default: the current one].
    #[arg(long, value_name = "DIR", conflicts_with = "database_url")]
    data: Option<PathBuf>,
    /// A PostgreSQL database in which schemas are made instead.
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Transfers per command: one command is one batch of the journal.
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_value = "1,16,128,1024,8192", value_parser = super::batch)]
    batches: Vec<usize>,
    /// How long each case is measured, and its yardstick as well.
    #[arg(long, value_name = "SECONDS", default_value = "3", value_parser = seconds)]
    seconds: Duration,
    /// How many accounts there are.
    #[arg(long, value_name = "N", default_value = "10000", value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
    accounts: u32,
    /// The share of transfers that touch one hot account, in percent.
    #[arg(long, value_name = "PERCENT,…", value_delimiter = ',', default_value = "0,100", value_parser = clap::value_parser!(u8).range(0..=100))]
    hot: Vec<u8>,
    /// Measure only transactions between wallets, each with its payment row and its event. The batch is then the number of
    /// commands on their way, and there is no yardstick. Without this flag they are measured once, beside batches of 8192.
    #[arg(long)]
    transactions: bool,
    /// On PostgreSQL: how many clients drive the row-locking procedure that the journal is compared with; the best of them
    /// counts. 0 leaves the comparison out.
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_value = "8,16,32", value_parser = clap::value_parser!(u16).range(0..=1_000))]
    row_locking: Vec<u16>,
    /// The folder of pgbench, which drives it [default: searched for].
    #[arg(
        long,
        value_name = "DIR",
        env = "PAYFLOW_PG_BIN",
        hide_env_values = true
    )]
    pg_bin: Option<PathBuf>,
}

/// How long the journal and its yardstick run in turn.
const SLICE: Duration = Duration::from_millis(500);
/// How long both run before anything is counted.
const WARM_UP: Duration = Duration::from_millis(250);
/// Measures all cases and prints them.
///
/// # Errors
/// Where a store cannot be made, or the user has had enough.
pub fn run(args: &LedgerArgs, interrupt: &Interrupt) -> anyhow::Result<()> {
    let clock: SharedClock = Arc::new(SystemClock);
    let ids = Ids::new(clock.clone(), Arc::new(SystemEntropy));
    let place = match &args.database_url {
        Some(url) => Place::Server(url.clone()),
        None => Place::Folder(Folder::new(args.data.as_deref(), &ids)?),
    };
    let (engine, mut settings) = place.describe()?;
    warn_of_memory(&settings);
    settings.push(Setting::new("accounts", args.accounts));
    settings.push(Setting::new("seconds_per_case", args.seconds.as_secs_f64()));
    settings.push(Setting::new(
        "yardstick",
        "a bare loop that inserts the same rows, in turns",
    ));
    let bench = Bench {
        args,
        place: &place,
        clock,
        ids,
        interrupt,
    };
    let shapes = shapes(args);
    let bar = progress((shapes.len() * args.hot.len()) as u64);
    let mut results = vec![];
    for shape in shapes {
        for hot in &args.hot {
            results.push(bench.case(shape, *hot, &bar)?);
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    if let Some(url) = &args.database_url {
        bench.compare_with_row_locking(url, &mut results)?;
    }
    let report = Report {
        machine: Machine::here(engine),
        settings,
        results,
        reads: vec![],
        samples: vec![],
        figures: vec![],
    };
    report.print(args.json)
}

const NO_PGBENCH: &str = "pgbench was not found, so that the comparison with row-locking SQL is left out: it comes with \
                          PostgreSQL's programs (Debian: postgresql); name its folder with --pg-bin, or leave the \
                          comparison out with --row-locking 0";

fn shapes(args: &LedgerArgs) -> Vec<Shape> {
    let sizes = args.batches.iter();
    if args.transactions {
        return sizes.map(|size| Shape::Transactions(*size)).collect();
    }
    let mut shapes: Vec<_> = sizes.map(|size| Shape::Batches(*size)).collect();
    if let Some(at) = shapes.iter().position(|shape| *shape == Shape::Batches(1)) {
        shapes.insert(at + 1, Shape::Callers);
    }
    if args.batches.contains(&MAX_BATCH) {
        shapes.push(Shape::Transactions(MAX_BATCH));
    }
    shapes
}

struct Bench<'a> {
    args: &'a LedgerArgs,
    place: &'a Place,
    clock: SharedClock,
    ids: Ids,
    interrupt: &'a Interrupt,
}

impl Bench<'_> {
    fn case(&self, shape: Shape, hot: u8, bar: &ProgressBar) -> anyhow::Result<Case> {
        let name = shape.name(hot);
        bar.set_message(name.clone());
        let accounts = self.args.accounts as usize;
        let currency = Currency::from_code("USD").context("no US dollar")?;
        let workload = Workload::new(self.ids.clone(), currency, accounts, hot);
        let site = self.place.site(&self.ids)?;
        let subject = Subject::new(&site, workload.clone(), &self.clock, self.interrupt)?;
        let with_yardstick = !matches!(shape, Shape::Transactions(_));
        if with_yardstick {
            subject.open_accounts()?;
        } else {
            subject.open_wallets(self.ids.next())?;
        }
        let beside = with_yardstick
            .then(|| self.place.site(&self.ids))
            .transpose()?;
        let mut yardstick = match &beside {
            Some(site) => Some(self.yardstick(site, workload)?),
            None => None,
        };
        let (mut done, mut bare) = (Tally::default(), Tally::default());
        let mut turn = |length, done: &mut Tally, bare: &mut Tally| {
            subject.run(shape, length, done)?;
            match &mut yardstick {
                Some(yardstick) => {
                    yardstick.run(shape.rows_per_commit(), length, bare, self.interrupt)
                }
                None => Ok(()),
            }
        };
        turn(WARM_UP, &mut Tally::default(), &mut Tally::default())?;
        while done.busy < self.args.seconds {
            let length = SLICE.min(self.args.seconds - done.busy);
            turn(length, &mut done, &mut bare)?;
        }
        let [p50_us, p99_us] = done.percentiles([50, 99]);
        let bare = with_yardstick.then(|| bare.per_second());
        Ok(Case {
            name,
            engine: self.place.engine().to_owned(),
            batch: shape.batch(),
            in_flight: shape.in_flight(),
            hot,
            per_second: done.per_second(),
            p50_us,
            p99_us,
            yardstick_per_second: bare,
            ratio: bare.and_then(|bare| ratio(done.per_second(), bare)),
            row_locking_ratio: None,
        })
    }

    /// The row-locking procedure with the same hot shares, for as long each.
    fn compare_with_row_locking(&self, url: &str, results: &mut Vec<Case>) -> anyhow::Result<()> {
        let args = self.args;
        let clients: Vec<u16> = args
            .row_locking
            .iter()
            .copied()
            .filter(|n| *n > 0)
            .collect();
        if clients.is_empty() {
            return Ok(());
        }
        let folder = args.pg_bin.as_deref();
        let (accounts, seconds) = (args.accounts, args.seconds);
        let found = RowLocking::find(folder, url, accounts, seconds, &self.ids, self.interrupt);
        let Some(row_locking) = found else {
            note(NO_PGBENCH);
            return Ok(());
        };
        let bar = progress(args.hot.len() as u64);
        bar.set_message("row-locking procedure");
        for hot in &args.hot {
            let best = row_locking.best(&clients, *hot)?;
            for case in results.iter_mut().filter(|case| case.hot == *hot) {
                case.row_locking_ratio = ratio(case.per_second, best.per_second);
            }
            results.push(best);
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// The bare loop, on a store where a journal has opened the same accounts.
    fn yardstick(&self, site: &Site, workload: Workload) -> anyhow::Result<Yardstick> {
        let opener = Subject::new(site, workload.clone(), &self.clock, self.interrupt)?;
        let accounts = opener.open_accounts()?;
        drop(opener);
        Yardstick::new(site, workload, &accounts, self.clock.clone())
    }
}
