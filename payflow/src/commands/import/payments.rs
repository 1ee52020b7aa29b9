//! `payflow import payments`: real history in, through the same journal as everything else.
//!
//! Ids are made from the source's own, so that a second run makes the same ones: what is there
//! already is refused by the journal or left out before, and an interrupted run is finished by the
//! next.

mod rows;

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{BufReader, Read};
use std::time::Instant;

use anyhow::{Context, bail};
use contracts::identity::OrgId;
use indicatif::{ProgressBar, ProgressStyle};
use money::{Amount, Currency};
use payments_core::command::{
    Actor, Answer, Command, Movement, NewTransaction, NewWallet, Operation,
};
use payments_core::refusal::Refused;
use payments_core::wallet::{DepositLimits, Limits};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::rejects::Rejects;
use crate::cli::ImportPayments;
use crate::commands::{runtime, say};
use crate::wiring::App;
use rows::{Payment, Reader};

/// How many commands are on their way at once: a few batches of the journal.
const IN_FLIGHT: usize = 8_192;

/// Takes a file in and says what became of it.
///
/// # Errors
/// Where the file cannot be read or the store cannot be written. Bad rows are no error.
pub fn payments(args: &ImportPayments) -> anyhow::Result<()> {
    let currency = Currency::from_code(&args.currency)
        .map_err(|error| crate::Usage(format!("--currency: {error}")))?;
    let settings = args.store.settings(&[])?;
    let file = File::open(&args.file)
        .with_context(|| format!("{} cannot be opened", args.file.display()))?;
    let bar = progress(file.metadata()?.len(), "reading", "{bytes}/{total_bytes}");
    // Before the store is opened, which makes it where there is none.
    let reader = Reader::new(BufReader::new(bar.wrap_read(file)), currency)?;
    let rejects = Rejects::new(args.rejects.as_deref(), &args.file);
    runtime()?.block_on(async {
        let app = App::open(&settings).await?;
        let mut import = Import {
            app: &app,
            source: args.source.clone(),
            currency,
            rejects,
            tally: Tally::default(),
        };
        let done = import.run(reader, &bar).await;
        let report = import.report();
        app.close().await;
        done?;
        say(&report?)
    })
}

#[derive(Debug, Default)]
struct Tally {
    rows: u64,
    imported: u64,
    known: u64,
    total: i64,
    terminals: HashSet<String>,
    /// What the file's merchants hold afterwards, in minor units.
    held_by_merchants: i64,
    seconds: f64,
}

struct Import<'a> {
    app: &'a App,
    source: String,
    currency: Currency,
    rejects: Rejects,
    tally: Tally,
}

impl Import<'_> {
    async fn run<R: Read>(&mut self, reader: Reader<R>, bar: &ProgressBar) -> anyhow::Result<()> {
        let started = Instant::now();
        let known = self.known().await?;
        let payments = self.read(reader, &known)?;
        bar.finish_and_clear();
        self.open_wallets(&payments).await?;
        self.fund(&payments).await?;
        self.pay(payments).await?;
        self.tally.held_by_merchants = self.held_by_merchants().await?;
        self.tally.seconds = started.elapsed().as_secs_f64();
        Ok(())
    }

    /// The source's rows that are there already.
    async fn known(&self) -> anyhow::Result<HashSet<String>> {
        let prefix = format!("{}:payment:", self.source);
        Ok(self
            .app
            .payments
            .external_ids(Uuid::nil(), &prefix)
            .await?
            .into_iter()
            .collect())
    }

    /// The rows to take in; bad ones go to the rejects.
    fn read<R: Read>(
        &mut self,
        mut reader: Reader<R>,
        known: &HashSet<String>,
    ) -> anyhow::Result<Vec<Payment>> {
        let mut seen = HashSet::new();
        let mut payments = vec![];
        while let Some((line, row)) = reader.next() {
            self.tally.rows += 1;
            let payment = match row {
                Ok(payment) => payment,
                Err(reason) => {
                    self.rejects.add(line, &reason, reader.raw())?;
                    continue;
                }
            };
            self.tally.terminals.insert(payment.terminal.clone());
            if !seen.insert(payment.id.clone()) {
                let reason = format!("transaction_id {} stands in this file before", payment.id);
                self.rejects.add(line, &reason, reader.raw())?;
            } else if known.contains(&self.external_id("payment", &payment.id)) {
                self.tally.known += 1;
            } else {
                payments.push(payment);
            }
        }
        Ok(payments)
    }

    fn external_id(&self, kind: &str, id: &str) -> String {
        format!("{}:{kind}:{id}", self.source)
    }

    /// A UUID of version 8 made from the source's own id: the same at every run.
    fn id(&self, kind: &str, id: &str) -> Uuid {
        let text = format!(
            "payflow-import\0{}\0{kind}\0{id}\0{}",
            self.source,
            self.currency.code()
        );
        let mut bytes = [0; 16];
        blake3::Hasher::new()
            .update(text.as_bytes())
            .finalize_xof()
            .fill(&mut bytes);
        Uuid::new_v8(bytes)
    }

    async fn open_wallets(&self, payments: &[Payment]) -> anyhow::Result<()> {
        let mut wallets = BTreeMap::new();
        for payment in payments {
            wallets.insert(("customer", payment.customer.as_str()), ());
            wallets.insert(("terminal", payment.terminal.as_str()), ());
        }
        let operations = wallets.into_keys().map(|(kind, name)| {
            let id = self.id(kind, name);
            Operation::OpenWallet(NewWallet {
                id,
                owner: self.id(&format!("{kind} owner"), name),
                currency: self.currency,
                label: Some(format!("{} {kind} {name}", self.source)),
                limits: Limits::default(),
                most: None,
            })
        });
        self.submit_all("opening wallets", operations.collect(), |_, refused| {
            // It is there from an earlier run.
            refused.code() == "account_exists_with_different_fields"
        })
        .await
        .map(|_| ())
    }

    /// One deposit per customer over what they are about to pay. It is named after the first of
    /// these payments, so that a run that died after it finds it done, and a longer file later gets
    /// one of its own.
    async fn fund(&self, payments: &[Payment]) -> anyhow::Result<()> {
        let mut sums: BTreeMap<&str, (Amount, &str)> = BTreeMap::new();
        for payment in payments {
            let entry = sums
                .entry(&payment.customer)
                .or_insert((Amount::from_minor(0, self.currency), &payment.id));
            entry.0 = entry.0.checked_add(payment.amount)?;
        }
        let mut funded = self.funded().await?;
        let mut operations = vec![];
        for (customer, (sum, first)) in sums {
            let to = self.id("customer", customer);
            // What an interrupted run has deposited and not yet spent is still there.
            let missing = sum.minor() - funded.remove(&to).unwrap_or_default();
            if missing <= 0 {
                continue;
            }
            operations.push(Operation::Create(NewTransaction {
                id: self.app.ids.next(),
                what: Movement::Deposit {
                    to,
                    instrument: None,
                    limits: DepositLimits::default(),
                },
                amount: missing,
                currency: self.currency,
                description: Some(format!("Funding of customer {customer}")),
                external_id: Some(self.external_id("funding", &format!("{customer}:{first}"))),
                metadata: None,
                risk: None,
                level: None,
            }));
        }
        self.submit_all("funding customers", operations, |_, _| false)
            .await
            .map(|_| ())
    }

    /// What the customers' wallets hold before this run.
    async fn funded(&self) -> anyhow::Result<BTreeMap<Uuid, i64>> {
        Ok(self
            .app
            .payments
            .spendable(OrgId::DEFAULT, self.currency)
            .await?
            .into_iter()
            .collect())
    }

    async fn pay(&mut self, payments: Vec<Payment>) -> anyhow::Result<()> {
        let operations: Vec<_> = payments
            .iter()
            .map(|payment| {
                Operation::Create(NewTransaction {
                    id: self.app.ids.next(),
                    what: Movement::Payment {
                        from: self.id("customer", &payment.customer),
                        to: self.id("terminal", &payment.terminal),
                        hold_for: None,
                    },
                    amount: payment.amount.minor(),
                    currency: self.currency,
                    description: None,
                    external_id: Some(self.external_id("payment", &payment.id)),
                    metadata: Some(payment.metadata.clone()),
                    risk: None,
                    level: None,
                })
            })
            .collect();
        let refusals = self.submit_all("paying", operations, |_, _| true).await?;
        let mut refused: BTreeMap<usize, Refused> = refusals.into_iter().collect();
        for (index, payment) in payments.iter().enumerate() {
            match refused.remove(&index) {
                None => {
                    self.tally.imported += 1;
                    self.tally.total += payment.amount.minor();
                }
                Some(Refused::ExternalIdTaken) => self.tally.known += 1,
                Some(reason) => {
                    self.rejects
                        .add(payment.line, &reason.to_string(), &payment.raw)?
                }
            }
        }
        Ok(())
    }

    async fn held_by_merchants(&self) -> anyhow::Result<i64> {
        let balances = self.funded().await?;
        let merchants = self.tally.terminals.iter();
        let mut held = merchants.filter_map(|name| balances.get(&self.id("terminal", name)));
        held.try_fold(0_i64, |sum, balance| sum.checked_add(*balance))
            .context("the merchants hold more than can be counted")
    }

    /// Submits commands in order, a few batches ahead; answers the refusals that `tolerated` lets
    /// pass, by index.
    async fn submit_all(
        &self,
        what: &'static str,
        operations: Vec<Operation>,
        tolerated: impl Fn(usize, &Refused) -> bool,
    ) -> anyhow::Result<Vec<(usize, Refused)>> {
        let bar = progress(operations.len() as u64, what, "{pos}/{len}");
        let mut refusals = vec![];
        let mut flying = JoinSet::new();
        let mut operations = operations.into_iter().enumerate();
        loop {
            while flying.len() < IN_FLIGHT
                && let Some((index, operation)) = operations.next()
            {
                let journal = self.app.payments.journal().clone();
                let command = Command {
                    org: OrgId::DEFAULT.0,
                    actor: Actor::System,
                    idempotency: None,
                    request_id: None,
                    operation,
                };
                // Taken into the queue here, in order; only the waiting is a task.
                let answer = journal.enqueue(command)?;
                flying.spawn(async move { (index, answer.await) });
            }
            let Some(done) = flying.join_next().await else {
                break;
            };
            let (index, answer) = done?;
            match answer? {
                Answer::Refused(refused) if tolerated(index, &refused) => {
                    refusals.push((index, refused))
                }
                Answer::Refused(refused) => bail!("{what}: refused: {refused}"),
                _ => {}
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(refusals)
    }

    fn report(&mut self) -> anyhow::Result<String> {
        let tally = &self.tally;
        let rejected = self.rejects.finish()?;
        let total = Amount::from_minor(tally.total, self.currency);
        let mut text = format!(
            "{} rows: {} imported ({total} {}), {} there already, {} rejected, in {:.1} s\n",
            tally.rows,
            tally.imported,
            self.currency.code(),
            tally.known,
            rejected.count,
            tally.seconds
        );
        let held = Amount::from_minor(tally.held_by_merchants, self.currency);
        let merchants = tally.terminals.len();
        text.push_str(&format!(
            "the {merchants} merchants of this file hold {held} {}\n",
            self.currency.code()
        ));
        if let Some(path) = rejected.path {
            text.push_str(&format!("rejected rows: {}\n", path.display()));
        }
        Ok(text)
    }
}

fn progress(length: u64, what: &'static str, counted: &str) -> ProgressBar {
    let template = format!("{{msg:<18}} [{{bar:40}}] {counted} {{eta}}");
    let style =
        ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length)
        .with_style(style)
        .with_message(what)
}
