//! The SQL of the audit trail.

use platform::clock::Timestamp;
use sqlx::FromRow;

use crate::audit::Recorded;

statements! {
    /// -> no, hash. An update, because that locks the end of the chain on both engines until the transaction ends.
    LOCK_HEAD = "UPDATE audit_head SET no = no + 1 WHERE id = 1 RETURNING no, hash";
    /// hash.
    MOVE_HEAD = "UPDATE audit_head SET hash = $1 WHERE id = 1";
    /// -> no, hash.
    HEAD = "SELECT no, hash FROM audit_head WHERE id = 1";
    /// no, org, time, actor's kind, actor, credential, act, subject, outcome, address, user agent, request, details, hash.
    INSERT_ENTRY = "INSERT INTO audit_entries
        (no, org, time, actor_kind, actor, credential, act, subject, outcome, address, user_agent, request_id, details, hash)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    /// after, up to, how many -> [`EntryRow`]. Of all organisations: the chain is one.
    ENTRIES = "SELECT no, org, time, actor_kind, actor, credential, act, subject, outcome, address, user_agent, request_id,
        details, hash FROM audit_entries WHERE no > $1 AND no <= $2 ORDER BY no LIMIT $3";
    /// after -> how many entries come after.
    ENTRIES_AFTER = "SELECT count(*) FROM audit_entries WHERE no > $1";
}

/// An entry as it is stored.
#[derive(FromRow)]
pub(crate) struct EntryRow {
    no: i64,
    org: i64,
    time: i64,
    actor_kind: String,
    actor: Option<String>,
    credential: Option<String>,
    act: String,
    subject: Option<String>,
    outcome: String,
    address: Option<String>,
    user_agent: Option<String>,
    request_id: Option<String>,
    details: String,
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
