//! What is amiss, and how bad it is: rules on what the platform sees of itself. Pure.

use std::collections::{BTreeMap, BTreeSet};

use contracts::identity::OrgId;
use contracts::operations::{AlertKey, Severity, Signal};
use module::{QueueFigures, Reports};
use platform::health::PartState;
use values::{SECOND, Timestamp};

use crate::config::{AlertsConfig, Levels};
use crate::outcomes::Outcomes;

/// What was seen at one moment.
#[derive(Debug, Default)]
pub(crate) struct Observed {
    pub(crate) at: Timestamp,
    /// What the parts of the node say that looks.
    pub(crate) checks: BTreeMap<String, PartState>,
    pub(crate) reports: Reports,
    /// How transactions ended of late, and in the hours before that, by organisation.
    pub(crate) outcomes: BTreeMap<OrgId, (Outcomes, Outcomes)>,
}

/// What follows from it.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    pub(crate) signals: Vec<Signal>,
    /// What was amiss for the first time, and counts when it is seen once more.
    pub(crate) suspected: BTreeSet<AlertKey>,
    /// Whether all services have reported: what was not seen is over then.
    pub(crate) is_complete: bool,
}

/// What is judged also where services do not report.
pub(crate) const OF_NO_REPORT: &[&str] =
    &[HEALTH_CHECK, SERVICES_SILENT, FAILURE_RATE, DECLINE_SPIKE];

const HEALTH_CHECK: &str = "health_check";
const SERVICES_SILENT: &str = "services_silent";
const FAILURE_RATE: &str = "failure_rate";
const DECLINE_SPIKE: &str = "decline_spike";
const TRANSACTIONS: &str = "transactions";
/// The least share of declines, in thousandths, that a spike is compared with: no share is many
/// times nothing.
const LEAST_SHARE: i64 = 10;

struct Judging<'a> {
    config: &'a AlertsConfig,
    at: Timestamp,
    judged: Judged,
}

impl Judging<'_> {
    fn say(&mut self, key: AlertKey, severity: Severity, says: String) {
        if !self.config.is_off(&key.kind) {
            let at = self.at;
            self.judged.signals.push(Signal {
                key,
                severity,
                says,
                at,
            });
        }
    }

    /// The same of the whole installation.
    fn say_of_all(&mut self, kind: &str, subject: &str, severity: Severity, says: String) {
        let key = AlertKey::new(OrgId::DEFAULT, kind, subject);
        self.say(key, severity, says);
    }

    /// The same where it was seen in the look before, too: what comes and goes within a moment is
    /// none.
    fn suspect(
        &mut self,
        before: &BTreeSet<AlertKey>,
        (kind, subject): (&str, &str),
        severity: Severity,
        says: String,
    ) {
        let key = AlertKey::new(OrgId::DEFAULT, kind, subject);
        if before.contains(&key) {
            self.say(key.clone(), severity, says);
        }
        self.judged.suspected.insert(key);
    }

    fn checks(&mut self, checks: &BTreeMap<String, PartState>, before: &BTreeSet<AlertKey>) {
        for (name, state) in checks {
            let (severity, detail) = match state {
                PartState::Ok => continue,
                PartState::Warning(detail) => (Severity::Warning, detail),
                PartState::Failing(detail) => (Severity::Critical, detail),
            };
            self.suspect(before, (HEALTH_CHECK, name), severity, sentence(detail));
        }
    }

    fn money(&mut self, reports: &Reports) {
        if let Some(ledger) = &reports.report.ledger
            && !ledger.balanced
        {
            let currencies = ledger.unbalanced_currencies.join(", ");
            let says = format!("Debits and credits differ in {currencies}: run `payflow verify`.");
            self.say_of_all("ledger_check", "ledger", Severity::Critical, says);
        }
        if let Some(money) = &reports.report.in_flight
            && let Some(severity) = level(self.config.unresolved, money.unresolved)
        {
            let says = format!(
                "Of {} transactions the other side has not said what became of them.",
                money.unresolved
            );
            self.say_of_all("unresolved", TRANSACTIONS, severity, says);
        }
    }

    fn queue(&mut self, queue: &QueueFigures) {
        let name = queue.name.as_str();
        if let Some(severity) = level(self.config.dead_letters, queue.dead_letters) {
            let says = format!("{} were given up and wait.", queue.dead_letters);
            self.say_of_all("dead_letters", name, severity, says);
        }
        if queue.paused > 0 {
            let says = format!("Somebody has stopped it; {} wait in it.", queue.depth);
            self.say_of_all("queue_paused", name, Severity::Info, says);
        }
        let waits = |since: Timestamp| (self.at.micros() - since.micros()) / SECOND;
        let age = queue.oldest.map_or(0, waits);
        if let Some(severity) = level(self.config.queue_age_seconds, age) {
            let says = format!("The oldest of {} entries waits for {age} s.", queue.depth);
            self.say_of_all("queue_age", name, severity, says);
        }
    }

    fn outcomes(&mut self, org: OrgId, late: Outcomes, before: Outcomes) {
        let (config, all) = (self.config, late.all());
        let (at_least, minutes) = (i64::from(config.at_least), config.window_minutes);
        let key = |kind| AlertKey::new(org, kind, TRANSACTIONS);
        let percent = share(late.failed, all, 100);
        if all >= at_least
            && let Some(severity) = level(config.failure_percent, percent)
        {
            let says = format!(
                "{} of {all} transactions of the last {minutes} minutes failed ({percent} %).",
                late.failed
            );
            self.say(key(FAILURE_RATE), severity, says);
        }
        let usual = share(before.declined, before.all(), 1_000).max(LEAST_SHARE);
        let times = share(late.declined, all, 1_000) / usual;
        if before.all() >= at_least
            && late.declined >= at_least
            && let Some(severity) = level(config.decline_times, times)
        {
            let says = format!(
                "{} of {all} transactions of the last {minutes} minutes were declined: {times} times the share of the {} hours before.",
                late.declined, config.baseline_hours
            );
            self.say(key(DECLINE_SPIKE), severity, says);
        }
    }
}

/// What is amiss of what was seen; `before` is what was suspected in the look before.
pub(crate) fn judge(
    config: &AlertsConfig,
    observed: &Observed,
    before: &BTreeSet<AlertKey>,
) -> Judged {
    let mut judging = Judging {
        config,
        at: observed.at,
        judged: Judged {
            is_complete: observed.reports.silent == 0,
            ..Judged::default()
        },
    };
    judging.checks(&observed.checks, before);
    let silent = observed.reports.silent;
    if silent > 0 {
        let says = format!("{silent} services did not say how they do: the log says more.");
        let what = (SERVICES_SILENT, "services");
        judging.suspect(before, what, Severity::Warning, says);
    }
    judging.money(&observed.reports);
    for queue in &observed.reports.report.queues {
        judging.queue(queue);
    }
    for (org, (late, before)) in &observed.outcomes {
        judging.outcomes(*org, *late, *before);
    }
    for concern in &observed.reports.report.concerns {
        judging.say(concern.key.clone(), concern.severity, concern.says.clone());
    }
    judging.judged
}

/// How bad a figure is.
fn level(levels: Levels, found: i64) -> Option<Severity> {
    let reached = |level: u32| level > 0 && found >= i64::from(level);
    match (reached(levels.warning), reached(levels.critical)) {
        (_, true) => Some(Severity::Critical),
        (true, false) => Some(Severity::Warning),
        (false, false) => None,
    }
}

/// The share of a part, in parts of `of`, rounded down.
const fn share(part: i64, all: i64, of: i64) -> i64 {
    match all > 0 {
        true => part.saturating_mul(of) / all,
        false => 0,
    }
}

/// What a check says, as a sentence.
fn sentence(detail: &str) -> String {
    let mut letters = detail.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    let all: String = first.chain(letters).collect();
    match all.ends_with('.') {
        true => all,
        false => all + ".",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use module::{InFlight, LedgerCheck, Report};

    const NOW: Timestamp = Timestamp(1_767_225_600_000_000);

    fn signals(observed: &Observed) -> Vec<(String, String, Severity)> {
        let config = Config::default().alerts;
        let before = judge(&config, observed, &BTreeSet::new()).suspected;
        let judged = judge(&config, observed, &before).signals.into_iter();
        judged
            .map(|it| (it.key.kind, it.key.subject, it.severity))
            .collect()
    }

    fn one(kind: &str, subject: &str, severity: Severity) -> Vec<(String, String, Severity)> {
        vec![(kind.to_owned(), subject.to_owned(), severity)]
    }

    fn reported(report: Report) -> Observed {
        Observed {
            at: NOW,
            reports: Reports { report, silent: 0 },
            ..Observed::default()
        }
    }

    fn queue(oldest_seconds: i64, dead_letters: i64, paused: i64) -> Observed {
        reported(Report {
            queues: vec![QueueFigures {
                name: "webhooks:payments".to_owned(),
                depth: 3,
                oldest: Some(NOW.plus(-oldest_seconds * SECOND)),
                dead_letters,
                paused,
            }],
            ..Report::default()
        })
    }

    #[test]
    fn where_nothing_is_amiss_nothing_is_said() {
        let ok = BTreeMap::from([("journal".to_owned(), PartState::Ok)]);
        let observed = Observed {
            checks: ok,
            ..queue(1, 0, 0)
        };
        assert_eq!(signals(&observed), []);
    }

    #[test]
    fn queues_are_amiss_by_their_age_their_dead_letters_and_where_they_stand_still() {
        let name = "webhooks:payments";
        for (observed, kind, severity) in [
            (queue(300, 0, 0), "queue_age", Severity::Warning),
            (queue(1_800, 0, 0), "queue_age", Severity::Critical),
            (queue(0, 1, 0), "dead_letters", Severity::Warning),
            (queue(0, 100, 0), "dead_letters", Severity::Critical),
            (queue(0, 0, 1), "queue_paused", Severity::Info),
        ] {
            assert_eq!(signals(&observed), one(kind, name, severity));
        }
        assert_eq!(signals(&queue(299, 0, 0)), []);
    }

    #[test]
    fn a_ledger_that_is_not_balanced_is_critical_at_once() {
        let observed = reported(Report {
            ledger: Some(LedgerCheck {
                checked_at: NOW,
                accounts: 2,
                balanced: false,
                unbalanced_currencies: vec!["USD"],
            }),
            ..Report::default()
        });
        let expected = one("ledger_check", "ledger", Severity::Critical);
        assert_eq!(signals(&observed), expected);
    }

    #[test]
    fn unresolved_transactions_are_amiss_by_their_number() {
        for (unresolved, expected) in [
            (4, vec![]),
            (5, one("unresolved", TRANSACTIONS, Severity::Warning)),
            (50, one("unresolved", TRANSACTIONS, Severity::Critical)),
        ] {
            let in_flight = Some(InFlight {
                unresolved,
                ..InFlight::default()
            });
            let observed = reported(Report {
                in_flight,
                ..Report::default()
            });
            assert_eq!(signals(&observed), expected, "{unresolved}");
        }
    }

    #[test]
    fn a_check_that_fails_once_is_suspected_and_one_that_fails_twice_is_amiss() {
        let config = Config::default().alerts;
        let failing = PartState::Failing("did not answer in time".to_owned());
        let observed = Observed {
            checks: BTreeMap::from([("journal".to_owned(), failing)]),
            ..Observed::default()
        };
        let first = judge(&config, &observed, &BTreeSet::new());
        assert_eq!((first.signals.len(), first.suspected.len()), (0, 1));
        let second = judge(&config, &observed, &first.suspected);
        assert_eq!(second.signals[0].says, "Did not answer in time.");
        assert_eq!(second.signals[0].severity, Severity::Critical);
    }

    #[test]
    fn services_that_do_not_report_are_amiss_and_what_they_would_say_is_not_over() {
        let config = Config::default().alerts;
        let mut observed = Observed::default();
        observed.reports.silent = 2;
        let first = judge(&config, &observed, &BTreeSet::new());
        let second = judge(&config, &observed, &first.suspected);
        assert_eq!(second.signals[0].key.kind, SERVICES_SILENT);
        assert!(!second.is_complete);
    }

    /// What is said of an organisation: so many of so many declined of late, and before that.
    fn rates(late: (i64, i64), before: (i64, i64)) -> Vec<(String, Severity)> {
        let of = |(declined, all): (i64, i64)| Outcomes {
            completed: all - declined,
            failed: declined,
            declined,
        };
        let observed = Observed {
            outcomes: BTreeMap::from([(OrgId(2), (of(late), of(before)))]),
            ..Observed::default()
        };
        let said = judge(&Config::default().alerts, &observed, &BTreeSet::new());
        assert!(said.signals.iter().all(|it| it.key.org == OrgId(2)));
        let said = said.signals.into_iter();
        said.map(|it| (it.key.kind, it.severity)).collect()
    }

    #[test]
    fn the_share_of_failures_is_judged_once_there_are_enough_transactions() {
        let failure = |severity| vec![(FAILURE_RATE.to_owned(), severity)];
        assert_eq!(rates((1, 20), (0, 0)), []);
        assert_eq!(rates((2, 20), (0, 0)), failure(Severity::Warning));
        assert_eq!(rates((6, 20), (0, 0)), failure(Severity::Critical));
        assert_eq!(rates((19, 19), (0, 0)), []);
    }

    #[test]
    fn declines_are_compared_with_those_of_the_hours_before() {
        let is_spike = |late, before| {
            let said = rates(late, before);
            said.into_iter().find(|(kind, _)| kind == DECLINE_SPIKE)
        };
        // 2 % before: 5 % is not three times that, 6 % is, and 12 % is six times.
        assert_eq!(is_spike((50, 1_000), (200, 10_000)), None);
        let spike = |severity| Some((DECLINE_SPIKE.to_owned(), severity));
        assert_eq!(
            is_spike((60, 1_000), (200, 10_000)),
            spike(Severity::Warning)
        );
        assert_eq!(
            is_spike((120, 1_000), (200, 10_000)),
            spike(Severity::Critical)
        );
        // Nothing before is taken as 1 %.
        assert_eq!(is_spike((20, 1_000), (0, 10_000)), None);
        assert_eq!(is_spike((30, 1_000), (0, 10_000)), spike(Severity::Warning));
        // Too few, late or before.
        assert_eq!(is_spike((19, 100), (200, 10_000)), None);
        assert_eq!(is_spike((60, 1_000), (0, 19)), None);
    }

    #[test]
    fn a_kind_that_is_off_is_not_said() {
        let mut config = Config::default().alerts;
        config.off = "queue_age".to_owned();
        let judged = judge(&config, &queue(9_999, 1, 0), &BTreeSet::new());
        assert_eq!(judged.signals.len(), 1);
        assert_eq!(judged.signals[0].key.kind, "dead_letters");
    }
}
