//! The PayFlow program as a library: its command line, its settings and its wiring. `payflow`
//! itself is the one call of [`run`]; the benchmarks measure what is built here, in a program of
//! their own.

mod cli;
mod commands;
mod examples;
mod router;
pub mod settings;
mod web_app;
pub mod wiring;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;
use platform::text::for_terminal;

pub use commands::say;
pub use router::router;

/// Gives memory back that was used for a moment: after 64 registrations, whose Argon2 takes 19 MiB
/// each, the C library's own allocator kept 700 MB. Every program that links this crate has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The command line or the configuration is at fault: exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// Runs the command that a command line names; its first word is the program's name.
pub fn run(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = cli::Cli::parse_from(words);
    exit_code("payflow", commands::run(cli))
}

/// Says what a program failed with, if it did, and with which exit code it ends.
pub fn exit_code(program: &str, outcome: anyhow::Result<()>) -> ExitCode {
    let Err(error) = outcome else {
        return ExitCode::SUCCESS;
    };
    // Standard error may be closed; there is nobody left to tell then.
    drop(std::io::Write::write_all(
        &mut std::io::stderr(),
        format!("{program}: {}\n", for_terminal(&with_causes(&error))).as_bytes(),
    ));
    ExitCode::from(if error.is::<Usage>() { 2 } else { 1 })
}

/// An error and its causes in one line. Many libraries repeat the cause in their own text; it is
/// left out then.
fn with_causes(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}
