//! The program `payflow`. What it does, the library of the same name says.

use std::process::ExitCode;

fn main() -> ExitCode {
    payflow::run(std::env::args_os())
}
