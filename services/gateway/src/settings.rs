//! A setting as administrators see it. Which there are, and where their values come from, the
//! program says; nothing is read here.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A setting in force.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Setting {
    /// Its name, such as `payments.journal.queue`.
    pub key: String,
    /// Its value: a text, a number, a truth value or a list. A secret that is set is `(hidden)`.
    #[schema(value_type = Value)]
    pub value: Value,
    /// Whether the value is a secret and left out.
    pub hidden: bool,
    /// What it is where nobody sets it; null where there is no such value.
    #[schema(value_type = Value)]
    pub default: Value,
    /// Where the value comes from.
    pub source: SettingSource,
    /// The settings file or the environment variable; null for the others.
    pub place: Option<String>,
    /// The line of the settings file.
    #[schema(minimum = 1)]
    pub line: Option<usize>,
}

/// Where the value of a setting comes from: each goes before those above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SettingSource {
    /// Nobody has set it.
    Default,
    /// The settings file (`--config`).
    File,
    /// The environment.
    Environment,
    /// The command line.
    Flag,
}
