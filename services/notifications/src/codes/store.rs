//! The SQL of codes: how many were sent, and what became of them. Never a code.

use contracts::identity::{OrgId, UserId};
use db::{Db, DbError, Tx, args};
use uuid::Uuid;
use values::Timestamp;

use crate::channels::ChannelKind;
use crate::messages::state::State;

statements! {
    /// what is counted, since -> how many there are with this one.
    COUNT = "INSERT INTO code_counts (counted, since, count) VALUES ($1, $2, 1)
        ON CONFLICT (counted, since) DO UPDATE SET count = code_counts.count + 1 RETURNING count";
    /// until, how many.
    DELETE_COUNTS = "DELETE FROM code_counts
        WHERE (counted, since) IN (SELECT counted, since FROM code_counts WHERE since <= $1 LIMIT $2)";
    /// id, org, user, kind, language, now. What it said is not kept.
    INSERT = "INSERT INTO messages (id, org, user_id, kind, language, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
    /// message, channel, hint at the address, now. It is never due: nothing sends it again.
    INSERT_DELIVERY = "INSERT INTO deliveries (message, channel, state, attempts, shown, updated_at)
        VALUES ($1, $2, 'queued', 1, $3, $4)";
    /// message, channel, state, provider, its id, reason, now. What the provider has told since
    /// stays.
    END = "UPDATE deliveries SET state = $3, provider = $4, provider_id = CAST($5 AS TEXT), error = CAST($6 AS TEXT), updated_at = $7
        WHERE message = $1 AND channel = $2 AND state = 'queued'";
}

/// Counts a code; how many there are with it.
pub(crate) async fn count(tx: &mut Tx, counted: &str, since: Timestamp) -> Result<i64, DbError> {
    let counted: Option<(i64,)> = tx.fetch_optional(COUNT, args![counted, since]).await?;
    Ok(counted.map_or(0, |(count,)| count))
}

pub(crate) async fn delete_counts(db: &Db, until: Timestamp) -> Result<(), DbError> {
    db.execute_in_pieces(DELETE_COUNTS, args![until]).await
}

/// A code that is sent.
pub(crate) struct NewCode<'a> {
    pub(crate) id: Uuid,
    pub(crate) org: OrgId,
    pub(crate) user: UserId,
    pub(crate) kind: &'static str,
    pub(crate) language: &'a str,
    pub(crate) channel: ChannelKind,
    pub(crate) shown: String,
}

/// It is about to be sent.
pub(crate) async fn insert(db: &Db, new: NewCode<'_>, now: Timestamp) -> Result<(), DbError> {
    let mut tx = db.begin().await?;
    let args = args![
        new.id,
        new.org.0,
        new.user.uuid(),
        new.kind,
        new.language,
        now
    ];
    tx.execute(INSERT, args).await?;
    let args = args![new.id, new.channel.name(), new.shown, now];
    tx.execute(INSERT_DELIVERY, args).await?;
    tx.commit().await
}

/// How an attempt ended.
pub(crate) struct Ended {
    pub(crate) state: State,
    pub(crate) provider: &'static str,
    pub(crate) provider_id: Option<String>,
    pub(crate) reason: Option<String>,
}

pub(crate) async fn end(
    db: &Db,
    (id, channel): (Uuid, ChannelKind),
    ended: Ended,
    now: Timestamp,
) -> Result<(), DbError> {
    let Ended {
        state,
        provider,
        provider_id,
        reason,
    } = ended;
    let args = args![
        id,
        channel.name(),
        state.name(),
        provider,
        provider_id,
        reason,
        now
    ];
    db.execute(END, args).await?;
    Ok(())
}
