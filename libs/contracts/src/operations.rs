//! Operations, as other services see it: what operators are alerted of.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use values::{Timestamp, typed_id};

use crate::identity::OrgId;

typed_id!(
    /// An alert: `alt_…`.
    AlertId,
    "alt"
);

/// How bad something is, the mildest first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Somebody has to look at it today.
    Warning,
    /// Somebody has to look at it now.
    Critical,
}

impl Severity {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Info, Self::Warning, Self::Critical];

    /// The name used in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// What an alert is about. Signals with the same key are one alert, as long as it is not resolved.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AlertKey {
    /// The organisation; the first one for what is of the whole installation.
    pub org: OrgId,
    /// What is amiss: small letters and `_`, such as `rule_breaker`.
    pub kind: String,
    /// With what: a queue, a rule, a list. Never personal data.
    pub subject: String,
    /// Which of several ways in which the same may be amiss; mostly empty.
    pub scenario: String,
}

impl AlertKey {
    /// What is amiss with something, in the one way in which it can be.
    #[must_use]
    pub fn new(org: OrgId, kind: &str, subject: impl Into<String>) -> Self {
        Self {
            org,
            kind: kind.to_owned(),
            subject: subject.into(),
            scenario: String::new(),
        }
    }
}

/// Something that operators should know of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signal {
    /// What it is about.
    pub key: AlertKey,
    /// How bad it is.
    pub severity: Severity,
    /// What was seen: one line with the figures, without personal data.
    pub says: String,
    /// When.
    pub at: Timestamp,
}

/// Takes what a service has to tell operators. A service that can say at any time what is amiss
/// says it in its report (`module::Report::concerns`) instead: then the alert ends by itself, too.
pub trait Signals: Send + Sync + 'static {
    /// Something happened. It is written down within about a second, together with others that are
    /// the same; a crash before that loses it.
    fn raise(&self, signal: Signal);

    /// What was raised is over.
    fn ended(&self, key: AlertKey);
}

/// Signals as services hold it.
pub type SharedSignals = Arc<dyn Signals>;
