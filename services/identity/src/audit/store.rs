//! The SQL of the audit trail.

use sqlx::FromRow;
use values::Timestamp;

use crate::audit::Recorded;

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
    /// org, before, how many, since, until, act, outcome, address, pattern, actor, subject -> [`EntryRow`], newest first.
    TRAIL = trail!("");
    /// As `TRAIL`, where the actor is given.
    TRAIL_OF_ACTOR = trail!(" AND actor = CAST($10 AS TEXT)");
    /// As `TRAIL`, where the subject is given.
    TRAIL_OF_SUBJECT = trail!(" AND subject = CAST($11 AS TEXT)");
    /// -> no, hash. An update, because that locks the end of the chain on both engines until the transaction ends.
    LOCK_HEAD = "UPDATE audit_head SET no = no + 1 WHERE id = 1 RETURNING no, hash";
    /// hash.
    MOVE_HEAD = "UPDATE audit_head SET hash = $1 WHERE id = 1";
    /// -> no, hash.
    HEAD = "SELECT no, hash FROM audit_head WHERE id = 1";
    /// no -> the hash of that entry.
    HASH = "SELECT hash FROM audit_entries WHERE no = $1";
    /// no, org, time, actor's kind, actor, credential, act, subject, outcome, address, user agent, request, details, hash.
    INSERT_ENTRY = "INSERT INTO audit_entries
        (no, org, time, actor_kind, actor, credential, act, subject, outcome, address, user_agent, request_id, details, hash)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    /// after, up to, how many -> [`EntryRow`]. Of all organisations: the chain is one.
    ENTRIES = "SELECT no, org, time, actor_kind, actor, credential, act, subject, outcome, address, user_agent, request_id,
        details, hash FROM audit_entries WHERE no > $1 AND no <= $2 ORDER BY no LIMIT $3";
    /// -> what the first entry tells of.
    FIRST_ACT = "SELECT act FROM audit_entries WHERE no = 1";
    /// after -> how many entries come after.
    ENTRIES_AFTER = "SELECT count(*) FROM audit_entries WHERE no > $1";
}

/// -> the text of each trigger on the trail, by name. For SQLite.
pub(crate) const TRIGGERS_OF_SQLITE: &str =
    "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'audit_entries'";

/// -> name and text of the function of each trigger on the trail that is enabled, and comes before each statement that updates,
/// deletes or truncates (2, 8, 16, 32 of `tgtype`), of whatever column and without a condition. For PostgreSQL.
pub(crate) const TRIGGERS_OF_POSTGRES: &str = "SELECT CAST(t.tgname AS TEXT), p.prosrc FROM pg_trigger t
    JOIN pg_proc p ON p.oid = t.tgfoid WHERE t.tgrelid = CAST('audit_entries' AS regclass)
    AND t.tgenabled IN ('O', 'A') AND t.tgtype = 58 AND t.tgqual IS NULL AND CAST(t.tgattr AS TEXT) = ''";

/// An entry as it is stored.
#[derive(FromRow)]
pub(crate) struct EntryRow {
    pub(crate) no: i64,
    pub(crate) org: i64,
    pub(crate) time: i64,
    pub(crate) actor_kind: String,
    pub(crate) actor: Option<String>,
    pub(crate) credential: Option<String>,
    pub(crate) act: String,
    pub(crate) subject: Option<String>,
    pub(crate) outcome: String,
    pub(crate) address: Option<String>,
    pub(crate) user_agent: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) details: String,
    pub(crate) hash: Vec<u8>,
}

impl EntryRow {
    /// What the hash covers.
    pub(crate) fn recorded(&self) -> Recorded<'_> {
        Recorded {
            no: self.no,
            org: self.org,
            time: Timestamp(self.time),
            texts: [
                Some(&self.actor_kind),
                self.actor.as_deref(),
                self.credential.as_deref(),
                Some(&self.act),
                self.subject.as_deref(),
                Some(&self.outcome),
                self.address.as_deref(),
                self.user_agent.as_deref(),
                self.request_id.as_deref(),
                Some(&self.details),
            ],
        }
    }
}
