//! What the journal is compared with on PostgreSQL: a stored procedure that locks both rows, as
//! ledgers on SQL usually do. pgbench drives it, on the same server, in a schema of its own that is
//! gone afterwards.

mod pgbench;

use std::time::Duration;

use anyhow::{Context, bail};
use platform::ids::Ids;

use crate::database::Schema;
use crate::folder::Folder;
use crate::interrupt::Interrupt;
use crate::report::Case;
use crate::shape::accounts;
use crate::tally::Tally;

pub use pgbench::Pgbench;

/// One transfer: both accounts locked in the order of their ids, so that no two wait for each
/// other; the check; the row with both balances after it; and the balances.
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

/// What pgbench sends: as [`crate::workload::Workload`] draws its transfers.
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

/// The procedure, and the server that it runs on.
pub struct RowLocking<'a> {
    pub pgbench: Pgbench,
    /// Any database of the server in which schemas can be made.
    pub url: &'a str,
    pub accounts: u32,
    pub seconds: Duration,
    pub ids: &'a Ids,
    pub interrupt: &'a Interrupt,
}

impl RowLocking<'_> {
    /// The best of several numbers of clients.
    ///
    /// # Errors
    /// Where pgbench or the server fails, or the user has had enough.
    pub fn best(&self, clients: &[u16], hot: u8) -> anyhow::Result<Case> {
        let mut cases = vec![];
        for clients in clients {
            self.interrupt.check()?;
            cases.push(self.case(*clients, hot)?);
        }
        let best = cases.into_iter().max_by_key(|case| case.per_second);
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
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let options = [
            format!("--client={clients}"),
            format!("--jobs={}", threads.min(clients.into())),
            format!("--time={:.0}", self.seconds.as_secs_f64().round().max(1.0)),
            format!("--define=accounts={}", self.accounts),
            format!("--define=hot={hot}"),
        ];
        let sent = self
            .pgbench
            .drive(self.url, &schema, SCRIPT, &options, folder.path());
        let (per_second, latencies) = sent?;
        // Money moved and none was made; what pgbench counted is there.
        let sum = schema.number("SELECT CAST(SUM(balance) AS BIGINT) FROM accounts")?;
        let stored = schema.number("SELECT COUNT(*) FROM transfers")?;
        if sum != 0 || stored == 0 {
            bail!(
                "the row-locking procedure made {stored} transfers, and the balances add up to {sum}"
            );
        }
        let mut tally = Tally {
            latencies,
            ..Tally::default()
        };
        let name = format!("row-locking SQL, {}", accounts(hot));
        Ok(Case {
            hot,
            per_second,
            ..Case::new(name, "PostgreSQL", clients.into(), &mut tally)
        })
    }
}
