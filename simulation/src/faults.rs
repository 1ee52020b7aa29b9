//! What goes wrong: how often in the life of a seed, and what in one step.

use std::collections::VecDeque;

use payments::journal::store::StoreError;
use simulated_disk::{At, Condition, Random, Trouble};
use values::{DAY, SECOND};

use crate::store::{Commit, Faults, Interleaving};

/// How often things go wrong, in percent of the steps. Drawn per seed, so that some seeds are calm
/// and some are wild.
#[derive(Debug, Clone)]
pub struct FaultRates {
    crash: usize,
    disk_error: usize,
    condition: usize,
    slow: usize,
    store: usize,
    intruder: usize,
    restart: usize,
    during_recovery: usize,
    clock: usize,
}

/// What goes wrong in one step.
#[derive(Debug)]
pub struct StepFaults {
    /// At a change of the disk's to come.
    pub disk: Option<(Trouble, At)>,
    pub condition: Condition,
    /// µs that an operation of the disk may take.
    pub slowness: i64,
    pub faults: Faults,
    /// When another writer writes in the middle of a batch.
    pub intrudes: Option<Interleaving>,
}

/// How a process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It closes its files.
    Orderly,
    /// It is killed; what it wrote reads as written.
    Killed,
    /// The power goes.
    PowerCut,
}

/// What an operator does about a clock that cannot be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperatorResponse {
    /// Sets it right.
    SetRight,
    /// Accepts it.
    Accept,
    /// Restarts PayFlow.
    Restart,
    /// Has not read it.
    Nothing,
}

const MINUTE: i64 = 60 * SECOND;

impl FaultRates {
    /// Nothing goes wrong.
    pub const CALM: Self = Self {
        crash: 0,
        disk_error: 0,
        condition: 0,
        slow: 0,
        store: 0,
        intruder: 0,
        restart: 0,
        during_recovery: 0,
        clock: 0,
    };

    /// That of a seed.
    pub fn drawn(random: &mut Random) -> Self {
        Self {
            crash: random.pick(&[0, 3, 10, 30]),
            disk_error: random.pick(&[0, 3, 10]),
            condition: random.pick(&[0, 3, 8]),
            slow: random.pick(&[0, 10, 50]),
            store: random.pick(&[0, 5, 20]),
            intruder: random.pick(&[0, 5, 30]),
            restart: random.pick(&[0, 3, 8]),
            during_recovery: random.pick(&[0, 10, 30]),
            clock: random.pick(&[0, 3, 10]),
        }
    }

    /// By how much somebody sets a clock that is ahead, in µs: right, or wrong by little or much.
    pub fn clock_step(&self, random: &mut Random, ahead: i64) -> i64 {
        if ahead != 0 && random.chance(10) {
            return -ahead;
        }
        if !random.chance(self.clock) {
            return 0;
        }
        let most = random.pick(&[MINUTE, 20 * MINUTE, DAY, 40 * DAY]);
        random.between(0, 2 * most) - most
    }

    /// What an operator does who reads that the clock cannot be trusted.
    pub fn care(random: &mut Random) -> OperatorResponse {
        random.pick(&[
            OperatorResponse::SetRight,
            OperatorResponse::Accept,
            OperatorResponse::Accept,
            OperatorResponse::Restart,
            OperatorResponse::Nothing,
        ])
    }

    /// That of a step.
    pub fn step(&self, random: &mut Random) -> StepFaults {
        let at = if random.chance(30) {
            // What a commit waits for, mostly.
            At::Sync(random.below(3) as u64)
        } else {
            let most = random.pick(&[4, 40, 150]);
            At::Change(random.below(most) as u64)
        };
        let disk = if random.chance(self.crash) {
            Some((Trouble::Crash, at))
        } else if random.chance(self.disk_error) {
            Some((Trouble::Error, at))
        } else {
            None
        };
        let condition = if random.chance(self.condition) {
            random.pick(&[Condition::Full, Condition::ReadOnly])
        } else {
            Condition::Sound
        };
        let slowness = if random.chance(self.slow) {
            random.pick(&[1_000, 100_000, 10_000_000])
        } else {
            0
        };
        let mut step_faults = StepFaults {
            disk,
            condition,
            slowness,
            faults: Faults::default(),
            intrudes: random
                .chance(self.intruder)
                .then_some(Interleaving::BeforeTheCommit),
        };
        if random.chance(self.store) {
            step_faults.fail_in_the_store(random);
        }
        step_faults
    }

    /// Whether the process ends after a step, and how: more often where something has gone wrong.
    pub fn end(&self, random: &mut Random, is_calm: bool) -> Option<End> {
        let chance = if is_calm { self.restart } else { 30 };
        random
            .chance(chance)
            .then(|| random.pick(&[End::Orderly, End::Killed, End::PowerCut]))
    }

    /// What it was that made the disk fail for good: mostly the power, now and then only the
    /// process.
    pub fn crash(random: &mut Random) -> End {
        random.pick(&[End::PowerCut, End::PowerCut, End::Killed])
    }

    /// What goes wrong while a store is opened after a crash.
    pub fn recovery(&self, random: &mut Random) -> Option<(Trouble, At)> {
        random.chance(self.during_recovery).then(|| {
            let trouble = random.pick(&[Trouble::Crash, Trouble::Error]);
            (trouble, At::Change(random.below(30) as u64))
        })
    }
}

impl StepFaults {
    fn fail_in_the_store(&mut self, random: &mut Random) {
        let text = || "simulated".to_owned();
        match random.below(8) {
            0 => {
                let error = if random.chance(50) {
                    StoreError::Unavailable(text())
                } else {
                    StoreError::Damaged(text())
                };
                self.faults.begin = Some(error);
            }
            1 => self.faults.load = Some(StoreError::Unavailable(text())),
            2 => {
                self.faults.load = Some(StoreError::Statement(text()));
                self.faults.commits = mostly_fine(random);
            }
            3 => {
                // The whole batch, then some of its commands on their own.
                self.faults.commits = mostly_fine(random);
                self.faults.commits.push_front(Commit::Statement);
            }
            4 => {
                let fault = random.pick(&[Commit::Unavailable, Commit::Full]);
                self.faults.commits.push_back(fault);
            }
            _ => {
                let fault = random.pick(&[Commit::BrokeDone, Commit::BrokeUndone]);
                self.faults.commits.push_back(fault);
                self.faults.positions = random.pick(&[0, 0, 1, 5]);
                self.faults.batch_hashes = random.pick(&[0, 0, 1, 5]);
                if random.chance(50) {
                    self.intrudes = Some(Interleaving::BeforeTheReadBack);
                }
            }
        }
    }

    /// Whether nothing goes wrong.
    pub fn is_calm(&self) -> bool {
        self.disk.is_none()
            && self.condition == Condition::Sound
            && self.faults.begin.is_none()
            && self.faults.load.is_none()
            && self.faults.commits.is_empty()
    }

    /// Whether a statement fails.
    pub fn fails_statements(&self) -> bool {
        self.faults.commits.contains(&Commit::Statement)
            || matches!(self.faults.load, Some(StoreError::Statement(_)))
    }
}

fn mostly_fine(random: &mut Random) -> VecDeque<Commit> {
    let one = |random: &mut Random| {
        random.pick(&[
            Commit::Fine,
            Commit::Fine,
            Commit::Fine,
            Commit::Statement,
            Commit::BrokeDone,
        ])
    };
    (0..random.below(12)).map(|_| one(random)).collect()
}
