//! `payflow-bench http`: a server in a process of its own, and transfers over keep-alive
//! connections, one by one or in batches; beside it a server that only echoes the same JSON. It
//! compares what is stored with what was acknowledged.

pub mod answer;
mod batches;
pub mod echo;
mod load;
pub mod server;
mod transfers;
mod turns;
pub mod users;

use std::time::Duration;

use anyhow::bail;
use clap::Args;
use db::Arg;
use tokio::runtime::Runtime;

use crate::arguments::{self, Place};
use crate::interrupt::Interrupt;
use crate::report::{Case, Report, Setting};
use crate::screen::{note, progress};
use crate::tally::rounded;
use crate::target::Target;
use crate::{ids, runtime};
use server::Server;
use turns::Turns;

/// `payflow-bench http`.
#[derive(Debug, Args)]
pub struct HttpArgs {
    #[command(flatten)]
    place: Place,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Send so many transfers per request to the ledger's batch endpoint, as an administrator,
    /// instead of single ones.
    #[arg(long, value_name = "N", value_parser = arguments::batch)]
    batch: Option<usize>,
    /// How many connections send at once; each waits for its answer before it sends again [default:
    /// 64; with --batch: 4].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=4096))]
    connections: Option<u16>,
    /// How many users there are. Each has a wallet, and takes part on its share of the connections.
    #[arg(long, value_name = "N", default_value = "64", value_parser = clap::value_parser!(u16).range(2..=4096))]
    users: u16,
    /// Send idempotency keys without an order, instead of those that begin with their time.
    #[arg(long, conflicts_with = "batch")]
    random_keys: bool,
    /// Have each transfer assessed by the rules of risk, as it is by default. Without this risk is
    /// switched off.
    #[arg(long, conflicts_with = "batch")]
    risk: bool,
    /// How many ledger accounts there are, with --batch.
    #[arg(long, value_name = "N", default_value = "10000", value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
    accounts: u32,
    /// How long transfers are measured.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = arguments::seconds)]
    seconds: Duration,
    /// How long they are sent before anything is counted.
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = arguments::seconds)]
    warmup: Duration,
}

/// How often the start is measured.
const STARTS: usize = 5;

/// Measures and prints.
///
/// # Errors
/// Where the server does not start or does not answer, or where money was lost or doubled.
pub fn run(args: &HttpArgs, interrupt: &Interrupt) -> anyhow::Result<()> {
    let ids = ids();
    let target = || Target::new(&args.place, &ids);
    let runtime = runtime()?;
    let starts = match args.batch {
        Some(_) => vec![],
        None => measure_starts(&runtime, &target, interrupt)?,
    };
    let target = target()?;
    let mut report = Report::of(target.describe()?);
    let connections = args.connections.unwrap_or(match args.batch {
        Some(_) => batches::CONNECTIONS,
        None => transfers::CONNECTIONS,
    });
    report.set("connections", connections);
    report.set("seconds", args.seconds.as_secs_f64());
    let yardstick = "an axum handler that parses and echoes the same JSON, in turns";
    report.set("yardstick", yardstick);
    let bench = Bench {
        args,
        target: &target,
        connections: connections.into(),
        interrupt,
    };
    match args.batch {
        Some(batch) => runtime.block_on(batches::measure(&bench, batch, &mut report))?,
        None => runtime.block_on(transfers::measure(&bench, &mut report))?,
    }
    report.figures.extend(starts);
    report.print(args.json)
}

/// What is measured, and where.
struct Bench<'a> {
    args: &'a HttpArgs,
    target: &'a Target,
    connections: usize,
    interrupt: &'a Interrupt,
}

impl Bench<'_> {
    /// The store has as many transfers as were acknowledged; those of requests that failed may be
    /// there or not.
    async fn compare_count(
        &self,
        turns: &Turns,
        sql: &'static str,
        args: Vec<Arg>,
    ) -> anyhow::Result<()> {
        let app = self.target.open().await?;
        let counted = app.payments.db().fetch_one(sql, args).await;
        app.close().await;
        let (stored,): (i64,) = counted?;
        let doubtful = turns.errors.len() * self.args.batch.unwrap_or(1);
        let most = turns.made + doubtful as u64;
        if !(turns.made..=most).contains(&u64::try_from(stored)?) {
            bail!(
                "{stored} transfers are stored, and {} were acknowledged",
                turns.made
            );
        }
        Ok(())
    }

    /// Adds what the server and the echo did.
    fn report(&self, name: &str, turns: Turns, report: &mut Report) {
        let Turns {
            mut server,
            mut echo,
            errors,
            ..
        } = turns;
        if let Some(error) = errors.first() {
            note(&format!(
                "{} requests failed, the first one so: {error}",
                errors.len()
            ));
        }
        let ([cost, load], [echoed, _]) = (server.cpu_us(), echo.cpu_us());
        let cost_ratio = match (cost, echoed) {
            (Some(cost), Some(echoed)) if echoed > 0.0 => Some(rounded(cost / echoed)),
            _ => None,
        };
        report.figure("completed", server.tally.count);
        report.figure("errors", errors.len());
        report.figure("server_cpu_us_per_transfer", cost.map(rounded));
        report.figure("echo_cpu_us_per_transfer", echoed.map(rounded));
        report.figure("load_cpu_us_per_transfer", load.map(rounded));
        report.figure("cost_ratio", cost_ratio);
        let per_second = echo.tally.per_second();
        let case = |name: &str, tally: &mut _| Case {
            batch: self.args.batch.unwrap_or(1),
            ..Case::new(
                name.to_owned(),
                self.target.engine(),
                self.connections,
                tally,
            )
        };
        report.results.extend([
            case(name, &mut server.tally).beside(per_second),
            case("the same JSON, echoed", &mut echo.tally),
        ]);
    }
}

/// From the start of the process to the first answer of `/ready`, in ms, and the memory that it
/// then holds, in KiB: the medians of several starts, each on an empty store.
fn measure_starts(
    runtime: &Runtime,
    target: &dyn Fn() -> anyhow::Result<Target>,
    interrupt: &Interrupt,
) -> anyhow::Result<Vec<Setting>> {
    let bar = progress(STARTS as u64);
    bar.set_message("starting servers");
    let (mut starts, mut sizes) = (vec![], vec![]);
    for _ in 0..STARTS {
        interrupt.check()?;
        let target = target()?;
        let server = runtime.block_on(Server::start(&target))?;
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
}
