//! The SQL of answers under idempotency keys.

use contracts::identity::{OrgId, UserId};
use db::{Arg, Db, DbError, Tx, args};
use uuid::Uuid;
use values::Timestamp;
use web::idempotency::RouteKey;

use crate::statements;

statements! {
    /// org, user, route, key -> answer, sealed.
    ANSWER = "SELECT answer FROM idempotency WHERE org = $1 AND user_id = $2 AND route = $3 AND idempotency_key = $4";
    /// org, user, route, key, answer, now. A key that was used already is a unique violation.
    INSERT = "INSERT INTO idempotency (org, user_id, route, idempotency_key, answer, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)";
    /// before, how many.
    DELETE_BEFORE = "DELETE FROM idempotency WHERE (org, user_id, route, idempotency_key) IN
        (SELECT org, user_id, route, idempotency_key FROM idempotency WHERE created_at < $1 LIMIT $2)";
    /// latest, how many: as if those that say so were not stored later.
    AGE = "UPDATE idempotency SET created_at = $1 WHERE (org, user_id, route, idempotency_key) IN
        (SELECT org, user_id, route, idempotency_key FROM idempotency WHERE created_at > $1 LIMIT $2)";
    /// how what is sealed with the newest key begins -> org, user, route, key, answer: of the
    /// others.
    OTHERS = "SELECT org, user_id, route, idempotency_key, answer FROM idempotency WHERE substr(answer, 1, 9) <> $1";
    /// org, user, route, key, what was read, sealed. Changes nothing where another node was first.
    SEAL = "UPDATE idempotency SET answer = $6
        WHERE org = $1 AND user_id = $2 AND route = $3 AND idempotency_key = $4 AND answer = $5";
    /// org, user.
    DELETE_OF_USER = "DELETE FROM idempotency WHERE org = $1 AND user_id = $2";
}

/// Under what an answer is stored.
#[derive(Clone)]
pub(crate) struct AnswerKey {
    pub(crate) org: OrgId,
    pub(crate) user: UserId,
    pub(crate) key: RouteKey,
}

impl AnswerKey {
    fn args(&self) -> Vec<Arg> {
        let RouteKey { route, key } = &self.key;
        args![self.org.0, self.user.uuid(), route.as_str(), key.as_str()]
    }
}

/// The answer that is stored, sealed.
pub(crate) async fn answer(db: &Db, key: &AnswerKey) -> Result<Option<Vec<u8>>, DbError> {
    let row: Option<(Vec<u8>,)> = db.fetch_optional(ANSWER, key.args()).await?;
    Ok(row.map(|(sealed,)| sealed))
}

/// Stores an answer. A key that was used already is a unique violation: the transaction does
/// nothing then.
pub(crate) async fn insert(
    tx: &mut Tx,
    key: &AnswerKey,
    sealed: Vec<u8>,
    now: Timestamp,
) -> Result<(), DbError> {
    let mut args = key.args();
    args.extend(args![sealed, now]);
    tx.execute(INSERT, args).await?;
    Ok(())
}

/// Deletes the answers to a user.
pub(crate) async fn delete_all(tx: &mut Tx, org: OrgId, user: UserId) -> Result<(), DbError> {
    tx.execute(DELETE_OF_USER, args![org.0, user.uuid()])
        .await?;
    Ok(())
}

/// Deletes answers that were stored before.
pub(crate) async fn delete_before(db: &Db, before: Timestamp) -> Result<(), DbError> {
    db.execute_in_pieces(DELETE_BEFORE, args![before]).await
}

/// Has answers stored no later than this.
pub(crate) async fn age(db: &Db, latest: Timestamp) -> Result<(), DbError> {
    db.execute_in_pieces(AGE, args![latest]).await
}

/// What is sealed with another key than the one whose secrets begin like this.
pub(crate) async fn others(
    db: &Db,
    head: Vec<u8>,
) -> Result<impl Iterator<Item = (AnswerKey, Vec<u8>)>, DbError> {
    let rows: Vec<(i64, Uuid, String, String, Vec<u8>)> = db.fetch_all(OTHERS, args![head]).await?;
    Ok(rows.into_iter().map(|(org, user, route, key, sealed)| {
        let key = AnswerKey {
            org: OrgId(org),
            user: UserId(user),
            key: RouteKey { route, key },
        };
        (key, sealed)
    }))
}

/// Stores what was sealed anew, unless another node was first.
pub(crate) async fn replace(
    db: &Db,
    key: &AnswerKey,
    sealed: Vec<u8>,
    anew: Vec<u8>,
) -> Result<(), DbError> {
    let mut args = key.args();
    args.extend(args![sealed, anew]);
    db.execute(SEAL, args).await?;
    Ok(())
}
