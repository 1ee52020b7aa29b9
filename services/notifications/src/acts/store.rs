//! The SQL of acts that are not in the audit trail yet.

use db::{Db, DbError, Tx, args};
use sqlx::FromRow;
use uuid::Uuid;
use values::Timestamp;

statements! {
    /// id, at, act.
    INSERT = "INSERT INTO acts (id, at, act) VALUES ($1, $2, $3)";
    /// how many -> [`ActRow`], the oldest first.
    OLDEST = "SELECT id, at, act FROM acts ORDER BY id LIMIT $1";
    /// id.
    DELETE = "DELETE FROM acts WHERE id = $1";
}

/// An act that is not in the audit trail yet.
#[derive(Debug, FromRow)]
pub(crate) struct ActRow {
    pub(crate) id: Uuid,
    pub(crate) at: i64,
    pub(crate) act: String,
}

pub(crate) async fn insert(
    tx: &mut Tx,
    id: Uuid,
    at: Timestamp,
    act: String,
) -> Result<(), DbError> {
    tx.execute(INSERT, args![id, at, act]).await?;
    Ok(())
}

pub(crate) async fn oldest(db: &Db, most: i64) -> Result<Vec<ActRow>, DbError> {
    db.fetch_all(OLDEST, args![most]).await
}

pub(crate) async fn delete(db: &Db, id: Uuid) -> Result<(), DbError> {
    db.execute(DELETE, args![id]).await?;
    Ok(())
}
