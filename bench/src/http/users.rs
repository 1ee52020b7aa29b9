//! The users of the benchmark: registered like anybody, each with a wallet and a deposit on it; or
//! made beforehand, and logged in.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, bail};
use indicatif::ProgressBar;
use money::{Amount, Currency};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::answer::Connection;
use crate::interrupt::Interrupt;
use crate::target::{PASSWORD, email};

/// What each wallet is given, in minor units.
pub const FUNDS: i64 = 1_000_000;
/// What each transfer moves, in minor units: little enough that no limit and no balance is ever in
/// the way.
pub const AMOUNT: i64 = 1;
/// The currency of all wallets.
pub const CURRENCY: &str = "USD";
/// How many users register at once; the server hashes their passwords, which takes its time.
const AT_ONCE: usize = 4;

/// A logged-in user.
#[derive(Debug, Clone, Default)]
pub struct User {
    /// The user's id: `usr_…`.
    pub id: String,
    /// The access token.
    pub token: String,
    /// The wallet's id.
    pub wallet: String,
}

/// Minor units as decimal text.
///
/// # Errors
/// Where the currency is unknown.
pub fn decimal(minor: i64) -> anyhow::Result<String> {
    Ok(Amount::from_minor(minor, Currency::from_code(CURRENCY)?).to_decimal_string())
}

/// Registers users, opens their wallets and funds them.
///
/// # Errors
/// Where the server refuses.
pub async fn register(
    address: SocketAddr,
    count: u16,
    bar: &ProgressBar,
    interrupt: &Interrupt,
) -> anyhow::Result<Vec<User>> {
    let mut users = vec![User::default(); usize::from(count)];
    let mut tasks = JoinSet::new();
    let next = std::sync::Arc::new(AtomicUsize::new(0));
    for _ in 0..AT_ONCE {
        let (next, bar, interrupt) = (next.clone(), bar.clone(), interrupt.clone());
        tasks.spawn(async move {
            let mut connection = Connection::open(address).await?;
            let mut made = vec![];
            loop {
                interrupt.check()?;
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= usize::from(count) {
                    return anyhow::Ok(made);
                }
                made.push((number, make(&mut connection, number).await?));
                bar.inc(1);
            }
        });
    }
    while let Some(made) = tasks.join_next().await {
        for (number, user) in made?? {
            users[number] = user;
        }
    }
    bar.finish_and_clear();
    Ok(users)
}

async fn make(connection: &mut Connection, number: usize) -> anyhow::Result<User> {
    let body = json!({
        "email": format!("bench-{number}@bench.payflow.example"),
        "password": format!("bench password {number}"),
        "name": format!("Bench {number}"),
    });
    let path = "/api/v1/auth/register";
    let registered = connection
        .call("POST", path, None, Some(&body), 201)
        .await?;
    let token = text(&registered, "/access_token")?;
    let id = text(&registered, "/user/id")?;
    let path = "/api/v1/wallets";
    let body = json!({ "currency": CURRENCY });
    let wallet = connection
        .call("POST", path, Some(&token), Some(&body), 201)
        .await?;
    let wallet = text(&wallet, "/id")?;
    let body = json!({
        "type": "deposit", "to_wallet": wallet, "amount": decimal(FUNDS)?, "currency": CURRENCY,
        "source": { "kind": "card", "token": "tok_ok" },
    });
    let path = "/api/v1/transactions";
    let deposit = connection
        .call("POST", path, Some(&token), Some(&body), 201)
        .await?;
    let user = User { id, token, wallet };
    if text(&deposit, "/status")? == "processing" {
        wait_for_funds(connection, &user).await?;
    }
    Ok(user)
}

/// The acquirer may answer after the request.
async fn wait_for_funds(connection: &mut Connection, user: &User) -> anyhow::Result<()> {
    for _ in 0..100 {
        if balance(connection, user).await? == FUNDS {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bail!("a deposit does not arrive")
}

/// The access token of a user.
///
/// # Errors
/// Where the server refuses.
pub async fn log_in(connection: &mut Connection, name: &str) -> anyhow::Result<String> {
    let body = json!({ "email": email(name), "password": PASSWORD });
    let path = "/api/v1/auth/login";
    let answer = connection
        .call("POST", path, None, Some(&body), 200)
        .await?;
    text(&answer, "/access_token")
}

/// What each user's wallet holds, in minor units.
///
/// # Errors
/// Where the server refuses.
pub async fn balances(address: SocketAddr, users: &[User]) -> anyhow::Result<Vec<i64>> {
    let mut connection = Connection::open(address).await?;
    let mut balances = Vec::with_capacity(users.len());
    for user in users {
        balances.push(balance(&mut connection, user).await?);
    }
    Ok(balances)
}

async fn balance(connection: &mut Connection, user: &User) -> anyhow::Result<i64> {
    let path = format!("/api/v1/wallets/{}", user.wallet);
    let wallet = connection
        .call("GET", &path, Some(&user.token), None, 200)
        .await?;
    let posted = text(&wallet, "/balance/posted")?;
    Ok(Amount::parse(&posted, Currency::from_code(CURRENCY)?)?.minor())
}

fn text(answer: &Value, path: &str) -> anyhow::Result<String> {
    let text = answer.pointer(path).and_then(Value::as_str);
    Ok(text
        .with_context(|| format!("an answer lacks {path}: {answer}"))?
        .to_owned())
}
