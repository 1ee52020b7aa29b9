//! What several benchmarks are told on the command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use payments::journal::MAX_BATCH;

/// Where a benchmark makes its stores.
#[derive(Debug, Args)]
pub struct Place {
    /// The folder in which a folder for the data is made [default: the current one].
    #[arg(long, value_name = "DIR", conflicts_with = "database_url")]
    pub data: Option<PathBuf>,
    /// A PostgreSQL server on which databases are made instead: the URL of any database of it.
    #[arg(long, value_name = "URL")]
    pub database_url: Option<String>,
}

/// A number of transfers that the journal takes at once.
pub fn batch(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|size| (1..=MAX_BATCH).contains(size))
        .ok_or_else(|| format!("a number between 1 and {MAX_BATCH}"))
}

/// Seconds as people write them: "3", "0.5".
pub fn seconds(text: &str) -> Result<Duration, String> {
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
}
