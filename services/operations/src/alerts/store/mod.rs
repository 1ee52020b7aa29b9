//! The SQL of alerts. An alert is saved as a whole, where it is as it was read.

pub(crate) mod entries;

use contracts::identity::{OrgId, UserId};
use contracts::operations::{AlertId, AlertKey, Severity};
use db::{Arg, Db, DbError, Tx, args};
use sqlx::FromRow;
use uuid::Uuid;
use values::Timestamp;

use super::alert::{Acknowledgement, Alert, Resolution, Snooze};
use super::states::{Notice, Reason, Source, Status};
use crate::config::AlertsConfig;
use crate::error::Error;

macro_rules! columns {
    () => {
        "id, org, kind, subject, scenario, key_version, source, severity, status, firing, first_at, last_at, count, evidence,
        owner, acknowledged_by, acknowledged_at, acknowledged_comment, snoozed_until, snoozed_severity, snoozed_by,
        resolved_at, resolved_by, resolved_reason, resolved_firing, suppressed_by, follows, notice, notices, told_severity,
        told_at, reminded_at, entries, revision"
    };
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT ", columns!(), " FROM alerts ", $rest)
    };
}

statements! {
    /// What stays, what may change, how many entries there are then, and when it is due. One of the
    /// same key that is not resolved is a unique violation.
    INSERT = "INSERT INTO alerts (id, org, kind, subject, scenario, key_version, first_at, follows, source, severity, status,
        firing, last_at, count, evidence, owner, acknowledged_by, acknowledged_at, acknowledged_comment, snoozed_until,
        snoozed_severity, snoozed_by, resolved_at, resolved_by, resolved_reason, resolved_firing, suppressed_by, notice,
        notices, told_severity, told_at, reminded_at, entries, due_at, revision) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,
        $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32,
        $33, $34, 0)";
    /// id, revision that was read, and what may change. One row, by its key.
    SAVE = "UPDATE alerts SET revision = revision + 1, source = $3, severity = $4, status = $5, firing = $6, last_at = $7,
        count = $8, evidence = $9, owner = $10, acknowledged_by = $11, acknowledged_at = $12, acknowledged_comment = $13,
        snoozed_until = $14, snoozed_severity = $15, snoozed_by = $16, resolved_at = $17, resolved_by = $18,
        resolved_reason = $19, resolved_firing = $20, suppressed_by = $21, notice = $22, notices = $23, told_severity = $24,
        told_at = $25, reminded_at = $26, entries = $27, due_at = $28
        WHERE id = $1 AND revision = $2";
    /// org, id -> [`AlertRow`].
    ONE = select!("WHERE org = $1 AND id = $2");
    /// org, kind, subject, scenario -> the [`AlertRow`] of a key that is not resolved.
    UNRESOLVED_OF_KEY = select!("WHERE org = $1 AND kind = $2 AND subject = $3 AND scenario = $4 AND status <> 'resolved'");
    /// org, kind, subject, scenario -> the newest [`AlertRow`] of a key that is resolved.
    LAST_OF_KEY = select!("WHERE org = $1 AND kind = $2 AND subject = $3 AND scenario = $4 AND status = 'resolved'
        ORDER BY id DESC LIMIT 1");
    /// -> [`AlertRow`] of all that fire.
    FIRING = select!("WHERE firing = 1 ORDER BY id");
    /// now, limit -> [`AlertRow`].
    DUE = select!("WHERE due_at <= $1 ORDER BY due_at LIMIT $2");
    /// now, limit -> [`AlertRow`] of which operators are to be told.
    TO_TELL = select!("WHERE notice IS NOT NULL AND suppressed_by IS NULL AND (snoozed_until IS NULL OR snoozed_until <= $1)
        ORDER BY id LIMIT $2");
    /// org, kind, but this one, severity -> how many of its kind are open and were told, and are at
    /// least as bad.
    OPEN_AND_TOLD = "SELECT count(*) FROM alerts WHERE org = $1 AND kind = $2 AND id <> $3 AND status <> 'resolved'
        AND status = 'open' AND told_severity >= $4 AND notice IS NULL AND suppressed_by IS NULL AND snoozed_until IS NULL";
    /// org, kind -> status and how many, of those that are not resolved.
    GROUP = "SELECT status, count(*) FROM alerts WHERE org = $1 AND kind = $2 AND status <> 'resolved' GROUP BY status";
    /// org, before, limit, status, severity, kind, owner -> [`AlertRow`], the newest first.
    LIST = select!("WHERE org = $1 AND id < $2 AND (CAST($4 AS TEXT) IS NULL OR status = CAST($4 AS TEXT))
        AND (CAST($5 AS BIGINT) IS NULL OR severity = CAST($5 AS BIGINT))
        AND (CAST($6 AS TEXT) IS NULL OR kind = CAST($6 AS TEXT))
        AND (owner = $7 OR $7 IS NULL) ORDER BY id DESC LIMIT $3");
    /// The same of those that are not resolved.
    LIST_UNRESOLVED = select!("WHERE org = $1 AND id < $2 AND status <> 'resolved'
        AND (CAST($4 AS TEXT) IS NULL OR status = CAST($4 AS TEXT))
        AND (CAST($5 AS BIGINT) IS NULL OR severity = CAST($5 AS BIGINT))
        AND (CAST($6 AS TEXT) IS NULL OR kind = CAST($6 AS TEXT))
        AND (owner = $7 OR $7 IS NULL) ORDER BY id DESC LIMIT $3");
    /// -> severity, status and how many, of those that are not resolved.
    COUNTS = "SELECT severity, status, count(*) FROM alerts WHERE status <> 'resolved' GROUP BY severity, status";
    /// after, limit -> [`AlertRow`] of all organisations.
    AFTER = select!("WHERE id > $1 ORDER BY id LIMIT $2");
    /// before, how many.
    DELETE_ENDED = "DELETE FROM alerts WHERE id IN (SELECT id FROM alerts WHERE resolved_at < $1 LIMIT $2)";
}

/// An alert as the database has it.
#[derive(Debug, FromRow)]
struct AlertRow {
    id: Uuid,
    org: i64,
    kind: String,
    subject: String,
    scenario: String,
    key_version: i64,
    source: i64,
    severity: i64,
    status: String,
    firing: i64,
    first_at: i64,
    last_at: i64,
    count: i64,
    evidence: String,
    owner: Option<Uuid>,
    acknowledged_by: Option<Uuid>,
    acknowledged_at: Option<i64>,
    acknowledged_comment: Option<String>,
    snoozed_until: Option<i64>,
    snoozed_severity: Option<i64>,
    snoozed_by: Option<Uuid>,
    resolved_at: Option<i64>,
    resolved_by: Option<Uuid>,
    resolved_reason: Option<String>,
    resolved_firing: Option<i64>,
    suppressed_by: Option<Uuid>,
    follows: Option<Uuid>,
    notice: Option<String>,
    notices: i64,
    told_severity: Option<i64>,
    told_at: Option<i64>,
    reminded_at: Option<i64>,
    entries: i64,
    revision: i64,
}

const fn number(severity: Severity) -> i64 {
    match severity {
        Severity::Info => 1,
        Severity::Warning => 2,
        Severity::Critical => 3,
    }
}

fn severity(found: i64) -> Result<Severity, Error> {
    let known = Severity::ALL.into_iter().find(|it| number(*it) == found);
    known.ok_or(ROW)
}

const ROW: Error = Error::Row("alerts");

impl TryFrom<AlertRow> for Alert {
    type Error = Error;

    fn try_from(row: AlertRow) -> Result<Self, Error> {
        let source = [Source::Look, Source::Raised].into_iter();
        let mut source = source.filter(|source| *source as i64 == row.source);
        let acknowledged = row.acknowledged_by.zip(row.acknowledged_at);
        let snooze = match (row.snoozed_until, row.snoozed_severity, row.snoozed_by) {
            (Some(until), Some(found), Some(by)) => Some(Snooze {
                until: Timestamp(until),
                severity: severity(found)?,
                by: UserId(by),
            }),
            (None, None, None) => None,
            _ => return Err(ROW),
        };
        let resolution = match (row.resolved_at, row.resolved_reason) {
            (Some(at), Some(reason)) => Some(Resolution {
                at: Timestamp(at),
                by: row.resolved_by.map(UserId),
                reason: Reason::find(&reason).ok_or(ROW)?,
                while_firing: row.resolved_firing == Some(1),
            }),
            (None, None) => None,
            _ => return Err(ROW),
        };
        let told = row.told_severity.zip(row.told_at);
        let told = told.map(|(found, at)| Ok::<_, Error>((severity(found)?, Timestamp(at))));
        let notice = row.notice.map(|name| Notice::find(&name).ok_or(ROW));
        Ok(Self {
            id: AlertId(row.id),
            key: AlertKey {
                org: OrgId(row.org),
                kind: row.kind,
                subject: row.subject,
                scenario: row.scenario,
            },
            key_version: row.key_version,
            source: source.next().ok_or(ROW)?,
            severity: severity(row.severity)?,
            status: Status::find(&row.status).ok_or(ROW)?,
            firing: row.firing == 1,
            first_at: Timestamp(row.first_at),
            last_at: Timestamp(row.last_at),
            count: row.count,
            evidence: serde_json::from_str(&row.evidence).map_err(|_| ROW)?,
            owner: row.owner.map(UserId),
            acknowledged: acknowledged.map(|(by, at)| Acknowledgement {
                by: UserId(by),
                at: Timestamp(at),
                comment: row.acknowledged_comment,
            }),
            snooze,
            resolution,
            suppressed_by: row.suppressed_by.map(AlertId),
            follows: row.follows.map(AlertId),
            notice: notice.transpose()?,
            notices: row.notices,
            told: told.transpose()?,
            reminded_at: row.reminded_at.map(Timestamp),
            entries: row.entries,
            revision: row.revision,
            news: Vec::new(),
        })
    }
}

/// What of an alert may change, from its source to its last reminder.
fn changing(alert: &Alert) -> Result<[Arg; 24], Error> {
    let evidence = serde_json::to_string(&alert.evidence).map_err(|_| ROW)?;
    let acknowledged = alert.acknowledged.as_ref();
    let (snooze, resolution, told) = (alert.snooze, alert.resolution, alert.told);
    Ok([
        (alert.source as i64).into(),
        number(alert.severity).into(),
        alert.status.as_str().into(),
        alert.firing.into(),
        alert.last_at.into(),
        alert.count.into(),
        evidence.into(),
        alert.owner.map(UserId::uuid).into(),
        acknowledged.map(|it| it.by.uuid()).into(),
        acknowledged.map(|it| it.at).into(),
        acknowledged.and_then(|it| it.comment.clone()).into(),
        snooze.map(|it| it.until).into(),
        snooze.map(|it| number(it.severity)).into(),
        snooze.map(|it| it.by.uuid()).into(),
        resolution.map(|it| it.at).into(),
        resolution.and_then(|it| it.by).map(UserId::uuid).into(),
        resolution.map(|it| it.reason.as_str().to_owned()).into(),
        resolution.map(|it| i64::from(it.while_firing)).into(),
        alert.suppressed_by.map(AlertId::uuid).into(),
        alert.notice.map(|it| it.as_str().to_owned()).into(),
        alert.notices.into(),
        told.map(|(severity, _)| number(severity)).into(),
        told.map(|(_, at)| at).into(),
        alert.reminded_at.into(),
    ])
}

fn entries_then(alert: &Alert) -> i64 {
    let news = i64::try_from(alert.news.len()).unwrap_or(i64::MAX);
    alert.entries.saturating_add(news)
}

/// Writes another alert. One of the same key that is not resolved is a unique violation.
pub(crate) async fn insert(tx: &mut Tx, alert: &Alert, config: &AlertsConfig) -> Result<(), Error> {
    let AlertKey {
        org,
        kind,
        subject,
        scenario,
    } = alert.key.clone();
    let mut args = args![
        alert.id.uuid(),
        org.0,
        kind,
        subject,
        scenario,
        alert.key_version,
        alert.first_at,
        alert.follows.map(AlertId::uuid)
    ];
    args.extend(changing(alert)?);
    args.extend(args![entries_then(alert), alert.due_at(config)]);
    tx.execute(INSERT, args).await?;
    entries::insert(tx, alert).await
}

/// Writes what has become of an alert, where it is as it was read; else [`Error::Overtaken`].
pub(crate) async fn save(tx: &mut Tx, alert: &Alert, config: &AlertsConfig) -> Result<(), Error> {
    let mut args = args![alert.id.uuid(), alert.revision];
    args.extend(changing(alert)?);
    args.extend(args![entries_then(alert), alert.due_at(config)]);
    if tx.execute(SAVE, args).await? == 0 {
        return Err(Error::Overtaken);
    }
    entries::insert(tx, alert).await
}

fn alerts(rows: Vec<AlertRow>) -> Result<Vec<Alert>, Error> {
    rows.into_iter().map(Alert::try_from).collect()
}

pub(crate) async fn one(db: &Db, org: OrgId, id: AlertId) -> Result<Option<Alert>, Error> {
    let row: Option<AlertRow> = db.fetch_optional(ONE, args![org.0, id.uuid()]).await?;
    row.map(Alert::try_from).transpose()
}

pub(crate) async fn one_in(tx: &mut Tx, org: OrgId, id: AlertId) -> Result<Option<Alert>, Error> {
    let row: Option<AlertRow> = tx.fetch_optional(ONE, args![org.0, id.uuid()]).await?;
    row.map(Alert::try_from).transpose()
}

/// The alert of a key that is not resolved, else its newest one.
pub(crate) async fn newest_of(tx: &mut Tx, key: &AlertKey) -> Result<Option<Alert>, Error> {
    let args = args![
        key.org.0,
        key.kind.as_str(),
        key.subject.as_str(),
        key.scenario.as_str()
    ];
    let mut row: Option<AlertRow> = tx.fetch_optional(UNRESOLVED_OF_KEY, args.clone()).await?;
    if row.is_none() {
        row = tx.fetch_optional(LAST_OF_KEY, args).await?;
    }
    row.map(Alert::try_from).transpose()
}

pub(crate) async fn firing(tx: &mut Tx) -> Result<Vec<Alert>, Error> {
    alerts(tx.fetch_all(FIRING, args![]).await?)
}

pub(crate) async fn due(tx: &mut Tx, now: Timestamp, most: i64) -> Result<Vec<Alert>, Error> {
    alerts(tx.fetch_all(DUE, args![now, most]).await?)
}

pub(crate) async fn to_tell(db: &Db, now: Timestamp, most: i64) -> Result<Vec<Alert>, Error> {
    alerts(db.fetch_all(TO_TELL, args![now, most]).await?)
}

/// Whether another of its kind is open, was told, and is at least as bad.
pub(crate) async fn is_another_open(tx: &mut Tx, alert: &Alert) -> Result<bool, Error> {
    let args = args![
        alert.key.org.0,
        alert.key.kind.as_str(),
        alert.id.uuid(),
        number(alert.severity)
    ];
    let found: Option<(i64,)> = tx.fetch_optional(OPEN_AND_TOLD, args).await?;
    Ok(found.is_some_and(|(count,)| count > 0))
}

/// How many of a kind are in which state, but for those that are over.
pub(crate) async fn group(db: &Db, org: OrgId, kind: &str) -> Result<Vec<(Status, i64)>, Error> {
    let rows: Vec<(String, i64)> = db.fetch_all(GROUP, args![org.0, kind]).await?;
    let of = |(name, count): (String, i64)| Ok((Status::find(&name).ok_or(ROW)?, count));
    rows.into_iter().map(of).collect()
}

/// Which alerts.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    /// Whatever became of them; else those that are not resolved, where no status is named.
    pub(crate) is_any: bool,
    pub(crate) status: Option<Status>,
    pub(crate) severity: Option<Severity>,
    pub(crate) kind: Option<String>,
    pub(crate) owner: Option<UserId>,
}

pub(crate) async fn list(
    db: &Db,
    org: OrgId,
    filter: &Filter,
    before: Uuid,
    limit: i64,
) -> Result<Vec<Alert>, Error> {
    let sql = match filter.is_any || filter.status == Some(Status::Resolved) {
        true => LIST,
        false => LIST_UNRESOLVED,
    };
    let args = args![
        org.0,
        before,
        limit,
        filter.status.map(|status| status.as_str().to_owned()),
        filter.severity.map(number),
        filter.kind.clone(),
        filter.owner.map(UserId::uuid)
    ];
    alerts(db.fetch_all(sql, args).await?)
}

/// How many there are that are not resolved.
pub(crate) async fn counts(db: &Db) -> Result<Vec<(Severity, Status, i64)>, Error> {
    let rows: Vec<(i64, String, i64)> = db.fetch_all(COUNTS, args![]).await?;
    let of = |(found, name, count): (i64, String, i64)| {
        Ok((severity(found)?, Status::find(&name).ok_or(ROW)?, count))
    };
    rows.into_iter().map(of).collect()
}

/// Reads every alert; how many there are.
pub(crate) async fn verify(db: &Db) -> Result<u64, Error> {
    let (mut after, mut count) = (Uuid::nil(), 0_u64);
    loop {
        let found = alerts(db.fetch_all(AFTER, args![after, 1_000_i64]).await?)?;
        let Some(last) = found.last() else {
            return Ok(count);
        };
        after = last.id.uuid();
        count += u64::try_from(found.len()).unwrap_or_default();
    }
}

/// Deletes alerts that ended before a time, with what happened to them.
pub(crate) async fn delete_ended(db: &Db, before: Timestamp) -> Result<(), DbError> {
    db.execute_in_pieces(DELETE_ENDED, args![before]).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alerts::alert::{Evidence, Seen};
    use crate::config::Config;

    const NOW: Timestamp = Timestamp(1_767_225_600_000_000);

    /// Alerts of three kinds in twenty organisations, half of them resolved.
    async fn fill(db: &Db) {
        let (config, mut tx) = (Config::default().alerts, db.begin().await.unwrap());
        for number in 0..2_000_u32 {
            let kind = ["queue_age", "dead_letters", "rule_breaker"][number as usize % 3];
            let org = OrgId(i64::from(number % 20));
            let key = AlertKey::new(org, kind, number.to_string());
            let seen = Seen {
                source: Source::Look,
                severity: Severity::Warning,
                count: 1,
                first_at: NOW,
                last_at: NOW,
                evidence: Vec::<Evidence>::new(),
            };
            let id = AlertId(Uuid::from_u128(u128::from(number)));
            let mut alert = Alert::open(id, key, seen, None, NOW);
            alert.need_not_be_told(NOW);
            if number % 40 < 20 {
                alert.end(Reason::ConditionEnded, NOW.plus(i64::from(number)));
            }
            insert(&mut tx, &alert, &config).await.unwrap();
        }
        tx.commit().await.unwrap();
        db.execute("ANALYZE", args![]).await.unwrap();
    }

    #[tokio::test]
    async fn alerts_are_found_and_changed_by_an_index_however_many_there_are() {
        let key = ["alerts_pkey", "sqlite_autoindex_alerts_1", "alerts_by_org"];
        let of_kind = ["alerts_unresolved"];
        let expected: [(&str, &[&str]); 12] = [
            (SAVE, &key[..2]),
            (ONE, &key),
            (UNRESOLVED_OF_KEY, &of_kind),
            (LAST_OF_KEY, &["alerts_over"]),
            (FIRING, &["alerts_firing"]),
            (DUE, &["alerts_due"]),
            (TO_TELL, &["alerts_to_tell"]),
            (OPEN_AND_TOLD, &of_kind),
            (GROUP, &of_kind),
            // PostgreSQL walks the ids of a table as small as this one.
            (LIST, &["alerts_by_org", "alerts_pkey"]),
            (LIST_UNRESOLVED, &["alerts_waiting", "alerts_pkey"]),
            (DELETE_ENDED, &["alerts_ended"]),
        ];
        for engine in testkit::engines() {
            let store = testkit::TestStore::new(engine);
            let opened = store.open(crate::SCHEMA, crate::migrations()).await;
            let db = opened.unwrap();
            fill(&db).await;
            let mut others = Vec::new();
            for (sql, indexes) in expected {
                let plan = testkit::plan(&store, &db, crate::SCHEMA, sql).await;
                if !indexes.iter().any(|index| plan.contains(index)) {
                    others.push(format!("{sql}: {plan}"));
                }
            }
            assert!(others.is_empty(), "{engine:?}: {}", others.join("\n\n"));
        }
    }
}
