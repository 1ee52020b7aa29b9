//! `payflow-bench`: figures that anyone can repeat, on a store of its own that is gone afterwards.
//! It measures and reports; it never judges, and no test depends on its clock.

mod arguments;
mod auth;
mod database;
mod folder;
mod growth;
mod http;
mod interrupt;
mod ledger;
mod logins;
mod machine;
mod random;
mod report;
mod row_locking;
mod screen;
mod shape;
mod site;
mod subject;
mod tally;
mod target;
mod workload;
mod yardstick;

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use platform::clock::SystemClock;
use platform::ids::{Ids, SystemEntropy};

use interrupt::Interrupt;

/// Measure this machine, this store and this build of PayFlow.
#[derive(Debug, Parser)]
#[command(name = screen::PROGRAM, version, max_term_width = 110)]
struct Cli {
    /// What to measure.
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Measure the journal beneath everything: transfers per second and the time from a command to
    /// its answer.
    ///
    /// Each case runs on a new store beside a yardstick: a bare loop on the same engine with the
    /// same settings that inserts the same rows and does nothing else. The two take turns, half a
    /// second each. On PostgreSQL a stored procedure that locks rows follows, driven by pgbench on
    /// the same server.
    Ledger(ledger::LedgerArgs),
    /// Measure a whole server: transfers over HTTP between logged-in users, or batches of them.
    ///
    /// The server runs in a process of its own with an empty store; the load comes from this
    /// process, on the same machine. Beside it another process only echoes the same requests: what
    /// HTTP and JSON alone cost here. Afterwards every balance is compared with what was
    /// acknowledged.
    Http(http::HttpArgs),
    /// Measure what it costs a request that the server must know who is asking.
    ///
    /// An empty handler behind the gateway, with and without reading an access token, in this
    /// process and in turns.
    Auth(auth::AuthArgs),
    /// Measure what others notice while many people log in at once.
    ///
    /// The server runs in a process of its own; passwords cost what the settings say. On PostgreSQL
    /// a second node then tells how soon it refuses the sessions that the first one ends.
    Logins(logins::LoginsArgs),
    /// Fill one store with many transfers and measure it on the way and at the end.
    ///
    /// At the end the same is measured on an empty store, in turns; then a server is started on the
    /// full one and its lists and statements are read over HTTP, as an administrator and as the
    /// holder of the busiest wallet.
    Growth(growth::GrowthArgs),
    /// `payflow serve`, the server that is measured; the benchmarks start it themselves.
    #[command(hide = true)]
    Serve {
        /// What `payflow serve` is told.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<OsString>,
    },
    /// Serve the yardstick of `http` until told to stop; it starts this itself.
    #[command(hide = true)]
    Echo,
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().what {
        What::Serve { words } => {
            let command = ["payflow", "serve"].map(OsString::from);
            return payflow::run(command.into_iter().chain(words));
        }
        What::Echo => http::echo::run(),
        What::Ledger(args) => measure(|interrupt| ledger::run(&args, interrupt)),
        What::Http(args) => measure(|interrupt| http::run(&args, interrupt)),
        What::Auth(args) => measure(|interrupt| auth::run(&args, interrupt)),
        What::Logins(args) => measure(|interrupt| logins::run(&args, interrupt)),
        What::Growth(args) => measure(|interrupt| growth::run(&args, interrupt)),
    };
    payflow::exit_code(screen::PROGRAM, outcome)
}

/// Runs a benchmark that removes its data also where it is interrupted.
fn measure(benchmark: impl FnOnce(&Interrupt) -> anyhow::Result<()>) -> anyhow::Result<()> {
    if cfg!(debug_assertions) {
        screen::note(
            "this build is not optimised, its figures mean nothing: build it with --release",
        );
    }
    benchmark(&Interrupt::watch()?)
}

/// A runtime on the caller's own thread.
///
/// # Errors
/// Where the system gives none.
fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?)
}

/// Ids that no other run has.
fn ids() -> Ids {
    Ids::new(Arc::new(SystemClock), Arc::new(SystemEntropy))
}
