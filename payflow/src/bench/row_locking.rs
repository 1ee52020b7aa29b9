//! What the journal is compared with on PostgreSQL: a stored procedure that locks both rows, as ledgers on SQL usually do.
//! pgbench drives it, on the same server, in a schema of its own that is gone afterwards.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, bail};
use platform::ids::Ids;

use super::Interrupt;
use super::report::{Case, Tally};
use super::store::{Folder, Schema};
use super::subject::accounts;

/// One transfer: both accounts locked in the order of their ids, so that no two wait for each other; the check; the row
/// with both balances after it; and the balances.
const PROCEDURE: &str = "\
CREATE TABLE accounts (id BIGINT PRIMARY KEY, balance BIGINT NOT NULL, overdraft_limit BIGINT NOT NULL);
CREATE TABLE transfers (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, time TIMESTAMPTZ NOT NULL DEFAULT now(),
    debit BIGINT NOT NULL, credit BIGINT NOT NULL, amount BIGINT NOT NULL,
    debit_balance BIGINT NOT NULL, credit_balance BIGINT NOT NULL
);
CREATE FUNCTION transfer(giving BIGINT, receiving BIGINT, moved BIGINT) RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
    available BIGINT;
    debit_after BIGINT;
    credit_after BIGINT;
    made BIGINT;
BEGIN
    PERFORM 1 FROM accounts WHERE id IN (giving, receiving) ORDER BY id FOR UPDATE;
    SELECT balance + overdraft_limit INTO STRICT available FROM accounts WHERE id = giving;
    IF available < moved THEN
        RAISE EXCEPTION 'insufficient funds';
    END IF;
    UPDATE accounts SET balance = balance - moved WHERE id = giving RETURNING balance INTO debit_after;
    UPDATE accounts SET balance = balance + moved WHERE id = receiving RETURNING balance INTO credit_after;
    INSERT INTO transfers (debit, credit, amount, debit_balance, credit_balance)
        VALUES (giving, receiving, moved, debit_after, credit_after) RETURNING id INTO made;
    RETURN made;
END
$$;
";

/// What pgbench sends: as [`super::workload::Workload`] draws its transfers.
const SCRIPT: &str = "\
\\set one case when random(1, 100) <= :hot then 1 else random(1, :accounts) end
\\set other random(1, :accounts - 1)
\\set other case when :other >= :one then :other + 1 else :other end
\\set side random(0, 1)
\\set giving case when :side = 0 then :one else :other end
\\set receiving case when :side = 0 then :other else :one end
\\set amount random(1, 10000)
SELECT transfer(:giving, :receiving, :amount);
";

/// Where packages put PostgreSQL's programs, in a folder per version or in one.
const PLACES: [(&str, &str); 5] = [
    ("/usr/lib/postgresql", "bin"),
    ("/Applications/Postgres.app/Contents/Versions", "bin"),
    ("/opt/homebrew/opt", "bin"),
    ("/usr/local/opt", "bin"),
    ("/usr/local/pgsql", ""),
];

/// pgbench, and the server that it is sent to.
pub struct RowLocking<'a> {
    program: PathBuf,
    url: &'a str,
    accounts: u32,
    seconds: Duration,
    ids: &'a Ids,
    interrupt: &'a Interrupt,
}

impl<'a> RowLocking<'a> {
    /// With the pgbench of a folder, else the one on the PATH, else one where packages put it. None where there is none.
    pub fn find(
        folder: Option<&Path>,
        url: &'a str,
        accounts: u32,
        seconds: Duration,
        ids: &'a Ids,
        interrupt: &'a Interrupt,
    ) -> Option<Self> {
        let program = match folder {
            Some(folder) => Some(folder.join("pgbench")).filter(|program| runs(program)),
            None => std::iter::once(PathBuf::from("pgbench"))
                .chain(
                    PLACES
                        .iter()
                        .flat_map(|(place, below)| in_place(place, below)),
                )
                .find(|program| runs(program)),
        }?;
        Some(Self {
            program,
            url,
            accounts,
            seconds,
            ids,
            interrupt,
        })
    }

    /// The best of several numbers of clients.
    ///
    /// # Errors
    /// Where pgbench or the server fails, or the user has had enough.
    pub fn best(&self, clients: &[u16], hot: u8) -> anyhow::Result<Case> {
        let mut best: Option<Case> = None;
        for clients in clients {
            self.interrupt.check()?;
            let case = self.case(*clients, hot)?;
            if best
                .as_ref()
                .is_none_or(|best| best.per_second < case.per_second)
            {
                best = Some(case);
            }
        }
        best.context("no number of clients")
    }

    fn case(&self, clients: u16, hot: u8) -> anyhow::Result<Case> {
        let schema = Schema::new(self.url, self.ids)?;
        schema.run(PROCEDURE)?;
        schema.run(&format!(
            "INSERT INTO accounts SELECT id, 0, {} FROM generate_series(1, {}) AS id",
            1_i64 << 52,
            self.accounts
        ))?;
        schema.run("ANALYZE accounts")?;
        let folder = Folder::new(Some(&std::env::temp_dir()), self.ids)?;
        let per_second = self.drive(&schema, folder.path(), clients, hot)?;
        // Money moved and none was made; what pgbench counted is there.
        let sum = schema.number("SELECT CAST(SUM(balance) AS BIGINT) FROM accounts")?;
        let stored = schema.number("SELECT COUNT(*) FROM transfers")?;
        if sum != 0 || stored == 0 {
            bail!(
                "the row-locking procedure made {stored} transfers, and the balances add up to {sum}"
            );
        }
        let mut tally = Tally {
            latencies: latencies(folder.path())?,
            ..Tally::default()
        };
        let [p50_us, p99_us] = tally.percentiles([50, 99]);
        Ok(Case {
            name: format!("row-locking SQL, {}", accounts(hot)),
            engine: "PostgreSQL".to_owned(),
            batch: 1,
            in_flight: clients.into(),
            hot,
            per_second,
            p50_us,
            p99_us,
            yardstick_per_second: None,
            ratio: None,
            row_locking_ratio: None,
        })
    }

    /// Runs pgbench in a folder, and answers transactions per second.
    fn drive(&self, schema: &Schema, folder: &Path, clients: u16, hot: u8) -> anyhow::Result<u64> {
        let script = folder.join("transfer.sql");
        fs::write(&script, SCRIPT)?;
        let seconds = self.seconds.as_secs_f64().round().max(1.0);
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let output = Command::new(&self.program)
            .args([
                "--no-vacuum",
                "--protocol=prepared",
                "--log",
                "--log-prefix=transfers",
            ])
            .arg(format!("--client={clients}"))
            .arg(format!("--jobs={}", threads.min(clients.into())))
            .arg(format!("--time={seconds:.0}"))
            .arg(format!("--define=accounts={}", self.accounts))
            .arg(format!("--define=hot={hot}"))
            .arg("--file=transfer.sql")
            .arg(self.url)
            .env("PGOPTIONS", format!("-c search_path={}", schema.name()))
            .current_dir(folder)
            .output()
            .with_context(|| format!("{} does not start", self.program.display()))?;
        let said = String::from_utf8_lossy(&output.stdout);
        match rate(&said) {
            Some(rate) if output.status.success() => Ok(rate),
            _ => bail!(
                "pgbench failed with {clients} clients: {}",
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
        if file.file_name().to_string_lossy().starts_with("transfers.") {
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
