//! The SQL of submissions.

use contracts::identity::{OrgId, UserId};
use contracts::kyc::KycLevel;
use db::{Db, DbError, Tx, args};
use sqlx::FromRow;
use uuid::Uuid;
use values::Timestamp;

use crate::error::Error;
use crate::kyc::submission::{Check, ProviderOutcome, ReasonCode, Report, Status, Submission};
use crate::kyc::{CheckId, SubmissionId};

macro_rules! columns {
    () => {
        "id, org, user_id, level, status, revision, details, details_reopened, check_id, check_sent, check_asked,
        check_since, check_due_at, provider_outcome, provider_code, provider_at, reason_code, reason, decided_by,
        decided_at, appeal, appealed_at, created_at, updated_at, submitted_at, erase_at, erased_at"
    };
}

statements! {
    /// id, org, user, level, details, now. An open one of the user is a unique violation.
    INSERT = "INSERT INTO kyc_submissions (id, org, user_id, level, status, revision, details, created_at, updated_at)
        VALUES ($1, $2, $3, $4, 'draft', 1, $5, $6, $6)";
    /// org, user, since -> how many were begun.
    BEGUN = "SELECT count(*) FROM kyc_submissions WHERE org = $1 AND user_id = $2 AND created_at > $3";
    /// org, id -> [`SubmissionRow`].
    ONE = concat!("SELECT ", columns!(), " FROM kyc_submissions WHERE org = $1 AND id = $2");
    /// org, id -> [`SubmissionRow`], locked until the transaction ends.
    LOCK = concat!("UPDATE kyc_submissions SET revision = revision WHERE org = $1 AND id = $2 RETURNING ", columns!());
    /// org, user -> the open [`SubmissionRow`].
    OPEN = concat!(
        "SELECT ", columns!(), " FROM kyc_submissions
        WHERE org = $1 AND user_id = $2 AND status IN ('draft', 'checking', 'in_review', 'action_needed')"
    );
    /// check -> [`SubmissionRow`].
    BY_CHECK = concat!("SELECT ", columns!(), " FROM kyc_submissions WHERE check_id = $1");
    /// org, before, status or '', limit -> [`SubmissionRow`]s, the newest first.
    OF_ORG = concat!(
        "SELECT ", columns!(), " FROM kyc_submissions
        WHERE org = $1 AND id < $2 AND ($3 = '' OR status = $3) ORDER BY id DESC LIMIT $4"
    );
    /// org, user, before, status or '', limit -> [`SubmissionRow`]s, the newest first.
    OF_USER = concat!(
        "SELECT ", columns!(), " FROM kyc_submissions
        WHERE org = $1 AND user_id = $2 AND id < $3 AND ($4 = '' OR status = $4) ORDER BY id DESC LIMIT $5"
    );
    /// id, revision before, and all that may change.
    SAVE = "UPDATE kyc_submissions SET revision = revision + 1, status = $3, details = $4, details_reopened = $5, check_id = $6,
        check_sent = $7, check_asked = $8, check_since = $9, check_due_at = $10, provider_outcome = $11, provider_code = $12,
        provider_at = $13, reason_code = $14, reason = $15, decided_by = $16, decided_at = $17, appeal = $18, appealed_at = $19,
        updated_at = $20, submitted_at = $21, erase_at = $22, erased_at = $23 WHERE id = $1 AND revision = $2";
    /// now, limit -> [`SubmissionRow`]s that a provider is to be asked about.
    DUE = concat!("SELECT ", columns!(), " FROM kyc_submissions WHERE check_due_at <= $1 ORDER BY check_due_at LIMIT $2");
    /// id, due, until: nobody else asks about it until then. No row where somebody does.
    CLAIM = "UPDATE kyc_submissions SET check_due_at = $3, check_sent = 1 WHERE id = $1 AND check_due_at = $2 AND status = 'checking'";
    /// id, due, next, how often it was asked.
    PUT_OFF = "UPDATE kyc_submissions SET check_due_at = $3, check_asked = $4
        WHERE id = $1 AND check_due_at = $2 AND status = 'checking'";
    /// id.
    DELETE = "DELETE FROM kyc_submissions WHERE id = $1";
    /// status, until, limit -> org, id: of that status, and not changed since.
    IDLE = "SELECT org, id FROM kyc_submissions WHERE status = $1 AND updated_at <= $2 ORDER BY updated_at LIMIT $3";
    /// org, user, erase at: an account was closed. What was open ends.
    CLOSE_ALL = "UPDATE kyc_submissions SET status = CASE WHEN status IN ('approved', 'rejected') THEN status ELSE 'lapsed' END,
        check_due_at = NULL, erase_at = $3, revision = revision + 1 WHERE org = $1 AND user_id = $2 AND erased_at IS NULL";
    /// org, user.
    DELETE_ALL = "DELETE FROM kyc_submissions WHERE org = $1 AND user_id = $2";
    /// now, limit -> org, id: what is to be erased.
    TO_ERASE = "SELECT org, id FROM kyc_submissions WHERE erase_at <= $1 ORDER BY erase_at LIMIT $2";
    /// head of what is sealed with the newest key, after, limit -> [`SubmissionRow`]s that have
    /// something sealed with another one.
    SEALED_OTHERWISE = concat!(
        "SELECT ", columns!(), " FROM kyc_submissions WHERE id > $2
        AND (substr(details, 1, 9) <> $1 OR substr(appeal, 1, 9) <> $1) ORDER BY id LIMIT $3"
    );
}

/// A submission.
#[derive(Debug, Clone, FromRow)]
struct SubmissionRow {
    id: Uuid,
    org: i64,
    user_id: Uuid,
    level: String,
    status: String,
    revision: i64,
    details: Option<Vec<u8>>,
    details_reopened: i64,
    check_id: Option<Uuid>,
    check_sent: i64,
    check_asked: i64,
    check_since: Option<i64>,
    check_due_at: Option<i64>,
    provider_outcome: Option<String>,
    provider_code: Option<String>,
    provider_at: Option<i64>,
    reason_code: Option<String>,
    reason: String,
    decided_by: Option<Uuid>,
    decided_at: Option<i64>,
    appeal: Option<Vec<u8>>,
    appealed_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
    submitted_at: Option<i64>,
    erase_at: Option<i64>,
    erased_at: Option<i64>,
}

impl TryFrom<SubmissionRow> for Submission {
    type Error = Error;

    fn try_from(row: SubmissionRow) -> Result<Self, Error> {
        let unknown = || Error::Row("kyc_submissions");
        let known = |name: Option<String>| {
            name.map(|name| ReasonCode::from_name(&name).ok_or_else(unknown))
                .transpose()
        };
        let said = row.provider_outcome.zip(row.provider_at);
        let report = said.map(|(name, at)| {
            let outcome = ProviderOutcome::from_name(&name).ok_or_else(unknown)?;
            let code = row.provider_code.clone().unwrap_or_default();
            Ok::<_, Error>((Report { outcome, code }, Timestamp(at)))
        });
        Ok(Self {
            id: SubmissionId(row.id),
            org: OrgId(row.org),
            user: UserId(row.user_id),
            level: KycLevel::from_name(&row.level).ok_or_else(unknown)?,
            status: Status::from_name(&row.status).ok_or_else(unknown)?,
            revision: row.revision,
            details: row.details,
            details_reopened: row.details_reopened != 0,
            check: row.check_id.zip(row.check_since).map(|(id, since)| Check {
                id: CheckId(id),
                sent: row.check_sent != 0,
                asked: row.check_asked,
                since: Timestamp(since),
                due_at: row.check_due_at.map(Timestamp),
            }),
            report: report.transpose()?,
            reason_code: known(row.reason_code)?,
            reason: row.reason,
            decided_by: row.decided_by,
            decided_at: row.decided_at.map(Timestamp),
            appeal: row.appeal,
            appealed_at: row.appealed_at.map(Timestamp),
            created_at: Timestamp(row.created_at),
            updated_at: Timestamp(row.updated_at),
            submitted_at: row.submitted_at.map(Timestamp),
            erase_at: row.erase_at.map(Timestamp),
            erased_at: row.erased_at.map(Timestamp),
        })
    }
}

fn read(rows: Vec<SubmissionRow>) -> Result<Vec<Submission>, Error> {
    rows.into_iter().map(Submission::try_from).collect()
}

fn read_one(row: Option<SubmissionRow>) -> Result<Option<Submission>, Error> {
    row.map(Submission::try_from).transpose()
}

pub(crate) async fn insert(
    tx: &mut Tx,
    (org, user): (OrgId, UserId),
    (id, level): (SubmissionId, KycLevel),
    details: Option<Vec<u8>>,
    now: Timestamp,
) -> Result<(), DbError> {
    let args = args![id.uuid(), org.0, user.uuid(), level.as_str(), details, now];
    tx.execute(INSERT, args).await?;
    Ok(())
}

/// How many a user has begun since then.
pub(crate) async fn begun(
    db: &Db,
    (org, user): (OrgId, UserId),
    since: Timestamp,
) -> Result<i64, DbError> {
    let row: (i64,) = db
        .fetch_one(BEGUN, args![org.0, user.uuid(), since])
        .await?;
    Ok(row.0)
}

pub(crate) async fn one(
    db: &Db,
    org: OrgId,
    id: SubmissionId,
) -> Result<Option<Submission>, Error> {
    read_one(db.fetch_optional(ONE, args![org.0, id.uuid()]).await?)
}

/// Locks one until the transaction ends.
pub(crate) async fn lock(
    tx: &mut Tx,
    org: OrgId,
    id: SubmissionId,
) -> Result<Option<Submission>, Error> {
    read_one(tx.fetch_optional(LOCK, args![org.0, id.uuid()]).await?)
}

/// The open one of a user.
pub(crate) async fn open_in(
    tx: &mut Tx,
    (org, user): (OrgId, UserId),
) -> Result<Option<Submission>, Error> {
    read_one(tx.fetch_optional(OPEN, args![org.0, user.uuid()]).await?)
}

/// The one that a check is of.
pub(crate) async fn by_check(db: &Db, check: CheckId) -> Result<Option<Submission>, Error> {
    read_one(db.fetch_optional(BY_CHECK, args![check.uuid()]).await?)
}

/// Those of an organisation, or of one of its users, the newest first.
pub(crate) async fn list(
    db: &Db,
    (org, user): (OrgId, Option<UserId>),
    status: Option<Status>,
    (before, limit): (Uuid, i64),
) -> Result<Vec<Submission>, Error> {
    let status = status.map_or("", Status::as_str);
    let rows = match user {
        None => {
            db.fetch_all(OF_ORG, args![org.0, before, status, limit])
                .await?
        }
        Some(user) => {
            let args = args![org.0, user.uuid(), before, status, limit];
            db.fetch_all(OF_USER, args).await?
        }
    };
    read(rows)
}

/// Stores one that is locked, with the next revision.
pub(crate) async fn save(tx: &mut Tx, it: &Submission) -> Result<(), Error> {
    let check = it.check.as_ref();
    let report = it.report.as_ref();
    let args = args![
        it.id.uuid(),
        it.revision,
        it.status.as_str(),
        it.details.clone(),
        it.details_reopened,
        check.map(|check| check.id.uuid()),
        check.is_some_and(|check| check.sent),
        check.map_or(0, |check| check.asked),
        check.map(|check| check.since),
        check.and_then(|check| check.due_at),
        report.map(|(said, _)| said.outcome.as_str().to_owned()),
        report.map(|(said, _)| said.code.clone()),
        report.map(|(_, at)| *at),
        it.reason_code.map(|code| code.as_str().to_owned()),
        it.reason.as_str(),
        it.decided_by,
        it.decided_at,
        it.appeal.clone(),
        it.appealed_at,
        it.updated_at,
        it.submitted_at,
        it.erase_at,
        it.erased_at
    ];
    match tx.execute(SAVE, args).await? {
        0 => Err(Error::Row("kyc_submissions")),
        _ => Ok(()),
    }
}

/// What a provider is to be asked about.
pub(crate) async fn due(db: &Db, now: Timestamp, limit: i64) -> Result<Vec<Submission>, Error> {
    read(db.fetch_all(DUE, args![now, limit]).await?)
}

/// Nobody else asks about it until then; false where somebody does.
pub(crate) async fn claim(
    db: &Db,
    id: SubmissionId,
    (due, until): (Timestamp, Timestamp),
) -> Result<bool, DbError> {
    Ok(db.execute(CLAIM, args![id.uuid(), due, until]).await? > 0)
}

/// It is asked about again later.
pub(crate) async fn put_off(
    db: &Db,
    id: SubmissionId,
    (due, next): (Timestamp, Timestamp),
    asked: i64,
) -> Result<(), DbError> {
    db.execute(PUT_OFF, args![id.uuid(), due, next, asked])
        .await?;
    Ok(())
}

pub(crate) async fn delete(tx: &mut Tx, id: SubmissionId) -> Result<(), DbError> {
    tx.execute(DELETE, args![id.uuid()]).await?;
    Ok(())
}

/// An account was closed: what was open ends, and all is erased then.
pub(crate) async fn close_all(
    tx: &mut Tx,
    (org, user): (OrgId, UserId),
    erase_at: Timestamp,
) -> Result<(), DbError> {
    tx.execute(CLOSE_ALL, args![org.0, user.uuid(), erase_at])
        .await?;
    Ok(())
}

/// Deletes all of a user, with the documents.
pub(crate) async fn delete_all(tx: &mut Tx, (org, user): (OrgId, UserId)) -> Result<(), DbError> {
    tx.execute(DELETE_ALL, args![org.0, user.uuid()]).await?;
    Ok(())
}

type Found = Vec<(OrgId, SubmissionId)>;

fn found(rows: Vec<(i64, Uuid)>) -> Found {
    let found = |(org, id)| (OrgId(org), SubmissionId(id));
    rows.into_iter().map(found).collect()
}

/// Those of a status that were not changed since then.
pub(crate) async fn idle(
    db: &Db,
    status: Status,
    until: Timestamp,
    limit: i64,
) -> Result<Found, DbError> {
    let args = args![status.as_str(), until, limit];
    Ok(found(db.fetch_all(IDLE, args).await?))
}

/// What is to be erased.
pub(crate) async fn to_erase(db: &Db, now: Timestamp, limit: i64) -> Result<Found, DbError> {
    Ok(found(db.fetch_all(TO_ERASE, args![now, limit]).await?))
}

/// Those after one that have something sealed with another key than the newest.
pub(crate) async fn sealed_otherwise(
    db: &Db,
    head: Vec<u8>,
    after: SubmissionId,
    limit: i64,
) -> Result<Vec<Submission>, Error> {
    let args = args![head, after.uuid(), limit];
    read(db.fetch_all(SEALED_OTHERWISE, args).await?)
}
