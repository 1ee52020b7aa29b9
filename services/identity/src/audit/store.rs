//! The SQL of the audit trail.

use contracts::identity::{KeptEntry, OrgId};
use db::{Db, DbError, Position, Tx, args};
use values::Timestamp;

use crate::audit::AuditAction;
use crate::audit::entry::{StoredEntry, TrailFilter};
use crate::fault::Fault;

macro_rules! trail {
    ($lead:literal) => {
        concat!(
            "SELECT no, org, time, actor_kind, actor, credential, act, subject, outcome, address, user_agent, request_id,
             details, hash FROM audit_entries WHERE org = $1",
            $lead,
            " AND no < $2 AND time >= $4 AND time < $5
             AND (CAST($6 AS TEXT) IS NULL OR act = CAST($6 AS TEXT))
             AND (CAST($7 AS TEXT) IS NULL OR outcome = CAST($7 AS TEXT))
             AND (CAST($8 AS TEXT) IS NULL OR address = CAST($8 AS TEXT))
             AND (CAST($9 AS TEXT) IS NULL OR LOWER(coalesce(actor, '') || ' ' || coalesce(credential, '') || ' ' || act || ' '
             || coalesce(subject, '') || ' ' || coalesce(address, '') || ' ' || coalesce(user_agent, '') || ' '
             || coalesce(request_id, '') || ' ' || details) LIKE LOWER(CAST($9 AS TEXT)) ESCAPE '\\')
             AND (CAST($10 AS TEXT) IS NULL OR actor = CAST($10 AS TEXT))
             AND (CAST($11 AS TEXT) IS NULL OR subject = CAST($11 AS TEXT))
             ORDER BY no DESC LIMIT $3"
        )
    };
}

statements! {
    /// org, before, how many, since, until, act, outcome, address, pattern, actor, subject ->
    /// [`StoredEntry`], newest first.
    TRAIL = trail!("");
    /// As `TRAIL`, where the actor is given.
    TRAIL_OF_ACTOR = trail!(" AND actor = CAST($10 AS TEXT)");
    /// As `TRAIL`, where the subject is given.
    TRAIL_OF_SUBJECT = trail!(" AND subject = CAST($11 AS TEXT)");
    /// -> no, hash. An update, because that locks the end of the chain on both engines until the
    /// transaction ends.
    LOCK_HEAD = "UPDATE audit_head SET no = no + 1 WHERE id = 1 RETURNING no, hash";
    /// no: of the sessions that ended in this transaction; those are the only ones without that it
    /// sees, but for what an earlier version has left.
    NUMBER_ENDED = "UPDATE sessions SET ended_no = $1 WHERE revoked_at IS NOT NULL AND ended_no IS NULL";
    /// -> no, time of the last entry.
    NEWEST = "SELECT no, time FROM audit_entries ORDER BY no DESC LIMIT 1";
    /// hash.
    MOVE_HEAD = "UPDATE audit_head SET hash = $1 WHERE id = 1";
    /// -> no, hash.
    HEAD = "SELECT no, hash FROM audit_head WHERE id = 1";
    /// no -> the hash of that entry.
    HASH = "SELECT hash FROM audit_entries WHERE no = $1";
    /// no, org, time, actor's kind, actor, credential, act, subject, outcome, address, user agent,
    /// request, details, hash.
    INSERT_ENTRY = "INSERT INTO audit_entries
        (no, org, time, actor_kind, actor, credential, act, subject, outcome, address, user_agent, request_id, details, hash)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    /// after, up to, how many -> [`StoredEntry`]. Of all organisations: the chain is one.
    ENTRIES = "SELECT no, org, time, actor_kind, actor, credential, act, subject, outcome, address, user_agent, request_id,
        details, hash FROM audit_entries WHERE no > $1 AND no <= $2 ORDER BY no LIMIT $3";
    /// after, how many -> [`StoredEntry`]. Of all organisations: those who read them tell them
    /// apart.
    ENTRIES_FROM = "SELECT no, org, time, actor_kind, actor, credential, act, subject, outcome, address, user_agent, request_id,
        details, hash FROM audit_entries WHERE no > $1 ORDER BY no LIMIT $2";
    /// after, act -> time of the last entry since that tells of this.
    TIME_OF_ACT = "SELECT time FROM audit_entries WHERE no > $1 AND act = $2 ORDER BY no DESC LIMIT 1";
    /// -> what the first entry tells of.
    FIRST_ACT = "SELECT act FROM audit_entries WHERE no = 1";
    /// id, now. Changes nothing where it is there.
    RECORD_ACT = "INSERT INTO recorded_acts (id, recorded_at) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    /// until, how many.
    DELETE_RECORDED = "DELETE FROM recorded_acts
        WHERE id IN (SELECT id FROM recorded_acts WHERE recorded_at <= $1 LIMIT $2)";
    /// after -> how many entries come after.
    ENTRIES_AFTER = "SELECT count(*) FROM audit_entries WHERE no > $1";
}

/// -> the text of each trigger on the trail, by name. For SQLite.
const TRIGGERS_OF_SQLITE: &str =
    "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'audit_entries'";
/// -> a row, unless somebody holds the end of the chain. It waits for nobody.
const FREE_HEAD_ON_POSTGRES: &str =
    "SELECT no FROM audit_head WHERE id = 1 FOR NO KEY UPDATE SKIP LOCKED";

/// -> name and text of the function of each trigger on the trail that is enabled, and comes before
/// each statement that updates, deletes or truncates (2, 8, 16, 32 of `tgtype`), of whatever column
/// and without a condition. For PostgreSQL.
const TRIGGERS_OF_POSTGRES: &str = "SELECT CAST(t.tgname AS TEXT), p.prosrc FROM pg_trigger t
    JOIN pg_proc p ON p.oid = t.tgfoid WHERE t.tgrelid = CAST('audit_entries' AS regclass)
    AND t.tgenabled IN ('O', 'A') AND t.tgtype = 58 AND t.tgqual IS NULL AND CAST(t.tgattr AS TEXT) = ''";

/// Takes the next number of the chain and locks its end until the transaction ends. Where the chain
/// ended before.
pub(crate) async fn lock_head(tx: &mut Tx) -> Result<Position, Fault> {
    let head: Option<(i64, Vec<u8>)> = tx.fetch_optional(LOCK_HEAD, args![]).await?;
    let (no, hash) = head.ok_or(Fault::Row("audit_head"))?;
    Ok(Position { no: no - 1, hash })
}

/// Gives the sessions that ended in this transaction the number of its entry, by which other nodes
/// find them.
pub(crate) async fn number_ended(tx: &mut Tx, no: i64) -> Result<(), DbError> {
    tx.execute(NUMBER_ENDED, args![no]).await?;
    Ok(())
}

/// Takes note that an act which another service keeps is recorded in this transaction; no where it
/// was before.
pub(crate) async fn record_act(
    tx: &mut Tx,
    kept: KeptEntry,
    now: Timestamp,
) -> Result<bool, DbError> {
    Ok(tx.execute(RECORD_ACT, args![kept.id.uuid(), now]).await? > 0)
}

/// Forgets acts that were recorded until then.
pub(crate) async fn delete_recorded(db: &Db, until: Timestamp) -> Result<(), DbError> {
    db.execute_in_pieces(DELETE_RECORDED, args![until]).await
}

/// Number and time of the last entry, if there is one.
pub(crate) async fn newest(db: &Db) -> Result<Option<(i64, Timestamp)>, DbError> {
    let newest: Option<(i64, i64)> = db.fetch_optional(NEWEST, args![]).await?;
    Ok(newest.map(|(no, time)| (no, Timestamp(time))))
}

/// The last time that an operator has accepted after this entry, if any.
pub(crate) async fn accepted_time(db: &Db, after: i64) -> Result<Option<Timestamp>, DbError> {
    let args = args![after, AuditAction::ClockAccepted.as_str()];
    let time: Option<(i64,)> = db.fetch_optional(TIME_OF_ACT, args).await?;
    Ok(time.map(|(time,)| Timestamp(time)))
}

/// Adds an entry at the end of the chain.
pub(crate) async fn append(tx: &mut Tx, entry: &StoredEntry) -> Result<(), DbError> {
    let moved = args![entry.hash.clone()];
    let columns = args![
        entry.no,
        entry.org,
        entry.time,
        entry.actor_kind.as_str(),
        entry.actor.clone(),
        entry.credential.clone(),
        entry.act.as_str(),
        entry.subject.clone(),
        entry.outcome.as_str(),
        entry.address.clone(),
        entry.user_agent.clone(),
        entry.request_id.clone(),
        entry.details.as_str(),
        entry.hash.clone()
    ];
    tx.execute(INSERT_ENTRY, columns).await?;
    tx.execute(MOVE_HEAD, moved).await?;
    Ok(())
}

/// The end of the chain.
pub(crate) async fn head(db: &Db) -> Result<Position, DbError> {
    let head: Option<(i64, Vec<u8>)> = db.fetch_optional(HEAD, args![]).await?;
    let missing = "the end of the audit trail (audit_head) is missing: stop PayFlow and restore the whole store from its backup";
    let (no, hash) = head.ok_or(DbError::Unusable(missing.into()))?;
    Ok(Position { no, hash })
}

/// Whether somebody holds the end of the chain at this moment, as each act does. On SQLite nobody
/// holds a row, and one who holds the file stands against every write.
pub(crate) async fn is_head_held(db: &Db) -> Result<bool, DbError> {
    if matches!(db, Db::Sqlite { .. }) {
        return Ok(false);
    }
    // Rolled back, because a commit may wait for a standby server.
    let mut tx = db.begin().await?;
    let free: Option<(i64,)> = tx.fetch_optional(FREE_HEAD_ON_POSTGRES, args![]).await?;
    Ok(free.is_none())
}

/// The hash of an entry.
pub(crate) async fn hash_of(db: &Db, no: i64) -> Result<Option<Vec<u8>>, DbError> {
    let found: Option<(Vec<u8>,)> = db.fetch_optional(HASH, args![no]).await?;
    Ok(found.map(|(hash,)| hash))
}

/// As [`hash_of`], within a transaction.
pub(crate) async fn hash_in(tx: &mut Tx, no: i64) -> Result<Option<Vec<u8>>, DbError> {
    let found: Option<(Vec<u8>,)> = tx.fetch_optional(HASH, args![no]).await?;
    Ok(found.map(|(hash,)| hash))
}

/// Entries of all organisations, after one and up to another, the oldest first, so many at most.
pub(crate) async fn entries(
    db: &Db,
    after: i64,
    up_to: i64,
    most: i64,
) -> Result<Vec<StoredEntry>, DbError> {
    db.fetch_all(ENTRIES, args![after, up_to, most]).await
}

/// Entries of all organisations after one, the oldest first, so many at most.
pub(crate) async fn entries_from(
    db: &Db,
    after: i64,
    most: i64,
) -> Result<Vec<StoredEntry>, DbError> {
    db.fetch_all(ENTRIES_FROM, args![after, most]).await
}

/// How many entries come after one.
pub(crate) async fn count_after(db: &Db, no: i64) -> Result<i64, DbError> {
    let (count,): (i64,) = db.fetch_one(ENTRIES_AFTER, args![no]).await?;
    Ok(count)
}

/// What the first entry tells of.
pub(crate) async fn first_action(db: &Db) -> Result<Option<String>, DbError> {
    let first: Option<(String,)> = db.fetch_optional(FIRST_ACT, args![]).await?;
    Ok(first.map(|(act,)| act))
}

/// An organisation's entries that fit, the newest first, so many at most.
pub(crate) async fn trail(
    db: &Db,
    org: OrgId,
    filter: &TrailFilter,
    before: Option<i64>,
    most: usize,
) -> Result<Vec<StoredEntry>, DbError> {
    // The one whose index leads to the fewest entries.
    let sql = match (&filter.subject, &filter.actor) {
        (Some(_), _) => TRAIL_OF_SUBJECT,
        (None, Some(_)) => TRAIL_OF_ACTOR,
        (None, None) => TRAIL,
    };
    let args = args![
        org.0,
        before.unwrap_or(i64::MAX),
        i64::try_from(most).unwrap_or(i64::MAX),
        filter.since,
        filter.before,
        filter.act.clone(),
        filter.outcome.map(str::to_owned),
        filter.address.clone(),
        filter.text.as_deref().map(pattern),
        filter.actor.clone(),
        filter.subject.clone()
    ];
    db.fetch_all(sql, args).await
}

/// A pattern of LIKE that means the text anywhere.
fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern + "%"
}

/// The triggers on the trail that are enabled, by name: of SQLite with all of their text, of
/// PostgreSQL with that of their function.
pub(crate) async fn triggers(db: &Db) -> Result<Vec<(String, String)>, DbError> {
    let sql = match db {
        Db::Sqlite { .. } => TRIGGERS_OF_SQLITE,
        Db::Postgres(_) => TRIGGERS_OF_POSTGRES,
    };
    db.fetch_all(sql, args![]).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_in_a_pattern_is_looked_for_as_it_is() {
        assert_eq!(pattern("50% a_b\\"), "%50\\% a\\_b\\\\%");
    }
}
