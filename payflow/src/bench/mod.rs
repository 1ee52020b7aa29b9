//! `payflow bench`: figures that anyone can repeat, on a store of its own that is gone afterwards. It measures and
//! reports; it never judges, and no test depends on its clock.

mod auth;
mod growth;
mod http;
mod ledger;
mod logins;
mod machine;
mod report;
mod row_locking;
mod store;
mod subject;
mod target;
mod workload;
mod yardstick;

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::bail;
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use payments::journal::MAX_BATCH;

/// `payflow bench`.
#[derive(Debug, Args)]
pub struct BenchArgs {
    /// What to measure.
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Measure the journal beneath everything: transfers per second and the time from a command to its answer.
    ///
    /// Each case runs on a new store beside a yardstick: a bare loop on the same engine with the same settings that
    /// inserts the same rows and does nothing else. The two take turns, half a second each. On PostgreSQL a stored procedure
    /// that locks rows follows, driven by pgbench on the same server.
    Ledger(ledger::LedgerArgs),
    /// Measure a whole server: transfers over HTTP between logged-in users, or batches of them.
    ///
    /// The server is this program, in a process of its own with an empty store; the load comes from this process, on
    /// the same machine. Beside it another process only echoes the same requests: what HTTP and JSON alone cost here.
    /// Afterwards every balance is compared with what was acknowledged.
    Http(http::HttpArgs),
    /// Measure what it costs a request that the server must know who is asking.
    ///
    /// An empty handler behind the gateway, with and without reading an access token, in this process and in turns.
    Auth(auth::AuthArgs),
    /// Measure what others notice while many people log in at once.
    ///
    /// The server is this program, in a process of its own; passwords cost what the settings say. On PostgreSQL a second node then
    /// tells how soon it refuses the sessions that the first one ends.
    Logins(logins::LoginsArgs),
    /// Fill one store with many transfers and measure it on the way and at the end.
    ///
    /// At the end the same is measured on an empty store, in turns; then a server is started on the full one and its
    /// lists and statements are read over HTTP, as an administrator and as the holder of the busiest wallet.
    Growth(growth::GrowthArgs),
    /// Serve the yardstick of `bench http` until told to stop; it starts this itself.
    #[command(hide = true)]
    Echo,
}

/// Measures and prints.
///
/// # Errors
/// Where something cannot be measured; nothing is left behind.
pub fn run(args: BenchArgs) -> anyhow::Result<()> {
    if matches!(args.what, What::Echo) {
        return http::echo::run();
    }
    if cfg!(debug_assertions) {
        note("this build is not optimised, its figures mean nothing: build it with --release");
    }
    let interrupt = Interrupt::watch()?;
    match args.what {
        What::Ledger(args) => ledger::run(&args, &interrupt),
        What::Http(args) => http::run(&args, &interrupt),
        What::Auth(args) => auth::run(&args, &interrupt),
        What::Logins(args) => logins::run(&args, &interrupt),
        What::Growth(args) => growth::run(&args, &interrupt),
        What::Echo => Ok(()),
    }
}

/// Whether the user has had enough: a benchmark that is interrupted still removes its data.
#[derive(Debug, Clone, Default)]
struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Waits for Ctrl-C and SIGTERM on a thread of its own; the second one ends the process on the spot.
    fn watch() -> anyhow::Result<Self> {
        let interrupt = Self::default();
        let told = interrupt.clone();
        let runtime = store::runtime()?;
        std::thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    while signal().await {
                        if told.0.swap(true, Ordering::Relaxed) {
                            std::process::exit(130);
                        }
                    }
                });
            })?;
        Ok(interrupt)
    }

    /// # Errors
    /// Where the user has had enough.
    fn check(&self) -> anyhow::Result<()> {
        if self.0.load(Ordering::Relaxed) {
            bail!("interrupted");
        }
        Ok(())
    }
}

/// Waits for one signal; false where there is nothing to wait for.
#[cfg(unix)]
async fn signal() -> bool {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return tokio::signal::ctrl_c().await.is_ok();
    };
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.is_ok(),
        terminated = terminate.recv() => terminated.is_some(),
    }
}

/// Waits for one signal; false where there is nothing to wait for.
#[cfg(not(unix))]
async fn signal() -> bool {
    tokio::signal::ctrl_c().await.is_ok()
}

/// Says something to the user beside the results. Standard error may be closed; nobody listens then.
fn note(text: &str) {
    drop(writeln!(std::io::stderr(), "payflow: {text}"));
}

/// Where a commit costs nothing, its figures mean nothing.
fn warn_of_memory(settings: &[report::Setting]) {
    if settings
        .iter()
        .any(|setting| setting.value == store::NOT_DURABLE)
    {
        note(
            "a commit is not durable here (files in memory, or fsync off): the figures are not comparable",
        );
    }
}

/// A progress bar on standard error.
fn progress(length: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:<44} [{bar:30}] {pos}/{len} {eta}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new(length).with_style(style);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// A number of transfers that the journal takes at once.
fn batch(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|size| (1..=MAX_BATCH).contains(size))
        .ok_or_else(|| format!("a number between 1 and {MAX_BATCH}"))
}

/// Seconds as people write them: "3", "0.5".
fn seconds(text: &str) -> Result<Duration, String> {
    text.parse::<f64>()
        .ok()
        .filter(|seconds| (0.1..=3_600.0).contains(seconds))
        .map(Duration::from_secs_f64)
        .ok_or_else(|| "a number of seconds between 0.1 and 3600".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_may_have_a_fraction_and_have_bounds() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        for text in ["0", "-1", "1e9", "NaN", "three"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_interrupted_benchmark_says_so() {
        let interrupt = Interrupt::default();
        assert!(interrupt.check().is_ok());
        interrupt.0.store(true, Ordering::Relaxed);
        assert!(interrupt.check().is_err());
    }
}
