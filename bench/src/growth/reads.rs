//! How long a server takes to answer questions about a large store. One connection asks one
//! question at a time, and nothing is written meanwhile.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::questions::{ACCOUNT, Far, QUESTIONS, RULED_OUT, Who};
use crate::http::answer::Connection;
use crate::http::users::log_in;
use crate::interrupt::Interrupt;
use crate::report::Read;
use crate::screen::progress;
use crate::tally::Tally;

/// A reader of one wallet's history, and of the lists of all.
pub struct Reader<'a> {
    pub address: SocketAddr,
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
    /// From the first question until lists were summarised; none where that took too long, or there
    /// is no room for all.
    pub summarised_in: Option<Duration>,
}

/// The longest that summaries are waited for.
const SUMMARIES: Duration = Duration::from_secs(120);

/// Whether a page has fewer rows than were asked for, and yet there may be more: its search came to
/// the end of its effort.
fn is_short(page: &serde_json::Value) -> bool {
    let rows = page["data"].as_array().map_or(0, Vec::len);
    page["has_more"] == true && rows < web::page::DEFAULT_LIMIT as usize
}

/// The longest that one kind of page is read.
const PATIENCE: Duration = Duration::from_secs(5);
/// Read in any case.
const LEAST: usize = 3;

impl Reader<'_> {
    /// Reads everything as these two users, once the server has summarised what is there for its
    /// lists.
    ///
    /// # Errors
    /// Where the server refuses, or the user has had enough.
    pub async fn run(&self, admin: &str, holder: &str) -> anyhow::Result<Answered> {
        let mut connection = Connection::open(self.address).await?;
        let admin = log_in(&mut connection, admin).await?;
        let holder = log_in(&mut connection, holder).await?;
        let account = self.far.path(ACCOUNT);
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
            let path = self.far.path(path);
            reads.push(self.read(&mut connection, name, token, &path).await?);
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(Answered {
            reads,
            entries,
            summarised_in,
        })
    }

    /// Asks for what only summaries rule out until no page comes short any more; not for ever,
    /// because they have a bound.
    async fn wait_for_summaries(
        &self,
        connection: &mut Connection,
        admin: &str,
    ) -> anyhow::Result<Option<Duration>> {
        let path = self.far.path(RULED_OUT);
        let begun = Instant::now();
        let bar = progress(1);
        bar.set_message("waiting for the lists' summaries");
        while begun.elapsed() < SUMMARIES {
            self.interrupt.check()?;
            let page = connection
                .call("GET", &path, Some(admin), None, 200)
                .await?;
            if !is_short(&page) {
                return Ok(Some(begun.elapsed()));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(None)
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
        let name = match short {
            0 => name.to_owned(),
            count => format!("{name} ({count} came short)"),
        };
        Ok(Read::new(name, &mut tally))
    }
}
