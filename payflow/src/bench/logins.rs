//! `payflow bench logins`: whether other requests suffer while many people log in at once, whose passwords cost what the settings
//! say; and on PostgreSQL, how soon a session that ends on one node is refused on another.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::bail;
use clap::Args;
use contracts::identity::Role;
use platform::clock::SystemClock;
use platform::ids::{Ids, SystemEntropy};
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use super::http::answer::{Connection, request};
use super::http::log_in;
use super::http::server::Server;
use super::machine::Machine;
use super::report::{Read, Report, Setting, Tally, percentiles};
use super::store::runtime;
use super::target::{PASSWORD, Target, create_user, email};
use super::{Interrupt, seconds, warn_of_memory};

/// `payflow bench logins`.
#[derive(Debug, Args)]
pub struct LoginsArgs {
    /// The folder in which a folder for the server's data is made [default: the current one].
    #[arg(long, value_name = "DIR", conflicts_with = "database_url")]
    data: Option<PathBuf>,
    /// A PostgreSQL server on which a database is made instead: the URL of any database of it. A second node on it then shows how
    /// soon it refuses sessions that the first has ended.
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// How many people log in at once, again and again.
    #[arg(long, value_name = "N", default_value = "64", value_parser = clap::value_parser!(u16).range(1..=4096))]
    logins: u16,
    /// How long each half takes: with nobody who logs in, and with all of them.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    seconds: Duration,
}

/// Connections of others.
const READERS: usize = 4;
/// How often each of them asks: not as fast as it can, or the requests would wait for one another.
const PACE: Duration = Duration::from_millis(10);
/// What they ask for.
const READ: &str = "/api/v1/wallets";
/// Sessions that are ended at least, however short the measurement is.
const FEWEST_ENDED: usize = 3;
/// The longest that a node may go on with one.
const PATIENCE: Duration = Duration::from_secs(30);

/// Measures and prints.
///
/// # Errors
/// Where the server does not start, or answers what it must not.
pub fn run(args: &LoginsArgs, interrupt: &Interrupt) -> anyhow::Result<()> {
    let ids = Ids::new(Arc::new(SystemClock), Arc::new(SystemEntropy));
    let target = Target::new(args.data.as_deref(), args.database_url.as_deref(), &ids)?;
    let (engine, mut settings) = target.describe()?;
    warn_of_memory(&settings);
    settings.extend([
        Setting::new("logins_at_once", args.logins),
        Setting::new("others", READERS),
        Setting::new("seconds", args.seconds.as_secs_f64()),
    ]);
    let runtime = runtime()?;
    runtime.block_on(async {
        let app = target.open().await?;
        let made = make_users(&app, args.logins).await;
        app.close().await;
        made
    })?;
    let server = Server::start(&target)?;
    let crowd = Crowd {
        address: server.address,
        logins: usize::from(args.logins),
        length: args.seconds,
        interrupt: interrupt.clone(),
    };
    let (reads, mut figures) = runtime.block_on(crowd.measure())?;
    figures.push(Setting::new("peak_kib", server.peak_kib()));
    if matches!(target, Target::Database(_)) {
        let other = Server::start(&target)?;
        let nodes = [server.address, other.address];
        let mut refused = runtime.block_on(end_sessions(nodes, args.seconds, interrupt))?;
        let [middle, last] = percentiles(&mut refused, [50, 100]).map(millis);
        figures.extend([
            Setting::new("sessions_ended", refused.len()),
            Setting::new("refused_elsewhere_p50_ms", middle),
            Setting::new("refused_elsewhere_max_ms", last),
        ]);
        other.stop()?;
    }
    server.stop()?;
    Report {
        machine: Machine::here(engine),
        settings,
        results: vec![],
        reads,
        samples: vec![],
        figures,
    }
    .print(args.json)
}

fn name(number: usize) -> String {
    format!("login-{number}")
}

async fn make_users(app: &crate::wiring::App, logins: u16) -> anyhow::Result<()> {
    create_user(app, "reader", Role::User).await?;
    for number in 0..usize::from(logins) {
        create_user(app, &name(number), Role::User).await?;
    }
    Ok(())
}

/// Everybody who asks something of the server.
struct Crowd {
    address: SocketAddr,
    logins: usize,
    length: Duration,
    interrupt: Interrupt,
}

impl Crowd {
    async fn measure(&self) -> anyhow::Result<(Vec<Read>, Vec<Setting>)> {
        let mut connection = Connection::open(self.address).await?;
        let token = log_in(&mut connection, "reader").await?;
        let mut alone = self.read(&token).await?;
        let (beside, logins) = tokio::join!(self.read(&token), self.log_in());
        let (mut beside, (mut logins, refused)) = (beside?, logins?);
        let reads = vec![
            read_of("wallets, nobody logs in", &mut alone),
            read_of("wallets, beside logins", &mut beside),
            read_of("login", &mut logins),
        ];
        let figures = vec![
            Setting::new("logins_per_second", logins.per_second()),
            Setting::new("logins_put_off", refused),
        ];
        Ok((reads, figures))
    }

    /// What the others get, and when.
    async fn read(&self, token: &str) -> anyhow::Result<Tally> {
        let end = Instant::now() + self.length;
        let text: Arc<str> = request("GET", READ, Some(token), &[], "").into();
        let mut readers = JoinSet::new();
        for _ in 0..READERS {
            let (text, interrupt) = (text.clone(), self.interrupt.clone());
            let mut connection = Connection::open(self.address).await?;
            readers.spawn(async move {
                let mut pace = tokio::time::interval(PACE);
                pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
                let mut tally = Tally::default();
                while Instant::now() < end {
                    pace.tick().await;
                    interrupt.check()?;
                    let begun = Instant::now();
                    let (status, answer) = connection.exchange(text.as_bytes()).await?;
                    if status != 200 {
                        let answer = String::from_utf8_lossy(answer);
                        bail!("GET {READ} was answered with {status}: {answer}");
                    }
                    tally.latencies.push(begun.elapsed());
                    tally.count += 1;
                }
                anyhow::Ok(tally)
            });
        }
        let mut all = Tally::default();
        while let Some(tally) = readers.join_next().await {
            let tally = tally??;
            all.count += tally.count;
            all.latencies.extend(tally.latencies);
        }
        all.busy = self.length;
        Ok(all)
    }

    /// The logins, and how many were told to come again later.
    async fn log_in(&self) -> anyhow::Result<(Tally, u64)> {
        let begun = Instant::now();
        let end = begun + self.length;
        let mut people = JoinSet::new();
        for number in 0..self.logins {
            let interrupt = self.interrupt.clone();
            let mut connection = Connection::open(self.address).await?;
            let body = json!({ "email": email(&name(number)), "password": PASSWORD }).to_string();
            let text = request("POST", "/api/v1/auth/login", None, &[], &body);
            people.spawn(async move {
                let (mut tally, mut refused) = (Tally::default(), 0);
                while Instant::now() < end {
                    interrupt.check()?;
                    let begun = Instant::now();
                    let (status, answer) = connection.exchange(text.as_bytes()).await?;
                    match status {
                        200 => {
                            tally.latencies.push(begun.elapsed());
                            tally.count += 1;
                        }
                        429 => {
                            refused += 1;
                            tokio::time::sleep(PACE).await;
                        }
                        _ => {
                            let answer = String::from_utf8_lossy(answer);
                            bail!("a login was answered with {status}: {answer}");
                        }
                    }
                }
                anyhow::Ok((tally, refused))
            });
        }
        let (mut all, mut refused) = (Tally::default(), 0);
        while let Some(one) = people.join_next().await {
            let (tally, put_off) = one??;
            all.count += tally.count;
            all.latencies.extend(tally.latencies);
            refused += put_off;
        }
        all.busy = begun.elapsed();
        Ok((all, refused))
    }
}

fn read_of(name: &str, tally: &mut Tally) -> Read {
    let [p50_us, p99_us] = tally.percentiles([50, 99]);
    Read {
        name: name.to_owned(),
        requests: tally.latencies.len(),
        p50_us,
        p99_us,
    }
}

/// Ends sessions on one node, one after another, and asks the other until it refuses them. How long each took; some are there.
async fn end_sessions(
    [here, there]: [SocketAddr; 2],
    length: Duration,
    interrupt: &Interrupt,
) -> anyhow::Result<Vec<Duration>> {
    let mut here = Connection::open(here).await?;
    let mut there = Connection::open(there).await?;
    let mut refused = vec![];
    let begun = Instant::now();
    while refused.len() < FEWEST_ENDED || begun.elapsed() < length {
        interrupt.check()?;
        let token = log_in(&mut here, "reader").await?;
        let ask = request("GET", "/api/v1/auth/me", Some(&token), &[], "");
        let (status, _) = there.exchange(ask.as_bytes()).await?;
        if status != 200 {
            bail!("the other node does not know a new session: {status}");
        }
        let end = request("POST", "/api/v1/auth/logout", Some(&token), &[], "");
        let (status, _) = here.exchange(end.as_bytes()).await?;
        if status != 204 {
            bail!("a logout was answered with {status}");
        }
        let ended = Instant::now();
        while there.exchange(ask.as_bytes()).await?.0 == 200 {
            if ended.elapsed() > PATIENCE {
                bail!("the other node goes on with a session that has ended");
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        refused.push(ended.elapsed());
    }
    Ok(refused)
}

fn millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e4).round() / 10.0
}
