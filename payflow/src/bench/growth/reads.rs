//! How long a server takes to answer questions about a large store: first pages, pages at the far end of a long history,
//! balances of the past. One connection asks one question at a time, and nothing is written meanwhile.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use contracts::payments::{AccountId, WalletId};
use platform::args;
use platform::clock::Timestamp;
use platform::page::encode_cursor;
use uuid::Uuid;

use crate::bench::Interrupt;
use crate::bench::http::answer::Connection;
use crate::bench::http::log_in;
use crate::bench::progress;
use crate::bench::report::{Read, Tally};
use crate::wiring::App;

/// A place far back in a wallet's history.
#[derive(Debug, Clone, Copy)]
pub struct Far {
    seq: i64,
    time: Timestamp,
}

impl Far {
    /// The entry of a wallet that has a page of older ones, or its first one. Read in the journal's order, because no index
    /// leads there.
    ///
    /// # Errors
    /// Where the wallet has no entry.
    pub async fn find(app: &App, wallet: Uuid) -> anyhow::Result<Self> {
        let sql = "SELECT t.seq, t.time FROM transfers t WHERE t.debit = (SELECT no FROM accounts WHERE id = $1) \
                   OR t.credit = (SELECT no FROM accounts WHERE id = $1) ORDER BY t.seq LIMIT 40";
        let oldest: Vec<(i64, i64)> = app.payments.db().fetch_all(sql, args![wallet]).await?;
        let (seq, time) = oldest
            .last()
            .ok_or_else(|| anyhow::anyhow!("the hot wallet has no entry"))?;
        Ok(Self {
            seq: *seq,
            time: Timestamp(*time),
        })
    }
}

/// Who reads.
#[derive(Debug, Clone, Copy)]
enum Who {
    Admin,
    Holder,
}

/// A reader of one wallet's history, and of the lists of all.
pub struct Reader<'a> {
    pub address: SocketAddr,
    /// The wallet with the long history.
    pub wallet: Uuid,
    pub far: Far,
    /// How often each page is read.
    pub requests: usize,
    pub interrupt: &'a Interrupt,
}

/// The longest that one kind of page is read.
const PATIENCE: Duration = Duration::from_secs(5);
/// Read in any case.
const LEAST: usize = 3;

impl Reader<'_> {
    /// Reads everything as these two users. Answers what was measured, and how many entries the wallet's account has.
    ///
    /// # Errors
    /// Where the server refuses, or the user has had enough.
    pub async fn run(&self, admin: &str, holder: &str) -> anyhow::Result<(Vec<Read>, u64)> {
        let mut connection = Connection::open(self.address).await?;
        let admin = log_in(&mut connection, admin).await?;
        let holder = log_in(&mut connection, holder).await?;
        let account = format!("/api/v1/ledger/accounts/{}", AccountId(self.wallet));
        let found = connection
            .call("GET", &account, Some(&admin), None, 200)
            .await?;
        let entries = found["entries"].as_u64().unwrap_or_default();
        let questions = self.questions(&account);
        let bar = progress(questions.len() as u64);
        let mut reads = vec![];
        for (name, who, path) in questions {
            bar.set_message(name);
            let token = match who {
                Who::Admin => &admin,
                Who::Holder => &holder,
            };
            reads.push(self.read(&mut connection, name, token, &path).await?);
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok((reads, entries))
    }

    fn questions(&self, account: &str) -> Vec<(&'static str, Who, String)> {
        use Who::{Admin, Holder};
        let wallet = format!("/api/v1/wallets/{}", WalletId(self.wallet));
        let Far { seq, time } = self.far;
        let (cursor, after) = (encode_cursor(seq), time.plus(1));
        let all = "/api/v1/transactions";
        let far = encode_cursor(200);
        vec![
            (
                "wallets of all, first page",
                Admin,
                "/api/v1/wallets".to_owned(),
            ),
            (
                "wallets of one user, first page",
                Holder,
                "/api/v1/wallets".to_owned(),
            ),
            ("transactions of all, first page", Admin, all.to_owned()),
            (
                "transactions of all, far end by cursor",
                Admin,
                format!("{all}?cursor={far}"),
            ),
            (
                "transactions of all, far end by created_lt",
                Admin,
                format!("{all}?created_lt={after}"),
            ),
            (
                "transactions of all, of a type that only the oldest have",
                Admin,
                format!("{all}?type=deposit"),
            ),
            (
                "transactions of all, with a text that none has",
                Admin,
                format!("{all}?q=nowhere"),
            ),
            (
                "transactions of one user, first page",
                Holder,
                all.to_owned(),
            ),
            (
                "transactions of one user, of the oldest type",
                Holder,
                format!("{all}?type=deposit"),
            ),
            (
                "statement, first page",
                Holder,
                format!("{wallet}/statement"),
            ),
            (
                "statement, far end by cursor",
                Holder,
                format!("{wallet}/statement?cursor={cursor}"),
            ),
            (
                "statement, far end by to",
                Holder,
                format!("{wallet}/statement?to={after}"),
            ),
            (
                "statement, first page by from",
                Holder,
                format!("{wallet}/statement?from={time}"),
            ),
            ("balance now", Holder, format!("{wallet}/balance")),
            (
                "balance at the far end",
                Holder,
                format!("{wallet}/balance?at={time}"),
            ),
            (
                "ledger entries, first page",
                Admin,
                format!("{account}/entries"),
            ),
            (
                "ledger entries, far end by cursor",
                Admin,
                format!("{account}/entries?cursor={cursor}"),
            ),
            (
                "trial balance",
                Admin,
                "/api/v1/ledger/trial-balance".to_owned(),
            ),
        ]
    }

    async fn read(
        &self,
        connection: &mut Connection,
        name: &str,
        token: &str,
        path: &str,
    ) -> anyhow::Result<Read> {
        let begun = Instant::now();
        let mut tally = Tally::default();
        while tally.latencies.len() < self.requests
            && (tally.latencies.len() < LEAST || begun.elapsed() < PATIENCE)
        {
            self.interrupt.check()?;
            let asked = Instant::now();
            connection.call("GET", path, Some(token), None, 200).await?;
            tally.latencies.push(asked.elapsed());
        }
        let [p50_us, p99_us] = tally.percentiles([50, 99]);
        Ok(Read {
            name: name.to_owned(),
            requests: tally.latencies.len(),
            p50_us,
            p99_us,
        })
    }
}
