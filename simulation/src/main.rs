//! `payflow-sim`: long runs of the simulation, and repetitions of a seed that failed. It prints,
//! and exits with 1 where something was wrong; everything else is the library's.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool talks to anyone who started it"
)]

use std::process::ExitCode;

use clap::Parser;
use simulation::{Options, run};

/// Runs the journal under simulated storage, time and clients, against a naive model.
#[derive(Debug, Parser)]
#[command(name = "payflow-sim", version)]
struct Arguments {
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// How many seeds, from the first one on.
    #[arg(long, default_value_t = 1)]
    seeds: u64,
    /// How many groups of commands the clients send, per seed.
    #[arg(long, default_value_t = Options::STEPS)]
    steps: u32,
    /// Tell every step.
    #[arg(long)]
    verbose: bool,
    /// Go on after a failure.
    #[arg(long)]
    keep_going: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut failures = 0_u64;
    let (mut batches, mut answered, mut faulted, mut restarts) = (0, 0, 0, 0);
    let seeds = arguments.seed..arguments.seed.saturating_add(arguments.seeds);
    for seed in seeds.clone() {
        let options = Options {
            steps: arguments.steps,
            ..Options::seed(seed)
        };
        let mut tell = |line: &dyn std::fmt::Display| {
            if arguments.verbose {
                println!("{line}");
            }
        };
        match run(options, &mut tell) {
            Ok(outcome) => {
                if arguments.verbose || arguments.seeds == 1 {
                    println!("seed {seed}: {outcome:#?}");
                }
                batches += outcome.batches;
                answered += outcome.answered;
                faulted += outcome.faulted;
                restarts += outcome.restarts;
            }
            Err(failure) => {
                eprintln!("{failure}");
                failures += 1;
                if !arguments.keep_going {
                    return ExitCode::FAILURE;
                }
            }
        }
        let done = seed - seeds.start + 1;
        if done.is_multiple_of(500) {
            println!("{done} seeds, {failures} failures");
        }
    }
    println!(
        "{} seeds, {failures} failures: {batches} batches, {answered} commands answered, {faulted} not, \
         {restarts} restarts",
        arguments.seeds
    );
    if failures == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
