//! What differs between two sets of rules. Rules, scenarios and what scenarios weigh are matched by
//! their codes, all else by its place.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::rules::RuleSet;

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Change {
    /// What kind.
    pub kind: ChangeKind,
    /// Where: `rules[amount_over_5000].effect.points`.
    pub path: String,
    /// What was there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// What kind of difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It was not there.
    Added,
    /// It is not there any more.
    Removed,
    /// It was another.
    Changed,
}

/// What differs, in the order of the sets. The order of rules makes no difference.
#[must_use]
pub fn diff(before: &RuleSet, after: &RuleSet) -> Vec<Change> {
    let value = |set| serde_json::to_value(set).unwrap_or_default();
    let mut changes = Vec::new();
    compare(
        String::new(),
        Some(&value(before)),
        Some(&value(after)),
        &mut changes,
    );
    changes
}

fn compare(path: String, before: Option<&Value>, after: Option<&Value>, changes: &mut Vec<Change>) {
    let kind = match (before, after) {
        (Some(before), Some(after)) if before == after => return,
        (None, None) => return,
        (Some(Value::Object(_)), Some(Value::Object(_)))
        | (Some(Value::Array(_)), Some(Value::Array(_))) => {
            let (old, new) = (parts(before), parts(after));
            let added = new.iter().filter(|(name, _)| find(&old, name).is_none());
            for (name, _) in old.iter().chain(added) {
                let inside = format!("{path}{name}");
                let inside = inside.strip_prefix('.').unwrap_or(&inside).to_owned();
                compare(inside, find(&old, name), find(&new, name), changes);
            }
            return;
        }
        (None, Some(_)) => ChangeKind::Added,
        (Some(_), None) => ChangeKind::Removed,
        (Some(_), Some(_)) => ChangeKind::Changed,
    };
    changes.push(Change {
        kind,
        path,
        before: before.cloned(),
        after: after.cloned(),
    });
}

/// The parts of an object or an array, each with what it adds to a path.
fn parts(value: Option<&Value>) -> Vec<(String, &Value)> {
    match value {
        Some(Value::Object(fields)) => fields
            .iter()
            .map(|(name, value)| (format!(".{name}"), value))
            .collect(),
        Some(Value::Array(elements)) => elements
            .iter()
            .enumerate()
            .map(|(index, element)| {
                let code = ["code", "rule"]
                    .iter()
                    .find_map(|name| element.get(name)?.as_str());
                let name = code.map_or_else(|| format!("[{index}]"), |code| format!("[{code}]"));
                (name, element)
            })
            .collect(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => {
            Vec::new()
        }
    }
}

fn find<'v>(parts: &[(String, &'v Value)], name: &str) -> Option<&'v Value> {
    parts
        .iter()
        .find(|(one, _)| one == name)
        .map(|(_, value)| *value)
}
