//! What rules would have done: the transactions of the last days are decided again, once by the
//! rules in force and once by those that are tried, in their order, with counters of their own.
//! Amounts are compared at the rates of today, and lists are asked as they are now.

use std::collections::BTreeMap;
use std::sync::Arc;

use contracts::identity::OrgId;
use contracts::payments::TransactionId;
use contracts::risk::{RiskLevel, RiskOutcome};
use risk_core::decide::{Decided, Inputs, decide};
use risk_core::facts::Facts;
use risk_core::field::Field;
use risk_core::rules::{Answer, CompiledSet, Rule, RuleSet, Stage, Velocity, compile};
use risk_core::seen::Unknown;
use risk_core::velocity::{Bounds, Counters, Event};
use values::{DAY, SECOND, Timestamp};

use crate::assess::memberships;
use crate::decisions::Kept;
use crate::decisions::store::{self as decisions, DecisionRow};
use crate::error::Error;
use crate::memory::Memory;
use crate::memory::filling::event;
use crate::memory::policy::Policy;
use crate::rules::error::RuleError;
use crate::rules::stored;
use crate::service::Service;

/// The most days that are looked at.
const MOST_DAYS: i64 = 90;
/// How many transactions are read at once.
const BATCH: i64 = 4_096;
/// How many transactions are shown that would have ended otherwise, or that the rule would have
/// hit.
const SAMPLES: usize = 20;

/// What rules would have done.
#[derive(Debug, Default)]
pub(crate) struct Preview {
    /// Transactions that were looked at.
    pub(crate) asked: u64,
    /// Of them those of which not all is known any more.
    pub(crate) incomplete: u64,
    /// By rule, what it would have done: of the rules that are tried.
    pub(crate) rules: BTreeMap<String, OfRule>,
    /// What would have become of transactions by the rules in force, and by those that are tried.
    pub(crate) outcomes: BTreeMap<(RiskOutcome, RiskOutcome), u64>,
    /// Some of those that would have ended otherwise.
    pub(crate) samples: Vec<Sample>,
}

/// What a rule would have done.
#[derive(Debug, Default)]
pub(crate) struct OfRule {
    pub(crate) hits: u64,
    /// Where it could not say.
    pub(crate) unknown: u64,
    /// Minor units of the base currency; stops at the most that can be counted.
    pub(crate) amount_minor: i64,
    /// By rule, how often another one hit, too.
    pub(crate) overlap: BTreeMap<String, u64>,
}

/// A transaction that would have ended otherwise.
#[derive(Debug)]
pub(crate) struct Sample {
    pub(crate) transaction: TransactionId,
    pub(crate) at: Timestamp,
    pub(crate) amount_minor: Option<i64>,
    pub(crate) before: (RiskOutcome, RiskLevel, i32),
    pub(crate) after: (RiskOutcome, RiskLevel, i32),
    /// The codes of what counted.
    pub(crate) factors: Vec<String>,
}

/// A walk over transactions with two sets of rules.
struct Replay {
    in_force: CompiledSet,
    tried: CompiledSet,
    policy: Arc<Policy>,
    memory: Arc<Memory>,
    counters: Counters,
    since: Timestamp,
    preview: Preview,
}

impl Service {
    /// What the draft, or one rule beside the others, would have done in the last days.
    pub(crate) async fn preview(
        &self,
        org: OrgId,
        days: i64,
        rule: Option<Rule>,
    ) -> Result<Preview, RuleError> {
        if !(1..=MOST_DAYS).contains(&days) {
            return Err(RuleError::Days);
        }
        let _one_at_a_time = self.previews.try_lock().map_err(|_| RuleError::Busy)?;
        let rules = self.rules(org, 0).await?;
        let mut tried = rules.newest().clone();
        if let Some(rule) = rule {
            match tried.rules.iter_mut().find(|it| it.code == rule.code) {
                Some(found) => *found = rule,
                None => tried.rules.push(rule),
            }
        }
        let faults = self.faults(org, &tried, Stage::Draft).await?;
        if !faults.is_empty() {
            return Err(RuleError::Faults(faults));
        }
        let in_force = stored(&rules.in_force.rules)?;
        let now = self.clock.now();
        let sets = (compiled(&in_force)?, compiled(&tried)?);
        let mut replay = self.replay(org, sets, now.plus(-days * DAY))?;
        let mut after = i64::MIN;
        let begin = replay.begin();
        loop {
            let rows = decisions::in_order(&self.db, org, after, begin, BATCH).await?;
            let Some(last) = rows.last() else {
                return Ok(replay.preview);
            };
            after = last.first_sequence.ok_or(Error::Row("decisions"))?;
            // Others are not to wait for it.
            let walked = tokio::task::spawn_blocking(move || {
                rows.iter().for_each(|row| replay.walk(row));
                replay
            });
            replay = walked.await.map_err(|_| Error::Row("decisions"))?;
        }
    }

    fn replay(
        &self,
        org: OrgId,
        (in_force, tried): (CompiledSet, CompiledSet),
        since: Timestamp,
    ) -> Result<Replay, Error> {
        let mut asked = in_force.velocities().to_vec();
        let new = tried.velocities().iter();
        asked.extend(new.filter(|it| !in_force.velocities().contains(it)));
        let begin = begin(&asked, since);
        Ok(Replay {
            counters: Counters::new(&asked, begin, Bounds::default()),
            in_force,
            tried,
            policy: self.memory.org(org)?.policy(),
            memory: self.memory.clone(),
            since,
            preview: Preview::default(),
        })
    }
}

fn compiled(set: &RuleSet) -> Result<CompiledSet, RuleError> {
    compile(set, 0).map_err(RuleError::Faults)
}

/// Where counting has to begin for windows that are asked about from a time on.
fn begin(asked: &[Velocity], since: Timestamp) -> Timestamp {
    let longest = asked.iter().map(|it| it.window.minutes()).max();
    since.plus(-i64::from(longest.unwrap_or_default()) * 60 * SECOND)
}

impl Replay {
    fn begin(&self) -> Timestamp {
        let asked = [self.in_force.velocities(), self.tried.velocities()].concat();
        begin(&asked, self.since)
    }

    fn walk(&mut self, row: &DecisionRow) {
        let base = self.tried.base();
        if row.created_at >= self.since.micros() {
            self.ask(row);
        }
        if let (Some(sequence), Some(event)) =
            (row.first_sequence, event(row, &self.memory.rates, base))
        {
            self.counters.confirm(sequence, &event);
        }
    }

    fn ask(&mut self, row: &DecisionRow) {
        self.preview.asked += 1;
        let kept = row.facts.as_deref().map(serde_json::from_str::<Kept>);
        let Some(Ok(Kept { inputs, .. })) = kept else {
            self.preview.incomplete += 1;
            return;
        };
        let counted = DecisionRow {
            counted: Some(1),
            ..row.clone()
        };
        let event = event(&counted, &self.memory.rates, self.tried.base());
        let Some(event) = event else {
            self.preview.incomplete += 1;
            return;
        };
        let before = self.decide(&self.in_force, &inputs, &event);
        let after = self.decide(&self.tried, &inputs, &event);
        self.note(&event, &before, &after);
    }

    fn decide(&self, set: &CompiledSet, inputs: &Inputs, event: &Event) -> Decided {
        let mut facts: Facts = inputs.facts.clone();
        facts.set(Field::Amount, event.amount.ok_or(Unknown::Error));
        let inputs = Inputs {
            velocities: self.counters.ask(event, set.velocities()),
            memberships: memberships(&self.policy, set.questions(), &facts, inputs.at),
            facts,
            ..inputs.clone()
        };
        decide(set, &inputs)
    }

    fn note(&mut self, event: &Event, before: &Decided, after: &Decided) {
        let hits: Vec<&str> = after
            .rules
            .iter()
            .filter(|it| it.answer == Answer::Hit)
            .map(|it| it.rule.as_str())
            .collect();
        for said in &after.rules {
            let of_rule = self.preview.rules.entry(said.rule.clone()).or_default();
            if said.answer == Answer::Hit {
                of_rule.hits += 1;
                let amount = event.amount.unwrap_or_default();
                of_rule.amount_minor = of_rule.amount_minor.saturating_add(amount);
                for other in hits.iter().filter(|other| **other != said.rule) {
                    *of_rule.overlap.entry((*other).to_owned()).or_default() += 1;
                }
            } else if said.answer != Answer::Miss {
                of_rule.unknown += 1;
            }
        }
        let outcomes = (before.outcome, after.outcome);
        *self.preview.outcomes.entry(outcomes).or_default() += 1;
        let is_other = before.outcome != after.outcome || before.score != after.score;
        if is_other && self.preview.samples.len() < SAMPLES {
            let of = |decided: &Decided| (decided.outcome, decided.level, decided.score);
            self.preview.samples.push(Sample {
                transaction: event.transaction,
                at: event.at,
                amount_minor: event.amount,
                before: of(before),
                after: of(after),
                factors: after.factors.iter().map(|it| it.code.clone()).collect(),
            });
        }
    }
}
