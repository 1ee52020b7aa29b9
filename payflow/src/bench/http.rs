//! `payflow bench http`: a server in a process of its own, and transfers over keep-alive connections, one by one or in
//! batches; beside it a server that only echoes the same JSON. It compares what is stored with what was acknowledged.

pub mod answer;
mod batches;
pub mod echo;
mod load;
pub mod server;
mod transfers;
mod users;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use platform::clock::SystemClock;
use platform::ids::{Ids, SystemEntropy};

use super::machine::{Machine, cpu_time};
use super::report::{Case, Report, Setting, Tally, ratio};
use super::target::Target;
use super::{Interrupt, note, progress, seconds, warn_of_memory};
use load::Sent;
use server::Server;

pub use users::log_in;

/// `payflow bench http`.
#[derive(Debug, Args)]
pub struct HttpArgs {
    /// The folder in which a folder for the server's data is made [default: the current one].
    #[arg(long, value_name = "DIR", conflicts_with = "database_url")]
    data: Option<PathBuf>,
    /// A PostgreSQL server on which a database is made instead: the URL of any database of it.
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Send so many transfers per request to the ledger's batch endpoint, as an administrator, instead of single ones.
    #[arg(long, value_name = "N", value_parser = super::batch)]
    batch: Option<usize>,
    /// How many connections send at once; each waits for its answer before it sends again [default: 64; with --batch: 4].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=4096))]
    connections: Option<u16>,
    /// How many users there are. Each has a wallet, and takes part on its share of the connections.
    #[arg(long, value_name = "N", default_value = "64", value_parser = clap::value_parser!(u16).range(2..=4096))]
    users: u16,
    /// Send idempotency keys without an order, instead of those that begin with their time.
    #[arg(long, conflicts_with = "batch")]
    random_keys: bool,
    /// How many ledger accounts there are, with --batch.
    #[arg(long, value_name = "N", default_value = "10000", value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
    accounts: u32,
    /// How long transfers are measured.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    seconds: Duration,
    /// How long they are sent before anything is counted.
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = seconds)]
    warmup: Duration,
}

/// How often the start is measured.
const STARTS: usize = 5;
/// Connections that send single transfers.
const CONNECTIONS: u16 = 64;

/// Measures and prints.
///
/// # Errors
/// Where the server does not start or does not answer, or where money was lost or doubled.
pub fn run(args: &HttpArgs, interrupt: &Interrupt) -> anyhow::Result<()> {
    let ids = Ids::new(Arc::new(SystemClock), Arc::new(SystemEntropy));
    let target = || Target::new(args.data.as_deref(), args.database_url.as_deref(), &ids);
    let starts = match args.batch {
        Some(_) => vec![],
        None => measure_starts(&target, interrupt)?,
    };
    let target = target()?;
    let (engine, mut settings) = target.describe()?;
    warn_of_memory(&settings);
    let mut done = match args.batch {
        Some(batch) => batches::measure(args, batch, &target, interrupt)?,
        None => transfers::measure(args, &target, interrupt)?,
    };
    settings.extend([
        Setting::new("connections", done.in_flight),
        Setting::new("seconds", args.seconds.as_secs_f64()),
        Setting::new(
            "yardstick",
            "an axum handler that parses and echoes the same JSON, in turns",
        ),
    ]);
    settings.append(&mut done.settings);
    done.figures.extend(starts);
    done.report(target.engine(), Machine::here(engine), settings)
        .print(args.json)
}

/// What a server did while it was measured.
#[derive(Debug, Default)]
struct Side {
    tally: Tally,
    /// The processor time of its process, and of the load's.
    cpu: [Option<Duration>; 2],
}

impl Side {
    /// Adds what a load does to a server.
    ///
    /// # Errors
    /// As the load.
    async fn measure(
        &mut self,
        server: &Server,
        load: impl Future<Output = anyhow::Result<Sent>>,
    ) -> anyhow::Result<Sent> {
        let clocks = || [server.cpu_time(), cpu_time(std::process::id())];
        let before = clocks();
        let mut sent = load.await?;
        for ((cpu, before), after) in self.cpu.iter_mut().zip(before).zip(clocks()) {
            let spent = after.zip(before).map(|(after, before)| after - before);
            *cpu = spent.map(|spent| spent + cpu.unwrap_or_default());
        }
        let tally = std::mem::take(&mut sent.tally);
        self.tally.count += tally.count;
        self.tally.busy += tally.busy;
        self.tally.latencies.extend(tally.latencies);
        Ok(sent)
    }

    /// The processor time for each transfer, in µs: the server's, and the load's.
    fn cpu_us(&self) -> [Option<f64>; 2] {
        let count = self.tally.count as f64;
        self.cpu
            .map(|cpu| Some(cpu?.as_secs_f64() * 1e6 / count).filter(|_| count > 0.0))
    }
}

/// What came of a measurement.
struct Measured {
    name: String,
    batch: usize,
    in_flight: usize,
    subject: Side,
    yardstick: Side,
    errors: Vec<String>,
    settings: Vec<Setting>,
    figures: Vec<Setting>,
}

impl Measured {
    fn report(mut self, engine: &str, machine: Machine, settings: Vec<Setting>) -> Report {
        if let Some(error) = self.errors.first() {
            note(&format!(
                "{} requests failed, the first one so: {error}",
                self.errors.len()
            ));
        }
        let [cost, load] = self.subject.cpu_us();
        let [echo, _] = self.yardstick.cpu_us();
        let cost_ratio = match (cost, echo) {
            (Some(cost), Some(echo)) if echo > 0.0 => Some(rounded(cost / echo)),
            _ => None,
        };
        let mut figures = vec![
            Setting::new("completed", self.subject.tally.count),
            Setting::new("errors", self.errors.len()),
            Setting::new("server_cpu_us_per_transfer", cost.map(rounded)),
            Setting::new("echo_cpu_us_per_transfer", echo.map(rounded)),
            Setting::new("load_cpu_us_per_transfer", load.map(rounded)),
            Setting::new("cost_ratio", cost_ratio),
        ];
        figures.append(&mut self.figures);
        let echoed = self.yardstick.tally.per_second();
        let case = |name: String, side: &mut Side, beside: Option<u64>| {
            let [p50_us, p99_us] = side.tally.percentiles([50, 99]);
            let per_second = side.tally.per_second();
            Case {
                name,
                engine: engine.to_owned(),
                batch: self.batch,
                in_flight: self.in_flight,
                hot: 0,
                per_second,
                p50_us,
                p99_us,
                yardstick_per_second: beside,
                ratio: beside.and_then(|beside| ratio(per_second, beside)),
                row_locking_ratio: None,
            }
        };
        let results = vec![
            case(self.name, &mut self.subject, Some(echoed)),
            case(
                "the same JSON, echoed".to_owned(),
                &mut self.yardstick,
                None,
            ),
        ];
        Report {
            machine,
            settings,
            results,
            reads: vec![],
            samples: vec![],
            figures,
        }
    }
}

/// With three decimals.
fn rounded(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

/// From the start of the process to the first answer of `/ready`, in ms, and the memory that it then holds, in KiB:
/// the medians of several starts, each on an empty store.
fn measure_starts(
    target: &dyn Fn() -> anyhow::Result<Target>,
    interrupt: &Interrupt,
) -> anyhow::Result<Vec<Setting>> {
    let bar = progress(STARTS as u64);
    bar.set_message("starting servers");
    let (mut starts, mut sizes) = (vec![], vec![]);
    for _ in 0..STARTS {
        interrupt.check()?;
        let target = target()?;
        let server = Server::start(&target)?;
        starts.push(u64::try_from(server.started_in.as_millis())?);
        sizes.extend(server.resident_kib());
        server.stop()?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(vec![
        Setting::new("start_to_first_answer_ms", median(starts)),
        Setting::new("memory_at_rest_kib", median(sizes)),
    ])
}

fn median(mut values: Vec<u64>) -> Option<u64> {
    values.sort_unstable();
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_a_value_that_occurred() {
        assert_eq!(median(vec![9, 1, 5]), Some(5));
        assert_eq!(median(vec![]), None);
    }

    #[test]
    fn a_cost_is_processor_time_over_what_was_done() {
        let mut side = Side {
            cpu: [Some(Duration::from_millis(3)), None],
            ..Side::default()
        };
        assert_eq!(side.cpu_us(), [None, None]);
        side.tally.count = 100;
        assert_eq!(side.cpu_us(), [Some(30.0), None]);
    }
}
