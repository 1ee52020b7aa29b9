//! The load: each connection sends a transfer, waits for its answer, and sends the next, as one of the users and to
//! another one, every request with an idempotency key of its own.

use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use platform::clock::SystemClock;
use platform::ids::{Ids, SystemEntropy};
use tokio::task::JoinSet;

use super::answer::{Connection, request};
use super::users::{AMOUNT, CURRENCY, User, decimal};
use crate::bench::report::Tally;
use crate::bench::workload::Random;
use crate::bench::{Interrupt, progress};

/// The endpoint that is measured.
pub const PATH: &str = "/api/v1/transactions";

/// Where the load goes and who sends it.
pub struct Load<'a> {
    pub address: SocketAddr,
    pub users: &'a [User],
    pub connections: usize,
    /// Whether an answer, by its status and body, is the one that was hoped for.
    pub is_done: fn(u16, &[u8]) -> bool,
    /// Whether idempotency keys have no order.
    pub random_keys: bool,
    pub interrupt: &'a Interrupt,
}

/// What became of it.
#[derive(Debug, Default)]
pub struct Sent {
    /// The completed transfers and how long each took.
    pub tally: Tally,
    /// From whom to whom each completed transfer went, by the users' numbers.
    pub transfers: Vec<(u16, u16)>,
    /// What went wrong: any other answer than a completed transfer.
    pub errors: Vec<String>,
}

impl Sent {
    /// Adds what came of another time.
    pub fn add(&mut self, other: Self) {
        self.tally.count += other.tally.count;
        self.tally.busy += other.tally.busy;
        self.tally.latencies.extend(other.tally.latencies);
        self.transfers.extend(other.transfers);
        self.errors.extend(other.errors);
    }
}

impl Load<'_> {
    /// Sends for as long as `length`, each connection once in any case; every answer that is under way then is waited for.
    ///
    /// # Errors
    /// Where a request cannot be written, or the user has had enough.
    pub async fn run(&self, length: Duration, what: &'static str) -> anyhow::Result<Sent> {
        let requests = Arc::new(self.requests()?);
        let bar = progress(length.as_secs().max(1));
        bar.set_message(what);
        let begun = Instant::now();
        let end = begun + length;
        let mut senders = JoinSet::new();
        for number in 0..self.connections {
            let sender = Sender {
                from: number % self.users.len(),
                random: Random(number as u64),
                requests: requests.clone(),
                address: self.address,
                is_done: self.is_done,
                random_keys: self.random_keys,
                sent: Sent::default(),
            };
            senders.spawn(sender.send_until(end, self.interrupt.clone()));
        }
        let ticker = {
            let bar = bar.clone();
            tokio::spawn(async move {
                let mut second = tokio::time::interval(Duration::from_secs(1));
                loop {
                    second.tick().await;
                    bar.set_position(begun.elapsed().as_secs());
                }
            })
        };
        let mut all = Sent::default();
        while let Some(done) = senders.join_next().await {
            let sent = done?;
            all.add(sent);
        }
        all.tally.busy = begun.elapsed();
        ticker.abort();
        bar.finish_and_clear();
        self.interrupt.check()?;
        Ok(all)
    }

    /// The requests without their idempotency keys.
    fn requests(&self) -> anyhow::Result<Requests> {
        let amount = decimal(AMOUNT)?;
        let body = |from: &str, to: &str| {
            format!(
                "{{\"type\":\"transfer\",\"from_wallet\":\"{from}\",\"to_wallet\":\"{to}\",\
                 \"amount\":\"{amount}\",\"currency\":\"{CURRENCY}\"}}"
            )
        };
        let mut heads = Vec::with_capacity(self.users.len());
        for user in self.users {
            // All ids are of one length, so that all bodies are.
            let text = request(
                "POST",
                PATH,
                Some(&user.token),
                &[],
                &body(&user.wallet, &user.wallet),
            );
            let (head, _) = text.split_once("\r\n\r\n").unwrap_or_default();
            heads.push(format!("{head}\r\nIdempotency-Key: "));
        }
        let marked = body("<", ">");
        let (before, rest) = marked.split_once('<').unwrap_or_default();
        let (between, after) = rest.split_once('>').unwrap_or_default();
        Ok(Requests {
            heads,
            wallets: self.users.iter().map(|user| user.wallet.clone()).collect(),
            parts: [before, between, after].map(str::to_owned),
        })
    }
}

/// What all requests have in common: made once, so that sending costs next to nothing.
struct Requests {
    /// Per user, everything up to the idempotency key.
    heads: Vec<String>,
    wallets: Vec<String>,
    /// The body around the two wallets.
    parts: [String; 3],
}

impl Requests {
    fn write(&self, request: &mut String, key: &str, from: usize, to: usize) {
        let [before, between, after] = &self.parts;
        let (giving, receiving) = (&self.wallets[from], &self.wallets[to]);
        request.clear();
        for part in [
            &self.heads[from],
            key,
            "\r\n\r\n",
            before,
            giving,
            between,
            receiving,
            after,
        ] {
            request.push_str(part);
        }
    }
}

struct Sender {
    from: usize,
    random: Random,
    requests: Arc<Requests>,
    address: SocketAddr,
    is_done: fn(u16, &[u8]) -> bool,
    random_keys: bool,
    sent: Sent,
}

impl Sender {
    async fn send_until(mut self, end: Instant, interrupt: Interrupt) -> Sent {
        loop {
            // A connection that broke is made again; each break is an error that is counted.
            if let Err(error) = self.send_on_one(end, &interrupt).await {
                self.sent.errors.push(format!("{error:#}"));
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            if Instant::now() >= end || interrupt.check().is_err() {
                return self.sent;
            }
        }
    }

    async fn send_on_one(&mut self, end: Instant, interrupt: &Interrupt) -> anyhow::Result<()> {
        let mut connection = Connection::open(self.address).await?;
        // No two connections of this or another run have the same keys.
        let ids = Ids::new(Arc::new(SystemClock), Arc::new(SystemEntropy));
        let (mut request, mut key) = (String::new(), String::new());
        let from = self.from;
        loop {
            let mut to = self.random.index(self.requests.wallets.len() - 1);
            if to >= from {
                to += 1;
            }
            let id = match self.random_keys {
                true => uuid::Builder::from_random_bytes(ids.secret()).into_uuid(),
                false => ids.next(),
            };
            key.clear();
            write!(key, "{}", id.hyphenated())?;
            self.requests.write(&mut request, &key, from, to);
            let begun = Instant::now();
            let (status, body) = connection.exchange(request.as_bytes()).await?;
            let took = begun.elapsed();
            if (self.is_done)(status, body) {
                self.sent.tally.latencies.push(took);
                self.sent.tally.count += 1;
                self.sent
                    .transfers
                    .push((u16::try_from(from)?, u16::try_from(to)?));
            } else {
                let body = String::from_utf8_lossy(body);
                self.sent.errors.push(format!("{status}: {body}"));
            }
            if Instant::now() >= end || interrupt.check().is_err() {
                return Ok(());
            }
        }
    }
}

/// Whether an answer says that the transfer is complete.
pub fn is_completed(status: u16, body: &[u8]) -> bool {
    const STATUS: &[u8] = b"\"status\":\"completed\"";
    status == 201 && body.windows(STATUS.len()).any(|part| part == STATUS)
}

/// Whether an answer gives the transfer back.
pub fn is_echoed(status: u16, body: &[u8]) -> bool {
    status == 201 && body.starts_with(b"{\"type\":\"transfer\",")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn users() -> Vec<User> {
        let user = |token: &str, wallet: &str| User {
            token: token.to_owned(),
            wallet: wallet.to_owned(),
        };
        vec![user("one", "wal_1"), user("two", "wal_2")]
    }

    #[test]
    fn a_request_is_that_of_its_user_with_its_own_key() {
        let users = users();
        let load = Load {
            address: SocketAddr::from(([127, 0, 0, 1], 1)),
            users: &users,
            connections: 1,
            is_done: is_completed,
            random_keys: false,
            interrupt: &Interrupt::default(),
        };
        let mut text = String::new();
        load.requests().unwrap().write(&mut text, "key-7", 1, 0);
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let expected = json!({
            "type": "transfer", "from_wallet": "wal_2", "to_wallet": "wal_1", "amount": "0.01", "currency": "USD",
        });
        assert_eq!(serde_json::from_str::<Value>(body).unwrap(), expected);
        for line in [
            "POST /api/v1/transactions HTTP/1.1".to_owned(),
            "Authorization: Bearer two".to_owned(),
            "Idempotency-Key: key-7".to_owned(),
            format!("Content-Length: {}", body.len()),
        ] {
            assert!(
                head.split("\r\n").any(|found| found == line),
                "{line} is not in {head}"
            );
        }
    }

    #[test]
    fn only_a_completed_transfer_counts() {
        let completed = br#"{"id":"txn_1","status":"completed","amount":"0.01"}"#;
        assert!(is_completed(201, completed));
        assert!(!is_completed(200, completed));
        assert!(!is_completed(
            201,
            br#"{"id":"txn_1","status":"processing"}"#
        ));
        assert!(!is_completed(201, b""));
        assert!(!is_echoed(201, completed));
    }
}
