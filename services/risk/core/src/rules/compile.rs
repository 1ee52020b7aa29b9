//! The compiled form of a set of rules: made once, asked for each transaction.

use contracts::risk::RiskOutcome;
use money::Currency;

use super::ast::{Comparison, In, Literal, Operand, Predicate, TextComparison};
use super::check::{Class, check_set, class_of};
use super::fault::Fault;
use super::set::{Levels, Mode, Rule, RuleSet, Scenario, Stage, Weight};
use super::window::Velocity;
use crate::field::Field;
use crate::seen::Unknown;

/// Whether the text of a field is on a list: what the service finds out before rules are asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Question {
    /// The field.
    pub field: Field,
    /// The list's name.
    pub list: String,
}

/// A number: in the rule, or where it comes from.
#[derive(Debug)]
pub(super) enum Number {
    Value(i64),
    Field(Field),
    /// Its place in `CompiledSet::velocities`.
    Velocity(usize),
    Percent(Box<Self>, u32),
}

/// A predicate, compiled: one node for each of the rule's. A comparison with a name is one with
/// the set of the names that fit.
#[derive(Debug)]
pub(super) enum Node {
    All(Box<[Self]>),
    Any(Box<[Self]>),
    Not(Box<Self>),
    Numbers(Number, Comparison, Number),
    Between(Number, i64, i64),
    /// Sorted.
    NumberIn(Number, Box<[i64]>),
    /// Whether the field is this.
    Flag(Field, bool),
    /// Whether two flags are the same, or are not.
    Flags(Field, Field, bool),
    /// Sorted; whether the text is among them, or is not.
    TextIn(Field, Box<[Box<str>]>, bool),
    /// Two texts, the same or not, or two names in the order of their choices.
    Texts(Field, Comparison, Field),
    /// Its place in `CompiledSet::questions`.
    Listed(usize),
    Part(Field, TextComparison, Box<str>),
}

/// A rule, compiled.
#[derive(Debug)]
pub struct CompiledRule {
    pub(super) node: Node,
    rule: Rule,
    sanctions: bool,
}

impl CompiledRule {
    /// Its code.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.rule.code
    }

    /// Whether it counts.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        self.rule.mode
    }

    /// The rule as it was written.
    #[must_use]
    pub const fn rule(&self) -> &Rule {
        &self.rule
    }

    /// Whether it asks about sanctions. Such a rule is never lifted, snoozed, or taken out of
    /// effect by its breaker.
    #[must_use]
    pub const fn is_sanctions(&self) -> bool {
        self.sanctions
    }

    /// Whether its breaker may take it out of effect: not what asks about sanctions, and no hard
    /// block, which declines by itself.
    #[must_use]
    pub fn may_trip(&self) -> bool {
        !self.sanctions && self.rule.effect.outcome != Some(RiskOutcome::Decline)
    }

    /// What follows where it has no answer. A rule that does not say so is looked at by an
    /// operator.
    #[must_use]
    pub fn unknown(&self, unknown: Unknown) -> Weight {
        let weights = &self.rule.unknown;
        let weight = match unknown {
            Unknown::Error => weights.error,
            Unknown::NotApplicable => weights.not_applicable,
            Unknown::TooLittleData => weights.too_little_data,
        };
        weight.unwrap_or(Weight::Outcome(RiskOutcome::Review))
    }
}

/// A set of rules, compiled. It never changes.
#[derive(Debug)]
pub struct CompiledSet {
    version: i64,
    base: Currency,
    levels: Levels,
    rules: Vec<CompiledRule>,
    scenarios: Vec<CompiledScenario>,
    velocities: Vec<Velocity>,
    questions: Vec<Question>,
}

/// A scenario, compiled.
#[derive(Debug)]
pub struct CompiledScenario {
    pub(crate) scenario: Scenario,
    /// For each entry of `weighs` the place of its rule.
    pub(crate) rules: Vec<usize>,
}

impl CompiledSet {
    /// Its version.
    #[must_use]
    pub const fn version(&self) -> i64 {
        self.version
    }

    /// The currency in which amounts are compared.
    #[must_use]
    pub const fn base(&self) -> Currency {
        self.base
    }

    /// From which scores on a level is reached.
    #[must_use]
    pub const fn levels(&self) -> Levels {
        self.levels
    }

    /// The rules, in the order of the set.
    #[must_use]
    pub fn rules(&self) -> &[CompiledRule] {
        &self.rules
    }

    /// The scenarios, in the order of the set.
    #[must_use]
    pub fn scenarios(&self) -> &[CompiledScenario] {
        &self.scenarios
    }

    /// The counts and sums that the rules ask for, each once. [`crate::decide::Inputs`] has their
    /// values in this order.
    #[must_use]
    pub fn velocities(&self) -> &[Velocity] {
        &self.velocities
    }

    /// The lists that the rules ask about, each question once. [`crate::decide::Inputs`] has the
    /// answers in this order.
    #[must_use]
    pub fn questions(&self) -> &[Question] {
        &self.questions
    }
}

/// Compiles a set, drafts included. What [`super::validate_set`] finds nothing wrong with compiles.
///
/// # Errors
/// What is wrong with it. Whether its lists are there is not looked at.
pub fn compile(set: &RuleSet, version: i64) -> Result<CompiledSet, Vec<Fault>> {
    let faults = check_set(set, Stage::Draft, None);
    let Ok(base) = Currency::from_code(&set.base_currency) else {
        return Err(faults);
    };
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut tables = Tables::default();
    let rules: Vec<_> = set
        .rules
        .iter()
        .map(|rule| {
            tables.sanctions = false;
            let node = tables.node(&rule.when);
            CompiledRule {
                node,
                rule: rule.clone(),
                sanctions: tables.sanctions,
            }
        })
        .collect();
    let place = |code: &str| set.rules.iter().position(|rule| rule.code == code);
    let scenarios = set
        .scenarios
        .iter()
        .map(|scenario| CompiledScenario {
            scenario: scenario.clone(),
            rules: scenario
                .weighs
                .iter()
                .filter_map(|one| place(&one.rule))
                .collect(),
        })
        .collect();
    Ok(CompiledSet {
        version,
        base,
        levels: set.levels,
        rules,
        scenarios,
        velocities: tables.velocities,
        questions: tables.questions,
    })
}

/// What the rules of a set share.
#[derive(Default)]
struct Tables {
    velocities: Vec<Velocity>,
    questions: Vec<Question>,
    /// Whether the rule at hand has asked about sanctions.
    sanctions: bool,
}

impl Tables {
    fn node(&mut self, predicate: &Predicate) -> Node {
        match predicate {
            Predicate::All(parts) => Node::All(parts.iter().map(|part| self.node(part)).collect()),
            Predicate::Any(parts) => Node::Any(parts.iter().map(|part| self.node(part)).collect()),
            Predicate::Not(part) => Node::Not(Box::new(self.node(part))),
            Predicate::Compare(compare) => self.compare(&compare.left, compare.is, &compare.right),
            Predicate::Between(between) => {
                Node::Between(self.number(&between.left), between.low, between.high)
            }
            Predicate::In(among) => self.among(among),
            Predicate::InList(listed) => {
                let question = Question {
                    field: self.field(listed.field),
                    list: listed.list.clone(),
                };
                Node::Listed(place(&mut self.questions, question))
            }
            Predicate::Text(part) => {
                Node::Part(self.field(part.field), part.is, part.text.as_str().into())
            }
        }
    }

    fn compare(&mut self, left: &Operand, is: Comparison, right: &Operand) -> Node {
        let equal = is == Comparison::Equal;
        match (left, right) {
            (Operand::Field(field), Operand::Value(Literal::Flag(flag))) => {
                Node::Flag(self.field(*field), *flag == equal)
            }
            (Operand::Field(field), Operand::Value(Literal::Text(text))) => {
                self.name(*field, is, text, class_of(left))
            }
            (Operand::Field(one), Operand::Field(other)) => match class_of(left) {
                Class::Flag => Node::Flags(self.field(*one), self.field(*other), equal),
                Class::Text | Class::Choice { .. } => {
                    Node::Texts(self.field(*one), is, self.field(*other))
                }
                Class::Amount | Class::OwnAmount | Class::Number | Class::AnyNumber => {
                    Node::Numbers(self.number(left), is, self.number(right))
                }
            },
            _ => Node::Numbers(self.number(left), is, self.number(right)),
        }
    }

    /// A comparison of a text with one in the rule.
    fn name(&mut self, field: Field, is: Comparison, text: &str, class: Class) -> Node {
        let names = if let Class::Choice { names, .. } = class {
            names
        } else {
            &[]
        };
        let rank = |name: &str| names.iter().position(|one| *one == name);
        let (values, among) = match is {
            Comparison::Equal => (vec![text.into()], true),
            Comparison::NotEqual => (vec![text.into()], false),
            Comparison::Less
            | Comparison::LessOrEqual
            | Comparison::Greater
            | Comparison::GreaterOrEqual => {
                let fits = |name: &&&str| holds(&rank(name), is, &rank(text));
                (
                    names
                        .iter()
                        .filter(fits)
                        .map(|name| (*name).into())
                        .collect(),
                    true,
                )
            }
        };
        Node::TextIn(self.field(field), sorted(values), among)
    }

    fn among(&mut self, among: &In) -> Node {
        let texts = among.values.iter().filter_map(|value| match value {
            Literal::Text(text) => Some(text.as_str().into()),
            Literal::Number(_) | Literal::Flag(_) => None,
        });
        let numbers = among.values.iter().filter_map(|value| match value {
            Literal::Number(number) => Some(*number),
            Literal::Text(_) | Literal::Flag(_) => None,
        });
        let of_texts = matches!(among.values.first(), Some(Literal::Text(_)));
        if let Operand::Field(field) = &among.left
            && of_texts
        {
            return Node::TextIn(self.field(*field), sorted(texts.collect()), true);
        }
        Node::NumberIn(self.number(&among.left), sorted(numbers.collect()))
    }

    fn number(&mut self, operand: &Operand) -> Number {
        match operand {
            Operand::Value(Literal::Number(number)) => Number::Value(*number),
            // No other value has passed the check.
            Operand::Value(Literal::Flag(_) | Literal::Text(_)) => Number::Value(0),
            Operand::Field(field) => Number::Field(self.field(*field)),
            Operand::Velocity(velocity) => Number::Velocity(place(&mut self.velocities, *velocity)),
            Operand::Percent(percent) => {
                Number::Percent(Box::new(self.number(&percent.of)), percent.percent)
            }
        }
    }

    const fn field(&mut self, field: Field) -> Field {
        self.sanctions = self.sanctions || field.is_sanctions();
        field
    }
}

/// Whether two values compare like that.
pub(super) fn holds<T: Ord>(left: &T, is: Comparison, right: &T) -> bool {
    match is {
        Comparison::Equal => left == right,
        Comparison::NotEqual => left != right,
        Comparison::Less => left < right,
        Comparison::LessOrEqual => left <= right,
        Comparison::Greater => left > right,
        Comparison::GreaterOrEqual => left >= right,
    }
}

fn sorted<T: Ord>(mut values: Vec<T>) -> Box<[T]> {
    values.sort_unstable();
    values.dedup();
    values.into()
}

/// The place of `wanted` in `list`, at its end if it was not there.
fn place<T: PartialEq>(list: &mut Vec<T>, wanted: T) -> usize {
    list.iter()
        .position(|one| *one == wanted)
        .unwrap_or_else(|| {
            list.push(wanted);
            list.len().saturating_sub(1)
        })
}
