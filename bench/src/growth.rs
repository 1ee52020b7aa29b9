//! `payflow-bench growth`: one store that is filled, sampled on the way, compared with an empty one
//! at the end, and then read from over HTTP.

mod fill;
mod plot;
mod questions;
mod reads;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use contracts::identity::Role;
use payflow::wiring::App;
use platform::ids::Ids;
use tokio::runtime::Runtime;

use crate::arguments::{Place, batch, seconds};
use crate::http::server::Server;
use crate::interrupt::Interrupt;
use crate::report::{Case, Report};
use crate::screen::progress;
use crate::shape::Shape;
use crate::subject::Subject;
use crate::tally::in_turns;
use crate::target::{Target, create_user};
use crate::workload::Workload;
use crate::{ids, runtime};
use fill::Filled;
use questions::Far;
use reads::Reader;

/// `payflow-bench growth`.
#[derive(Debug, Args)]
pub struct GrowthArgs {
    #[command(flatten)]
    place: Place,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// How many transfers the store is filled with.
    #[arg(long, value_name = "N", default_value = "10000000", value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    transfers: u64,
    /// How many transactions follow, each with its payment row and its event [default: a tenth of
    /// the transfers].
    #[arg(long, value_name = "N")]
    transactions: Option<u64>,
    /// Transfers per command.
    #[arg(long, value_name = "N", default_value = "8192", value_parser = batch)]
    batch: usize,
    /// How many wallets there are.
    #[arg(long, value_name = "N", default_value = "10000", value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
    accounts: u32,
    /// The share of transfers that touch one hot wallet, in percent: of ten million, 10 % make a
    /// million entries.
    #[arg(long, value_name = "PERCENT", default_value = "10", value_parser = clap::value_parser!(u8).range(0..=100))]
    hot: u8,
    /// How long each case is measured at the end, and on an empty store as well.
    #[arg(long, value_name = "SECONDS", default_value = "3", value_parser = seconds)]
    seconds: Duration,
    /// How often each page is read, within five seconds.
    #[arg(long, value_name = "N", default_value = "200", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    reads: u32,
    /// Draw the growth into this SVG file.
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
}

const ADMIN: &str = "admin";
const HOLDER: &str = "holder";

/// Measures and prints.
///
/// # Errors
/// Where a store or a server cannot be made or does not answer, or the user has had enough.
pub fn run(args: &GrowthArgs, interrupt: &Interrupt) -> anyhow::Result<()> {
    let ids = ids();
    let bench = Bench {
        args,
        workload: Workload::new(ids.clone(), args.accounts as usize, args.hot)?,
        ids,
        interrupt,
        runtime: runtime()?,
    };
    let target = Target::new(&args.place, &bench.ids)?;
    let mut report = Report::of(target.describe()?);
    report.set("transfers", args.transfers);
    report.set("accounts", args.accounts);
    report.set("seconds_per_case", args.seconds.as_secs_f64());
    report.set("yardstick", "the same on an empty store, in turns");
    let app = bench.runtime.block_on(target.open())?;
    let filled = bench.fill(&target, &app)?;
    filled.report(args, target.engine(), &mut report);
    report.results.extend(bench.compare(&app, target.engine())?);
    let hot = bench.workload.hot_account();
    let far = bench.runtime.block_on(Far::find(&app, hot))?;
    bench.runtime.block_on(app.close());
    bench.read(&target, far, &mut report)?;
    if let Some(path) = &args.plot {
        let empty = filled.empty_bytes();
        let svg = plot::svg(&report.machine, &report.samples, empty, args.batch);
        std::fs::write(path, svg)
            .with_context(|| format!("the plot cannot be written to {}", path.display()))?;
    }
    report.print(args.json)
}

struct Bench<'a> {
    args: &'a GrowthArgs,
    workload: Workload,
    ids: Ids,
    interrupt: &'a Interrupt,
    runtime: Runtime,
}

impl Bench<'_> {
    /// Makes the users, opens the wallets and fills the store.
    fn fill(&self, target: &Target, app: &App) -> anyhow::Result<Filled> {
        let holder = self.runtime.block_on(async {
            create_user(app, ADMIN, Role::Admin).await?;
            create_user(app, HOLDER, Role::User).await
        })?;
        let journal = app.payments.journal().clone();
        let subject = Subject::over(journal, self.workload.clone(), self.interrupt)?;
        subject.open_wallets(holder)?;
        let transactions = self.args.transactions.unwrap_or(self.args.transfers / 10);
        let bytes = || self.runtime.block_on(target.bytes(app));
        let counts = [self.args.transfers, transactions];
        fill::fill(&subject, self.args.batch, counts, &bytes)
    }

    /// The short figures on the full store and on an empty one, in turns.
    fn compare(&self, full: &App, engine: &str) -> anyhow::Result<Vec<Case>> {
        let target = Target::new(&self.args.place, &self.ids)?;
        let empty = self.runtime.block_on(target.open())?;
        let subject = |app: &App| {
            let journal = app.payments.journal().clone();
            Subject::over(journal, self.workload.with_hot(0), self.interrupt)
        };
        let (full, beside) = (subject(full)?, subject(&empty)?);
        beside.open_wallets(self.ids.next())?;
        let shapes = [
            Shape::Batches(self.args.batch),
            Shape::Batches(128),
            Shape::Callers,
        ];
        let bar = progress(shapes.len() as u64);
        let mut cases = vec![];
        for shape in shapes {
            let name = format!("then {}", shape.name(0));
            bar.set_message(name.clone());
            let [mut done, other] = in_turns(self.args.seconds, |length, done, other| {
                full.run(shape, length, done)?;
                beside.run(shape, length, other)
            })?;
            let case = shape.case(name, engine, 0, &mut done);
            cases.push(case.beside(other.per_second()));
            bar.inc(1);
        }
        bar.finish_and_clear();
        self.runtime.block_on(empty.close());
        Ok(cases)
    }

    /// Starts a server on the full store and reads from it.
    fn read(&self, target: &Target, far: Far, report: &mut Report) -> anyhow::Result<()> {
        let server = self.runtime.block_on(Server::start(target))?;
        let reader = Reader {
            address: server.address,
            far,
            requests: self.args.reads as usize,
            interrupt: self.interrupt,
        };
        let answered = self.runtime.block_on(reader.run(ADMIN, HOLDER))?;
        report.reads = answered.reads;
        let millis = |time: Duration| u64::try_from(time.as_millis());
        report.figure("start_to_first_answer_ms", millis(server.started_in)?);
        let summarised_in = answered.summarised_in.map(millis).transpose()?;
        report.figure("lists_summarised_ms", summarised_in);
        report.figure("hot_wallet_entries", answered.entries);
        report.figure("server_peak_memory_kib", server.peak_kib());
        server.stop()
    }
}
