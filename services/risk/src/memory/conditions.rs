//! The conditions of an organisation in memory, by what they are about.

use std::collections::HashMap;

use risk_core::decide::{Condition, Parties, Subject};
use values::Timestamp;

/// Conditions that count now or will.
#[derive(Debug, Default)]
pub(crate) struct Conditions(HashMap<Subject, Vec<Condition>>);

impl Conditions {
    /// Adds one.
    pub(crate) fn add(&mut self, condition: Condition) {
        let about = self.0.entry(condition.subject.clone()).or_default();
        about.push(condition);
    }

    /// Those in force about what takes part in a transaction.
    pub(crate) fn about(&self, parties: &Parties, at: Timestamp) -> Vec<Condition> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let subjects = parties.subjects().into_iter();
        let said = subjects.filter_map(|subject| self.0.get(&subject));
        let in_force = said.flatten().filter(|condition| condition.in_force(at));
        in_force.cloned().collect()
    }
}
