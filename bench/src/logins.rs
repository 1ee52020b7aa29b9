//! `payflow-bench logins`: whether other requests suffer while many people log in at once, whose
//! passwords cost what the settings say; and on PostgreSQL, how soon a session that ends on one
//! node is refused on another.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{bail, ensure};
use clap::Args;
use contracts::identity::Role;
use payflow::wiring::App;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::arguments::{Place, seconds};
use crate::http::answer::{Connection, request};
use crate::http::server::Server;
use crate::http::users::log_in;
use crate::interrupt::Interrupt;
use crate::report::{Read, Report};
use crate::tally::{Tally, percentiles};
use crate::target::{PASSWORD, Target, create_user, email};
use crate::{ids, runtime};

/// `payflow-bench logins`.
#[derive(Debug, Args)]
pub struct LoginsArgs {
    #[command(flatten)]
    place: Place,
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
    let target = Target::new(&args.place, &ids())?;
    let mut report = Report::of(target.describe()?);
    report.set("logins_at_once", args.logins);
    report.set("others", READERS);
    report.set("seconds", args.seconds.as_secs_f64());
    let runtime = runtime()?;
    runtime.block_on(async {
        let app = target.open().await?;
        let made = make_users(&app, args.logins).await;
        app.close().await;
        made
    })?;
    let server = runtime.block_on(Server::start(&target))?;
    let crowd = Crowd {
        address: server.address,
        logins: usize::from(args.logins),
        length: args.seconds,
        interrupt: interrupt.clone(),
    };
    runtime.block_on(crowd.measure(&mut report))?;
    if matches!(target, Target::Database(_)) {
        let other = runtime.block_on(Server::start(&target))?;
        let nodes = [server.address, other.address];
        let mut refused = runtime.block_on(end_sessions(nodes, args.seconds, interrupt))?;
        let [middle, last] = percentiles(&mut refused, [50, 100]).map(millis);
        report.figure("sessions_ended", refused.len());
        report.figure("refused_elsewhere_p50_ms", middle);
        report.figure("refused_elsewhere_max_ms", last);
        other.stop()?;
    }
    server.stop()?;
    report.print(args.json)
}

fn name(number: usize) -> String {
    format!("login-{number}")
}

async fn make_users(app: &App, logins: u16) -> anyhow::Result<()> {
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
    async fn measure(&self, report: &mut Report) -> anyhow::Result<()> {
        let mut connection = Connection::open(self.address).await?;
        let token = log_in(&mut connection, "reader").await?;
        let mut alone = self.read(&token).await?;
        let (beside, logins) = tokio::join!(self.read(&token), self.log_in());
        let (mut beside, (mut logins, put_off)) = (beside?, logins?);
        for (name, tally) in [
            ("wallets, nobody logs in", &mut alone),
            ("wallets, beside logins", &mut beside),
            ("login", &mut logins),
        ] {
            report.reads.push(Read::new(name.to_owned(), tally));
        }
        report.figure("logins_per_second", logins.per_second());
        report.figure("logins_put_off", put_off);
        Ok(())
    }

    /// What the others get, and when.
    async fn read(&self, token: &str) -> anyhow::Result<Tally> {
        let text = request("GET", READ, Some(token), &[], "");
        let (tally, put_off) = self.ask(vec![text; READERS], true).await?;
        ensure!(put_off == 0, "{put_off} times GET {READ} was put off");
        Ok(tally)
    }

    /// The logins, and how many were told to come again later.
    async fn log_in(&self) -> anyhow::Result<(Tally, u64)> {
        let texts = (0..self.logins).map(|number| {
            let body = json!({ "email": email(&name(number)), "password": PASSWORD }).to_string();
            request("POST", "/api/v1/auth/login", None, &[], &body)
        });
        self.ask(texts.collect(), false).await
    }

    /// Asks each of these again and again, on a connection of its own. The answers, and how many
    /// said to come again later.
    async fn ask(&self, texts: Vec<String>, is_paced: bool) -> anyhow::Result<(Tally, u64)> {
        let begun = Instant::now();
        let end = begun + self.length;
        let mut askers = JoinSet::new();
        for text in texts {
            let connection = Connection::open(self.address).await?;
            askers.spawn(ask_until(
                end,
                connection,
                text,
                is_paced,
                self.interrupt.clone(),
            ));
        }
        let (mut all, mut put_off) = (Tally::default(), 0);
        while let Some(one) = askers.join_next().await {
            let (tally, times) = one??;
            all.add(tally);
            put_off += times;
        }
        all.busy = begun.elapsed();
        Ok((all, put_off))
    }
}

async fn ask_until(
    end: Instant,
    mut connection: Connection,
    text: String,
    is_paced: bool,
    interrupt: Interrupt,
) -> anyhow::Result<(Tally, u64)> {
    let (mut tally, mut put_off) = (Tally::default(), 0);
    let mut ticks = tokio::time::interval(PACE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while Instant::now() < end {
        if is_paced {
            ticks.tick().await;
        }
        interrupt.check()?;
        let begun = Instant::now();
        let (status, answer) = connection.exchange(text.as_bytes()).await?;
        match status {
            200 => {
                tally.latencies.push(begun.elapsed());
                tally.count += 1;
            }
            429 => {
                put_off += 1;
                tokio::time::sleep(PACE).await;
            }
            _ => {
                let asked = text.lines().next().unwrap_or_default();
                let answer = String::from_utf8_lossy(answer);
                bail!("{asked} was answered with {status}: {answer}");
            }
        }
    }
    Ok((tally, put_off))
}

/// Ends sessions on one node, one after another, and asks the other until it refuses them. How long
/// each took; some are there.
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
