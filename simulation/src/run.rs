//! One simulation: writers over one store on one disk, clients that ask and ask again, and
//! everything that may go wrong, step by step on one thread. Whatever differs from the model ends
//! it.

use std::fmt::Display;
use std::sync::{Arc, Mutex};

use payments::journal::Fault;
use payments::journal::JournalConfig;
use payments::journal::writer::{RetryPolicy, Writer};
use payments_core::command::{Actor, Answer, Command, Operation};
use simulated_disk::{Condition, Disk, Random, seed_sqlite};
use uuid::Uuid;

use crate::clock::SimulatedClock;
use crate::content;
use crate::faults::{End, FaultRates, OperatorResponse, StepFaults};
use crate::known::{Known, ServedBatch};
use crate::script::{Script, Weights};
use crate::site::{self, Settings};
use crate::store::{Attempt, Handle, Shared, held};

/// Which simulation.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Everything that is random comes from it.
    pub seed: u64,
    /// How many groups of commands the clients send.
    pub steps: u32,
    /// The lie that the store tells.
    #[cfg(feature = "planted-bugs")]
    pub bug: Option<crate::planted::Bug>,
}

impl Options {
    /// How many steps show most of what a seed has to show.
    pub const STEPS: u32 = 40;

    /// A seed with the usual number of steps.
    #[must_use]
    pub const fn seed(seed: u64) -> Self {
        Self {
            seed,
            steps: Self::STEPS,
            #[cfg(feature = "planted-bugs")]
            bug: None,
        }
    }
}

/// What a simulation was, in the end. The same for the same options, wherever it runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// The hash of the last batch, over all before it: hexadecimal.
    pub head: String,
    /// The digest of every operation of the disk and every answer: hexadecimal.
    pub trace: String,
    /// How many batches were committed.
    pub batches: u64,
    /// How many commands were answered, and how many not.
    pub answered: u64,
    /// How many were not, because of a fault.
    pub faulted: u64,
    /// How often a process ended.
    pub restarts: u64,
}

/// What was wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The seed.
    pub seed: u64,
    /// How many steps it was to have.
    pub steps: u32,
    /// In which of them it was found.
    pub step: u32,
    /// What differs.
    pub what: String,
}

impl Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            seed,
            steps,
            step,
            what,
        } = self;
        write!(
            f,
            "seed {seed}, step {step}: {what}\n\
             repeat it with: cargo run --release -p simulation -- --seed {seed} --steps {steps} --verbose"
        )
    }
}

impl std::error::Error for Failure {}

/// SQLite has one source of randomness per process, so only one simulation runs in it at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Runs a simulation; `tell` hears of each step.
///
/// # Errors
/// [`Failure`]: the first thing that is wrong.
pub fn run(options: Options, tell: &mut dyn FnMut(&dyn Display)) -> Result<Outcome, Failure> {
    let _alone = held(&ONE_AT_A_TIME);
    let mut step = 0;
    let failed = |step| {
        move |what| Failure {
            seed: options.seed,
            steps: options.steps,
            step,
            what,
        }
    };
    let mut simulation = Simulation::begin(options).map_err(failed(0))?;
    while step < options.steps {
        step += 1;
        seed_sqlite(Random::part(options.seed, u64::from(step) << 8).next());
        simulation.step(step, tell).map_err(failed(step))?;
    }
    simulation.finish(tell).map_err(failed(step))
}

struct Simulation {
    random: Random,
    fault_rates: FaultRates,
    settings: Settings,
    script: Script,
    disk: Arc<Disk>,
    clock: Arc<SimulatedClock>,
    shared: Arc<Mutex<Shared>>,
    attempts: Arc<Mutex<Vec<Attempt>>>,
    writers: Vec<Arc<Mutex<Writer>>>,
    writer_count: usize,
    /// Whether writers begin batches where they left the head row, as they do on PostgreSQL.
    expects: bool,
    config: JournalConfig,
    known: Known,
    /// Whether somebody was told that the clock cannot be trusted.
    clock_is_off: bool,
    /// Commands that were not answered; their clients ask again.
    unanswered: Vec<Command>,
    trace: blake3::Hasher,
    outcome: Outcome,
}

impl Simulation {
    fn begin(options: Options) -> Result<Self, String> {
        seed_sqlite(1);
        let seed = options.seed;
        let disk = Arc::new(site::new_disk(Random::part(seed, 1)));
        seed_sqlite(seed);
        let mut random = Random::part(seed, 2);
        let attempts = Arc::new(Mutex::new(Vec::new()));
        let clock = Arc::new(SimulatedClock::new(disk.clone(), attempts.clone()));
        let weights = Weights::drawn(&mut random);
        let mut simulation = Self {
            fault_rates: FaultRates::drawn(&mut random),
            settings: Settings {
                checkpoint_pages: random.pick(&[5, 50, 1_000]),
                cached_pages: random.pick(&[10, 2_000]),
                synchronous: "FULL",
            },
            script: Script::weighted(Random::part(seed, 3), weights),
            disk,
            clock,
            shared: Arc::default(),
            attempts,
            writers: Vec::new(),
            writer_count: random.pick(&[1, 2, 2, 3]),
            expects: random.chance(50),
            config: JournalConfig {
                cached_accounts: random.pick(&[4, 20, 200_000]),
                ..JournalConfig::default()
            },
            random,
            known: Known::default(),
            clock_is_off: false,
            unanswered: Vec::new(),
            trace: blake3::Hasher::new(),
            outcome: Outcome::default(),
        };
        #[cfg(feature = "planted-bugs")]
        if let Some(bug) = options.bug {
            simulation.settings.synchronous = bug.synchronous();
            held(&simulation.shared).lies = crate::planted::FaultyStore::of(bug);
        }
        simulation.open()?;
        simulation
            .known
            .opened(simulation.writer_count, simulation.clock.ahead());
        Ok(simulation)
    }

    fn step(&mut self, number: u32, tell: &mut dyn FnMut(&dyn Display)) -> Result<(), String> {
        self.clock.pass(self.script.pause());
        let ahead = self.clock.ahead();
        self.clock
            .step(self.fault_rates.clock_step(&mut self.random, ahead));
        let step_faults = self.fault_rates.step(&mut self.random);
        let care = self.care(tell)?;
        let writer = self.random.below(self.writers.len());
        let mut commands = self.commands();
        if care == OperatorResponse::Accept {
            let at = self.random.below(commands.len() + 1);
            commands.insert(at, accept_clock());
        }
        tell(&format_args!(
            "step {number}: {} commands for writer {writer}, {step_faults:?}",
            commands.len()
        ));
        let (is_calm, fails_statements) = (step_faults.is_calm(), step_faults.fails_statements());
        let serves = self.serve(writer, commands, step_faults);
        let attempts = std::mem::take(&mut *held(&self.attempts));
        let told = told(&serves, &attempts);
        tell(&format_args!("  {told}"));
        for serve in &serves {
            self.trace.update(format!("{:?}", serve.answers).as_bytes());
            for (command, answer) in serve.commands.iter().zip(&serve.answers) {
                tell(&format_args!(
                    "    {:?}: {command:?} -> {answer:?}",
                    serve.writer
                ));
                self.note(command, answer);
                // Whether the clock could not be trusted is judged with the attempts.
                self.clock_is_off |= *answer == Err(Fault::ClockUntrusted);
                if let Err(fault) = answer
                    && *fault != Fault::ClockUntrusted
                    && (is_calm
                        || *fault == Fault::HistoryLost
                        || (*fault == Fault::Internal && !fails_statements))
                {
                    return Err(format!("nothing went wrong, but: {fault}; {told}"));
                }
            }
        }
        self.known.judge(&serves, &attempts)?;
        self.script.learn(&self.known.model);
        let end = self.fault_rates.end(&mut self.random, is_calm);
        if self.disk.is_dead() {
            let end = FaultRates::crash(&mut self.random);
            return self.restart(end, tell);
        }
        self.look(&attempts)?;
        end.map_or(Ok(()), |end| self.restart(end, tell))
    }

    /// What an operator does about the clock, who was told since the last step that it cannot be
    /// trusted.
    fn care(&mut self, tell: &mut dyn FnMut(&dyn Display)) -> Result<OperatorResponse, String> {
        if !std::mem::take(&mut self.clock_is_off) {
            return Ok(OperatorResponse::Nothing);
        }
        let care = FaultRates::care(&mut self.random);
        tell(&format_args!("  the clock: {care:?}"));
        match care {
            OperatorResponse::SetRight => self.clock.step(-self.clock.ahead()),
            OperatorResponse::Restart => self.restart(End::Orderly, tell)?,
            OperatorResponse::Accept | OperatorResponse::Nothing => {}
        }
        Ok(care)
    }

    /// What the clients send: again what was not answered, mostly, and something new.
    fn commands(&mut self) -> Vec<Command> {
        let mut commands = Vec::new();
        for mut command in std::mem::take(&mut self.unanswered) {
            if self.random.chance(10) {
                continue;
            }
            if let Some(key) = &mut command.idempotency
                && self.random.chance(10)
            {
                // A client that reuses a key for something else.
                key.body ^= 1 << 64;
            }
            if let Operation::Create(new) = &mut command.operation {
                // The face that clients see makes an id for every request.
                new.id = self.script.fresh();
            }
            commands.push(command);
        }
        // Now and then nobody wants anything new.
        if commands.is_empty() || self.random.chance(75) {
            commands.extend(self.script.group());
        }
        commands
    }

    /// Lets a writer serve with these faults, and another one in between, if it intrudes.
    fn serve(
        &mut self,
        writer: usize,
        commands: Vec<Command>,
        step_faults: StepFaults,
    ) -> Vec<ServedBatch> {
        self.disk.set(step_faults.condition);
        self.disk.slow_down(step_faults.slowness);
        if let Some((trouble, at)) = step_faults.disk {
            self.disk.order(trouble, at);
        }
        held(&self.shared).faults = step_faults.faults;
        let mut serves = Vec::new();
        let heard = Arc::new(Mutex::new(None));
        if let Some(moment) = step_faults.intrudes
            && self.writers.len() > 1
        {
            let other = (writer + 1) % self.writers.len();
            let (intruder, heard) = (self.writers[other].clone(), heard.clone());
            let commands = self.script.group();
            let intrude = move || {
                let answers = answers(&intruder, &commands);
                *held(&heard) = Some(ServedBatch {
                    writer: other,
                    commands,
                    answers,
                });
            };
            held(&self.shared).intruder = Some((moment, Box::new(intrude)));
        }
        let answers = answers(&self.writers[writer], &commands);
        serves.push(ServedBatch {
            writer,
            commands,
            answers,
        });
        serves.extend(held(&heard).take());
        let mut shared = held(&self.shared);
        shared.intruder = None;
        shared.faults = crate::store::Faults::default();
        drop(shared);
        self.disk.call_off();
        self.disk.set(Condition::Sound);
        self.disk.slow_down(0);
        serves
    }

    fn note(&mut self, command: &Command, answer: &Result<Answer, Fault>) {
        if answer.is_ok() {
            self.outcome.answered += 1;
        } else {
            self.outcome.faulted += 1;
            self.unanswered.push(command.clone());
        }
    }

    /// The head row and the accounts that were touched are as they should be.
    fn look(&mut self, attempts: &[Attempt]) -> Result<(), String> {
        let mut shared = held(&self.shared);
        let failed = |error| format!("the store cannot be read: {error}");
        self.known.found(shared.head().map_err(failed)?)?;
        let mut touched: Vec<Uuid> = attempts
            .iter()
            .flat_map(|it| it.touched.iter().copied())
            .collect();
        touched.sort_unstable();
        touched.dedup();
        let known = &self.known.model;
        touched.retain(|id| known.account(*id).is_some());
        let accounts = shared.accounts(touched.clone()).map_err(failed)?;
        if accounts.len() != touched.len() {
            let (found, expected) = (accounts.len(), touched.len());
            return Err(format!("{found} of {expected} touched accounts are there"));
        }
        for account in accounts {
            let id = Uuid::from_u128(account.id.0);
            let (found, expected) = (sums(&account), known.account(id).map(|it| sums(&it)));
            if Some(found) != expected {
                return Err(format!(
                    "account {id} has the sums {found:?}, the model {expected:?}"
                ));
            }
        }
        Ok(())
    }

    /// Ends the process and starts it again; then everything is verified.
    fn restart(&mut self, end: End, tell: &mut dyn FnMut(&dyn Display)) -> Result<(), String> {
        tell(&format_args!("  {end:?}"));
        self.outcome.restarts += 1;
        if end != End::Orderly {
            self.disk.kill();
        }
        self.close();
        match end {
            End::PowerCut => self.disk.restart(),
            End::Orderly | End::Killed => self.disk.revive(),
        }
        let mut lost_power = end == End::PowerCut;
        let mut trouble = self.fault_rates.recovery(&mut self.random);
        loop {
            if let Some((trouble, at)) = trouble {
                self.disk.order(trouble, at);
            }
            let opened = self.open();
            self.disk.call_off();
            match opened {
                Ok(()) if !self.disk.is_dead() => break,
                Err(error) if trouble.is_none() => return Err(error),
                _ => {}
            }
            tell(&format_args!("  again, after {trouble:?}"));
            if self.disk.is_dead() {
                lost_power = true;
                self.close();
                self.disk.restart();
            } else {
                self.disk.kill();
                self.close();
                self.disk.revive();
            }
            trouble = None;
        }
        let head = held(&self.shared)
            .head()
            .map_err(|error| format!("the head row cannot be read: {error}"))?;
        self.known.restarted(head, lost_power)?;
        self.known.opened(self.writer_count, self.clock.ahead());
        content::check(&self.disk, &self.known.model)
    }

    fn close(&mut self) {
        self.writers.clear();
        let mut shared = held(&self.shared);
        shared.store = None;
        #[cfg(feature = "planted-bugs")]
        shared.lies.forget();
    }

    fn open(&mut self) -> Result<(), String> {
        let failed = |error: &dyn Display| format!("the store cannot be opened: {error}");
        let store = site::open(&self.disk, self.settings).map_err(|error| failed(&error))?;
        held(&self.shared).store = Some(store);
        for writer in 0..self.writer_count {
            let store = Handle {
                writer,
                shared: self.shared.clone(),
                attempts: self.attempts.clone(),
                expects: self.expects,
                expected: None,
            };
            let retry_policy = RetryPolicy {
                max_attempts: 3,
                pause: std::time::Duration::ZERO,
                ..RetryPolicy::default()
            };
            let made = Writer::new(Box::new(store), self.clock.clone(), self.config)
                .map_err(|error| failed(&error))?
                .with_retry_policy(retry_policy);
            self.writers.push(Arc::new(Mutex::new(made)));
        }
        Ok(())
    }

    fn finish(mut self, tell: &mut dyn FnMut(&dyn Display)) -> Result<Outcome, String> {
        self.fault_rates = FaultRates::CALM;
        self.restart(End::Orderly, tell)?;
        let position = self.known.position;
        self.trace.update(self.disk.digest().as_bytes());
        self.trace.update(&position.hash);
        Ok(Outcome {
            head: blake3::Hash::from_bytes(position.hash).to_hex().to_string(),
            trace: self.trace.finalize().to_hex().to_string(),
            batches: position.batch,
            ..self.outcome
        })
    }
}

fn accept_clock() -> Command {
    Command {
        org: 1,
        actor: Actor::System,
        idempotency: None,
        request_id: None,
        operation: Operation::AcceptClock {
            reason: "It is right.".to_owned(),
        },
    }
}

fn answers(writer: &Mutex<Writer>, commands: &[Command]) -> Vec<Result<Answer, Fault>> {
    let mut answers = Vec::with_capacity(commands.len());
    held(writer).serve(commands, &mut |answer| answers.push(answer));
    answers
}

/// What happened in a step, in a line.
fn told(serves: &[ServedBatch], attempts: &[Attempt]) -> String {
    let serve = |serve: &ServedBatch| {
        let faults = serve.answers.iter().filter_map(|it| it.as_ref().err());
        let (count, first) = (faults.clone().count(), faults.clone().next());
        let first = first.map_or(String::new(), |fault| format!(": {fault}"));
        format!("writer {}: {count} faults{first}", serve.writer)
    };
    let attempt = |it: &Attempt| {
        let batch = |position: Option<payments_core::batch::Position>| {
            position.map_or("-".to_owned(), |it| it.batch.to_string())
        };
        let error = it.error.as_ref();
        let error = error.map_or(String::new(), |error| format!(" ({error})"));
        format!("{}>{}{error}", batch(it.before), batch(it.after))
    };
    let serves: Vec<_> = serves.iter().map(serve).collect();
    let attempts: Vec<_> = attempts.iter().map(attempt).collect();
    format!("{}; batches {}", serves.join("; "), attempts.join(" "))
}

/// Debits and credits, posted, then pending.
fn sums(account: &ledger::Account) -> [i64; 4] {
    [
        account.debits_posted,
        account.credits_posted,
        account.debits_pending,
        account.credits_pending,
    ]
}
