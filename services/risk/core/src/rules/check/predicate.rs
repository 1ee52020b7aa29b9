//! The types of what a rule asks: which values may be compared with which.

use super::Check;
use crate::field::{Field, FieldType};
use crate::rules::ast::{
    Between, Compare, Comparison, In, InList, Literal, Operand, Percent, Predicate, TextMatch,
};
use crate::rules::limits;
use crate::rules::window::{Key, Measure, Velocity, Window};

/// What kind of value an operand has. Only like compares with like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rules) enum Class {
    /// Minor units of the base currency.
    Amount,
    /// Minor units of the transaction's own currency.
    OwnAmount,
    /// A number.
    Number,
    /// A number in the rule: it is whatever it is compared with.
    AnyNumber,
    /// Yes or no.
    Flag,
    /// A text.
    Text,
    /// One of these names.
    Choice {
        names: &'static [&'static str],
        ordered: bool,
    },
}

impl Class {
    const fn is_number(self) -> bool {
        matches!(
            self,
            Self::Amount | Self::OwnAmount | Self::Number | Self::AnyNumber
        )
    }

    fn fits(self, other: Self) -> bool {
        self == other
            || matches!((self, other), (one, Self::AnyNumber) | (Self::AnyNumber, one) if one.is_number())
            || matches!((self, other), (Self::Choice { .. }, Self::Text))
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Amount => "an amount in the base currency",
            Self::OwnAmount => "an amount in the transaction's own currency",
            Self::Number | Self::AnyNumber => "a number",
            Self::Flag => "true or false",
            Self::Text => "a text",
            Self::Choice { .. } => "one of a few names",
        }
    }
}

/// The kind of value of an operand.
pub(in crate::rules) fn class_of(operand: &Operand) -> Class {
    match operand {
        Operand::Value(Literal::Number(_)) => Class::AnyNumber,
        Operand::Value(Literal::Flag(_)) => Class::Flag,
        Operand::Value(Literal::Text(_)) => Class::Text,
        Operand::Field(field) => class_of_field(*field),
        Operand::Velocity(velocity) => match velocity.measure {
            Measure::AmountSum | Measure::AmountAverage => Class::Amount,
            Measure::Count | Measure::DistinctCounterparties | Measure::DistinctInstruments => {
                Class::Number
            }
        },
        Operand::Percent(percent) => class_of(&percent.of),
    }
}

fn class_of_field(field: Field) -> Class {
    let spec = field.spec();
    match spec.kind {
        FieldType::Amount => Class::Amount,
        FieldType::OwnAmount => Class::OwnAmount,
        FieldType::Number => Class::Number,
        FieldType::Flag => Class::Flag,
        FieldType::Lower | FieldType::Upper | FieldType::Text => Class::Text,
        FieldType::Choice => Class::Choice {
            names: spec.choices,
            ordered: spec.ordered,
        },
    }
}

impl Check<'_> {
    pub(super) fn predicate(&mut self, predicate: &Predicate, depth: usize) {
        self.nodes = self.nodes.saturating_add(1);
        self.pay(1);
        if depth > limits::DEPTH {
            let message = format!("nested more than {} deep; flatten it", limits::DEPTH);
            return self.fault("too_deep", message);
        }
        if self.nodes > limits::NODES {
            return;
        }
        let inside = depth.saturating_add(1);
        match predicate {
            Predicate::All(parts) => self.group("all", parts, inside),
            Predicate::Any(parts) => self.group("any", parts, inside),
            Predicate::Not(part) => self.at("not", |check| check.predicate(part, inside)),
            Predicate::Compare(compare) => self.at("compare", |check| check.compare(compare)),
            Predicate::Between(between) => self.at("between", |check| check.between(between)),
            Predicate::In(among) => self.at("in", |check| check.among(among)),
            Predicate::InList(listed) => self.at("in_list", |check| check.listed(listed)),
            Predicate::Text(text) => self.at("text", |check| check.part(text)),
        }
    }

    fn pay(&mut self, cost: u32) {
        self.cost = self.cost.saturating_add(cost);
    }

    fn group(&mut self, name: &str, parts: &[Predicate], depth: usize) {
        if parts.is_empty() {
            return self.at(name, |check| check.fault("empty", "give at least one"));
        }
        self.each(name, parts, |check, part| check.predicate(part, depth));
    }

    fn compare(&mut self, compare: &Compare) {
        let found = self.faults.len();
        self.looked_at(&compare.left);
        self.at("right", |check| check.operand(&compare.right, 1));
        if self.faults.len() > found {
            return;
        }
        let (left, right) = (class_of(&compare.left), class_of(&compare.right));
        if !left.fits(right) {
            let message = format!(
                "compare {} with its like, not {}",
                left.words(),
                right.words()
            );
            return self.at("right", |check| check.fault("wrong_type", message));
        }
        let in_order = match left {
            Class::Amount | Class::OwnAmount | Class::Number | Class::AnyNumber => true,
            Class::Choice { ordered, .. } => ordered,
            Class::Flag | Class::Text => false,
        };
        if !in_order && !matches!(compare.is, Comparison::Equal | Comparison::NotEqual) {
            let message = format!("{} has no order; use equal or not_equal", left.words());
            self.at("is", |check| check.fault("wrong_type", message));
        }
        if let Operand::Value(literal) = &compare.right {
            self.at("right.value", |check| check.literal(&compare.left, literal));
        }
    }

    /// The left side of a comparison is no value of the rule.
    fn looked_at(&mut self, operand: &Operand) {
        self.at("left", |check| {
            if matches!(operand, Operand::Value(_)) {
                check.fault("wrong_type", "name a field or a velocity here");
            }
            check.operand(operand, 1);
        });
    }

    fn operand(&mut self, operand: &Operand, depth: usize) {
        match operand {
            Operand::Value(_) => {}
            Operand::Field(_) => self.pay(1),
            Operand::Velocity(velocity) => {
                self.pay(5);
                self.at("velocity", |check| check.velocity(velocity));
            }
            Operand::Percent(percent) => self.at("percent", |check| check.percent(percent, depth)),
        }
    }

    fn percent(&mut self, percent: &Percent, depth: usize) {
        self.pay(1);
        if !(1..=limits::PERCENT).contains(&percent.percent) {
            let message = format!("write 1 to {}", limits::PERCENT);
            self.at("percent", |check| check.fault("too_large", message));
        }
        self.at("of", |check| match &*percent.of {
            Operand::Percent(_) if depth > 1 => check.fault("too_deep", "write one percentage"),
            Operand::Value(_) | Operand::Percent(_) => {
                check.fault("wrong_type", "name a field or a velocity here");
            }
            of if class_of(of).is_number() => check.operand(of, depth.saturating_add(1)),
            Operand::Field(_) | Operand::Velocity(_) => {
                check.fault("wrong_type", "only of a number");
            }
        });
    }

    fn velocity(&mut self, velocity: &Velocity) {
        if let Window::Minutes(minutes) = velocity.window
            && !(1..=Window::MOST_MINUTES).contains(&minutes)
        {
            let message = "write `day`, or 1 minute to 90 days";
            self.at("window", |check| check.fault("malformed", message));
        }
        if velocity.at_least > limits::AT_LEAST {
            let message = format!("at most {}", limits::AT_LEAST);
            self.at("at_least", |check| check.fault("too_large", message));
        }
        match (velocity.measure, velocity.key) {
            (Measure::DistinctCounterparties, Key::Pair | Key::Organisation) => {
                let message = "counterparties are counted of a payer, a payee or an instrument";
                self.at("key", |check| check.fault("no_such_count", message));
            }
            (Measure::DistinctInstruments, Key::Instrument) => {
                let message = "an instrument has one instrument; use another key";
                self.at("key", |check| check.fault("no_such_count", message));
            }
            (
                Measure::Count
                | Measure::AmountSum
                | Measure::AmountAverage
                | Measure::DistinctCounterparties
                | Measure::DistinctInstruments,
                _,
            ) => {}
        }
        if self.velocities.len() <= limits::VELOCITIES {
            self.velocities.insert(format!("{velocity:?}"));
        }
    }

    fn between(&mut self, between: &Between) {
        self.looked_at(&between.left);
        if !class_of(&between.left).is_number() {
            self.at("left", |check| {
                check.fault("wrong_type", "only a number lies between")
            });
        }
        if between.low > between.high {
            self.at("high", |check| {
                check.fault("empty_range", "may not be below `low`")
            });
        }
    }

    fn among(&mut self, among: &In) {
        self.looked_at(&among.left);
        if among.values.is_empty() {
            self.at("values", |check| check.fault("empty", "give at least one"));
        }
        if !self.no_more_than("values", among.values.len(), limits::VALUES) {
            return;
        }
        // A search among sorted values.
        self.pay(among.values.len().checked_ilog2().unwrap_or_default());
        let class = class_of(&among.left);
        if class == Class::Flag {
            let message = "a flag is one of two; use compare";
            return self.at("left", |check| check.fault("wrong_type", message));
        }
        self.each("values", &among.values, |check, literal| {
            if class.fits(class_of(&Operand::Value(literal.clone()))) {
                check.literal(&among.left, literal);
            } else {
                check.fault("wrong_type", format!("write {}", class.words()));
            }
        });
    }

    fn listed(&mut self, listed: &InList) {
        self.pay(5);
        self.text_field(listed.field);
        self.text("list", &listed.list, 1, limits::TEXT);
        if self
            .lists
            .is_some_and(|lists| !lists.contains(&listed.list))
        {
            let message = "there is no such list; make it first";
            self.at("list", |check| check.fault("unknown_list", message));
        }
    }

    fn part(&mut self, part: &TextMatch) {
        self.pay(4);
        self.text_field(part.field);
        self.at("text", |check| check.literal_text(part.field, &part.text));
    }

    fn text_field(&mut self, field: Field) {
        if class_of_field(field) != Class::Text {
            self.at("field", |check| check.fault("wrong_type", "only a text"));
        }
    }

    /// A value of the rule beside what it is compared with; the types fit already.
    fn literal(&mut self, left: &Operand, literal: &Literal) {
        match (left, literal) {
            (Operand::Field(field), Literal::Text(text)) => self.literal_text(*field, text),
            (Operand::Velocity(velocity), Literal::Number(number)) => {
                let counts_different = matches!(
                    velocity.measure,
                    Measure::DistinctCounterparties | Measure::DistinctInstruments
                );
                if counts_different && *number >= Measure::MOST_DISTINCT {
                    let message = format!("different ones count up to {}", Measure::MOST_DISTINCT);
                    self.fault("too_large", message);
                }
            }
            (
                Operand::Value(_) | Operand::Field(_) | Operand::Velocity(_) | Operand::Percent(_),
                Literal::Number(_) | Literal::Flag(_) | Literal::Text(_),
            ) => {}
        }
    }

    fn literal_text(&mut self, field: Field, text: &str) {
        let spec = field.spec();
        let wrong = match spec.kind {
            FieldType::Choice if !spec.choices.contains(&text) => {
                return self.fault("no_such_choice", format!("write one of {:?}", spec.choices));
            }
            FieldType::Lower if text.chars().any(char::is_uppercase) => Some("write small letters"),
            FieldType::Upper if text.chars().any(char::is_lowercase) => Some("write capitals"),
            FieldType::Amount
            | FieldType::OwnAmount
            | FieldType::Number
            | FieldType::Flag
            | FieldType::Lower
            | FieldType::Upper
            | FieldType::Text
            | FieldType::Choice => None,
        };
        let fits = (1..=limits::TEXT).contains(&text.chars().count());
        if let Some(message) = wrong.or((!fits).then_some("write 1 to 200 characters")) {
            self.fault("malformed", message);
        }
    }
}
