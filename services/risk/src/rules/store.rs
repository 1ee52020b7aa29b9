//! The SQL of rules: sets, drafts, snoozes, and how often rules hit.

use contracts::identity::{OrgId, UserId};
use db::{Db, DbError, Tx, args};
use risk_core::defaults;
use sqlx::FromRow;
use uuid::Uuid;
use values::Timestamp;

statements! {
    /// org, rules, now: the set that an organisation begins with.
    BEGIN = "INSERT INTO rule_sets (org, version, rules, authors, note, published_at) VALUES ($1, 1, $2, '', 'The rules to begin with.', $3)
        ON CONFLICT (org, version) DO NOTHING";
    /// org -> how many changes there are with this one.
    CHANGE = "INSERT INTO policy_changes (org, version) VALUES ($1, 1)
        ON CONFLICT (org) DO UPDATE SET version = policy_changes.version + 1 RETURNING version";
    /// -> org, version: of all.
    CHANGES = "SELECT org, version FROM policy_changes ORDER BY org";
    /// org -> [`SetRow`]: the set in force.
    IN_FORCE = "SELECT version, rules, authors, published_by, restores, note, published_at FROM rule_sets
        WHERE org = $1 ORDER BY version DESC LIMIT 1";
    /// org, version -> [`SetRow`].
    SET = "SELECT version, rules, authors, published_by, restores, note, published_at FROM rule_sets WHERE org = $1 AND version = $2";
    /// org, before, limit -> [`SetRow`]s, the newest first.
    SETS = "SELECT version, rules, authors, published_by, restores, note, published_at FROM rule_sets
        WHERE org = $1 AND version < $2 ORDER BY version DESC LIMIT $3";
    /// org, version, rules, authors, published by, restores, note, now. A version that another made
    /// is a unique violation.
    PUBLISH = "INSERT INTO rule_sets (org, version, rules, authors, published_by, restores, note, published_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    /// org -> [`DraftRow`].
    DRAFT = "SELECT base, revision, rules, authors, updated_at FROM rule_drafts WHERE org = $1";
    /// org, base, rules, authors, now: no row where there is one already.
    NEW_DRAFT = "INSERT INTO rule_drafts (org, base, revision, rules, authors, updated_at) VALUES ($1, $2, 1, $3, $4, $5)
        ON CONFLICT (org) DO NOTHING";
    /// org, revision, rules, authors, now: no row where it was changed meanwhile.
    CHANGE_DRAFT = "UPDATE rule_drafts SET revision = revision + 1, rules = $3, authors = $4, updated_at = $5
        WHERE org = $1 AND revision = $2";
    /// org, revision.
    END_DRAFT = "DELETE FROM rule_drafts WHERE org = $1 AND revision = $2";
    /// org, rule, user, until, reason, author, now.
    SNOOZE = "INSERT INTO snoozes (org, rule, user_id, until, reason, author, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (org, rule, user_id) DO UPDATE SET until = excluded.until, reason = excluded.reason, author = excluded.author,
        created_at = excluded.created_at";
    /// org, rule, user.
    WAKE = "DELETE FROM snoozes WHERE org = $1 AND rule = $2 AND user_id = $3";
    /// org, now -> [`SnoozeRow`]s that are not over.
    SNOOZES = "SELECT rule, user_id, until, reason, author, created_at FROM snoozes WHERE org = $1 AND until > $2 ORDER BY rule, user_id";
    /// org, rule, day, asked, hits, unknown, counted.
    COUNT = "INSERT INTO rule_counts (org, rule, day, asked, hits, unknown, counted) VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (org, rule, day) DO UPDATE SET asked = rule_counts.asked + excluded.asked, hits = rule_counts.hits + excluded.hits,
        unknown = rule_counts.unknown + excluded.unknown, counted = rule_counts.counted + excluded.counted";
    /// org, since day -> [`CountRow`]s.
    COUNTS = "SELECT rule, CAST(SUM(asked) AS BIGINT) AS asked, CAST(SUM(hits) AS BIGINT) AS hits, CAST(SUM(unknown) AS BIGINT) AS unknown,
        CAST(SUM(counted) AS BIGINT) AS counted FROM rule_counts WHERE org = $1 AND day >= $2 GROUP BY rule ORDER BY rule";
    /// before day, how many.
    DELETE_COUNTS = "DELETE FROM rule_counts
        WHERE (org, rule, day) IN (SELECT org, rule, day FROM rule_counts WHERE day < $1 LIMIT $2)";
}

/// A set that was published.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct SetRow {
    pub(crate) version: i64,
    pub(crate) rules: String,
    pub(crate) authors: String,
    pub(crate) published_by: Option<Uuid>,
    pub(crate) restores: Option<i64>,
    pub(crate) note: String,
    pub(crate) published_at: i64,
}

/// The set that somebody works on.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct DraftRow {
    pub(crate) base: i64,
    pub(crate) revision: i64,
    pub(crate) rules: String,
    pub(crate) authors: String,
    pub(crate) updated_at: i64,
}

/// A rule that is quiet for a customer.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct SnoozeRow {
    pub(crate) rule: String,
    pub(crate) user_id: Uuid,
    pub(crate) until: i64,
    pub(crate) reason: String,
    pub(crate) author: Uuid,
    pub(crate) created_at: i64,
}

/// How often a rule was asked and what it said.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct CountRow {
    pub(crate) rule: String,
    pub(crate) asked: i64,
    pub(crate) hits: i64,
    pub(crate) unknown: i64,
    pub(crate) counted: i64,
}

/// An organisation has the rules to begin with, where it has none.
pub(crate) async fn begin(tx: &mut Tx, org: OrgId, now: Timestamp) -> Result<(), DbError> {
    tx.execute(BEGIN, args![org.0, defaults::JSON, now]).await?;
    Ok(())
}

/// Counts a change of what nodes have in memory; its number. Other changes of the organisation wait
/// until this one is committed.
pub(crate) async fn change(tx: &mut Tx, org: OrgId) -> Result<i64, DbError> {
    let counted: Option<(i64,)> = tx.fetch_optional(CHANGE, args![org.0]).await?;
    Ok(counted.map_or(0, |(version,)| version))
}

/// How often each organisation has changed something.
pub(crate) async fn changes(db: &Db) -> Result<Vec<(i64, i64)>, DbError> {
    db.fetch_all(CHANGES, args![]).await
}

pub(crate) async fn in_force(db: &Db, org: OrgId) -> Result<Option<SetRow>, DbError> {
    db.fetch_optional(IN_FORCE, args![org.0]).await
}

pub(crate) async fn set(db: &Db, org: OrgId, version: i64) -> Result<Option<SetRow>, DbError> {
    db.fetch_optional(SET, args![org.0, version]).await
}

pub(crate) async fn sets(
    db: &Db,
    org: OrgId,
    before: i64,
    limit: i64,
) -> Result<Vec<SetRow>, DbError> {
    db.fetch_all(SETS, args![org.0, before, limit]).await
}

/// A set comes into force.
pub(crate) async fn publish(tx: &mut Tx, org: OrgId, set: &SetRow) -> Result<(), DbError> {
    let args = args![
        org.0,
        set.version,
        set.rules.as_str(),
        set.authors.as_str(),
        set.published_by,
        set.restores,
        set.note.as_str(),
        set.published_at
    ];
    tx.execute(PUBLISH, args).await?;
    change(tx, org).await?;
    Ok(())
}

pub(crate) async fn draft(db: &Db, org: OrgId) -> Result<Option<DraftRow>, DbError> {
    db.fetch_optional(DRAFT, args![org.0]).await
}

/// Begins a draft, or changes the one with this revision; false where somebody was faster.
pub(crate) async fn put_draft(tx: &mut Tx, org: OrgId, draft: &DraftRow) -> Result<bool, DbError> {
    let (rules, authors) = (draft.rules.as_str(), draft.authors.as_str());
    let changed = match draft.revision {
        0 => {
            let args = args![org.0, draft.base, rules, authors, draft.updated_at];
            tx.execute(NEW_DRAFT, args).await?
        }
        revision => {
            let args = args![org.0, revision, rules, authors, draft.updated_at];
            tx.execute(CHANGE_DRAFT, args).await?
        }
    };
    Ok(changed > 0)
}

/// Ends a draft; false where it was changed meanwhile.
pub(crate) async fn end_draft(tx: &mut Tx, org: OrgId, revision: i64) -> Result<bool, DbError> {
    Ok(tx.execute(END_DRAFT, args![org.0, revision]).await? > 0)
}

pub(crate) async fn snooze(tx: &mut Tx, org: OrgId, snooze: &SnoozeRow) -> Result<(), DbError> {
    let args = args![
        org.0,
        snooze.rule.as_str(),
        snooze.user_id,
        snooze.until,
        snooze.reason.as_str(),
        snooze.author,
        snooze.created_at
    ];
    tx.execute(SNOOZE, args).await?;
    change(tx, org).await?;
    Ok(())
}

/// A rule is not quiet any more; false where it was not.
pub(crate) async fn wake(
    tx: &mut Tx,
    org: OrgId,
    rule: &str,
    user: UserId,
) -> Result<bool, DbError> {
    let ended = tx.execute(WAKE, args![org.0, rule, user.uuid()]).await?;
    change(tx, org).await?;
    Ok(ended > 0)
}

pub(crate) async fn snoozes(
    db: &Db,
    org: OrgId,
    now: Timestamp,
) -> Result<Vec<SnoozeRow>, DbError> {
    db.fetch_all(SNOOZES, args![org.0, now]).await
}

/// Adds to the counts of a rule on a day.
pub(crate) async fn count(
    tx: &mut Tx,
    org: OrgId,
    day: i64,
    count: &CountRow,
) -> Result<(), DbError> {
    let args = args![
        org.0,
        count.rule.as_str(),
        day,
        count.asked,
        count.hits,
        count.unknown,
        count.counted
    ];
    tx.execute(COUNT, args).await?;
    Ok(())
}

/// How often rules hit since a day.
pub(crate) async fn counts(db: &Db, org: OrgId, since: i64) -> Result<Vec<CountRow>, DbError> {
    db.fetch_all(COUNTS, args![org.0, since]).await
}

pub(crate) async fn delete_counts(db: &Db, before: i64) -> Result<(), DbError> {
    db.execute_in_pieces(DELETE_COUNTS, args![before]).await
}
