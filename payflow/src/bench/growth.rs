//! `payflow bench growth`: one store that is filled, sampled on the way, compared with an empty one at the end, and then
//! read from over HTTP.

mod fill;
mod plot;
mod reads;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use contracts::identity::Role;
use money::Currency;
use payments::journal::MAX_BATCH;
use platform::clock::SystemClock;
use platform::ids::{Ids, SystemEntropy};

use super::http::server::Server;
use super::machine::{Machine, peak_kib};
use super::report::{Case, Report, Sample, Setting, Tally, grouped, ratio};
use super::store::runtime;
use super::subject::{Shape, Subject};
use super::target::{Target, create_user};
use super::workload::Workload;
use super::{Interrupt, progress, seconds, warn_of_memory};
use crate::wiring::App;
use fill::Filled;
use reads::{Far, Reader};

/// `payflow bench growth`.
#[derive(Debug, Args)]
pub struct GrowthArgs {
    /// The folder in which a folder for the store is made [default: the current one].
    #[arg(long, value_name = "DIR", conflicts_with = "database_url")]
    data: Option<PathBuf>,
    /// A PostgreSQL server on which databases are made instead: the URL of any database of it.
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// How many transfers the store is filled with.
    #[arg(long, value_name = "N", default_value = "10000000", value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    transfers: u64,
    /// How many transactions follow, each with its payment row and its event [default: a tenth of the transfers].
    #[arg(long, value_name = "N")]
    transactions: Option<u64>,
    /// Transfers per command.
    #[arg(long, value_name = "N", default_value = "8192", value_parser = super::batch)]
    batch: usize,
    /// How many wallets there are.
    #[arg(long, value_name = "N", default_value = "10000", value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
    accounts: u32,
    /// The share of transfers that touch one hot wallet, in percent: of ten million, 10 % make a million entries.
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

/// How long the full and the empty store are measured in turn.
const SLICE: Duration = Duration::from_millis(500);
/// How long both are used before anything is counted.
const WARM_UP: Duration = Duration::from_millis(250);
const ADMIN: &str = "admin";
const HOLDER: &str = "holder";

/// Measures and prints.
///
/// # Errors
/// Where a store or a server cannot be made or does not answer, or the user has had enough.
pub fn run(args: &GrowthArgs, interrupt: &Interrupt) -> anyhow::Result<()> {
    let ids = Ids::new(Arc::new(SystemClock), Arc::new(SystemEntropy));
    let currency = Currency::from_code("USD").context("no US dollar")?;
    let bench = Bench {
        args,
        workload: Workload::new(ids.clone(), currency, args.accounts as usize, args.hot),
        ids,
        interrupt,
    };
    let target = bench.target()?;
    let (engine, settings) = target.describe()?;
    warn_of_memory(&settings);
    let runtime = runtime()?;
    let app = runtime.block_on(target.open())?;
    let filled = bench.fill(&runtime, &target, &app)?;
    let mut results = filled.cases(target.engine(), args);
    results.extend(bench.compare(&runtime, &app, target.engine())?);
    let hot = bench.workload.hot_account();
    let far = runtime.block_on(Far::find(&app, hot))?;
    runtime.block_on(app.close());
    let server = Server::start(&target)?;
    let started_in = u64::try_from(server.started_in.as_millis())?;
    let reader = Reader {
        address: server.address,
        wallet: hot,
        far,
        requests: args.reads as usize,
        interrupt,
    };
    let answered = runtime.block_on(reader.run(ADMIN, HOLDER))?;
    let summarised_in = answered.summarised_in.map(|time| time.as_millis());
    let summarised_in = summarised_in.map(u64::try_from).transpose()?;
    let mut figures = filled.figures();
    figures.extend([
        Setting::new("start_to_first_answer_ms", started_in),
        Setting::new("lists_summarised_ms", summarised_in),
        Setting::new("hot_wallet_entries", answered.entries),
        Setting::new("server_peak_memory_kib", server.peak_kib()),
    ]);
    server.stop()?;
    let empty = filled.empty_bytes();
    let report = Report {
        machine: Machine::here(engine),
        settings: bench.settings(settings),
        results,
        reads: answered.reads,
        samples: filled.samples,
        figures,
    };
    if let Some(path) = &args.plot {
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
}

impl Bench<'_> {
    fn target(&self) -> anyhow::Result<Target> {
        let (data, url) = (&self.args.data, &self.args.database_url);
        Target::new(data.as_deref(), url.as_deref(), &self.ids)
    }

    fn settings(&self, mut settings: Vec<Setting>) -> Vec<Setting> {
        settings.extend([
            Setting::new("transfers", self.args.transfers),
            Setting::new("accounts", self.args.accounts),
            Setting::new("seconds_per_case", self.args.seconds.as_secs_f64()),
            Setting::new("yardstick", "the same on an empty store, in turns"),
        ]);
        settings
    }

    /// Makes the users, opens the wallets and fills the store.
    fn fill(
        &self,
        runtime: &tokio::runtime::Runtime,
        target: &Target,
        app: &App,
    ) -> anyhow::Result<Filled> {
        let holder = runtime.block_on(async {
            create_user(app, ADMIN, Role::Admin).await?;
            create_user(app, HOLDER, Role::User).await
        })?;
        let journal = app.payments.journal().clone();
        let subject = Subject::over(journal, self.workload.clone(), self.interrupt)?;
        subject.open_wallets(holder)?;
        let transactions = self.args.transactions.unwrap_or(self.args.transfers / 10);
        let bytes = || runtime.block_on(target.bytes(app));
        fill::fill(
            &subject,
            self.args.batch,
            [self.args.transfers, transactions],
            &bytes,
        )
    }

    /// The short figures on the full store and on an empty one, in turns.
    fn compare(
        &self,
        runtime: &tokio::runtime::Runtime,
        full: &App,
        engine: &str,
    ) -> anyhow::Result<Vec<Case>> {
        let target = self.target()?;
        let empty = runtime.block_on(target.open())?;
        let uniform = self.workload.with_hot(0);
        let sides = [full, &empty].map(|app| {
            let journal = app.payments.journal().clone();
            Subject::over(journal, uniform.clone(), self.interrupt)
        });
        let [full, beside] = sides;
        let (full, beside) = (full?, beside?);
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
            let (mut done, mut other) = (Tally::default(), Tally::default());
            full.run(shape, WARM_UP, &mut Tally::default())?;
            beside.run(shape, WARM_UP, &mut Tally::default())?;
            while done.busy < self.args.seconds {
                let length = SLICE.min(self.args.seconds - done.busy);
                full.run(shape, length, &mut done)?;
                beside.run(shape, length, &mut other)?;
            }
            let [p50_us, p99_us] = done.percentiles([50, 99]);
            cases.push(Case {
                name,
                engine: engine.to_owned(),
                batch: shape.batch(),
                in_flight: shape.in_flight(),
                hot: 0,
                per_second: done.per_second(),
                p50_us,
                p99_us,
                yardstick_per_second: Some(other.per_second()),
                ratio: ratio(done.per_second(), other.per_second()),
                row_locking_ratio: None,
            });
            bar.inc(1);
        }
        bar.finish_and_clear();
        runtime.block_on(empty.close());
        Ok(cases)
    }
}
