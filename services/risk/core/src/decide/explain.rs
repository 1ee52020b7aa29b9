//! Why, in words: what each rule that counted has seen.

use contracts::risk::{RiskFactor, RiskOutcome};
use money::Currency;

use super::factor::Factor;
use super::tally::Spoken;
use super::{RuleOutcome, SeenValue, Standing};
use crate::field::Field;
use crate::rules::{Answers, CompiledSet, Literal, Operand, Part, Predicate, Velocity};
use crate::seen::{Seen, Unknown};
use crate::words::{Words, as_sentence, whether};

/// Puts answers into words.
pub(super) struct Explain<'a> {
    set: &'a CompiledSet,
    answers: Answers<'a>,
    words: Words,
}

impl<'a> Explain<'a> {
    pub(super) fn new(set: &'a CompiledSet, answers: Answers<'a>) -> Self {
        let own = match answers.facts.get(Field::Currency) {
            Seen::Text(code) => Currency::from_code(code).ok(),
            Seen::Number(_) | Seen::Flag(_) | Seen::Unknown(_) => None,
        };
        Self {
            set,
            answers,
            words: Words {
                base: set.base(),
                own,
            },
        }
    }

    /// The factor that a rule is.
    pub(super) fn factor(&self, one: &Spoken<'_>) -> Option<Factor> {
        let rule = one.rule.rule();
        let mut detail = match one.truth {
            Ok(true) => as_sentence(&self.why(one.rule.parts(), true).join("; ")),
            Ok(false) => return None,
            Err(unknown) => {
                let why = self.why_not(one.rule.parts(), unknown);
                format!("“{}” has no answer: {why}.", rule.name)
            }
        };
        let mut points = one.points();
        let mut outcome = one.outcome().unwrap_or(RiskOutcome::Approve);
        if one.standing == Standing::Allowed {
            detail.push_str(" It does not count, since a condition allows the transaction.");
            (points, outcome) = (0, RiskOutcome::Approve);
        }
        let code = rule.code.clone();
        Some(Factor {
            outcome,
            factor: RiskFactor {
                code,
                points,
                detail,
            },
        })
    }

    /// What a rule said, for the record.
    pub(super) fn rule_outcome(&self, one: &Spoken<'_>) -> RuleOutcome {
        let mut seen = Vec::new();
        if one.truth != Ok(false) {
            self.values(&one.rule.rule().when, &mut seen);
        }
        RuleOutcome {
            rule: one.rule.code().to_owned(),
            answer: one.truth.into(),
            standing: one.standing,
            points: one.points(),
            outcome: one.outcome(),
            seen,
        }
    }

    /// The statements that make a part hold, or not hold.
    fn why(&self, part: Part<'_>, holds: bool) -> Vec<String> {
        if self.answers.of(part) != Ok(holds) {
            return Vec::new();
        }
        if let Predicate::Not(_) = part.predicate() {
            return part
                .inside()
                .flat_map(|inside| self.why(inside, !holds))
                .collect();
        }
        if part.is_group() {
            return part
                .inside()
                .flat_map(|inside| self.why(inside, holds))
                .collect();
        }
        vec![
            self.words
                .statement(part.predicate(), holds, &|operand| self.shown(operand)),
        ]
    }

    /// What a part could not look at.
    fn why_not(&self, part: Part<'_>, unknown: Unknown) -> String {
        let mut missing = Vec::new();
        operands(part.predicate(), &mut |operand| {
            if matches!(self.value(operand), Some(Seen::Unknown(why)) if why == unknown) {
                missing.push(match operand {
                    Operand::Field(field) => whether(*field),
                    Operand::Value(_) | Operand::Velocity(_) | Operand::Percent(_) => {
                        self.words.operand(operand, operand)
                    }
                });
            }
        });
        lists(part.predicate(), &mut |field, list| {
            if self.listed(field, list) == Seen::Unknown(unknown) {
                missing.push(format!(
                    "whether {} is on the list {list}",
                    field.spec().label
                ));
            }
        });
        missing.dedup();
        let missing = missing.join(", ");
        match unknown {
            Unknown::Error => format!("not found out: {missing}"),
            Unknown::NotApplicable => format!("not applicable: {missing}"),
            Unknown::TooLittleData => format!("too little history: {missing}"),
        }
    }

    /// The value of an operand that comes from elsewhere than the rule.
    fn value(&self, operand: &Operand) -> Option<Seen> {
        match operand {
            Operand::Value(_) | Operand::Percent(_) => None,
            Operand::Field(field) => Some(self.answers.facts.get(*field).clone()),
            Operand::Velocity(velocity) => Some(self.velocity(velocity)),
        }
    }

    fn velocity(&self, velocity: &Velocity) -> Seen {
        let place = self.set.velocities().iter().position(|one| one == velocity);
        let seen = place.and_then(|place| self.answers.velocities.get(place));
        seen.cloned().unwrap_or(Seen::Unknown(Unknown::Error))
    }

    fn listed(&self, field: Field, list: &str) -> Seen {
        let asked =
            |question: &crate::rules::Question| question.field == field && question.list == list;
        let place = self.set.questions().iter().position(asked);
        let seen = place.and_then(|place| self.answers.memberships.get(place));
        seen.cloned().unwrap_or(Seen::Unknown(Unknown::Error))
    }

    /// The value of an operand in words.
    fn shown(&self, operand: &Operand) -> Option<String> {
        if let Operand::Percent(percent) = operand {
            let of = self.shown(&percent.of)?;
            return Some(format!("of {of}"));
        }
        match self.value(operand)? {
            Seen::Number(number) => Some(self.words.number(number, operand)),
            Seen::Flag(flag) => Some(flag.to_string()),
            Seen::Text(text) => Some(text.to_string()),
            Seen::Unknown(_) => None,
        }
    }

    fn values(&self, predicate: &Predicate, seen: &mut Vec<SeenValue>) {
        let mut add = |what: String, value: Seen| {
            if !seen.iter().any(|one| one.what == what) {
                seen.push(SeenValue { what, value });
            }
        };
        operands(predicate, &mut |operand| {
            if let Some(value) = self.value(operand) {
                add(name(operand), value);
            }
        });
        lists(predicate, &mut |field, list| {
            add(
                format!("{} in {list}", field.spec().name),
                self.listed(field, list),
            );
        });
    }
}

/// The stable name of an operand: a field's, or `count:payer:1h`.
fn name(operand: &Operand) -> String {
    match operand {
        Operand::Value(Literal::Number(number)) => number.to_string(),
        Operand::Value(Literal::Flag(flag)) => flag.to_string(),
        Operand::Value(Literal::Text(text)) => text.clone(),
        Operand::Field(field) => field.spec().name.to_owned(),
        Operand::Velocity(velocity) => velocity.name(),
        Operand::Percent(percent) => name(&percent.of),
    }
}

/// Looks at all fields and velocities of a predicate, in order.
fn operands(predicate: &Predicate, look: &mut dyn FnMut(&Operand)) {
    let mut one = |operand: &Operand| match operand {
        Operand::Percent(percent) => look(&percent.of),
        Operand::Value(_) | Operand::Field(_) | Operand::Velocity(_) => look(operand),
    };
    match predicate {
        Predicate::All(parts) | Predicate::Any(parts) => {
            parts.iter().for_each(|part| operands(part, look));
        }
        Predicate::Not(part) => operands(part, look),
        Predicate::Compare(compare) => {
            one(&compare.left);
            one(&compare.right);
        }
        Predicate::Between(between) => one(&between.left),
        Predicate::In(among) => one(&among.left),
        Predicate::InList(listed) => one(&Operand::Field(listed.field)),
        Predicate::Text(part) => one(&Operand::Field(part.field)),
    }
}

/// Looks at all questions about lists of a predicate, in order.
fn lists(predicate: &Predicate, look: &mut dyn FnMut(Field, &str)) {
    match predicate {
        Predicate::All(parts) | Predicate::Any(parts) => {
            parts.iter().for_each(|part| lists(part, look));
        }
        Predicate::Not(part) => lists(part, look),
        Predicate::InList(listed) => look(listed.field, &listed.list),
        Predicate::Compare(_) | Predicate::Between(_) | Predicate::In(_) | Predicate::Text(_) => {}
    }
}
