//! The SQL of matches.

use contracts::identity::{OrgId, UserId};
use db::{Db, DbError, Tx, args};
use sqlx::FromRow;
use uuid::Uuid;
use values::Timestamp;

statements! {
    /// id, org, user, list, entry, score, listed name, listed, explanation, version, person, entry
    /// digest, now.
    INSERT = "INSERT INTO sanctions_matches (id, org, user_id, list, entry, state, score, listed_name, listed, explanation, version,
        person, entry_digest, found_at) VALUES ($1, $2, $3, $4, $5, 'open', $6, $7, $8, $9, $10, $11, $12, $13)";
    /// id, score, listed name, listed, explanation, version, person, entry digest: as it is now.
    UPDATE = "UPDATE sanctions_matches SET score = $2, listed_name = $3, listed = $4, explanation = $5, version = $6, person = $7,
        entry_digest = $8 WHERE id = $1 AND state = 'open'";
    /// id, now.
    END = "UPDATE sanctions_matches SET state = 'ended', ended_at = $2 WHERE id = $1 AND state IN ('open', 'cleared')";
    /// org, id, state, by, now, reason, state before.
    DECIDE = "UPDATE sanctions_matches SET state = $3, decided_by = $4, decided_at = $5, reason = $6 WHERE org = $1 AND id = $2 AND state = $7";
    /// org, id -> [`MatchRow`].
    ONE = "SELECT id, user_id, list, entry, state, score, listed_name, listed, explanation, version, person, entry_digest, found_at,
        ended_at, decided_by, decided_at, reason FROM sanctions_matches WHERE org = $1 AND id = $2";
    /// org, user -> [`MatchRow`]s that have not ended.
    OF_USER = "SELECT id, user_id, list, entry, state, score, listed_name, listed, explanation, version, person, entry_digest, found_at,
        ended_at, decided_by, decided_at, reason FROM sanctions_matches WHERE org = $1 AND user_id = $2 AND state <> 'ended' ORDER BY id";
    /// org, before, limit, state or NULL, user or NULL -> [`MatchRow`]s, the newest first.
    NEWEST = "SELECT id, user_id, list, entry, state, score, listed_name, listed, explanation, version, person, entry_digest, found_at,
        ended_at, decided_by, decided_at, reason FROM sanctions_matches
        WHERE org = $1 AND id < $2 AND (CAST($4 AS TEXT) IS NULL OR state = CAST($4 AS TEXT)) AND (CAST($5 AS TEXT) IS NULL OR user_id = $6)
        ORDER BY id DESC LIMIT $3";
    /// org, after, limit -> [`ActiveRow`]s that have not ended.
    ACTIVE = "SELECT id, user_id, list, entry, state, listed_name, person, entry_digest, reason FROM sanctions_matches
        WHERE org = $1 AND id > $2 AND state <> 'ended' ORDER BY id LIMIT $3";
}

/// A match.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct MatchRow {
    pub(crate) id: Uuid,
    pub(crate) user_id: Uuid,
    pub(crate) list: String,
    pub(crate) entry: String,
    pub(crate) state: String,
    pub(crate) score: i64,
    pub(crate) listed_name: String,
    pub(crate) listed: String,
    pub(crate) explanation: String,
    pub(crate) version: i64,
    pub(crate) person: Vec<u8>,
    pub(crate) entry_digest: Vec<u8>,
    pub(crate) found_at: i64,
    pub(crate) ended_at: Option<i64>,
    pub(crate) decided_by: Option<Uuid>,
    pub(crate) decided_at: Option<i64>,
    pub(crate) reason: Option<String>,
}

/// A match that has not ended, as far as assessment asks.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct ActiveRow {
    pub(crate) id: Uuid,
    pub(crate) user_id: Uuid,
    pub(crate) list: String,
    pub(crate) entry: String,
    pub(crate) state: String,
    pub(crate) listed_name: String,
    pub(crate) person: Vec<u8>,
    pub(crate) entry_digest: Vec<u8>,
    pub(crate) reason: Option<String>,
}

/// What a comparison has found.
#[derive(Debug, Clone)]
pub(crate) struct Compared {
    pub(crate) list: &'static str,
    pub(crate) entry: String,
    pub(crate) score: i64,
    pub(crate) listed_name: String,
    /// JSON.
    pub(crate) listed: String,
    /// JSON.
    pub(crate) explanation: String,
    pub(crate) version: i64,
    pub(crate) person: Vec<u8>,
    pub(crate) entry_digest: Vec<u8>,
}

/// Which matches, the newest first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Which {
    pub(crate) before: Uuid,
    pub(crate) limit: i64,
    pub(crate) state: Option<&'static str>,
    pub(crate) user: Option<UserId>,
}

/// What somebody decides.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewDecision<'a> {
    pub(crate) from: &'a str,
    pub(crate) to: &'static str,
    pub(crate) by: UserId,
    pub(crate) at: Timestamp,
    pub(crate) reason: &'a str,
}

pub(crate) async fn insert(
    tx: &mut Tx,
    id: Uuid,
    (org, user): (OrgId, UserId),
    it: &Compared,
    now: Timestamp,
) -> Result<(), DbError> {
    let args = args![
        id,
        org.0,
        user.uuid(),
        it.list,
        it.entry.as_str(),
        it.score,
        it.listed_name.as_str(),
        it.listed.as_str(),
        it.explanation.as_str(),
        it.version,
        it.person.clone(),
        it.entry_digest.clone(),
        now
    ];
    tx.execute(INSERT, args).await?;
    Ok(())
}

/// What an open match is by now.
pub(crate) async fn update(tx: &mut Tx, id: Uuid, it: &Compared) -> Result<(), DbError> {
    let args = args![
        id,
        it.score,
        it.listed_name.as_str(),
        it.listed.as_str(),
        it.explanation.as_str(),
        it.version,
        it.person.clone(),
        it.entry_digest.clone()
    ];
    tx.execute(UPDATE, args).await?;
    Ok(())
}

/// Ends a match that is not confirmed.
pub(crate) async fn end(tx: &mut Tx, id: Uuid, now: Timestamp) -> Result<(), DbError> {
    tx.execute(END, args![id, now]).await?;
    Ok(())
}

/// Decides; false where somebody else has decided meanwhile.
pub(crate) async fn decide(
    tx: &mut Tx,
    (org, id): (OrgId, Uuid),
    new: NewDecision<'_>,
) -> Result<bool, DbError> {
    let args = args![
        org.0,
        id,
        new.to,
        new.by.uuid(),
        new.at,
        new.reason,
        new.from
    ];
    Ok(tx.execute(DECIDE, args).await? > 0)
}

pub(crate) async fn one(db: &Db, org: OrgId, id: Uuid) -> Result<Option<MatchRow>, DbError> {
    db.fetch_optional(ONE, args![org.0, id]).await
}

/// The same, where something is about to be decided.
pub(crate) async fn one_in(tx: &mut Tx, org: OrgId, id: Uuid) -> Result<Option<MatchRow>, DbError> {
    tx.fetch_optional(ONE, args![org.0, id]).await
}

/// The matches of somebody that have not ended.
pub(crate) async fn of_user(
    tx: &mut Tx,
    (org, user): (OrgId, UserId),
) -> Result<Vec<MatchRow>, DbError> {
    tx.fetch_all(OF_USER, args![org.0, user.uuid()]).await
}

pub(crate) async fn newest(db: &Db, org: OrgId, which: Which) -> Result<Vec<MatchRow>, DbError> {
    let user = which.user.map(|user| user.uuid());
    let args = args![
        org.0,
        which.before,
        which.limit,
        which.state.map(str::to_owned),
        user.map(|_| "user".to_owned()),
        user.unwrap_or_default()
    ];
    db.fetch_all(NEWEST, args).await
}

/// The matches that have not ended, after one.
pub(crate) async fn active(
    db: &Db,
    org: OrgId,
    after: Uuid,
    limit: i64,
) -> Result<Vec<ActiveRow>, DbError> {
    db.fetch_all(ACTIVE, args![org.0, after, limit]).await
}
