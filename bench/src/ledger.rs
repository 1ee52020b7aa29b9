//! `payflow-bench ledger`: the journal and its yardstick in turns, on one new store each per case.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use payments::journal::MAX_BATCH;
use platform::clock::{SharedClock, SystemClock};
use platform::ids::Ids;

use crate::arguments::{Place, batch, seconds};
use crate::ids;
use crate::interrupt::Interrupt;
use crate::report::{Case, Report};
use crate::row_locking::{Pgbench, RowLocking};
use crate::screen::{note, progress};
use crate::shape::Shape;
use crate::site::Site;
use crate::subject::Subject;
use crate::tally::{Tally, in_turns, ratio};
use crate::target::Target;
use crate::workload::Workload;
use crate::yardstick::Yardstick;

/// `payflow-bench ledger`.
#[derive(Debug, Args)]
pub struct LedgerArgs {
    #[command(flatten)]
    place: Place,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Transfers per command: one command is one batch of the journal.
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_value = "1,16,128,1024,8192", value_parser = batch)]
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
    /// Measure only transactions between wallets, each with its payment row and its event. The
    /// batch is then the number of commands on their way, and there is no yardstick. Without this
    /// flag they are measured once, beside batches of 8192.
    #[arg(long)]
    transactions: bool,
    /// On PostgreSQL: how many clients drive the row-locking procedure that the journal is compared
    /// with; the best of them counts. 0 leaves the comparison out.
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

/// Measures all cases and prints them.
///
/// # Errors
/// Where a store cannot be made, or the user has had enough.
pub fn run(args: &LedgerArgs, interrupt: &Interrupt) -> anyhow::Result<()> {
    let ids = ids();
    let target = Target::new(&args.place, &ids)?;
    let mut report = Report::of(target.describe()?);
    report.set("accounts", args.accounts);
    report.set("seconds_per_case", args.seconds.as_secs_f64());
    let yardstick = "a bare loop that inserts the same rows, in turns";
    report.set("yardstick", yardstick);
    let bench = Bench {
        args,
        target,
        clock: Arc::new(SystemClock),
        ids,
        interrupt,
    };
    let shapes = shapes(args);
    let bar = progress((shapes.len() * args.hot.len()) as u64);
    for shape in shapes {
        for hot in &args.hot {
            bar.set_message(shape.name(*hot));
            report.results.push(bench.case(shape, *hot)?);
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    if let Some(url) = &args.place.database_url {
        bench.compare_with_row_locking(url, &mut report.results)?;
    }
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
    target: Target,
    clock: SharedClock,
    ids: Ids,
    interrupt: &'a Interrupt,
}

impl Bench<'_> {
    fn case(&self, shape: Shape, hot: u8) -> anyhow::Result<Case> {
        let workload = Workload::new(self.ids.clone(), self.args.accounts as usize, hot)?;
        let site = Site::new(&self.target, &self.ids)?;
        let subject = Subject::new(&site, workload.clone(), &self.clock, self.interrupt)?;
        let case = |done: &mut Tally| {
            let name = shape.name(hot);
            shape.case(name, self.target.engine(), hot, done)
        };
        if matches!(shape, Shape::Transactions(_)) {
            subject.open_wallets(self.ids.next())?;
            let turn = |length, done: &mut Tally, _: &mut Tally| subject.run(shape, length, done);
            let [mut done, _] = in_turns(self.args.seconds, turn)?;
            return Ok(case(&mut done));
        }
        subject.open_accounts()?;
        let beside = Site::new(&self.target, &self.ids)?;
        let mut yardstick = self.yardstick(&beside, workload)?;
        let [mut done, bare] = in_turns(self.args.seconds, |length, done, bare| {
            subject.run(shape, length, done)?;
            yardstick.run(shape.rows_per_commit(), length, bare, self.interrupt)
        })?;
        Ok(case(&mut done).beside(bare.per_second()))
    }

    /// The row-locking procedure with the same hot shares, for as long each.
    fn compare_with_row_locking(&self, url: &str, results: &mut Vec<Case>) -> anyhow::Result<()> {
        let args = self.args;
        let clients = args.row_locking.iter().copied();
        let clients: Vec<u16> = clients.filter(|clients| *clients > 0).collect();
        if clients.is_empty() {
            return Ok(());
        }
        let Some(pgbench) = Pgbench::find(args.pg_bin.as_deref()) else {
            note(NO_PGBENCH);
            return Ok(());
        };
        let row_locking = RowLocking {
            pgbench,
            url,
            accounts: args.accounts,
            seconds: args.seconds,
            ids: &self.ids,
            interrupt: self.interrupt,
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
