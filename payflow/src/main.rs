//! The PayFlow command line: what each command is called, and what its exit code is.

mod bench;
mod cli;
mod commands;
mod examples;
mod settings;
mod wiring;

use std::process::ExitCode;

use clap::Parser;

/// Gives memory back that was used for a moment: after 64 registrations, whose Argon2 takes 19 MiB each, the C library's
/// own allocator kept 700 MB.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The command line or the configuration is at fault: exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    match commands::run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let code = if error.is::<Usage>() { 2 } else { 1 };
            // Standard error may be closed; there is nobody left to tell then.
            drop(std::io::Write::write_all(
                &mut std::io::stderr(),
                format!("payflow: {}\n", with_causes(&error)).as_bytes(),
            ));
            ExitCode::from(code)
        }
    }
}

/// An error and its causes in one line. Many libraries repeat the cause in their own text; it is left out then.
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
