//! The rules that a new organisation begins with, in a base currency with two decimals.

use crate::rules::{Fault, RuleSet, read_set};

/// The rules as JSON, as [`read_set`] reads it.
pub const JSON: &str = include_str!("default_rules.json");

/// The rules.
///
/// # Errors
/// None: they are read in a test.
pub fn rule_set() -> Result<RuleSet, Vec<Fault>> {
    read_set(JSON)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::rules::{Stage, compile, validate_set};

    #[test]
    fn they_may_be_published_and_compile() {
        let set = rule_set().unwrap();
        assert_eq!(validate_set(&set, Stage::Publish, &BTreeSet::new()), []);
        let compiled = compile(&set, 1).unwrap();
        assert_eq!(compiled.rules().len(), 6);
        assert_eq!(compiled.velocities().len(), 1);
        let sanctions = compiled
            .rules()
            .iter()
            .filter(|rule| rule.is_sanctions())
            .count();
        assert_eq!(sanctions, 2);
    }

    #[test]
    fn what_is_exported_is_imported_again() {
        let set = rule_set().unwrap();
        let json = serde_json::to_string(&set).unwrap();
        assert_eq!(read_set(&json), Ok(set));
    }
}
