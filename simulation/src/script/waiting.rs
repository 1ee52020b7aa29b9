//! The stream's transactions that wait for a code or an operator, and what becomes of them; and
//! what their makers' levels of verification limit.

use contracts::kyc::KycLevel;
use contracts::risk::{DecisionId, RiskDecision, RiskFactor, RiskLevel, RiskOutcome};
use payments_core::assessment::Assessment;
use payments_core::command::{Actor, Command, Movement, Operation};
use payments_core::level::LevelLimits;
use payments_core::wallet::Limits;
use uuid::Uuid;
use values::SECOND;

use super::{HOUR, Script};

impl Script {
    /// What risk decided; of most, it was not asked.
    pub(super) fn risk(&mut self, what: &Movement) -> Option<Assessment> {
        if !self.random.chance(25) {
            return None;
        }
        let outcome = self.random.pick(&[
            RiskOutcome::Approve,
            RiskOutcome::StepUp,
            RiskOutcome::StepUp,
            RiskOutcome::Review,
            RiskOutcome::Review,
            RiskOutcome::Decline,
        ]);
        let decision = RiskDecision {
            id: DecisionId(self.fresh()),
            outcome,
            score: 30,
            level: RiskLevel::Medium,
            factors: vec![RiskFactor {
                code: "amount".to_owned(),
                points: 30,
                detail: "It is \"much\", für uns.".to_owned(),
            }],
            rule_set: 1,
            needs_two: self.random.chance(50),
            took_us: 12,
        };
        let waits = self.random.between(60 * SECOND, 12 * HOUR);
        Some(Assessment::new(decision, waits, what.hold_for()))
    }

    /// What the maker's level of verification lets them do; most may do anything.
    pub(super) fn level(&mut self) -> Option<LevelLimits> {
        if !self.random.chance(20) {
            return None;
        }
        let Limits { daily, monthly } = self.limits();
        Some(LevelLimits {
            level: self.random.pick(KycLevel::ALL),
            each: self.limits().daily,
            daily,
            monthly,
        })
    }

    /// One of the last that waits, and its maker; now and then some payment, and somebody.
    fn some_waiting(&mut self) -> (Uuid, Uuid) {
        if self.waiting.is_empty() || self.random.chance(4) {
            return (self.some_payment(), self.random.pick(&self.users));
        }
        let from = self.waiting.len().saturating_sub(10);
        self.random.pick(&self.waiting[from..])
    }

    pub(super) fn confirm(&mut self) -> Command {
        let (transaction, maker) = self.some_waiting();
        let id = self.row();
        let actor = match self.random.chance(80) {
            true => Actor::User(maker),
            false => self.actor(maker),
        };
        self.command_of(1, actor, Operation::Confirm { transaction, id })
    }

    pub(super) fn review(&mut self) -> Command {
        let (transaction, maker) = self.some_waiting();
        let operation = Operation::Review {
            transaction,
            id: self.row(),
            approve: self.random.chance(65),
            reason: "looked at".to_owned(),
        };
        let actor = match self.random.below(20) {
            0 => Actor::Operator(maker),
            1 => Actor::User(maker),
            _ => Actor::Operator(self.random.pick(&self.operators)),
        };
        self.command_of(1, actor, operation)
    }

    /// The end of something that waits.
    pub(super) fn end_waiting(&mut self) -> Command {
        let (transaction, maker) = self.some_waiting();
        let id = self.row();
        if self.random.chance(55) {
            let expire = Operation::Expire { transaction, id };
            return self.command_of(1, Actor::System, expire);
        }
        let actor = self.actor(maker);
        self.command_of(1, actor, Operation::Cancel { transaction, id })
    }
}
