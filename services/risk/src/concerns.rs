//! What is amiss with risk, for operators: an alert each, as long as it is so.

use contracts::identity::OrgId;
use contracts::operations::{AlertKey, Severity, Signal};
use module::CaseFigures;

use crate::service::Service;

impl Service {
    /// Rules that their breakers have put into shadow, old sanctions lists, cases that are overdue.
    pub(crate) fn concerns(&self, cases: &CaseFigures) -> Vec<Signal> {
        let at = self.clock.now();
        let warning = |key: AlertKey, says: String| Signal {
            key,
            severity: Severity::Warning,
            says,
            at,
        };
        let mut concerns = Vec::new();
        for (org, known) in self.memory.orgs() {
            let tripped = known.policy();
            concerns.extend(tripped.trips.keys().map(|rule| {
                let key = AlertKey::new(org, "rule_breaker", rule);
                let says = "The rule holds far more transactions up than it used to: it is in shadow until two people put it back.";
                warning(key, says.to_owned())
            }));
        }
        if let Some(says) = self.old_lists() {
            let key = AlertKey::new(OrgId::DEFAULT, "sanctions_list_old", "lists");
            concerns.push(warning(key, says));
        }
        if cases.overdue > 0 {
            let key = AlertKey::new(OrgId::DEFAULT, "cases_overdue", "cases");
            let says = format!(
                "{} of {} open cases are overdue.",
                cases.overdue, cases.open
            );
            concerns.push(warning(key, says));
        }
        concerns
    }
}
