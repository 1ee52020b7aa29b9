//! Asks a compiled rule. Whole numbers only, nothing allocated, and no answer is ever guessed.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ast::{Comparison, Predicate, TextComparison};
use super::compile::{CompiledRule, Node, Number, holds};
use crate::facts::Facts;
use crate::field::Field;
use crate::seen::{Seen, Unknown};

/// What a rule says of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It holds.
    Hit,
    /// It does not.
    Miss,
    /// The transaction has no such thing.
    NotApplicable,
    /// There is too little history.
    TooLittleData,
    /// Something could not be found out.
    Error,
}

impl From<Truth> for Answer {
    fn from(truth: Truth) -> Self {
        match truth {
            Ok(true) => Self::Hit,
            Ok(false) => Self::Miss,
            Err(Unknown::NotApplicable) => Self::NotApplicable,
            Err(Unknown::TooLittleData) => Self::TooLittleData,
            Err(Unknown::Error) => Self::Error,
        }
    }
}

/// Yes, no, or why that cannot be said (Kleene's logic of three values).
pub type Truth = Result<bool, Unknown>;

/// What rules are asked about.
#[derive(Debug, Clone, Copy)]
pub struct Answers<'a> {
    /// What is known of the transaction.
    pub facts: &'a Facts,
    /// In the order of `CompiledSet::velocities`.
    pub velocities: &'a [Seen],
    /// In the order of `CompiledSet::questions`.
    pub memberships: &'a [Seen],
}

impl CompiledRule {
    /// Asks the rule.
    ///
    /// # Errors
    /// The gravest of what stands in the way of an answer.
    pub fn ask(&self, answers: &Answers<'_>) -> Truth {
        answers.truth(&self.node)
    }
}

/// A part of a rule, with its compiled form.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part<'a> {
    predicate: &'a Predicate,
    node: &'a Node,
}

impl CompiledRule {
    /// The rule's question, part by part.
    pub(crate) const fn parts(&self) -> Part<'_> {
        Part {
            predicate: &self.rule().when,
            node: &self.node,
        }
    }
}

impl<'a> Part<'a> {
    /// As it was written.
    pub(crate) const fn predicate(self) -> &'a Predicate {
        self.predicate
    }

    /// Whether it consists of other parts.
    pub(crate) const fn is_group(self) -> bool {
        matches!(self.node, Node::All(_) | Node::Any(_) | Node::Not(_))
    }

    /// The parts of which it consists.
    pub(crate) fn inside(self) -> impl Iterator<Item = Self> {
        let (predicates, nodes): (&[Predicate], &[Node]) = match (self.predicate, self.node) {
            (Predicate::All(parts), Node::All(nodes))
            | (Predicate::Any(parts), Node::Any(nodes)) => (parts, nodes),
            (Predicate::Not(part), Node::Not(node)) => {
                (std::slice::from_ref(part), std::slice::from_ref(node))
            }
            _ => (&[], &[]),
        };
        let both = predicates.iter().zip(nodes);
        both.map(|(predicate, node)| Part { predicate, node })
    }
}

impl Answers<'_> {
    /// Whether a part of a rule holds.
    pub(crate) fn of(&self, part: Part<'_>) -> Truth {
        self.truth(part.node)
    }

    /// Whether a node holds.
    pub(super) fn truth(&self, node: &Node) -> Truth {
        match node {
            Node::All(parts) => self.settled_by(false, parts),
            Node::Any(parts) => self.settled_by(true, parts),
            Node::Not(part) => self.truth(part).map(|holds| !holds),
            Node::Numbers(left, is, right) => {
                let (left, right) = both(self.number(left), self.number(right))?;
                Ok(holds(&left, *is, &right))
            }
            Node::Between(left, low, high) => Ok((*low..=*high).contains(&self.number(left)?)),
            Node::NumberIn(left, values) => Ok(values.binary_search(&self.number(left)?).is_ok()),
            Node::Flag(field, wanted) => Ok(self.flag(*field)? == *wanted),
            Node::Flags(one, other, equal) => {
                let (one, other) = both(self.flag(*one), self.flag(*other))?;
                Ok((one == other) == *equal)
            }
            Node::TextIn(field, values, among) => {
                let text = self.text(*field)?;
                let found = values.binary_search_by(|value| (**value).cmp(text)).is_ok();
                Ok(found == *among)
            }
            Node::Texts(one, is, other) => self.texts(*one, *is, *other),
            Node::Listed(place) => match self.memberships.get(*place) {
                Some(Seen::Flag(listed)) => Ok(*listed),
                Some(Seen::Unknown(unknown)) => Err(*unknown),
                Some(Seen::Number(_) | Seen::Text(_)) | None => Err(Unknown::Error),
            },
            Node::Part(field, is, part) => {
                let text = self.text(*field)?;
                Ok(match is {
                    TextComparison::Contains => text.contains(&**part),
                    TextComparison::StartsWith => text.starts_with(&**part),
                    TextComparison::EndsWith => text.ends_with(&**part),
                })
            }
        }
    }

    /// The first part that is `settling` settles it; else the gravest unknown, else the contrary.
    fn settled_by(&self, settling: bool, parts: &[Node]) -> Truth {
        let mut gravest = None;
        for part in parts {
            match self.truth(part) {
                Ok(holds) if holds == settling => return Ok(settling),
                Ok(_) => {}
                Err(unknown) => gravest = gravest.max(Some(unknown)),
            }
        }
        gravest.map_or(Ok(!settling), Err)
    }

    fn texts(&self, one: Field, is: Comparison, other: Field) -> Truth {
        let (left, right) = both(self.text(one), self.text(other))?;
        let choices = one.spec().choices;
        if choices.is_empty() {
            return Ok(holds(&left, is, &right));
        }
        let rank = |name: &str| choices.iter().position(|choice| *choice == name);
        Ok(holds(&rank(left), is, &rank(right)))
    }

    /// The number of an operand.
    pub(super) fn number(&self, number: &Number) -> Result<i64, Unknown> {
        let seen = match number {
            Number::Value(value) => return Ok(*value),
            Number::Percent(of, percent) => {
                let whole = i128::from(self.number(of)?);
                let part = whole.saturating_mul(i128::from(*percent)).div_euclid(100);
                return Ok(i64::try_from(part).unwrap_or(if part < 0 {
                    i64::MIN
                } else {
                    i64::MAX
                }));
            }
            Number::Field(field) => Some(self.facts.get(*field)),
            Number::Velocity(place) => self.velocities.get(*place),
        };
        match seen {
            Some(Seen::Number(value)) => Ok(*value),
            Some(Seen::Unknown(unknown)) => Err(*unknown),
            Some(Seen::Flag(_) | Seen::Text(_)) | None => Err(Unknown::Error),
        }
    }

    fn flag(&self, field: Field) -> Truth {
        match self.facts.get(field) {
            Seen::Flag(flag) => Ok(*flag),
            Seen::Unknown(unknown) => Err(*unknown),
            Seen::Number(_) | Seen::Text(_) => Err(Unknown::Error),
        }
    }

    fn text(&self, field: Field) -> Result<&str, Unknown> {
        match self.facts.get(field) {
            Seen::Text(text) => Ok(text),
            Seen::Unknown(unknown) => Err(*unknown),
            Seen::Number(_) | Seen::Flag(_) => Err(Unknown::Error),
        }
    }
}

/// Both, or the graver of what stands in the way.
fn both<T>(left: Result<T, Unknown>, right: Result<T, Unknown>) -> Result<(T, T), Unknown> {
    match (left, right) {
        (Ok(left), Ok(right)) => Ok((left, right)),
        (Err(left), Err(right)) => Err(left.max(right)),
        (Err(unknown), Ok(_)) | (Ok(_), Err(unknown)) => Err(unknown),
    }
}
