//! Alerts as the API shows them.

use contracts::identity::UserId;
use contracts::operations::{AlertId, Severity};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use values::{SECOND, Timestamp};

use crate::alerts::alert::{Alert, Evidence};
use crate::alerts::states::{Reason, Status};
use crate::alerts::store::entries::EntryRow;
use crate::error::Error;

/// An alert.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AlertBody {
    /// Its id.
    id: AlertId,
    /// What is amiss.
    #[schema(example = "queue_age")]
    kind: String,
    /// With what.
    #[schema(example = "webhooks:payments")]
    subject: String,
    /// Which of several ways in which the same may be amiss; mostly empty.
    scenario: String,
    /// By which rules kind, subject and scenario are made: signals with the same three are one
    /// alert, as long as it is not resolved.
    key_version: i64,
    /// How bad it is: the worst since it was opened.
    severity: Severity,
    /// Where it is.
    status: Status,
    /// Whether the condition held when it was last looked at.
    firing: bool,
    /// How often it was seen.
    #[schema(minimum = 1)]
    count: i64,
    /// When it was first seen.
    #[schema(value_type = String, format = DateTime)]
    first_at: Timestamp,
    /// When it was last seen.
    #[schema(value_type = String, format = DateTime)]
    last_at: Timestamp,
    /// What was seen last, the oldest first; five at most.
    evidence: Vec<Evidence>,
    /// Who looks after it.
    owner: Option<UserId>,
    /// Who has acknowledged it.
    acknowledged: Option<AcknowledgedBody>,
    /// Until when nobody is told of it.
    snoozed: Option<SnoozedBody>,
    /// How it has ended.
    resolved: Option<ResolvedBody>,
    /// The alert that explains this one: while that fires, nobody is told of this one.
    suppressed_by: Option<AlertId>,
    /// The alert with the same kind, subject and scenario before this one.
    follows: Option<AlertId>,
    /// How often operators were told.
    notices: i64,
}

/// Who looks after an alert.
#[derive(Debug, Serialize, ToSchema)]
struct AcknowledgedBody {
    /// Who.
    by: UserId,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// How long ago.
    seconds: i64,
    /// What they wrote.
    comment: Option<String>,
}

/// Until when nobody is told of an alert.
#[derive(Debug, Serialize, ToSchema)]
struct SnoozedBody {
    /// Until then.
    #[schema(value_type = String, format = DateTime)]
    until: Timestamp,
    /// How bad it was: if it gets worse, it is told all the same.
    severity: Severity,
    /// Who wants that.
    by: UserId,
}

/// How an alert has ended.
#[derive(Debug, Serialize, ToSchema)]
struct ResolvedBody {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// By whom; `null`: by itself.
    by: Option<UserId>,
    /// Why.
    reason: Reason,
    /// Whether the condition held: then it opens again when it is seen next.
    while_firing: bool,
}

impl AlertBody {
    /// As it is shown at a time.
    pub(crate) fn at(alert: Alert, now: Timestamp) -> Self {
        let since = |at: Timestamp| (now.micros() - at.micros()).max(0) / SECOND;
        Self {
            id: alert.id,
            kind: alert.key.kind,
            subject: alert.key.subject,
            scenario: alert.key.scenario,
            key_version: alert.key_version,
            severity: alert.severity,
            status: alert.status,
            firing: alert.firing,
            count: alert.count,
            first_at: alert.first_at,
            last_at: alert.last_at,
            evidence: alert.evidence,
            owner: alert.owner,
            acknowledged: alert.acknowledged.map(|it| AcknowledgedBody {
                by: it.by,
                at: it.at,
                seconds: since(it.at),
                comment: it.comment,
            }),
            snoozed: alert.snooze.map(|it| SnoozedBody {
                until: it.until,
                severity: it.severity,
                by: it.by,
            }),
            resolved: alert.resolution.map(|it| ResolvedBody {
                at: it.at,
                by: it.by,
                reason: it.reason,
                while_firing: it.while_firing,
            }),
            suppressed_by: alert.suppressed_by,
            follows: alert.follows,
            notices: alert.notices,
        }
    }
}

/// An alert with all that happened to it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AlertDetail {
    #[serde(flatten)]
    pub(crate) alert: AlertBody,
    /// What happened to it, the newest first; 200 at most.
    pub(crate) timeline: Vec<AlertEntry>,
    /// All alerts of its kind together.
    pub(crate) group: AlertGroup,
}

/// All alerts of a kind.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AlertGroup {
    /// `resolved` only where all of them are; `open` where one is.
    status: Status,
    /// How many are open.
    open: i64,
    /// How many are acknowledged.
    acknowledged: i64,
}

impl From<Vec<(Status, i64)>> for AlertGroup {
    fn from(counts: Vec<(Status, i64)>) -> Self {
        let of = |status| {
            let same = counts.iter().find(|(is, _)| *is == status);
            same.map_or(0, |(_, count)| *count)
        };
        let (open, acknowledged) = (of(Status::Open), of(Status::Acknowledged));
        let status = match (open, acknowledged) {
            (0, 0) => Status::Resolved,
            (0, _) => Status::Acknowledged,
            _ => Status::Open,
        };
        Self {
            status,
            open,
            acknowledged,
        }
    }
}

/// Something that happened to an alert.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AlertEntry {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// What: `opened`, `escalated`, `reopened`, `acknowledged`, `assigned`, `commented`, `snoozed`,
    /// `snooze_ended`, `suppressed`, `suppression_ended`, `told`, `not_told` or `resolved`.
    #[schema(example = "acknowledged")]
    what: String,
    /// By whom; `null`: by itself.
    by: Option<UserId>,
    /// What they wrote.
    comment: Option<String>,
    /// What more there is to say: an object.
    #[schema(value_type = Object, example = json!({"from": "warning", "to": "critical"}))]
    facts: Value,
}

impl TryFrom<EntryRow> for AlertEntry {
    type Error = Error;

    fn try_from(row: EntryRow) -> Result<Self, Error> {
        let facts = serde_json::from_str(&row.facts);
        Ok(Self {
            at: Timestamp(row.at),
            what: row.what,
            by: row.actor.map(UserId),
            comment: row.comment,
            facts: facts.map_err(|_| Error::Row("alert_entries"))?,
        })
    }
}
