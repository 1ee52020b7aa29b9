//! How long a server takes to answer questions about a large store: first pages, pages at the far end of a long history,
//! balances of the past. One connection asks one question at a time, and nothing is written meanwhile.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use contracts::payments::{AccountId, WalletId};
use db::args;
use uuid::Uuid;
use values::Timestamp;
use web::page::encode_cursor;

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

/// A transaction close to the first one.
const FAR_ROW: i64 = 200;

/// What no transaction has.
const RULED_OUT: &str = "/api/v1/transactions?q=nowhere";

/// What is read, and as whom: the hot wallet's history, and lists of all that is there. `{…}` is filled in.
const QUESTIONS: [(&str, Who, &str); 25] = [
    ("wallets of all, first page", Who::Admin, "/api/v1/wallets"),
    (
        "wallets of one user, first page",
        Who::Holder,
        "/api/v1/wallets",
    ),
    (
        "wallets of all, of a currency that none has",
        Who::Admin,
        "/api/v1/wallets?currency=JPY",
    ),
    (
        "wallets of all, frozen or closed",
        Who::Admin,
        "/api/v1/wallets?status=frozen,closed",
    ),
    (
        "transactions of all, first page",
        Who::Admin,
        "/api/v1/transactions",
    ),
    (
        "transactions of all, far end by cursor",
        Who::Admin,
        "/api/v1/transactions?cursor={row}",
    ),
    (
        "transactions of all, far end by created_lt",
        Who::Admin,
        "/api/v1/transactions?created_lt={after}",
    ),
    (
        "transactions of all, of a type that only the oldest have",
        Who::Admin,
        "/api/v1/transactions?type=deposit",
    ),
    (
        "transactions of all, with a text that none has",
        Who::Admin,
        RULED_OUT,
    ),
    (
        "transactions of all, of an amount that none has",
        Who::Admin,
        "/api/v1/transactions?currency=USD&amount_gte=1000000000&amount_lte=2000000000",
    ),
    (
        "transactions of all, everything filtered, none passes",
        Who::Admin,
        "/api/v1/transactions?status=completed,failed&type=transfer,payment&currency=USD&amount_gte=0.02&amount_lte=0.02\
         &created_lt={after}&q=nowhere",
    ),
    (
        "transactions of all, not completed",
        Who::Admin,
        "/api/v1/transactions?status=processing,unresolved,failed,cancelled,expired",
    ),
    (
        "transactions of one user, first page",
        Who::Holder,
        "/api/v1/transactions",
    ),
    (
        "transactions of one user, of a type that only the oldest has",
        Who::Holder,
        "/api/v1/transactions?type=deposit",
    ),
    (
        "transactions of one user, with a text that none has",
        Who::Holder,
        "/api/v1/transactions?q=nowhere",
    ),
    (
        "transactions of one wallet, not completed",
        Who::Holder,
        "/api/v1/transactions?wallet_id={wallet}&status=processing,failed",
    ),
    (
        "statement, first page",
        Who::Holder,
        "/api/v1/wallets/{wallet}/statement",
    ),
    (
        "statement, far end by cursor",
        Who::Holder,
        "/api/v1/wallets/{wallet}/statement?cursor={entry}",
    ),
    (
        "statement, far end by to",
        Who::Holder,
        "/api/v1/wallets/{wallet}/statement?to={after}",
    ),
    (
        "statement, first page, from the far end",
        Who::Holder,
        "/api/v1/wallets/{wallet}/statement?from={time}",
    ),
    (
        "balance now",
        Who::Holder,
        "/api/v1/wallets/{wallet}/balance",
    ),
    (
        "balance at the far end",
        Who::Holder,
        "/api/v1/wallets/{wallet}/balance?at={time}",
    ),
    (
        "ledger entries, first page",
        Who::Admin,
        "/api/v1/ledger/accounts/{account}/entries",
    ),
    (
        "ledger entries, far end by cursor",
        Who::Admin,
        "/api/v1/ledger/accounts/{account}/entries?cursor={entry}",
    ),
    ("trial balance", Who::Admin, "/api/v1/ledger/trial-balance"),
];

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

/// What came of it.
pub struct Answered {
    /// What was measured.
    pub reads: Vec<Read>,
    /// How many entries the wallet's account has.
    pub entries: u64,
    /// From the first question until lists were summarised; none where that took too long, or there is no room for all.
    pub summarised_in: Option<Duration>,
}

/// The longest that summaries are waited for.
const SUMMARIES: Duration = Duration::from_secs(120);

/// Whether a page has fewer rows than were asked for, and yet there may be more: its search came to the end of its effort.
fn is_short(page: &serde_json::Value) -> bool {
    let rows = page["data"].as_array().map_or(0, Vec::len);
    page["has_more"] == true && rows < web::page::DEFAULT_LIMIT as usize
}

/// The longest that one kind of page is read.
const PATIENCE: Duration = Duration::from_secs(5);
/// Read in any case.
const LEAST: usize = 3;

impl Reader<'_> {
    /// Reads everything as these two users, once the server has summarised what is there for its lists.
    ///
    /// # Errors
    /// Where the server refuses, or the user has had enough.
    pub async fn run(&self, admin: &str, holder: &str) -> anyhow::Result<Answered> {
        let mut connection = Connection::open(self.address).await?;
        let admin = log_in(&mut connection, admin).await?;
        let holder = log_in(&mut connection, holder).await?;
        let account = self.path("/api/v1/ledger/accounts/{account}");
        let found = connection
            .call("GET", &account, Some(&admin), None, 200)
            .await?;
        let entries = found["entries"].as_u64().unwrap_or_default();
        let summarised_in = self.wait_for_summaries(&mut connection, &admin).await?;
        let bar = progress(QUESTIONS.len() as u64);
        let mut reads = vec![];
        for (name, who, path) in QUESTIONS {
            bar.set_message(name);
            let token = match who {
                Who::Admin => &admin,
                Who::Holder => &holder,
            };
            reads.push(
                self.read(&mut connection, name, token, &self.path(path))
                    .await?,
            );
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(Answered {
            reads,
            entries,
            summarised_in,
        })
    }

    /// Asks for what only summaries rule out until no page comes short any more; not for ever, because they have a bound.
    async fn wait_for_summaries(
        &self,
        connection: &mut Connection,
        admin: &str,
    ) -> anyhow::Result<Option<Duration>> {
        let begun = Instant::now();
        let bar = progress(1);
        bar.set_message("waiting for the lists' summaries");
        while begun.elapsed() < SUMMARIES {
            self.interrupt.check()?;
            let page = connection
                .call("GET", RULED_OUT, Some(admin), None, 200)
                .await?;
            if !is_short(&page) {
                return Ok(Some(begun.elapsed()));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(None)
    }

    /// A path of [`QUESTIONS`] with what it leaves open.
    fn path(&self, question: &str) -> String {
        let Far { seq, time } = self.far;
        question
            .replace("{wallet}", &WalletId(self.wallet).to_string())
            .replace("{account}", &AccountId(self.wallet).to_string())
            .replace("{entry}", &encode_cursor(seq))
            .replace("{row}", &encode_cursor(FAR_ROW))
            .replace("{time}", &time.to_string())
            .replace("{after}", &time.plus(1).to_string())
    }

    async fn read(
        &self,
        connection: &mut Connection,
        name: &str,
        token: &str,
        path: &str,
    ) -> anyhow::Result<Read> {
        let begun = Instant::now();
        let (mut tally, mut short) = (Tally::default(), 0);
        while tally.latencies.len() < self.requests
            && (tally.latencies.len() < LEAST || begun.elapsed() < PATIENCE)
        {
            self.interrupt.check()?;
            let asked = Instant::now();
            let page = connection.call("GET", path, Some(token), None, 200).await?;
            tally.latencies.push(asked.elapsed());
            short += usize::from(is_short(&page));
        }
        let [p50_us, p99_us] = tally.percentiles([50, 99]);
        let short = match short {
            0 => String::new(),
            count => format!(" ({count} came short)"),
        };
        Ok(Read {
            name: format!("{name}{short}"),
            requests: tally.latencies.len(),
            p50_us,
            p99_us,
        })
    }
}
