//! `payflow bench ledger`: the journal and its yardstick in turns, on one new store each per case.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use clap::Args;
use indicatif::ProgressBar;
use ledger::Account;
use money::Currency;
use payments::command::{Act, Answer};
use payments::journal::{Journal, JournalConfig, MAX_BATCH};
use platform::clock::{SharedClock, SystemClock};
use platform::ids::{Ids, SystemEntropy};
use tokio::task::JoinSet;

use super::machine::Machine;
use super::report::{Case, Report, Setting, Tally, ratio};
use super::store::{Folder, Place, Site, runtime};
use super::workload::{Workload, command};
use super::yardstick::Yardstick;
use super::{Interrupt, note, progress, seconds};

/// `payflow bench ledger`.
#[derive(Debug, Args)]
pub struct LedgerArgs {
    /// The folder in which a folder for the files is made [default: the current one].
    #[arg(long, value_name = "DIR", conflicts_with = "database_url")]
    data: Option<PathBuf>,
    /// A PostgreSQL database in which schemas are made instead.
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Transfers per command: one command is one batch of the journal.
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_value = "1,16,128,1024,8192", value_parser = batch)]
    batches: Vec<usize>,
    /// How long each case is measured, and its yardstick as well.
    #[arg(long, value_name = "SECONDS", default_value = "3", value_parser = seconds)]
    seconds: Duration,
    /// How many accounts there are.
    #[arg(long, value_name = "N", default_value = "10000", value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
    accounts: u32,
    /// The share of transfers that touch one hot account, in percent.
    #[arg(long, value_name = "PERCENT,…", value_delimiter = ',', default_value = "0,100", value_parser = clap::value_parser!(u8).range(0..=100))]
    hot: Vec<u8>,
    /// Measure transactions between wallets, each with its payment row and its event, instead of raw transfers. The
    /// batch is then the number of commands on their way, and there is no yardstick.
    #[arg(long)]
    transactions: bool,
}

fn batch(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|size| (1..=MAX_BATCH).contains(size))
        .ok_or_else(|| format!("a number between 1 and {MAX_BATCH}"))
}

/// How long the journal and its yardstick run in turn.
const SLICE: Duration = Duration::from_millis(500);
/// How long both run before anything is counted.
const WARM_UP: Duration = Duration::from_millis(250);
/// Callers of the case in which each waits for its own transfer.
const CALLERS: usize = 64;

/// What one case does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// One command of several transfers at a time.
    Batches(usize),
    /// Single commands from several callers, each of which waits for its answer.
    Callers,
    /// Transactions, so many on their way at once.
    Transactions(usize),
}

/// Measures all cases and prints them.
///
/// # Errors
/// Where a store cannot be made, or the user has had enough.
pub fn run(args: &LedgerArgs, interrupt: &Interrupt) -> anyhow::Result<()> {
    let clock: SharedClock = Arc::new(SystemClock);
    let ids = Ids::new(clock.clone(), Arc::new(SystemEntropy));
    let place = match &args.database_url {
        Some(url) => Place::Server(url.clone()),
        None => Place::Folder(Folder::new(args.data.as_deref(), &ids)?),
    };
    let (engine, mut settings) = place.describe()?;
    warn_of_memory(&settings);
    settings.push(Setting::new("accounts", args.accounts));
    settings.push(Setting::new("seconds_per_case", args.seconds.as_secs_f64()));
    let bench = Bench {
        args,
        place: &place,
        clock,
        ids,
        interrupt,
    };
    let shapes = shapes(args);
    let bar = progress((shapes.len() * args.hot.len()) as u64);
    let mut results = vec![];
    for shape in shapes {
        for hot in &args.hot {
            results.push(bench.case(shape, *hot, &bar)?);
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    let report = Report {
        machine: Machine::here(engine),
        settings,
        results,
        figures: vec![],
    };
    report.print(args.json)
}

/// Where a commit costs nothing, its figures mean nothing.
fn warn_of_memory(settings: &[Setting]) {
    for setting in settings {
        let value = setting.value.as_str().unwrap_or_default();
        if matches!(
            (setting.name, value),
            ("file_system", "tmpfs" | "ramfs") | ("fsync" | "synchronous_commit", "off")
        ) {
            note(&format!(
                "{} is {value}: a commit is not durable there, and the figures are not comparable",
                setting.name
            ));
        }
    }
}

fn shapes(args: &LedgerArgs) -> Vec<Shape> {
    let sizes = args.batches.iter();
    if args.transactions {
        return sizes.map(|size| Shape::Transactions(*size)).collect();
    }
    let mut shapes: Vec<_> = sizes.map(|size| Shape::Batches(*size)).collect();
    if let Some(at) = shapes.iter().position(|shape| *shape == Shape::Batches(1)) {
        shapes.insert(at + 1, Shape::Callers);
    }
    shapes
}

struct Bench<'a> {
    args: &'a LedgerArgs,
    place: &'a Place,
    clock: SharedClock,
    ids: Ids,
    interrupt: &'a Interrupt,
}

impl Bench<'_> {
    fn case(&self, shape: Shape, hot: u8, bar: &ProgressBar) -> anyhow::Result<Case> {
        let name = name(shape, hot);
        bar.set_message(name.clone());
        let accounts = self.args.accounts as usize;
        let currency = Currency::from_code("USD").context("no US dollar")?;
        let workload = Workload::new(self.ids.clone(), currency, accounts, hot);
        let site = self.place.site(&self.ids)?;
        let mut subject = Subject::new(&site, workload.clone(), &self.clock, self.interrupt)?;
        let with_yardstick = !matches!(shape, Shape::Transactions(_));
        subject.open(with_yardstick)?;
        let beside = with_yardstick
            .then(|| self.place.site(&self.ids))
            .transpose()?;
        let mut yardstick = match &beside {
            Some(site) => Some(self.yardstick(site, workload)?),
            None => None,
        };
        let (mut done, mut bare) = (Tally::default(), Tally::default());
        let mut turn = |length, done: &mut Tally, bare: &mut Tally| {
            subject.run(shape, length, done)?;
            match &mut yardstick {
                Some(yardstick) => {
                    yardstick.run(rows_per_commit(shape), length, bare, self.interrupt)
                }
                None => Ok(()),
            }
        };
        turn(WARM_UP, &mut Tally::default(), &mut Tally::default())?;
        while done.busy < self.args.seconds {
            let length = SLICE.min(self.args.seconds - done.busy);
            turn(length, &mut done, &mut bare)?;
        }
        let [p50_us, p99_us] = done.percentiles([50, 99]);
        let bare = with_yardstick.then(|| bare.per_second());
        Ok(Case {
            name,
            engine: self.place.engine().to_owned(),
            batch: if let Shape::Batches(size) = shape {
                size
            } else {
                1
            },
            in_flight: in_flight(shape),
            hot,
            per_second: done.per_second(),
            p50_us,
            p99_us,
            yardstick_per_second: bare,
            ratio: bare.and_then(|bare| ratio(done.per_second(), bare)),
        })
    }

    /// The bare loop, on a store where a journal has opened the same accounts.
    fn yardstick(&self, site: &Site, workload: Workload) -> anyhow::Result<Yardstick> {
        let mut opener = Subject::new(site, workload.clone(), &self.clock, self.interrupt)?;
        let accounts = opener.open(true)?;
        drop(opener);
        Yardstick::new(site, workload, &accounts, self.clock.clone())
    }
}

fn name(shape: Shape, hot: u8) -> String {
    let accounts = match hot {
        0 => "uniform".to_owned(),
        100 => "one hot account".to_owned(),
        hot => format!("{hot} % on one hot account"),
    };
    match shape {
        Shape::Batches(1) => format!("single commands, {accounts}"),
        Shape::Batches(_) => format!("batches, {accounts}"),
        Shape::Callers => format!("single commands from {CALLERS} callers, {accounts}"),
        Shape::Transactions(_) => format!("transactions, {accounts}"),
    }
}

const fn in_flight(shape: Shape) -> usize {
    match shape {
        Shape::Batches(_) => 1,
        Shape::Callers => CALLERS,
        Shape::Transactions(count) => count,
    }
}

/// The most that the journal can commit at once: what the bare loop commits at once.
const fn rows_per_commit(shape: Shape) -> usize {
    match shape {
        Shape::Batches(size) | Shape::Transactions(size) => size,
        Shape::Callers => CALLERS,
    }
}

/// The journal under load.
struct Subject {
    runtime: tokio::runtime::Runtime,
    journal: Arc<Journal>,
    workload: Arc<Mutex<Workload>>,
    interrupt: Interrupt,
}

impl Subject {
    fn new(
        site: &Site,
        workload: Workload,
        clock: &SharedClock,
        interrupt: &Interrupt,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            runtime: runtime()?,
            journal: Journal::start(site.open()?, clock.clone(), JournalConfig::default())?,
            workload: Arc::new(Mutex::new(workload)),
            interrupt: interrupt.clone(),
        })
    }

    fn workload(&self) -> std::sync::MutexGuard<'_, Workload> {
        self.workload.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens the accounts, or wallets with something on them, through the journal. Answers the accounts.
    fn open(&mut self, raw: bool) -> anyhow::Result<Vec<Account>> {
        if !raw {
            self.open_wallets()?;
            return Ok(vec![]);
        }
        let mut accounts = vec![];
        let openings = self.workload().openings();
        for part in openings.chunks(MAX_BATCH) {
            let opened = self
                .journal
                .submit_blocking(command(Act::OpenAccounts(part.to_vec())))?;
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

    fn open_wallets(&self) -> anyhow::Result<()> {
        let acts = self.workload().wallets();
        self.runtime.block_on(async {
            for part in acts.chunks(MAX_BATCH) {
                let mut waiting = VecDeque::new();
                for act in part {
                    waiting.push_back(self.journal.enqueue(command(act.clone()))?);
                }
                for answer in waiting {
                    check_document(&answer.await?)?;
                }
            }
            Ok(())
        })
    }

    /// Runs for about as long as `length`, and does something in any case.
    fn run(&self, shape: Shape, length: Duration, tally: &mut Tally) -> anyhow::Result<()> {
        let begun = Instant::now();
        let end = begun + length;
        match shape {
            Shape::Batches(size) => self.runtime.block_on(self.batches(size, end, tally)),
            Shape::Callers => self.runtime.block_on(self.callers(end, tally)),
            Shape::Transactions(count) => {
                self.runtime.block_on(self.transactions(count, end, tally))
            }
        }?;
        tally.busy += begun.elapsed();
        Ok(())
    }

    /// One command at a time; while it is on its way the next is prepared and the answer before is checked.
    async fn batches(&self, size: usize, end: Instant, tally: &mut Tally) -> anyhow::Result<()> {
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
            if Instant::now() >= end {
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
        Answer::Json { status: 201, .. } => Ok(()),
        answer => bail!("a transaction was not made: {answer:?}"),
    }
}
