//! An alert, and what may become of it. Pure: the same calls give the same alert.

use contracts::identity::UserId;
use contracts::operations::{AlertId, AlertKey, Severity};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use values::{DAY, Timestamp};

use super::error::AlertError;
use super::states::{Notice, Reason, Source, Status, What};
use crate::config::AlertsConfig;

/// How keys are made: another number, where the same thing has another key.
pub(crate) const KEY_VERSION: i64 = 1;
/// How much of what was seen is kept.
const MOST_EVIDENCE: usize = 5;
/// The longest that an alert can be quiet.
const LONGEST_SNOOZE: i64 = 30 * DAY;

/// Something that was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Evidence {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) at: Timestamp,
    /// What, with its figures.
    #[schema(example = "12 of 40 transactions of the last 15 minutes failed (30 %).")]
    pub(crate) says: String,
}

/// What was seen of one key, once or many times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) source: Source,
    /// The highest.
    pub(crate) severity: Severity,
    pub(crate) count: i64,
    pub(crate) first_at: Timestamp,
    pub(crate) last_at: Timestamp,
    /// The last ones, the oldest first.
    pub(crate) evidence: Vec<Evidence>,
}

impl Seen {
    /// Adds what was seen later.
    pub(crate) fn and(&mut self, later: Self) {
        self.severity = self.severity.max(later.severity);
        self.count = self.count.saturating_add(later.count);
        self.first_at = self.first_at.min(later.first_at);
        self.last_at = self.last_at.max(later.last_at);
        add_evidence(&mut self.evidence, later.evidence);
    }
}

fn add_evidence(to: &mut Vec<Evidence>, more: Vec<Evidence>) {
    to.extend(more);
    let too_many = to.len().saturating_sub(MOST_EVIDENCE);
    to.drain(..too_many);
}

/// Who looks after an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Acknowledgement {
    pub(crate) by: UserId,
    pub(crate) at: Timestamp,
    pub(crate) comment: Option<String>,
}

/// Until when an alert is quiet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Snooze {
    pub(crate) until: Timestamp,
    /// As bad as it was: what is worse is told.
    pub(crate) severity: Severity,
    pub(crate) by: UserId,
}

/// How an alert has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Resolution {
    pub(crate) at: Timestamp,
    /// None: by itself.
    pub(crate) by: Option<UserId>,
    pub(crate) reason: Reason,
    /// Whether the condition held.
    pub(crate) while_firing: bool,
}

/// An entry of the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) at: Timestamp,
    pub(crate) what: What,
    /// None: by itself.
    pub(crate) by: Option<UserId>,
    pub(crate) comment: Option<String>,
    pub(crate) facts: Map<String, Value>,
}

/// An alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Alert {
    pub(crate) id: AlertId,
    pub(crate) key: AlertKey,
    pub(crate) key_version: i64,
    pub(crate) source: Source,
    /// The highest since it was opened.
    pub(crate) severity: Severity,
    pub(crate) status: Status,
    /// Whether the condition held when it was last looked at.
    pub(crate) firing: bool,
    pub(crate) first_at: Timestamp,
    pub(crate) last_at: Timestamp,
    pub(crate) count: i64,
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) owner: Option<UserId>,
    pub(crate) acknowledged: Option<Acknowledgement>,
    pub(crate) snooze: Option<Snooze>,
    pub(crate) resolution: Option<Resolution>,
    pub(crate) suppressed_by: Option<AlertId>,
    pub(crate) follows: Option<AlertId>,
    pub(crate) notice: Option<Notice>,
    /// How often operators were told.
    pub(crate) notices: i64,
    pub(crate) told: Option<(Severity, Timestamp)>,
    pub(crate) reminded_at: Option<Timestamp>,
    /// How many entries its timeline has in the database.
    pub(crate) entries: i64,
    pub(crate) revision: i64,
    /// Entries that are not in the database yet.
    pub(crate) news: Vec<Entry>,
}

impl Alert {
    /// Another one; `follows` is the one before it with the same key.
    pub(crate) fn open(
        id: AlertId,
        key: AlertKey,
        seen: Seen,
        follows: Option<AlertId>,
        now: Timestamp,
    ) -> Self {
        let mut alert = Self {
            id,
            key,
            key_version: KEY_VERSION,
            source: seen.source,
            severity: seen.severity,
            status: Status::Open,
            firing: true,
            first_at: seen.first_at,
            last_at: seen.last_at,
            count: seen.count,
            evidence: seen.evidence,
            owner: None,
            acknowledged: None,
            snooze: None,
            resolution: None,
            suppressed_by: None,
            follows,
            notice: Some(Notice::Opened),
            notices: 0,
            told: None,
            reminded_at: None,
            entries: 0,
            revision: 0,
            news: Vec::new(),
        };
        alert.note(now, What::Opened, json!({"severity": alert.severity}));
        alert
    }

    /// Whether something that is seen now is this alert, and not a new one.
    pub(crate) fn takes(&self, config: &AlertsConfig, now: Timestamp) -> bool {
        self.resolution.is_none_or(|ended| {
            now.micros().saturating_sub(ended.at.micros()) <= config.reopen_within()
        })
    }

    /// It was seen again: it counts, is opened again where it has ended, and where it is worse than
    /// before.
    pub(crate) fn see(&mut self, seen: Seen, config: &AlertsConfig, now: Timestamp) {
        if let Some(ended) = self.resolution.take() {
            self.reopen(&seen, ended, config, now);
        } else if seen.severity > self.severity {
            self.escalate(seen.severity, now);
        }
        self.firing = true;
        self.source = seen.source;
        self.count = self.count.saturating_add(seen.count);
        self.last_at = self.last_at.max(seen.last_at);
        add_evidence(&mut self.evidence, seen.evidence);
    }

    fn reopen(&mut self, seen: &Seen, ended: Resolution, config: &AlertsConfig, now: Timestamp) {
        self.status = Status::Open;
        self.severity = seen.severity;
        self.acknowledged = None;
        self.reminded_at = None;
        // What comes and goes is not told each time.
        let is_news = self.told.is_none_or(|(severity, at)| {
            seen.severity > severity
                || now.micros().saturating_sub(at.micros()) > config.reopen_within()
        });
        if is_news || ended.by.is_some() {
            self.notice = Some(Notice::Opened);
        }
        let facts =
            json!({"severity": seen.severity, "ended_at": ended.at, "by_hand": ended.by.is_some()});
        self.note(now, What::Reopened, facts);
    }

    fn escalate(&mut self, severity: Severity, now: Timestamp) {
        let was = self.status;
        let facts = json!({"from": self.severity, "to": severity, "status": was.as_str()});
        self.severity = severity;
        self.status = Status::Open;
        self.acknowledged = None;
        self.reminded_at = None;
        self.note(now, What::Escalated, facts);
        if self.snooze.is_some_and(|snooze| snooze.severity < severity) {
            self.snooze = None;
            self.note(now, What::SnoozeEnded, json!({"because": "severity"}));
        }
        // Anyone who was told nothing yet is told once.
        self.notice = match self.notice {
            Some(Notice::Opened) => Some(Notice::Opened),
            Some(Notice::Escalated | Notice::Waiting) | None => Some(Notice::Escalated),
        };
    }

    /// The condition does not hold any more.
    pub(crate) fn end(&mut self, reason: Reason, now: Timestamp) {
        self.firing = false;
        if self.status != Status::Resolved {
            self.resolved(None, reason, None, now);
        }
    }

    fn resolved(
        &mut self,
        by: Option<UserId>,
        reason: Reason,
        comment: Option<String>,
        now: Timestamp,
    ) {
        let while_firing = self.firing;
        self.status = Status::Resolved;
        self.firing = false;
        self.snooze = None;
        self.notice = None;
        self.resolution = Some(Resolution {
            at: now,
            by,
            reason,
            while_firing,
        });
        let facts = json!({"reason": reason.as_str(), "while_firing": while_firing});
        self.note_by(by, now, What::Resolved, comment, facts);
    }

    /// Somebody looks after it; where nobody owns it, they do.
    pub(crate) fn acknowledge(
        &mut self,
        by: UserId,
        comment: Option<String>,
        now: Timestamp,
    ) -> Result<(), AlertError> {
        match (self.status, &self.acknowledged) {
            (Status::Resolved, _) => return Err(AlertError::Resolved),
            (Status::Acknowledged, Some(earlier)) => {
                return Err(AlertError::Acknowledged(earlier.by, earlier.at));
            }
            (Status::Acknowledged | Status::Open, _) => {}
        }
        self.status = Status::Acknowledged;
        self.owner = self.owner.or(Some(by));
        self.notice = None;
        self.note_by(
            Some(by),
            now,
            What::Acknowledged,
            comment.clone(),
            json!({}),
        );
        self.acknowledged = Some(Acknowledgement {
            by,
            at: now,
            comment,
        });
        Ok(())
    }

    /// Somebody ends it. Where the condition holds it is opened again when it is seen next.
    pub(crate) fn resolve(
        &mut self,
        by: UserId,
        reason: Reason,
        comment: Option<String>,
        now: Timestamp,
    ) -> Result<(), AlertError> {
        if self.status == Status::Resolved {
            return Err(AlertError::Resolved);
        }
        if reason == Reason::Other && comment.is_none() {
            return Err(AlertError::Comment);
        }
        self.resolved(Some(by), reason, comment, now);
        Ok(())
    }

    /// Nobody is told of it until then, unless it gets worse; none ends that.
    pub(crate) fn be_quiet(
        &mut self,
        by: UserId,
        until: Option<Timestamp>,
        comment: Option<String>,
        now: Timestamp,
    ) -> Result<(), AlertError> {
        if self.status == Status::Resolved {
            return Err(AlertError::Resolved);
        }
        let Some(until) = until else {
            if self.snooze.take().is_some() {
                let facts = json!({"because": "asked_for"});
                self.note_by(Some(by), now, What::SnoozeEnded, comment, facts);
            }
            return Ok(());
        };
        if until <= now || until > now.plus(LONGEST_SNOOZE) {
            return Err(AlertError::Until);
        }
        self.snooze = Some(Snooze {
            until,
            severity: self.severity,
            by,
        });
        self.note_by(
            Some(by),
            now,
            What::Snoozed,
            comment,
            json!({"until": until}),
        );
        Ok(())
    }

    /// Somebody is to look after it, or nobody.
    pub(crate) fn assign(&mut self, by: UserId, owner: Option<UserId>, now: Timestamp) {
        if self.owner != owner {
            self.owner = owner;
            self.note_by(Some(by), now, What::Assigned, None, json!({"owner": owner}));
        }
    }

    /// Somebody writes something to it.
    pub(crate) fn comment(&mut self, by: UserId, comment: String, now: Timestamp) {
        self.note_by(Some(by), now, What::Commented, Some(comment), json!({}));
    }

    /// Another alert explains this one, or none does.
    pub(crate) fn suppress(&mut self, by: Option<AlertId>, now: Timestamp) {
        if self.suppressed_by == by {
            return;
        }
        self.suppressed_by = by;
        match by {
            Some(by) => self.note(now, What::Suppressed, json!({"by": by})),
            None => self.note(now, What::SuppressionEnded, json!({})),
        }
    }

    /// What happens by itself now.
    pub(crate) fn pass(&mut self, config: &AlertsConfig, now: Timestamp) {
        if self.snooze.is_some_and(|snooze| snooze.until <= now) {
            self.snooze = None;
            self.note(now, What::SnoozeEnded, json!({"because": "time"}));
            if self.status == Status::Open {
                self.notice = self.notice.or(Some(Notice::Opened));
            }
        }
        if self.quiet_at(config).is_some_and(|at| at <= now) {
            self.end(Reason::Quiet, now);
        }
        if self.remind_at(config).is_some_and(|at| at <= now) {
            self.reminded_at = Some(now);
            self.notice = self.notice.or(Some(Notice::Waiting));
        }
    }

    /// When something happens by itself next.
    pub(crate) fn due_at(&self, config: &AlertsConfig) -> Option<Timestamp> {
        let snoozed = self.snooze.map(|snooze| snooze.until);
        [snoozed, self.quiet_at(config), self.remind_at(config)]
            .into_iter()
            .flatten()
            .min()
    }

    fn quiet_at(&self, config: &AlertsConfig) -> Option<Timestamp> {
        let is_raised = self.source == Source::Raised && self.status != Status::Resolved;
        is_raised.then(|| self.last_at.plus(config.quiet_after()))
    }

    fn remind_at(&self, config: &AlertsConfig) -> Option<Timestamp> {
        let acknowledged = self.acknowledged.as_ref();
        let acknowledged = acknowledged.filter(|_| self.status == Status::Acknowledged)?;
        let last = self.reminded_at.unwrap_or(acknowledged.at);
        Some(last.plus(config.remind_after()))
    }

    /// Whether operators may be told of it now.
    pub(crate) fn is_quiet(&self, now: Timestamp) -> bool {
        let is_snoozed = self.snooze.is_some_and(|snooze| snooze.until > now);
        is_snoozed || self.suppressed_by.is_some()
    }

    /// Operators were told.
    pub(crate) fn was_told(&mut self, notice: Notice, now: Timestamp) {
        self.notice = None;
        self.notices = self.notices.saturating_add(1);
        if notice != Notice::Waiting {
            self.told = Some((self.severity, now));
        }
        self.note(now, What::Told, json!({"notice": notice.as_str()}));
    }

    /// Operators need not be told: they have to look at another of its kind.
    pub(crate) fn need_not_be_told(&mut self, now: Timestamp) {
        self.notice = None;
        self.note(now, What::NotTold, json!({"because": "others_of_its_kind"}));
    }

    fn note(&mut self, at: Timestamp, what: What, facts: Value) {
        self.note_by(None, at, what, None, facts);
    }

    fn note_by(
        &mut self,
        by: Option<UserId>,
        at: Timestamp,
        what: What,
        comment: Option<String>,
        facts: Value,
    ) {
        let facts = match facts {
            Value::Object(facts) => facts,
            _ => Map::new(),
        };
        self.news.push(Entry {
            at,
            what,
            by,
            comment,
            facts,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use contracts::identity::OrgId;
    use uuid::Uuid;

    const NOW: Timestamp = Timestamp(1_767_225_600_000_000);
    const ANN: UserId = UserId(Uuid::from_u128(1));

    fn seen(severity: Severity) -> Seen {
        Seen {
            source: Source::Look,
            severity,
            count: 1,
            first_at: NOW,
            last_at: NOW,
            evidence: Vec::new(),
        }
    }

    fn alert(number: u128, kind: &str, subject: &str) -> Alert {
        let key = AlertKey::new(OrgId::DEFAULT, kind, subject);
        let id = AlertId(Uuid::from_u128(number));
        Alert::open(id, key, seen(Severity::Warning), None, NOW)
    }

    fn in_status(status: Status) -> Alert {
        let mut alert = alert(1, "queue_age", "mails");
        match status {
            Status::Open => {}
            Status::Acknowledged => alert.acknowledge(ANN, None, NOW).unwrap(),
            Status::Resolved => alert.resolve(ANN, Reason::Fixed, None, NOW).unwrap(),
        }
        alert
    }

    #[test]
    fn each_act_is_done_or_refused_in_each_status() {
        use Status::{Acknowledged, Open, Resolved};
        type Act = fn(&mut Alert) -> Result<(), AlertError>;
        let acts: [(&str, Act, [Option<Status>; 3]); 3] = [
            (
                "acknowledge",
                |it| it.acknowledge(ANN, None, NOW),
                [Some(Acknowledged), None, None],
            ),
            (
                "resolve",
                |it| it.resolve(ANN, Reason::Fixed, None, NOW),
                [Some(Resolved), Some(Resolved), None],
            ),
            (
                "snooze",
                |it| it.be_quiet(ANN, Some(NOW.plus(DAY)), None, NOW),
                [Some(Open), Some(Acknowledged), None],
            ),
        ];
        for (name, act, expected) in acts {
            for (status, expected) in [Open, Acknowledged, Resolved].into_iter().zip(expected) {
                let mut alert = in_status(status);
                let before = alert.clone();
                let done = act(&mut alert);
                assert_eq!(done.is_ok(), expected.is_some(), "{name} {status:?}");
                assert_eq!(
                    alert.status,
                    expected.unwrap_or(status),
                    "{name} {status:?}"
                );
                assert!(done.is_ok() || alert == before, "{name} {status:?}");
            }
        }
    }

    #[test]
    fn what_is_seen_again_keeps_or_opens_an_alert_by_its_severity() {
        let config = Config::default().alerts;
        for status in [Status::Open, Status::Acknowledged] {
            for severity in Severity::ALL {
                let mut alert = in_status(status);
                alert.see(seen(severity), &config, NOW);
                let is_worse = severity > Severity::Warning;
                let expected = if is_worse { Status::Open } else { status };
                assert_eq!(alert.status, expected, "{status:?} {severity:?}");
                assert_eq!(alert.severity, severity.max(Severity::Warning));
                assert_eq!(alert.count, 2);
            }
        }
    }

    #[test]
    fn an_alert_is_due_when_the_first_of_its_times_comes() {
        let config = Config::default().alerts;
        let mut alert = in_status(Status::Acknowledged);
        let remind = NOW.plus(config.remind_after());
        assert_eq!(alert.due_at(&config), Some(remind));
        let until = NOW.plus(1);
        alert.be_quiet(ANN, Some(until), None, NOW).unwrap();
        assert_eq!(alert.due_at(&config), Some(until));
        alert.pass(&config, until);
        assert_eq!((alert.snooze, alert.notice), (None, None));
        alert.pass(&config, remind);
        assert_eq!(alert.notice, Some(Notice::Waiting));
        assert_eq!(
            alert.due_at(&config),
            Some(remind.plus(config.remind_after()))
        );
        alert.resolve(ANN, Reason::Fixed, None, remind).unwrap();
        assert_eq!((alert.due_at(&config), alert.notice), (None, None));
    }
}
