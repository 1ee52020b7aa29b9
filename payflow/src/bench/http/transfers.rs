//! Single transfers over HTTP, beside a server that only echoes them: the two take turns with the same load. Then every
//! balance is compared with what was acknowledged.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, bail};
use contracts::payments::TransactionType;
use db::{Db, args};

use super::load::{Load, Sent, is_completed, is_echoed};
use super::server::Server;
use super::users::{self, User};
use super::{HttpArgs, Measured, Side};
use crate::bench::report::{Setting, Tally};
use crate::bench::store::runtime;
use crate::bench::target::Target;
use crate::bench::{Interrupt, progress};

/// How often the server and the echo take turns.
const TURNS: u32 = 5;

/// Measures transfers, and the echo in turns with them.
///
/// # Errors
/// Where the server does not start or does not answer, or where money was lost or doubled.
pub fn measure(
    args: &HttpArgs,
    target: &Target,
    interrupt: &Interrupt,
) -> anyhow::Result<Measured> {
    let connections = args.connections.unwrap_or(super::CONNECTIONS);
    let bar = progress(u64::from(args.users));
    let (server, echo) = (Server::start(target)?, Server::start_echo()?);
    let runtime = runtime()?;
    let mut bench = Turns {
        args,
        sides: [Side::default(), Side::default()],
        sent: Sent::default(),
    };
    let done = runtime.block_on(async {
        bar.set_message("registering users");
        let users = users::register(server.address, args.users, &bar, interrupt).await?;
        let load = |server: &Server, is_done| Load {
            address: server.address,
            users: &users,
            connections: connections.into(),
            is_done,
            random_keys: args.random_keys,
            interrupt,
        };
        let transfers = load(&server, is_completed);
        bench
            .run([&server, &echo], [&transfers, &load(&echo, is_echoed)])
            .await?;
        let done = Outcome::of(&users, std::mem::take(&mut bench.sent))?;
        done.compare_balances(server.address, &users).await?;
        anyhow::Ok(done)
    })?;
    let after_load = server.resident_kib();
    server.stop()?;
    echo.stop()?;
    runtime.block_on(done.compare_count(target))?;
    let [subject, yardstick] = bench.sides;
    Ok(Measured {
        name: "completed transfers over HTTP".to_owned(),
        batch: 1,
        in_flight: connections.into(),
        subject,
        yardstick,
        errors: done.errors,
        settings: vec![
            Setting::new("users", args.users),
            Setting::new(
                "idempotency_keys",
                match args.random_keys {
                    true => "random, one per transfer",
                    false => "UUIDv7, one per transfer",
                },
            ),
        ],
        figures: vec![
            Setting::new("balances", "exact"),
            Setting::new("memory_after_load_kib", after_load),
        ],
    })
}

/// The server and the echo, in turns.
struct Turns<'a> {
    args: &'a HttpArgs,
    /// What each did while it was measured.
    sides: [Side; 2],
    /// What became of all transfers, the warm-up included.
    sent: Sent,
}

impl Turns<'_> {
    async fn run(&mut self, servers: [&Server; 2], loads: [&Load<'_>; 2]) -> anyhow::Result<()> {
        let [transfers, echoes] = loads;
        self.sent = transfers.run(self.args.warmup, "warming up").await?;
        self.sent.tally = Tally::default();
        echoes.run(self.args.warmup.min(ECHO_WARM_UP), "").await?;
        let length = self.args.seconds / TURNS;
        for _ in 0..TURNS {
            let what = "sending transfers";
            let sent = self.sides[0]
                .measure(servers[0], transfers.run(length, what))
                .await?;
            self.sent.transfers.extend(sent.transfers);
            self.sent.errors.extend(sent.errors);
            // What only echoes tells its speed sooner.
            let echoed = self.sides[1]
                .measure(servers[1], echoes.run(length / 2, "sending to the echo"))
                .await?;
            if let Some(error) = echoed.errors.first() {
                bail!("the echo failed: {error}");
            }
        }
        Ok(())
    }
}

/// How long the echo is sent something before anything is counted.
const ECHO_WARM_UP: Duration = Duration::from_millis(500);

/// What became of all transfers that were sent.
struct Outcome {
    errors: Vec<String>,
    /// What each user's wallet must hold, in minor units.
    expected: Vec<i64>,
    completed: u64,
}

impl Outcome {
    fn of(users: &[User], sent: Sent) -> anyhow::Result<Self> {
        let mut expected = vec![users::FUNDS; users.len()];
        for (from, to) in &sent.transfers {
            expected[usize::from(*from)] -= users::AMOUNT;
            expected[usize::from(*to)] += users::AMOUNT;
        }
        if sent.transfers.is_empty() {
            bail!(
                "no transfer was completed: {}",
                sent.errors.first().map_or("no answer", String::as_str)
            );
        }
        Ok(Self {
            completed: sent.transfers.len() as u64,
            errors: sent.errors,
            expected,
        })
    }

    /// Each wallet holds what the acknowledged transfers leave it: nothing is lost, nothing happened twice.
    async fn compare_balances(&self, address: SocketAddr, users: &[User]) -> anyhow::Result<()> {
        let found = users::balances(address, users).await?;
        if self.errors.is_empty() {
            for (user, (found, expected)) in found.iter().zip(&self.expected).enumerate() {
                if found != expected {
                    bail!(
                        "wallet {user} holds {found} minor units, and {expected} were acknowledged"
                    );
                }
            }
        }
        let (total, funds) = (found.iter().sum::<i64>(), self.expected.iter().sum::<i64>());
        if total != funds {
            bail!("the wallets hold {total} minor units together, and {funds} were deposited");
        }
        Ok(())
    }

    /// The store has as many transfers as were acknowledged; what failed on the way may have been committed or not.
    async fn compare_count(&self, target: &Target) -> anyhow::Result<()> {
        let db = match target {
            Target::Folder(folder) => {
                Db::open_sqlite(&folder.path().join("payments.db"), payments::migrations()).await
            }
            Target::Database(database) => {
                let migrations = payments::migrations();
                Db::connect_postgres(&database.url, payments::SCHEMA, 1, migrations).await
            }
        }
        .context("the server's store could not be read")?;
        let sql = "SELECT COUNT(*) FROM transactions WHERE type = $1";
        let kind = TransactionType::Transfer.number();
        let (stored,): (i64,) = db.fetch_one(sql, args![kind]).await?;
        db.close().await;
        let most = self.completed + self.errors.len() as u64;
        if !(self.completed..=most).contains(&u64::try_from(stored)?) {
            bail!(
                "{stored} transfers are stored, and {} were acknowledged",
                self.completed
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(transfers: &[(u16, u16)]) -> Sent {
        Sent {
            transfers: transfers.to_vec(),
            ..Sent::default()
        }
    }

    #[test]
    fn wallets_must_hold_what_was_acknowledged() {
        let users = vec![User::default(); 3];
        let done = Outcome::of(&users, sent(&[(0, 1), (0, 2), (2, 1)])).unwrap();
        let changes = [-2, 2, 0].map(|transfers| users::FUNDS + transfers * users::AMOUNT);
        assert_eq!(done.expected, changes);
        assert_eq!(done.completed, 3);
    }

    #[test]
    fn a_run_without_a_completed_transfer_is_no_result() {
        assert!(Outcome::of(&[], sent(&[])).is_err());
    }
}
