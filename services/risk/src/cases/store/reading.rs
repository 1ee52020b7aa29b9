//! The SQL by which cases are read: lists, and all that belongs to one.

use contracts::identity::{OrgId, UserId};
use db::{Db, DbError, args};
use sqlx::FromRow;
use uuid::Uuid;
use values::Timestamp;

use super::{CaseRow, select};
use crate::cases::queue::{CaseState, Queue};

statements! {
    /// org, queue, state, owner, least priority, due before, subject, now, priority and id of the
    /// one before, limit -> [`CaseRow`]s, the most urgent first.
    LIST = select!("cases c WHERE c.org = $1 AND (CAST($2 AS TEXT) IS NULL OR c.queue = $2)
        AND (CAST($3 AS TEXT) IS NULL OR $3 = CASE WHEN c.closed_at IS NOT NULL THEN 'closed'
            WHEN c.snoozed_until > $8 THEN 'snoozed' WHEN c.owner IS NOT NULL THEN 'assigned' ELSE 'open' END)
        AND (c.owner = $4 OR $4 IS NULL) AND c.priority >= $5 AND (CAST($6 AS BIGINT) IS NULL OR c.due_at < $6)
        AND (CAST($7 AS TEXT) IS NULL OR c.subject = $7) AND (c.priority, c.id) < ($9, $10)
        ORDER BY c.priority DESC, c.id DESC LIMIT $11");
    /// case -> user, whether it is about them.
    PEOPLE = "SELECT user_id, is_subject FROM case_people WHERE case_id = $1 ORDER BY is_subject DESC, user_id";
    /// case -> [`EvidenceSet`]s, the newest first.
    EVIDENCE = "SELECT facts, added_at FROM case_evidence WHERE case_id = $1 ORDER BY id DESC";
    /// case, limit -> [`EventRow`]s, the newest first.
    EVENTS = "SELECT kind, actor, before, after, at FROM case_events WHERE case_id = $1 ORDER BY id DESC LIMIT $2";
    /// case -> [`AttachmentRow`]s.
    ATTACHMENTS = "SELECT id, name, kind, size, added_by, added_at FROM case_attachments WHERE case_id = $1 ORDER BY id";
    /// org, id -> [`SealedFile`].
    ATTACHMENT = "SELECT a.case_id, a.name, a.kind, a.sealed FROM case_attachments a JOIN cases c ON c.id = a.case_id
        WHERE c.org = $1 AND a.id = $2";
    /// org, case, subject, limit -> [`CaseRow`]s of the same subject, the newest first.
    OF_SUBJECT = select!("cases c WHERE c.org = $1 AND c.subject = $3 AND c.id <> $2 ORDER BY c.id DESC LIMIT $4");
    /// org, case, limit -> [`CaseRow`]s in which somebody of this one takes part, the newest first.
    OF_PEOPLE = select!("cases c WHERE c.org = $1 AND c.id <> $2 AND c.id IN (SELECT other.case_id FROM case_people other
        JOIN case_people own ON own.user_id = other.user_id WHERE own.case_id = $2) ORDER BY c.id DESC LIMIT $3");
    /// org, instrument, transaction, limit -> [`LinkedTransaction`]s, the newest first.
    OF_INSTRUMENT = "SELECT transaction_id, status, payer, payee, created_at FROM decisions
        WHERE org = $1 AND instrument = $2 AND transaction_id <> $3 ORDER BY created_at DESC LIMIT $4";
    /// after, limit -> [`CaseRow`]s: of all.
    ALL_CASES = select!("cases c WHERE c.id > $1 ORDER BY c.id LIMIT $2");
    /// org -> users about whom a case has ended as confirmed.
    CONFIRMED = "SELECT DISTINCT p.user_id FROM case_people p JOIN cases c ON c.id = p.case_id
        WHERE c.org = $1 AND c.outcome = 'confirmed' AND p.is_subject = 1 ORDER BY p.user_id";
    /// org, since day -> [`OutcomeRow`]s.
    OUTCOMES = "SELECT rule, CAST(SUM(decided) AS BIGINT) AS decided, CAST(SUM(confirmed) AS BIGINT) AS confirmed FROM rule_outcomes
        WHERE org = $1 AND day >= $2 GROUP BY rule ORDER BY rule";
}

/// Which cases of a list.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    pub(crate) queue: Option<Queue>,
    pub(crate) state: Option<CaseState>,
    pub(crate) owner: Option<UserId>,
    pub(crate) min_priority: i64,
    pub(crate) due_before: Option<Timestamp>,
    pub(crate) subject: Option<String>,
}

/// What a hit has brought.
#[derive(Debug, FromRow)]
pub(crate) struct EvidenceSet {
    pub(crate) facts: String,
    pub(crate) added_at: i64,
}

/// What happened to a case.
#[derive(Debug, FromRow)]
pub(crate) struct EventRow {
    pub(crate) kind: String,
    pub(crate) actor: Option<Uuid>,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
    pub(crate) at: i64,
}

/// A file, without what is in it.
#[derive(Debug, FromRow)]
pub(crate) struct AttachmentRow {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) size: i64,
    pub(crate) added_by: Uuid,
    pub(crate) added_at: i64,
}

/// A file with what is in it.
#[derive(Debug, FromRow)]
pub(crate) struct SealedFile {
    pub(crate) case_id: Uuid,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) sealed: Vec<u8>,
}

/// A transaction with the same card or bank account.
#[derive(Debug, FromRow)]
pub(crate) struct LinkedTransaction {
    pub(crate) transaction_id: Uuid,
    pub(crate) status: Option<i64>,
    pub(crate) payer: Option<Uuid>,
    pub(crate) payee: Option<Uuid>,
    pub(crate) created_at: i64,
}

/// What operators have decided where a rule has hit.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct OutcomeRow {
    pub(crate) rule: String,
    pub(crate) decided: i64,
    pub(crate) confirmed: i64,
}

/// The cases after a place.
pub(crate) async fn list(
    db: &Db,
    org: OrgId,
    filter: &Filter,
    ((priority, id), now, limit): ((i64, Uuid), Timestamp, i64),
) -> Result<Vec<CaseRow>, DbError> {
    let args = args![
        org.0,
        filter.queue.map(|it| it.as_str().to_owned()),
        filter.state.map(|it| it.as_str().to_owned()),
        filter.owner.map(UserId::uuid),
        filter.min_priority,
        filter.due_before,
        filter.subject.clone(),
        now,
        priority,
        id,
        limit
    ];
    db.fetch_all(LIST, args).await
}

pub(crate) async fn people(db: &Db, case: Uuid) -> Result<Vec<(Uuid, i64)>, DbError> {
    db.fetch_all(PEOPLE, args![case]).await
}

pub(crate) async fn evidence(db: &Db, case: Uuid) -> Result<Vec<EvidenceSet>, DbError> {
    db.fetch_all(EVIDENCE, args![case]).await
}

pub(crate) async fn events(db: &Db, case: Uuid, limit: i64) -> Result<Vec<EventRow>, DbError> {
    db.fetch_all(EVENTS, args![case, limit]).await
}

pub(crate) async fn attachments(db: &Db, case: Uuid) -> Result<Vec<AttachmentRow>, DbError> {
    db.fetch_all(ATTACHMENTS, args![case]).await
}

/// A file of an organisation.
pub(crate) async fn attachment(
    db: &Db,
    org: OrgId,
    id: Uuid,
) -> Result<Option<SealedFile>, DbError> {
    db.fetch_optional(ATTACHMENT, args![org.0, id]).await
}

/// Other cases of the subject of one.
pub(crate) async fn of_subject(
    db: &Db,
    org: OrgId,
    row: &CaseRow,
    limit: i64,
) -> Result<Vec<CaseRow>, DbError> {
    let args = args![org.0, row.id, row.subject.as_str(), limit];
    db.fetch_all(OF_SUBJECT, args).await
}

/// Other cases in which somebody of a case takes part.
pub(crate) async fn of_people(
    db: &Db,
    org: OrgId,
    case: Uuid,
    limit: i64,
) -> Result<Vec<CaseRow>, DbError> {
    db.fetch_all(OF_PEOPLE, args![org.0, case, limit]).await
}

/// Other transactions with a card or bank account.
pub(crate) async fn of_instrument(
    db: &Db,
    org: OrgId,
    (instrument, transaction): (&str, Uuid),
    limit: i64,
) -> Result<Vec<LinkedTransaction>, DbError> {
    let args = args![org.0, instrument, transaction, limit];
    db.fetch_all(OF_INSTRUMENT, args).await
}

/// Cases after one, of all organisations.
pub(crate) async fn all(db: &Db, after: Uuid, limit: i64) -> Result<Vec<CaseRow>, DbError> {
    db.fetch_all(ALL_CASES, args![after, limit]).await
}

/// The users of an organisation about whom a case has ended as confirmed.
pub(crate) async fn confirmed(db: &Db, org: OrgId) -> Result<Vec<(Uuid,)>, DbError> {
    db.fetch_all(CONFIRMED, args![org.0]).await
}

/// By rule, what operators have decided since a day where it has hit.
pub(crate) async fn outcomes(db: &Db, org: OrgId, since: i64) -> Result<Vec<OutcomeRow>, DbError> {
    db.fetch_all(OUTCOMES, args![org.0, since]).await
}
