//! What is wrong with a rule, and where. Reading JSON gives the same form as checking it.

use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use super::limits;
use super::set::{Rule, RuleSet};

/// Something wrong with a rule or a set of rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Fault {
    /// Where: `when.all[1].compare.left`; empty for the whole.
    pub path: String,
    /// What, for programs.
    #[schema(example = "wrong_type")]
    pub code: &'static str,
    /// What, and what to do.
    pub message: String,
}

impl Fault {
    pub(super) fn new(path: &str, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            code,
            message: message.into(),
        }
    }
}

/// Reads a rule.
///
/// # Errors
/// The first thing that is not of the form, with its place: `malformed`, or `too_large`.
pub fn read_rule(json: &str) -> Result<Rule, Vec<Fault>> {
    read(json, limits::RULE_BYTES)
}

/// Reads a set of rules.
///
/// # Errors
/// The first thing that is not of the form, with its place: `malformed`, or `too_large`.
pub fn read_set(json: &str) -> Result<RuleSet, Vec<Fault>> {
    read(json, limits::SET_BYTES)
}

fn read<T: DeserializeOwned>(json: &str, most: usize) -> Result<T, Vec<Fault>> {
    if json.len() > most {
        let message = format!("{} bytes, at most {most} are read; part it", json.len());
        return Err(vec![Fault::new("", "too_large", message)]);
    }
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let path = if path == "." { String::new() } else { path };
        vec![Fault::new(&path, "malformed", error.inner().to_string())]
    })?;
    deserializer
        .end()
        .map_err(|error| vec![Fault::new("", "malformed", error.to_string())])?;
    Ok(value)
}
