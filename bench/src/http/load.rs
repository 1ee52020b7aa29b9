//! A load over HTTP: each connection sends a request, waits for its answer, and sends the next.
//! What is in them, a [`Sender`] knows.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::answer::Connection;
use crate::interrupt::Interrupt;
use crate::tally::Tally;

/// What one connection sends.
pub trait Sender: Send + 'static {
    /// Transfers in a request.
    fn size(&self) -> usize;

    /// The next request.
    fn next(&mut self) -> &[u8];

    /// How many of the request's transfers an answer says were done; none where it is another
    /// answer.
    fn done(&mut self, status: u16, answer: &[u8]) -> Option<usize>;
}

/// Where a load goes and who sends it.
pub struct Load<S> {
    pub address: SocketAddr,
    /// One for each connection.
    pub senders: Vec<S>,
    pub interrupt: Interrupt,
}

/// What became of it.
#[derive(Debug, Default)]
pub struct Sent {
    /// The completed transfers and how long each request took.
    pub tally: Tally,
    /// What went wrong: any answer that is not the hoped for one, and each connection that broke.
    pub errors: Vec<String>,
}

/// How long nobody connects again after a connection broke.
const PAUSE: Duration = Duration::from_millis(50);
/// The most that is told of an answer.
const TOLD: usize = 500;

impl<S: Sender> Load<S> {
    /// Sends for as long as `length`, each connection once in any case; every answer that is under
    /// way then is waited for.
    ///
    /// # Errors
    /// Where the user has had enough.
    pub async fn run(&mut self, length: Duration) -> anyhow::Result<Sent> {
        let begun = Instant::now();
        let mut tasks = JoinSet::new();
        for mut sender in self.senders.drain(..) {
            let (address, interrupt) = (self.address, self.interrupt.clone());
            tasks.spawn(async move {
                let is_over = || Instant::now() >= begun + length || interrupt.check().is_err();
                let mut sent = Sent::default();
                // A connection that broke is made again; each break is an error that is counted.
                while let Err(error) = sent.send_until(is_over, address, &mut sender).await {
                    sent.errors.push(format!("{error:#}"));
                    tokio::time::sleep(PAUSE).await;
                    if is_over() {
                        break;
                    }
                }
                (sender, sent)
            });
        }
        let mut all = Sent::default();
        while let Some(done) = tasks.join_next().await {
            let (sender, sent) = done?;
            self.senders.push(sender);
            all.tally.add(sent.tally);
            all.errors.extend(sent.errors);
        }
        all.tally.busy = begun.elapsed();
        self.interrupt.check()?;
        Ok(all)
    }
}

impl Sent {
    async fn send_until(
        &mut self,
        is_over: impl Fn() -> bool,
        address: SocketAddr,
        sender: &mut impl Sender,
    ) -> anyhow::Result<()> {
        let mut connection = Connection::open(address).await?;
        loop {
            let request = sender.next();
            let begun = Instant::now();
            let (status, answer) = connection.exchange(request).await?;
            let took = begun.elapsed();
            if sender.done(status, answer) == Some(sender.size()) {
                self.tally.count += sender.size() as u64;
                self.tally.latencies.push(took);
            } else {
                let told = String::from_utf8_lossy(&answer[..answer.len().min(TOLD)]);
                self.errors.push(format!("{status}: {told}"));
            }
            if is_over() {
                return Ok(());
            }
        }
    }
}
