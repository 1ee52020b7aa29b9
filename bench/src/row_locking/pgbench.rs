//! PostgreSQL's load generator: where it is, how it is started, and what its output says.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, bail};

use crate::database::Schema;

/// Where packages put PostgreSQL's programs, in a folder per version or in one.
const PLACES: [(&str, &str); 5] = [
    ("/usr/lib/postgresql", "bin"),
    ("/Applications/Postgres.app/Contents/Versions", "bin"),
    ("/opt/homebrew/opt", "bin"),
    ("/usr/local/opt", "bin"),
    ("/usr/local/pgsql", ""),
];

/// The program.
pub struct Pgbench(PathBuf);

impl Pgbench {
    /// That of a folder, else the one on the PATH, else one where packages put it. None where there
    /// is none.
    pub fn find(folder: Option<&Path>) -> Option<Self> {
        let mut places = match folder {
            Some(folder) => vec![folder.join("pgbench")],
            None => vec![PathBuf::from("pgbench")],
        };
        if folder.is_none() {
            let packaged = PLACES.iter();
            places.extend(packaged.flat_map(|(place, below)| in_place(place, below)));
        }
        places.into_iter().find(|program| runs(program)).map(Self)
    }

    /// Sends a script to a schema, over prepared statements. Transactions per second, and how long
    /// each took. What it writes, it writes into the folder.
    ///
    /// # Errors
    /// Where it does not start, or a statement fails.
    pub fn drive(
        &self,
        url: &str,
        schema: &Schema,
        script: &str,
        options: &[String],
        folder: &Path,
    ) -> anyhow::Result<(u64, Vec<Duration>)> {
        fs::write(folder.join("script.sql"), script)?;
        let output = Command::new(&self.0)
            .args(["--no-vacuum", "--protocol=prepared"])
            .args(["--log", "--log-prefix=transactions"])
            .args(options)
            .args(["--file=script.sql", url])
            .env("PGOPTIONS", format!("-c search_path={}", schema.name()))
            .current_dir(folder)
            .output()
            .with_context(|| format!("{} does not start", self.0.display()))?;
        match rate(&String::from_utf8_lossy(&output.stdout)) {
            Some(rate) if output.status.success() => Ok((rate, latencies(folder)?)),
            _ => bail!(
                "pgbench failed ({}): {}",
                options.join(" "),
                String::from_utf8_lossy(&output.stderr).trim()
            ),
        }
    }
}

/// Whether it is a program that says its version.
fn runs(program: &Path) -> bool {
    let asked = Command::new(program).arg("--version").output();
    asked.is_ok_and(|output| output.status.success())
}

/// The programs below a place, those of the newest version first.
fn in_place(place: &str, below: &str) -> Vec<PathBuf> {
    let Ok(folders) = fs::read_dir(place) else {
        return vec![];
    };
    let mut found: Vec<_> = folders
        .filter_map(|folder| Some(folder.ok()?.path().join(below).join("pgbench")))
        .filter(|program| program.is_file())
        .collect();
    found.sort();
    found.reverse();
    found
}

/// Transactions per second as pgbench says them, without the time to connect.
fn rate(said: &str) -> Option<u64> {
    let line = said.lines().rfind(|line| line.starts_with("tps = "))?;
    let whole = line.strip_prefix("tps = ")?.split(['.', ' ']).next()?;
    whole.parse().ok()
}

/// What pgbench has written of each transaction: its third column is the time that it took, in µs.
fn latencies(folder: &Path) -> anyhow::Result<Vec<Duration>> {
    let mut latencies = vec![];
    for file in fs::read_dir(folder)? {
        let file = file?;
        if file
            .file_name()
            .to_string_lossy()
            .starts_with("transactions.")
        {
            let text = fs::read_to_string(file.path())?;
            let micros = text
                .lines()
                .filter_map(|line| line.split(' ').nth(2)?.parse().ok());
            latencies.extend(micros.map(Duration::from_micros));
        }
    }
    Ok(latencies)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_the_one_without_the_time_to_connect() {
        let said = "latency average = 1.2 ms\ninitial connection time = 5.8 ms\n\
                    tps = 3456.789012 (without initial connection time)\n";
        assert_eq!(rate(said), Some(3_456));
        let said = "tps = 100.5 (including connections establishing)\ntps = 120.5 (excluding connections establishing)\n";
        assert_eq!(rate(said), Some(120));
        assert_eq!(rate("pgbench: error"), None);
    }

    #[test]
    fn a_folder_without_pgbench_has_none() {
        assert!(!runs(Path::new("/nowhere/pgbench")));
        assert!(in_place("/nowhere", "bin").is_empty());
    }
}
