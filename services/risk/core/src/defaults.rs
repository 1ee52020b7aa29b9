//! The rules that a new organisation begins with.

/// The rules as JSON, as `rules::read_set` reads it.
pub const JSON: &str = include_str!("default_rules.json");
