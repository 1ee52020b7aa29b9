//! The ledger's batch endpoint: an administrator opens accounts, then a few connections send
//! batches of transfers, each with an id of its own. Afterwards debits must equal credits, and what
//! is stored is compared with what was acknowledged.

pub mod batch;

use anyhow::{Context, bail};
use contracts::identity::Role;
use contracts::payments::AccountId;
use db::args;
use serde_json::json;

use super::Bench;
use super::answer::Connection;
use super::load::Load;
use super::server::Server;
use super::turns::Turns;
use super::users::log_in;
use crate::ids;
use crate::report::Report;
use crate::target::create_user;
use batch::{Batches, Counter, created, echoed};

/// Connections that send where the command line names no number.
pub const CONNECTIONS: u16 = 4;
const ADMIN: &str = "admin";

const COUNT: &str = "SELECT COUNT(*) FROM transfers";

/// Measures batches, and the echo in turns with them.
///
/// # Errors
/// Where the server does not start or does not answer, or where a transfer was lost or doubled.
pub async fn measure(bench: &Bench<'_>, size: usize, report: &mut Report) -> anyhow::Result<()> {
    let args = bench.args;
    report.set("accounts", args.accounts);
    report.set("idempotency", "an id per transfer");
    let app = bench.target.open().await?;
    let made = create_user(&app, ADMIN, Role::Admin).await;
    app.close().await;
    made?;
    let server = Server::start(bench.target).await?;
    let echo = Server::start_echo().await?;
    let mut connection = Connection::open(server.address).await?;
    let token = log_in(&mut connection, ADMIN).await?;
    let accounts = open_accounts(&mut connection, &token, args.accounts).await?;
    let load = |server: &Server, counter: Counter| Load {
        address: server.address,
        senders: (0..bench.connections)
            .map(|number| Batches::new(&token, &accounts, size, number as u64, counter))
            .collect(),
        interrupt: bench.interrupt.clone(),
    };
    let (mut transfers, mut echoes) = (load(&server, created), load(&echo, echoed));
    let loads = [&mut transfers, &mut echoes];
    let turns = Turns::take(args, [&server, &echo], loads).await?;
    check_balance(&mut connection, &token).await?;
    drop(connection);
    let after_load = server.resident_kib();
    server.stop()?;
    echo.stop()?;
    bench.compare_count(&turns, COUNT, args![]).await?;
    bench.report("batches over HTTP", turns, report);
    report.figure("balances", "exact");
    report.figure("memory_after_load_kib", after_load);
    Ok(())
}

/// Opens accounts that are refused a debit beyond their overdraft, so that the check is a real one.
async fn open_accounts(
    connection: &mut Connection,
    token: &str,
    count: u32,
) -> anyhow::Result<Vec<String>> {
    let ids = ids();
    let accounts: Vec<_> = (0..count)
        .map(|_| AccountId(ids.next()).to_string())
        .collect();
    for part in accounts.chunks(payments::journal::MAX_BATCH) {
        let items: Vec<_> = part
            .iter()
            .map(|id| {
                json!({
                    "id": id, "currency": "USD", "code": 900,
                    "debits_must_not_exceed_credits": true, "overdraft_limit": 1_i64 << 52,
                })
            })
            .collect();
        let path = "/api/v1/ledger/accounts";
        let body = json!({ "accounts": items });
        let answer = connection
            .call("POST", path, Some(token), Some(&body), 200)
            .await?;
        let results = answer["results"].as_array().context("no results")?;
        if let Some(refused) = results.iter().find(|one| one["result"] != "created") {
            bail!("an account was not opened: {refused}");
        }
    }
    Ok(accounts)
}

/// Debits equal credits.
async fn check_balance(connection: &mut Connection, token: &str) -> anyhow::Result<()> {
    let path = "/api/v1/ledger/trial-balance";
    let answer = connection.call("GET", path, Some(token), None, 200).await?;
    if answer["balanced"] != json!(true) {
        bail!("debits and credits differ: {answer}");
    }
    Ok(())
}
