//! What is known of the store: the model as it must stand, the head row with it, and the batches of
//! which nobody was told what became of them. It judges every answer and every head row that is
//! found.

use payments::journal::Fault;
use payments::journal::JournalConfig;
use payments_core::batch::Position;
use payments_core::command::{Answer, Command, Operation};
use values::Timestamp;

use crate::model::{Model, ModelAnswer};
use crate::store::Attempt;

/// A batch whose outcome nobody was told: it happened as a whole, or not at all.
#[derive(Debug)]
struct UnconfirmedBatch {
    commands: Vec<Command>,
    now: Timestamp,
    after: Position,
}

/// How a writer stands to the clock.
#[derive(Debug, Clone, Copy)]
struct ClockTrust {
    /// How far ahead the clock was when it was accepted.
    ahead: i64,
    /// How many accepted times the writer has heard of.
    heard: usize,
}

/// The furthest that a clock may be off.
fn max_step() -> i64 {
    JournalConfig::default().max_clock_step
}

fn accepts(commands: &[Command]) -> bool {
    let accepts = |command: &Command| matches!(command.operation, Operation::AcceptClock { .. });
    commands.iter().any(accepts)
}

/// What is known.
#[derive(Debug, Default)]
pub struct Known {
    pub model: Model,
    /// The head row.
    pub position: Position,
    maybes: Vec<UnconfirmedBatch>,
    /// Batches of which the callers were told that nothing was done.
    denied: Vec<Position>,
    /// How each writer stands to the clock.
    trust: Vec<ClockTrust>,
    /// What may stand if the power goes now: what was found after a process died need not be on the
    /// disk yet, until somebody was answered by it.
    earlier: Vec<(Model, Position)>,
}

/// What a writer was given, and what it said.
#[derive(Debug)]
pub struct ServedBatch {
    pub writer: usize,
    pub commands: Vec<Command>,
    pub answers: Vec<Result<Answer, Fault>>,
}

impl ServedBatch {
    /// Which commands an attempt was about, the `nth` of `count`: all of them, or where that did
    /// not work, one each.
    fn of_attempt(&self, nth: usize, count: usize) -> Result<std::ops::Range<usize>, String> {
        let all = self.commands.len();
        match (nth, count) {
            (0, 1) => Ok(0..all),
            (0, _) => Ok(0..0),
            (_, _) if count == all + 1 => Ok(nth - 1..nth),
            _ => Err(format!("{count} attempts for {all} commands")),
        }
    }
}

fn short(position: &Position) -> String {
    let hash = format!("{:02x}{:02x}", position.hash[0], position.hash[1]);
    format!("batch {} (hash {hash}…)", position.batch)
}

impl Known {
    /// Judges what writers said, in the order in which they attempted it.
    pub fn judge(&mut self, serves: &[ServedBatch], attempts: &[Attempt]) -> Result<(), String> {
        for serve in serves {
            if serve.answers.len() != serve.commands.len() {
                let (answers, commands) = (serve.answers.len(), serve.commands.len());
                return Err(format!("{answers} answers to {commands} commands"));
            }
        }
        // One that did nothing and was made again does not count.
        let attempts: Vec<_> = attempts.iter().filter(|it| !it.is_given_up).collect();
        for (at, attempt) in attempts.iter().copied().enumerate() {
            let Some(serve) = serves.iter().find(|it| it.writer == attempt.writer) else {
                return Err(format!("nobody asked writer {}", attempt.writer));
            };
            let is_its = |it: &&&Attempt| it.writer == attempt.writer;
            let nth = attempts[..at].iter().filter(is_its).count();
            let count = attempts.iter().filter(is_its).count();
            let range = serve.of_attempt(nth, count)?;
            // Two writers may want the very same: then it is done once, and both may say so.
            let is_done_later = attempt.after.is_some()
                && attempts[at + 1..]
                    .iter()
                    .any(|it| (it.before, it.after) == (attempt.before, attempt.after));
            if is_done_later && serve.answers.iter().all(Result::is_ok) {
                continue;
            }
            if let Some(before) = attempt.before {
                self.found(before)?;
            }
            if range.is_empty() {
                self.denied.extend(attempt.after);
            } else {
                self.attempted(
                    attempt,
                    &serve.commands[range.clone()],
                    &serve.answers[range],
                )?;
            }
        }
        Ok(())
    }

    /// So many writers were opened while the clock was so far ahead.
    pub fn opened(&mut self, writers: usize, ahead: i64) {
        let heard = self.model.accepted();
        self.trust = vec![ClockTrust { ahead, heard }; writers];
    }

    /// Whether an attempt could trust the clock, which it looked at.
    fn trusts_clock(&mut self, attempt: &Attempt, now: Timestamp) -> bool {
        let accepted = self.model.accepted();
        let trust = &mut self.trust[attempt.writer];
        // Where a writer begins where it was, nobody has accepted anything.
        if trust.heard < accepted && !attempt.expects {
            *trust = ClockTrust {
                ahead: attempt.ahead,
                heard: accepted,
            };
        }
        let stepped = attempt.ahead - trust.ahead;
        let behind = self.position.time - now.micros();
        stepped.abs() <= max_step() && behind <= max_step()
    }

    /// A writer has accepted the clock.
    fn accepted(&mut self, writer: usize, ahead: i64) {
        let heard = self.model.accepted();
        self.trust[writer] = ClockTrust { ahead, heard };
    }

    /// What one attempt came to.
    fn attempted(
        &mut self,
        attempt: &Attempt,
        commands: &[Command],
        answers: &[Result<Answer, Fault>],
    ) -> Result<(), String> {
        let accepts = accepts(commands);
        let trusts = attempt
            .now
            .is_some_and(|now| self.trusts_clock(attempt, now));
        match &answers[0] {
            Ok(_) => {
                let now = attempt.now.ok_or("an answer without a look at the clock")?;
                if !trusts && !accepts {
                    return Err(format!("a batch at {now}, which is not to be trusted"));
                }
                self.model.at(now, accepts);
                for (command, answer) in commands.iter().zip(answers) {
                    if let Err(fault) = answer {
                        return Err(format!("one batch was answered and failed: {fault}"));
                    }
                    let (said, expected) = (ModelAnswer::of(answer), self.model.submit(command));
                    if said != expected {
                        return Err(format!(
                            "an answer differs\n  journal: {said:?}\n  model: {expected:?}\n  command: {command:?}"
                        ));
                    }
                    if !matches!(answer, Ok(Answer::Refused(_))) {
                        self.earlier.clear();
                    }
                }
                if let Some(after) = attempt.after {
                    self.position = after;
                    self.maybes.clear();
                    self.denied.clear();
                    self.earlier.clear();
                }
                if accepts {
                    self.accepted(attempt.writer, attempt.ahead);
                }
            }
            Err(Fault::ClockUntrusted) if trusts || accepts => {
                let now = attempt.now;
                return Err(format!("the clock could be trusted: {now:?}"));
            }
            Err(Fault::OutcomeUnknown) => {
                if let (Some(after), Some(now)) = (attempt.after, attempt.now) {
                    self.maybes.push(UnconfirmedBatch {
                        commands: commands.to_vec(),
                        now,
                        after,
                    });
                }
            }
            Err(_) => self.denied.extend(attempt.after),
        }
        Ok(())
    }

    /// The head row was found like this in the running store.
    pub fn found(&mut self, head: Position) -> Result<(), String> {
        if head == self.position || self.landed(head) {
            return Ok(());
        }
        Err(self.wrong(head))
    }

    /// The head row was found like this after the process died, and the disk's power with it or
    /// not.
    pub fn restarted(&mut self, head: Position, lost_power: bool) -> Result<(), String> {
        let earlier = std::mem::take(&mut self.earlier);
        if lost_power {
            if let Some(earlier) = earlier.into_iter().find(|it| it.1 == head) {
                (self.model, self.position) = earlier;
            }
        } else {
            self.earlier = earlier;
        }
        if head != self.position {
            let before = (self.model.clone(), self.position);
            if !self.landed(head) {
                return Err(self.wrong(head));
            }
            if !lost_power {
                self.earlier.push(before);
            }
        }
        self.maybes.clear();
        self.denied.clear();
        Ok(())
    }

    /// Whether one of the batches of which nothing was known has made this head row; then it
    /// happened.
    fn landed(&mut self, head: Position) -> bool {
        // Of two that would leave the same head row, the later one found that the earlier one had
        // not happened.
        let Some(at) = self.maybes.iter().rposition(|maybe| maybe.after == head) else {
            return false;
        };
        let maybe = self.maybes.swap_remove(at);
        self.model.at(maybe.now, accepts(&maybe.commands));
        for command in &maybe.commands {
            self.model.submit(command);
        }
        self.position = head;
        self.maybes.clear();
        true
    }

    fn wrong(&self, head: Position) -> String {
        let (found, known) = (short(&head), short(&self.position));
        if self.denied.contains(&head) {
            return format!(
                "{found} is in the store, but its callers were told that nothing was done; {known} was the last"
            );
        }
        if head.batch < self.position.batch {
            return format!("{known} was acknowledged, but the store is at {found}");
        }
        format!("the store is at {found}, which nobody was told of; {known} was the last")
    }
}
