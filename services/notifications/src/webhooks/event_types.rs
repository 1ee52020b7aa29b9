//! Which events an endpoint gets: names of the catalogue, all of a resource (`transaction.*`), or
//! all (`*`).

use std::collections::BTreeSet;
use std::fmt;

use contracts::events::catalogue;

/// The most names of one endpoint.
pub(crate) const TYPES_MAX: usize = 50;
/// What a test sends, whatever an endpoint has asked for.
pub(crate) const TEST: &str = "webhook.test";
/// An endpoint was switched off.
pub(crate) const DISABLED: &str = "webhook.disabled";
/// An endpoint fails again and again.
pub(crate) const FAILING: &str = "webhook.failing";

/// Names, each once, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EventTypes(BTreeSet<String>);

/// Names that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidEventTypes {
    /// None, or too many.
    #[error("name 1 to {TYPES_MAX} types of events, or \"*\" for all")]
    Count,
    /// No such type.
    #[error(
        "there is no type of event `{0}`: name one of the catalogue (docs/events.md), all of a resource like `transaction.*`, \
         or \"*\" for all"
    )]
    Unknown(String),
}

impl EventTypes {
    /// Checks names against the catalogue.
    pub(crate) fn check(names: &[String]) -> Result<Self, InvalidEventTypes> {
        if names.is_empty() || names.len() > TYPES_MAX {
            return Err(InvalidEventTypes::Count);
        }
        match names.iter().find(|name| !is_known(name)) {
            Some(unknown) => Err(InvalidEventTypes::Unknown(
                unknown.chars().take(100).collect(),
            )),
            None => Ok(Self(names.iter().cloned().collect())),
        }
    }

    /// Names as they are stored.
    pub(crate) fn stored(text: &str) -> Self {
        Self(text.split(' ').map(str::to_owned).collect())
    }

    /// Whether an endpoint with these gets an event of a type.
    pub(crate) fn take(&self, kind: &str) -> bool {
        let resource = kind.split('.').next().unwrap_or_default();
        self.0.contains("*") || self.0.contains(kind) || self.0.contains(&format!("{resource}.*"))
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.0.iter().cloned().collect()
    }
}

impl fmt::Display for EventTypes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.names().join(" "))
    }
}

fn is_known(name: &str) -> bool {
    let is_sent = |name: &&str| !catalogue::LIVE_ONLY.contains(name);
    let is_resource = |resource: &str| {
        let mut known = catalogue::EVENTS
            .iter()
            .map(|event| event.name)
            .filter(is_sent);
        known.any(|known| known.split_once('.').is_some_and(|(of, _)| of == resource))
    };
    name == "*"
        || catalogue::find(name).is_some_and(|event| is_sent(&event.name))
        || name.strip_suffix(".*").is_some_and(is_resource)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(names: &[&str]) -> Result<EventTypes, InvalidEventTypes> {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        EventTypes::check(&names)
    }

    #[test]
    fn a_type_a_resource_or_all_may_be_asked_for() {
        let one = check(&["transaction.completed", "wallet.*"]).unwrap();
        for (kind, taken) in [
            ("transaction.completed", true),
            ("transaction.failed", false),
            ("wallet.frozen", true),
            ("user.closed", false),
        ] {
            assert_eq!(one.take(kind), taken, "{kind}");
        }
        assert!(check(&["*"]).unwrap().take("user.closed"));
        assert_eq!(EventTypes::stored(&one.to_string()), one);
        for own in [TEST, DISABLED, FAILING] {
            assert!(check(&[own]).is_ok(), "{own} is not in the catalogue");
        }
    }

    #[test]
    fn what_no_event_has_is_refused_by_name() {
        for unknown in [
            "",
            "transaction",
            "transaction.*.*",
            "trans.*",
            "TRANSACTION.COMPLETED",
            "a b",
            ".*",
            "notification.created",
            "notification.*",
            "webhook.resent",
        ] {
            let refused = InvalidEventTypes::Unknown(unknown.to_owned());
            assert_eq!(check(&["*", unknown]), Err(refused));
        }
        assert_eq!(check(&[]), Err(InvalidEventTypes::Count));
        assert_eq!(check(&["*"; 51]), Err(InvalidEventTypes::Count));
    }
}
