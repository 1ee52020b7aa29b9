//! The SQL of answers under idempotency keys.

use contracts::identity::{OrgId, UserId};
use db::{Arg, Db, DbError, Tx, args};
use values::Timestamp;
use web::idempotency::RouteKey;

use crate::statements;

statements! {
    /// org, user, route, key -> answer, sealed.
    ANSWER = "SELECT answer FROM idempotency WHERE org = $1 AND user_id = $2 AND route = $3 AND idempotency_key = $4";
    /// org, user, route, key, answer, now. A key that was used already is a unique violation.
    INSERT = "INSERT INTO idempotency (org, user_id, route, idempotency_key, answer, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)";
    /// before.
    DELETE_BEFORE = "DELETE FROM idempotency WHERE created_at < $1";
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
    db.execute(DELETE_BEFORE, args![before]).await?;
    Ok(())
}
