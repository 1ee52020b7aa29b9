//! Which alert explains which: a cause is told, its effects are not. Pure.

use contracts::operations::{AlertId, Severity};

use super::alert::Alert;
use super::states::Status;

/// Which kinds explain which: while the first fires, nobody is told of the second. Of the same
/// subject, where that is said.
const EXPLAINS: [(&str, &str, bool); 3] = [
    ("queue_paused", "queue_age", true),
    ("health_check", "queue_age", false),
    ("failure_rate", "decline_spike", true),
];

/// Which of some alerts of an organisation that fire explains one of them.
pub(crate) fn explained_by(alert: &Alert, firing: &[Alert]) -> Option<AlertId> {
    let explains = |other: &&Alert| {
        EXPLAINS.iter().any(|(cause, effect, of_same)| {
            other.key.kind == *cause
                && alert.key.kind == *effect
                && other.key.org == alert.key.org
                && other.status != Status::Resolved
                // A part that only warns does not explain what goes on elsewhere.
                && match of_same {
                    true => other.key.subject == alert.key.subject,
                    false => other.severity == Severity::Critical,
                }
        })
    };
    firing.iter().find(explains).map(|other| other.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alerts::alert::Seen;
    use crate::alerts::states::{Reason, Source};
    use contracts::identity::OrgId;
    use contracts::operations::AlertKey;
    use uuid::Uuid;
    use values::Timestamp;

    const NOW: Timestamp = Timestamp(1_767_225_600_000_000);

    fn alert(number: u128, kind: &str, subject: &str) -> Alert {
        of_severity(Severity::Warning, number, kind, subject)
    }

    fn of_severity(severity: Severity, number: u128, kind: &str, subject: &str) -> Alert {
        let key = AlertKey::new(OrgId::DEFAULT, kind, subject);
        let seen = Seen {
            source: Source::Look,
            severity,
            count: 1,
            first_at: NOW,
            last_at: NOW,
            evidence: Vec::new(),
        };
        Alert::open(AlertId(Uuid::from_u128(number)), key, seen, None, NOW)
    }

    #[test]
    fn an_alert_is_explained_by_one_that_fires_and_is_not_resolved() {
        let age = alert(1, "queue_age", "mails");
        let of = |kind: &str, subject: &str| explained_by(&age, &[alert(2, kind, subject)]);
        let explained = Some(AlertId(Uuid::from_u128(2)));
        assert_eq!(of("queue_paused", "mails"), explained);
        assert_eq!(of("queue_paused", "hooks"), None);
        assert_eq!(of("health_check", "journal"), None);
        let down = of_severity(Severity::Critical, 2, "health_check", "journal");
        assert_eq!(explained_by(&age, &[down]), explained);
        assert_eq!(of("dead_letters", "mails"), None);
        let mut over = of_severity(Severity::Critical, 2, "health_check", "journal");
        over.end(Reason::ConditionEnded, NOW);
        assert_eq!(explained_by(&age, &[over]), None);
    }
}
