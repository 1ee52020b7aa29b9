//! What the user sees on standard error while something is measured.

use std::io::Write;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// The program's name.
pub const PROGRAM: &str = "payflow-bench";

/// Says something to the user beside the results. Standard error may be closed; nobody listens
/// then.
pub fn note(text: &str) {
    drop(writeln!(std::io::stderr(), "{PROGRAM}: {text}"));
}

/// A progress bar.
pub fn progress(length: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:<44} [{bar:30}] {pos}/{len} {eta}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new(length).with_style(style);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
