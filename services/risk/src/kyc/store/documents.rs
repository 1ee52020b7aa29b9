//! The SQL of documents.

use contracts::identity::{OrgId, UserId};
use db::{Db, DbError, Tx, args};
use sqlx::FromRow;
use uuid::Uuid;
use values::Timestamp;

use crate::error::Error;
use crate::kyc::content::MediaType;
use crate::kyc::document::{Document, DocumentKind, Verdict};
use crate::kyc::{DocumentId, SubmissionId};

macro_rules! columns {
    () => {
        "id, org, user_id, submission, kind, media_type, size, digest, verdict, reason, decided_by, decided_at, replaces, replaced,
        CAST(CASE WHEN content IS NULL THEN 0 ELSE 1 END AS BIGINT) AS kept, created_at"
    };
}

statements! {
    /// id, org, user, submission, kind, media type, size, digest, content, replaces, now, head.
    INSERT = "INSERT INTO kyc_documents
        (id, org, user_id, submission, kind, media_type, size, digest, content, verdict, replaces, created_at, sealed_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'pending', $10, $11, $12)";
    /// submission -> [`DocumentRow`]s, the oldest first.
    OF_SUBMISSION = concat!("SELECT ", columns!(), " FROM kyc_documents WHERE submission = $1 ORDER BY id");
    /// org, id -> [`DocumentRow`].
    ONE = concat!("SELECT ", columns!(), " FROM kyc_documents WHERE org = $1 AND id = $2");
    /// id -> what is in it, sealed.
    CONTENT = "SELECT content FROM kyc_documents WHERE id = $1 AND content IS NOT NULL";
    /// id, verdict, reason, by, now.
    DECIDE = "UPDATE kyc_documents SET verdict = $2, reason = $3, decided_by = $4, decided_at = $5 WHERE id = $1";
    /// id, replaced.
    REPLACE = "UPDATE kyc_documents SET replaced = $2 WHERE id = $1";
    /// id.
    DELETE = "DELETE FROM kyc_documents WHERE id = $1";
    /// submission.
    ERASE = "UPDATE kyc_documents SET content = NULL, reason = '' WHERE submission = $1";
    /// org, digest, user -> a document of another user with the same content.
    SEEN_BEFORE = "SELECT id FROM kyc_documents WHERE org = $1 AND digest = $2 AND user_id <> $3 LIMIT 1";
    /// head of what is sealed with the newest key, after, limit -> id, what is sealed with another.
    SEALED_OTHERWISE = "SELECT id, content FROM kyc_documents WHERE id > $2 AND sealed_by <> $1 AND content IS NOT NULL ORDER BY id LIMIT $3";
    /// id, sealed before, sealed now, digest, head.
    RESEAL = "UPDATE kyc_documents SET content = $3, digest = $4, sealed_by = $5 WHERE id = $1 AND content = $2";
}

/// A document, without what is in it.
#[derive(Debug, Clone, FromRow)]
struct DocumentRow {
    id: Uuid,
    org: i64,
    user_id: Uuid,
    submission: Uuid,
    kind: String,
    media_type: String,
    size: i64,
    digest: Vec<u8>,
    verdict: String,
    reason: String,
    decided_by: Option<Uuid>,
    decided_at: Option<i64>,
    replaces: Option<Uuid>,
    replaced: i64,
    kept: i64,
    created_at: i64,
}

impl TryFrom<DocumentRow> for Document {
    type Error = Error;

    fn try_from(row: DocumentRow) -> Result<Self, Error> {
        let unknown = || Error::Row("kyc_documents");
        Ok(Self {
            id: DocumentId(row.id),
            org: OrgId(row.org),
            user: UserId(row.user_id),
            submission: SubmissionId(row.submission),
            kind: DocumentKind::from_name(&row.kind).ok_or_else(unknown)?,
            media_type: MediaType::from_name(&row.media_type).ok_or_else(unknown)?,
            size: row.size,
            digest: row.digest,
            verdict: Verdict::from_name(&row.verdict).ok_or_else(unknown)?,
            reason: row.reason,
            decided_by: row.decided_by,
            decided_at: row.decided_at.map(Timestamp),
            replaces: row.replaces.map(DocumentId),
            replaced: row.replaced != 0,
            kept: row.kept != 0,
            created_at: Timestamp(row.created_at),
        })
    }
}

fn read(rows: Vec<DocumentRow>) -> Result<Vec<Document>, Error> {
    rows.into_iter().map(Document::try_from).collect()
}

pub(crate) async fn insert(
    tx: &mut Tx,
    it: &Document,
    (content, head): (Vec<u8>, Vec<u8>),
) -> Result<(), DbError> {
    let args = args![
        it.id.uuid(),
        it.org.0,
        it.user.uuid(),
        it.submission.uuid(),
        it.kind.as_str(),
        it.media_type.as_str(),
        it.size,
        it.digest.clone(),
        content,
        it.replaces.map(|id| id.uuid()),
        it.created_at,
        head
    ];
    tx.execute(INSERT, args).await?;
    Ok(())
}

/// Those of a submission, the oldest first.
pub(crate) async fn of_submission(db: &Db, id: SubmissionId) -> Result<Vec<Document>, Error> {
    read(db.fetch_all(OF_SUBMISSION, args![id.uuid()]).await?)
}

/// The same within a transaction.
pub(crate) async fn of_submission_in(
    tx: &mut Tx,
    id: SubmissionId,
) -> Result<Vec<Document>, Error> {
    read(tx.fetch_all(OF_SUBMISSION, args![id.uuid()]).await?)
}

pub(crate) async fn one(db: &Db, org: OrgId, id: DocumentId) -> Result<Option<Document>, Error> {
    let row: Option<DocumentRow> = db.fetch_optional(ONE, args![org.0, id.uuid()]).await?;
    row.map(Document::try_from).transpose()
}

/// What is in a document, sealed; none once it was erased.
pub(crate) async fn content(db: &Db, id: DocumentId) -> Result<Option<Vec<u8>>, DbError> {
    let row: Option<(Vec<u8>,)> = db.fetch_optional(CONTENT, args![id.uuid()]).await?;
    Ok(row.map(|(content,)| content))
}

/// Keeps what an operator says of it.
pub(crate) async fn decide(
    tx: &mut Tx,
    id: DocumentId,
    (verdict, reason): (Verdict, &str),
    (by, now): (UserId, Timestamp),
) -> Result<(), DbError> {
    let args = args![id.uuid(), verdict.as_str(), reason, by.uuid(), now];
    tx.execute(DECIDE, args).await?;
    Ok(())
}

/// Whether another document has taken its place.
pub(crate) async fn replace(tx: &mut Tx, id: DocumentId, replaced: bool) -> Result<(), DbError> {
    tx.execute(REPLACE, args![id.uuid(), replaced]).await?;
    Ok(())
}

pub(crate) async fn delete(tx: &mut Tx, id: DocumentId) -> Result<(), DbError> {
    tx.execute(DELETE, args![id.uuid()]).await?;
    Ok(())
}

/// Deletes what is in the documents of a submission.
pub(crate) async fn erase(tx: &mut Tx, id: SubmissionId) -> Result<(), DbError> {
    tx.execute(ERASE, args![id.uuid()]).await?;
    Ok(())
}

/// Whether another user has sent the same content.
pub(crate) async fn seen_before(db: &Db, it: &Document) -> Result<bool, DbError> {
    let args = args![it.org.0, it.digest.clone(), it.user.uuid()];
    let row: Option<(Uuid,)> = db.fetch_optional(SEEN_BEFORE, args).await?;
    Ok(row.is_some())
}

/// What is sealed with another key than the newest, after one.
pub(crate) async fn sealed_otherwise(
    db: &Db,
    head: Vec<u8>,
    after: DocumentId,
    limit: i64,
) -> Result<Vec<(Uuid, Vec<u8>)>, DbError> {
    db.fetch_all(SEALED_OTHERWISE, args![head, after.uuid(), limit])
        .await
}

/// Stores what was sealed anew, unless it was erased meanwhile.
pub(crate) async fn reseal(
    db: &Db,
    id: DocumentId,
    (before, now): (Vec<u8>, Vec<u8>),
    (digest, head): (Vec<u8>, Vec<u8>),
) -> Result<(), DbError> {
    db.execute(RESEAL, args![id.uuid(), before, now, digest, head])
        .await?;
    Ok(())
}
