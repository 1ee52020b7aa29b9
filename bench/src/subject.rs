//! The journal under load. Every answer is checked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::bail;
use ledger::Account;
use payments::journal::{Journal, JournalConfig, MAX_BATCH};
use payments_core::command::{Answer, Operation};
use platform::clock::SharedClock;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::interrupt::Interrupt;
use crate::runtime;
use crate::shape::{CALLERS, Shape};
use crate::site::Site;
use crate::tally::Tally;
use crate::workload::{Workload, command};

/// The journal under load.
pub struct Subject {
    runtime: tokio::runtime::Runtime,
    journal: Arc<Journal>,
    workload: Arc<Mutex<Workload>>,
    interrupt: Interrupt,
}

impl Subject {
    /// The journal of a store of its own.
    ///
    /// # Errors
    /// Where the store does not answer.
    pub fn new(
        site: &Site,
        workload: Workload,
        clock: &SharedClock,
        interrupt: &Interrupt,
    ) -> anyhow::Result<Self> {
        let journal = Journal::start(site.open()?, clock.clone(), JournalConfig::default())?;
        Self::over(journal, workload, interrupt)
    }

    /// A journal that runs already.
    ///
    /// # Errors
    /// Where the system gives no runtime.
    pub fn over(
        journal: Arc<Journal>,
        workload: Workload,
        interrupt: &Interrupt,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            runtime: runtime()?,
            journal,
            workload: Arc::new(Mutex::new(workload)),
            interrupt: interrupt.clone(),
        })
    }

    fn workload(&self) -> std::sync::MutexGuard<'_, Workload> {
        self.workload.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens the accounts through the journal, and answers them.
    ///
    /// # Errors
    /// Where one is refused.
    pub fn open_accounts(&self) -> anyhow::Result<Vec<Account>> {
        let mut accounts = vec![];
        let openings = self.workload().openings();
        for part in openings.chunks(MAX_BATCH) {
            let opened = self
                .journal
                .submit_blocking(command(Operation::OpenAccounts(part.to_vec())))?;
            let Answer::Accounts(opened) = opened else {
                bail!("accounts were not opened: {opened:?}");
            };
            for account in opened {
                accounts.push(
                    account.map_err(|refusal| {
                        anyhow::anyhow!("an account was not opened: {refusal}")
                    })?,
                );
            }
        }
        Ok(accounts)
    }

    /// Opens wallets with something on them through the journal, the first of them for `holder`.
    ///
    /// # Errors
    /// Where one is refused.
    pub fn open_wallets(&self, holder: Uuid) -> anyhow::Result<()> {
        let operations = self.workload().wallets(holder);
        self.runtime.block_on(async {
            for part in operations.chunks(MAX_BATCH) {
                let mut waiting = VecDeque::new();
                for operation in part {
                    waiting.push_back(self.journal.enqueue(command(operation.clone()))?);
                }
                for answer in waiting {
                    check_document(&answer.await?)?;
                }
            }
            Ok(())
        })
    }

    /// Posts so many transfers in batches.
    ///
    /// # Errors
    /// Where one is refused, or the user has had enough.
    pub fn post(&self, size: usize, transfers: u64, tally: &mut Tally) -> anyhow::Result<()> {
        let begun = Instant::now();
        let most = tally.count + transfers;
        let is_over = |tally: &Tally| tally.count >= most;
        self.runtime.block_on(self.batches(size, is_over, tally))?;
        tally.busy += begun.elapsed();
        Ok(())
    }

    /// Runs for about as long as `length`, and does something in any case.
    ///
    /// # Errors
    /// Where something is refused, or the user has had enough.
    pub fn run(&self, shape: Shape, length: Duration, tally: &mut Tally) -> anyhow::Result<()> {
        let begun = Instant::now();
        let end = begun + length;
        match shape {
            Shape::Batches(size) => {
                let is_over = |_: &Tally| Instant::now() >= end;
                self.runtime.block_on(self.batches(size, is_over, tally))
            }
            Shape::Callers => self.runtime.block_on(self.callers(end, tally)),
            Shape::Transactions(count) => {
                self.runtime.block_on(self.transactions(count, end, tally))
            }
        }?;
        tally.busy += begun.elapsed();
        Ok(())
    }

    /// One command at a time; while it is on its way the next is prepared and the answer before is
    /// checked.
    async fn batches(
        &self,
        size: usize,
        is_over: impl Fn(&Tally) -> bool,
        tally: &mut Tally,
    ) -> anyhow::Result<()> {
        let mut next = self.workload().post(size);
        let mut unchecked = None;
        loop {
            self.interrupt.check()?;
            let sent = Instant::now();
            let answer = self.journal.enqueue(next)?;
            next = self.workload().post(size);
            unchecked.as_ref().map_or(Ok(()), check_transfers)?;
            let answer = answer.await?;
            tally.latencies.push(sent.elapsed());
            tally.count += size as u64;
            if is_over(tally) {
                return check_transfers(&answer);
            }
            unchecked = Some(answer);
        }
    }

    /// Each caller sends a transfer, waits for its answer, and sends the next.
    async fn callers(&self, end: Instant, tally: &mut Tally) -> anyhow::Result<()> {
        let mut callers = JoinSet::new();
        for _ in 0..CALLERS {
            let (journal, interrupt) = (self.journal.clone(), self.interrupt.clone());
            let workload = self.workload.clone();
            callers.spawn(async move {
                let mut latencies = vec![];
                loop {
                    interrupt.check()?;
                    let transfer = workload
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .post(1);
                    let sent = Instant::now();
                    check_transfers(&journal.submit(transfer).await?)?;
                    latencies.push(sent.elapsed());
                    if Instant::now() >= end {
                        return anyhow::Ok(latencies);
                    }
                }
            });
        }
        while let Some(latencies) = callers.join_next().await {
            let latencies = latencies??;
            tally.count += latencies.len() as u64;
            tally.latencies.extend(latencies);
        }
        Ok(())
    }

    /// So many transactions on their way: whenever the oldest is answered another one follows.
    async fn transactions(
        &self,
        count: usize,
        end: Instant,
        tally: &mut Tally,
    ) -> anyhow::Result<()> {
        let mut waiting = VecDeque::with_capacity(count);
        let mut is_over = false;
        loop {
            while !is_over && waiting.len() < count {
                let transaction = self.workload().create();
                waiting.push_back((Instant::now(), self.journal.enqueue(transaction)?));
            }
            let Some((sent, answer)) = waiting.pop_front() else {
                return Ok(());
            };
            check_document(&answer.await?)?;
            tally.latencies.push(sent.elapsed());
            tally.count += 1;
            is_over = Instant::now() >= end;
            self.interrupt.check()?;
        }
    }
}

fn check_transfers(answer: &Answer) -> anyhow::Result<()> {
    let Answer::Ledger(results) = answer else {
        bail!("transfers were not made: {answer:?}");
    };
    match results.iter().find_map(|result| result.as_ref().err()) {
        Some(refusal) => bail!("a transfer was refused: {refusal}"),
        None => Ok(()),
    }
}

fn check_document(answer: &Answer) -> anyhow::Result<()> {
    match answer {
        Answer::Created(_) => Ok(()),
        answer => bail!("a transaction was not made: {answer:?}"),
    }
}
