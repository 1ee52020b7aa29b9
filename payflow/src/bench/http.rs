//! `payflow bench http`: a server in a process of its own, users with wallets, and transfers between them over
//! keep-alive connections; then every balance is compared with what was acknowledged.

mod answer;
mod load;
mod server;
mod users;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use contracts::payments::TransactionType;
use platform::args;
use platform::clock::SystemClock;
use platform::db::Db;
use platform::ids::{Ids, SystemEntropy};

use super::machine::Machine;
use super::report::{Case, Report, Setting, Tally};
use super::store::{Database, Folder, describe_folder, describe_server, runtime};
use super::{Interrupt, note, progress, seconds};
use load::Load;
use server::{Server, Target};
use users::User;

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
    /// How many connections send at once; each waits for its answer before it sends again.
    #[arg(long, value_name = "N", default_value = "64", value_parser = clap::value_parser!(u16).range(1..=4096))]
    connections: u16,
    /// How many users there are. Each has a wallet, and takes part on its share of the connections.
    #[arg(long, value_name = "N", default_value = "64", value_parser = clap::value_parser!(u16).range(2..=4096))]
    users: u16,
    /// How long transfers are measured.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    seconds: Duration,
    /// How long they are sent before anything is counted.
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = seconds)]
    warmup: Duration,
}

/// How often the start is measured.
const STARTS: usize = 5;

/// Measures and prints.
///
/// # Errors
/// Where the server does not start or does not answer, or where money was lost or doubled.
pub fn run(args: &HttpArgs, interrupt: &Interrupt) -> anyhow::Result<()> {
    let ids = Ids::new(Arc::new(SystemClock), Arc::new(SystemEntropy));
    let (start, at_rest) = measure_starts(args, &ids, interrupt)?;
    let target = target(args, &ids)?;
    let (engine, mut settings) = match &target {
        Target::Folder(folder) => describe_folder(folder)?,
        Target::Database(database) => describe_server(&database.url)?,
    };
    let bar = progress(u64::from(args.users));
    let server = Server::start(&target)?;
    let runtime = runtime()?;
    let done = runtime.block_on(async {
        bar.set_message("registering users");
        let users = users::register(server.address, args.users, &bar, interrupt).await?;
        let load = Load {
            address: server.address,
            users: &users,
            connections: args.connections.into(),
            interrupt,
        };
        let warm_up = load.run(args.warmup, "warming up").await?;
        let measured = load.run(args.seconds, "sending transfers").await?;
        let done = Outcome::of(&users, warm_up, measured)?;
        done.compare_balances(server.address, &users).await?;
        anyhow::Ok(done)
    })?;
    let after_load = server.resident_kib();
    server.stop()?;
    runtime.block_on(done.compare_count(&target))?;
    settings.extend([
        Setting::new("connections", args.connections),
        Setting::new("users", args.users),
        Setting::new("seconds", args.seconds.as_secs_f64()),
    ]);
    report(
        args,
        Machine::here(engine),
        settings,
        done,
        [
            ("start_to_first_answer_ms", start),
            ("memory_at_rest_kib", at_rest),
            ("memory_after_load_kib", after_load),
        ],
    )
}

/// A new, empty store for a server.
fn target(args: &HttpArgs, ids: &Ids) -> anyhow::Result<Target> {
    Ok(match &args.database_url {
        Some(url) => Target::Database(Database::new(url, ids)?),
        None => Target::Folder(Folder::new(args.data.as_deref(), ids)?),
    })
}

/// From the start of the process to the first answer of `/ready`, in ms, and the memory that it then holds, in KiB:
/// the medians of several starts, each on an empty store.
fn measure_starts(
    args: &HttpArgs,
    ids: &Ids,
    interrupt: &Interrupt,
) -> anyhow::Result<(Option<u64>, Option<u64>)> {
    let bar = progress(STARTS as u64);
    bar.set_message("starting servers");
    let (mut starts, mut sizes) = (vec![], vec![]);
    for _ in 0..STARTS {
        interrupt.check()?;
        let target = target(args, ids)?;
        let server = Server::start(&target)?;
        starts.push(u64::try_from(server.started_in.as_millis())?);
        sizes.extend(server.resident_kib());
        server.stop()?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok((median(starts), median(sizes)))
}

fn median(mut values: Vec<u64>) -> Option<u64> {
    values.sort_unstable();
    values.get(values.len() / 2).copied()
}

/// What became of all transfers that were sent.
struct Outcome {
    measured: Tally,
    errors: Vec<String>,
    /// What each user's wallet must hold, in minor units.
    expected: Vec<i64>,
    completed: u64,
}

impl Outcome {
    fn of(users: &[User], warm_up: load::Sent, measured: load::Sent) -> anyhow::Result<Self> {
        let mut expected = vec![users::FUNDS; users.len()];
        for (from, to) in warm_up.transfers.iter().chain(&measured.transfers) {
            expected[usize::from(*from)] -= users::AMOUNT;
            expected[usize::from(*to)] += users::AMOUNT;
        }
        let completed = warm_up.tally.count + measured.tally.count;
        let mut errors = warm_up.errors;
        errors.extend(measured.errors);
        if completed == 0 {
            bail!(
                "no transfer was completed: {}",
                errors.first().map_or("no answer", String::as_str)
            );
        }
        Ok(Self {
            measured: measured.tally,
            errors,
            expected,
            completed,
        })
    }

    /// Each wallet holds what the acknowledged transfers leave it: nothing is lost, nothing happened twice.
    async fn compare_balances(
        &self,
        address: std::net::SocketAddr,
        users: &[User],
    ) -> anyhow::Result<()> {
        let found = users::balances(address, users).await?;
        if self.errors.is_empty() {
            for (user, (found, expected)) in found.iter().zip(&self.expected).enumerate() {
                if found != expected {
                    bail!(
                        "wallet {user} holds {found} minor units, and {expected} were acknowledged"
                    );
                }
            }
        }
        let (total, funds) = (found.iter().sum::<i64>(), self.expected.iter().sum::<i64>());
        if total != funds {
            bail!("the wallets hold {total} minor units together, and {funds} were deposited");
        }
        Ok(())
    }

    /// The store has as many transfers as were acknowledged; what failed on the way may have been committed or not.
    async fn compare_count(&self, target: &Target) -> anyhow::Result<()> {
        let db = match target {
            Target::Folder(folder) => {
                Db::open_sqlite(&folder.path().join("payments.db"), payments::migrations()).await
            }
            Target::Database(database) => {
                let migrations = payments::migrations();
                Db::connect_postgres(&database.url, payments::SCHEMA, 1, migrations).await
            }
        }
        .context("the server's store could not be read")?;
        let sql = "SELECT COUNT(*) FROM transactions WHERE type = $1";
        let kind = TransactionType::Transfer.number();
        let (stored,): (i64,) = db.fetch_one(sql, args![kind]).await?;
        db.close().await;
        let most = self.completed + self.errors.len() as u64;
        if !(self.completed..=most).contains(&u64::try_from(stored)?) {
            bail!(
                "{stored} transfers are stored, and {} were acknowledged",
                self.completed
            );
        }
        Ok(())
    }
}

fn report(
    args: &HttpArgs,
    machine: Machine,
    settings: Vec<Setting>,
    mut done: Outcome,
    figures: [(&'static str, Option<u64>); 3],
) -> anyhow::Result<()> {
    if let Some(error) = done.errors.first() {
        note(&format!(
            "{} requests failed, the first one so: {error}",
            done.errors.len()
        ));
    }
    let [p50_us, p99_us] = done.measured.percentiles([50, 99]);
    let engine = machine.engine.split(' ').next().unwrap_or_default();
    let case = Case {
        name: "completed transfers over HTTP".to_owned(),
        engine: engine.to_owned(),
        batch: 1,
        in_flight: args.connections.into(),
        hot: 0,
        per_second: done.measured.per_second(),
        p50_us,
        p99_us,
        yardstick_per_second: None,
        ratio: None,
    };
    let mut listed = vec![
        Setting::new("completed", done.measured.count),
        Setting::new("errors", done.errors.len()),
        Setting::new("balances", "exact"),
    ];
    listed.extend(figures.map(|(name, value)| Setting::new(name, value)));
    let report = Report {
        machine,
        settings,
        results: vec![case],
        figures: listed,
    };
    report.print(args.json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_a_value_that_occurred() {
        assert_eq!(median(vec![9, 1, 5]), Some(5));
        assert_eq!(median(vec![]), None);
    }

    fn sent(transfers: &[(u16, u16)]) -> load::Sent {
        load::Sent {
            tally: Tally {
                count: transfers.len() as u64,
                ..Tally::default()
            },
            transfers: transfers.to_vec(),
            errors: vec![],
        }
    }

    #[test]
    fn wallets_must_hold_what_was_acknowledged_the_warm_up_included() {
        let users = vec![User::default(); 3];
        let done = Outcome::of(&users, sent(&[(0, 1)]), sent(&[(0, 2), (2, 1)])).unwrap();
        let changes = [-2, 2, 0].map(|transfers| users::FUNDS + transfers * users::AMOUNT);
        assert_eq!(done.expected, changes);
        assert_eq!((done.completed, done.measured.count), (3, 2));
    }

    #[test]
    fn a_run_without_a_completed_transfer_is_no_result() {
        assert!(Outcome::of(&[], sent(&[]), sent(&[])).is_err());
    }
}
