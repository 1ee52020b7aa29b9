//! Rules in plain English, and what differs between two sets of rules.

mod diff;

use contracts::risk::RiskLevel;
use money::Currency;

use crate::rules::{Mode, Predicate, Rule, Weight};
use crate::words::{Words, as_sentence, outcome};

pub use diff::{Change, ChangeKind, diff};

/// A rule as a sentence or two. Amounts are written in `base`.
#[must_use]
pub fn sentence(rule: &Rule, base: Currency) -> String {
    let words = Words { base, own: None };
    let mode = match rule.mode {
        Mode::Live => "",
        Mode::Shadow => "in shadow: ",
        Mode::Off => "switched off: ",
    };
    let condition = condition(words, &rule.when, true, false);
    let first = as_sentence(&format!("{mode}if {condition}, {}", consequence(rule)));
    let unknown = unknown(rule);
    if unknown.is_empty() {
        return first;
    }
    format!("{first} {}", as_sentence(&unknown))
}

/// What a predicate asks, or the contrary. A group within a group stands in brackets.
fn condition(words: Words, predicate: &Predicate, holds: bool, inside: bool) -> String {
    // That not all of these hold is that one of them does not.
    let (parts, word) = match (predicate, holds) {
        (Predicate::Not(part), _) => return condition(words, part, !holds, inside),
        (Predicate::All(parts), true) | (Predicate::Any(parts), false) => (parts, " and "),
        (Predicate::Any(parts), true) | (Predicate::All(parts), false) => (parts, " or "),
        (
            Predicate::Compare(_)
            | Predicate::Between(_)
            | Predicate::In(_)
            | Predicate::InList(_)
            | Predicate::Text(_),
            _,
        ) => return words.statement(predicate, holds, &|_| None),
    };
    let group = parts.len() > 1;
    let parts: Vec<_> = parts
        .iter()
        .map(|part| condition(words, part, holds, group || inside))
        .collect();
    let text = parts.join(word);
    if group && inside {
        format!("({text})")
    } else {
        text
    }
}

fn consequence(rule: &Rule) -> String {
    let effect = &rule.effect;
    let mut parts = Vec::new();
    if effect.points != 0 {
        parts.push(points(effect.points));
    }
    match effect.floor {
        None | Some(RiskLevel::Low) => {}
        Some(RiskLevel::Medium) => parts.push("rate the risk at least medium".to_owned()),
        Some(RiskLevel::High) => parts.push("rate the risk high".to_owned()),
    }
    if let Some(at_least) = effect.outcome {
        parts.push(outcome(at_least).to_owned());
    }
    if effect.needs_two {
        parts.push("have a review done by two operators".to_owned());
    }
    if parts.is_empty() {
        return "note it".to_owned();
    }
    listed(&parts)
}

fn points(points: i32) -> String {
    let number = points.unsigned_abs();
    let plural = if number == 1 { "" } else { "s" };
    let verb = if points < 0 { "take off" } else { "add" };
    format!("{verb} {number} point{plural}")
}

/// a, b and c.
fn listed(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn unknown(rule: &Rule) -> String {
    let weights = &rule.unknown;
    let parts: Vec<_> = [
        ("where something cannot be found out", weights.error),
        ("where it does not apply", weights.not_applicable),
        ("with too little history", weights.too_little_data),
    ]
    .into_iter()
    .filter_map(|(when, weight)| {
        let what = match weight? {
            Weight::Points(0) => "nothing follows".to_owned(),
            Weight::Points(number) => points(number),
            Weight::Outcome(at_least) => outcome(at_least).to_owned(),
        };
        Some(format!("{when}, {what}"))
    })
    .collect();
    parts.join("; ")
}

#[cfg(test)]
mod tests;
