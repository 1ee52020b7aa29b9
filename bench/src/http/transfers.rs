//! Single transfers over HTTP between logged-in users. Afterwards every balance is compared with
//! what was acknowledged.

pub mod payer;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::bail;
use contracts::identity::{OrgId, UserId};
use contracts::payments::TransactionType;
use db::args;

use super::Bench;
use super::load::Load;
use super::server::Server;
use super::turns::Turns;
use super::users::{self, User};
use crate::report::Report;
use crate::screen::progress;
use payer::{Payer, Requests, is_completed, is_echoed};

/// Connections that send where the command line names no number.
pub const CONNECTIONS: u16 = 64;

const COUNT: &str = "SELECT COUNT(*) FROM transactions WHERE type = $1";

/// Measures transfers, and the echo in turns with them.
///
/// # Errors
/// Where the server does not start or does not answer, or where money was lost or doubled.
pub async fn measure(bench: &Bench<'_>, report: &mut Report) -> anyhow::Result<()> {
    let args = bench.args;
    report.set("users", args.users);
    let keys = match args.random_keys {
        true => "random, one per transfer",
        false => "UUIDv7, one per transfer",
    };
    report.set("idempotency_keys", keys);
    report.set("risk", if args.risk { "on" } else { "off" });
    let mut server = Server::start_with(bench.target, args.risk).await?;
    let echo = Server::start_echo().await?;
    let bar = progress(u64::from(args.users));
    bar.set_message("registering users");
    let users = users::register(server.address, args.users, &bar, bench.interrupt).await?;
    if args.risk {
        server.stop()?;
        verify(bench, &users).await?;
        server = Server::start_with(bench.target, true).await?;
    }
    let requests = Arc::new(Requests::new(&users)?);
    let load = |server: &Server, is_done: fn(u16, &[u8]) -> bool| Load {
        address: server.address,
        senders: (0..bench.connections)
            .map(|number| Payer::new(number, requests.clone(), args.random_keys, is_done))
            .collect(),
        interrupt: bench.interrupt.clone(),
    };
    let (mut transfers, mut echoes) = (load(&server, is_completed), load(&echo, is_echoed));
    let loads = [&mut transfers, &mut echoes];
    let turns = Turns::take(args, [&server, &echo], loads).await?;
    let made = transfers.senders.iter().flat_map(|payer| &payer.made);
    let expected = balances(users.len(), made);
    compare(server.address, &users, &expected, turns.errors.is_empty()).await?;
    let after_load = server.resident_kib();
    server.stop()?;
    echo.stop()?;
    let kind = TransactionType::Transfer.number();
    bench.compare_count(&turns, COUNT, args![kind]).await?;
    bench.report("completed transfers over HTTP", turns, report);
    report.figure("balances", "exact");
    report.figure("memory_after_load_kib", after_load);
    Ok(())
}

/// Takes the users as people whose identity is verified: those of others are asked for a code from
/// their sixth transfer of a day on.
async fn verify(bench: &Bench<'_>, users: &[User]) -> anyhow::Result<()> {
    let ids: Vec<UserId> = users
        .iter()
        .map(|user| user.id.parse())
        .collect::<Result<_, _>>()?;
    let app = bench.target.open().await?;
    let verified = app.risk.take_as_verified(OrgId::DEFAULT, &ids).await;
    app.close().await;
    Ok(verified?)
}

/// What each user's wallet must hold after these transfers, in minor units.
fn balances<'a>(users: usize, made: impl Iterator<Item = &'a (usize, usize)>) -> Vec<i64> {
    let mut balances = vec![users::FUNDS; users];
    for (from, to) in made {
        balances[*from] -= users::AMOUNT;
        balances[*to] += users::AMOUNT;
    }
    balances
}

/// Each wallet holds what the acknowledged transfers leave it: nothing is lost, nothing happened
/// twice. Where not every request was answered, only the sum is known.
async fn compare(
    address: SocketAddr,
    users: &[User],
    expected: &[i64],
    is_each_known: bool,
) -> anyhow::Result<()> {
    let found = users::balances(address, users).await?;
    for (user, (found, expected)) in found.iter().zip(expected).enumerate() {
        if is_each_known && found != expected {
            bail!("wallet {user} holds {found} minor units, and {expected} were acknowledged");
        }
    }
    let (total, funds) = (found.iter().sum::<i64>(), expected.iter().sum::<i64>());
    if total != funds {
        bail!("the wallets hold {total} minor units together, and {funds} were deposited");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wallets_must_hold_what_was_acknowledged() {
        let expected = balances(3, [(0, 1), (0, 2), (2, 1)].iter());
        let changes = [-2, 2, 0].map(|transfers| users::FUNDS + transfers * users::AMOUNT);
        assert_eq!(expected, changes);
    }
}
