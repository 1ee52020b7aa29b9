//! The SQL of what happened to alerts.

use contracts::identity::{OrgId, UserId};
use contracts::operations::AlertId;
use db::{Db, DbError, Tx, args};
use sqlx::FromRow;
use uuid::Uuid;

use crate::alerts::alert::Alert;
use crate::error::Error;

statements! {
    /// alert, no, org, at, what, actor, comment, facts.
    INSERT = "INSERT INTO alert_entries (alert, no, org, at, what, actor, comment, facts) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    /// alert, limit -> [`EntryRow`], the newest first.
    OF_ALERT = "SELECT alert, at, what, actor, comment, facts FROM alert_entries WHERE alert = $1 ORDER BY no DESC LIMIT $2";
    /// org, actor, limit -> [`EntryRow`], the newest first.
    OF_ACTOR = "SELECT alert, at, what, actor, comment, facts FROM alert_entries WHERE org = $1 AND actor = $2
        ORDER BY at DESC LIMIT $3";
}

/// An entry.
#[derive(Debug, FromRow)]
pub(crate) struct EntryRow {
    pub(crate) alert: Uuid,
    pub(crate) at: i64,
    pub(crate) what: String,
    pub(crate) actor: Option<Uuid>,
    pub(crate) comment: Option<String>,
    /// JSON.
    pub(crate) facts: String,
}

/// Writes the entries of an alert that are not written yet.
pub(crate) async fn insert(tx: &mut Tx, alert: &Alert) -> Result<(), Error> {
    for (no, entry) in (alert.entries..).zip(&alert.news) {
        let facts = serde_json::to_string(&entry.facts);
        let args = args![
            alert.id.uuid(),
            no,
            alert.key.org.0,
            entry.at,
            entry.what.as_str(),
            entry.by.map(UserId::uuid),
            entry.comment.clone(),
            facts.map_err(|_| Error::Row("alert_entries"))?
        ];
        tx.execute(INSERT, args).await?;
    }
    Ok(())
}

/// The last entries of an alert, the newest first.
pub(crate) async fn of_alert(db: &Db, id: AlertId, most: i64) -> Result<Vec<EntryRow>, DbError> {
    db.fetch_all(OF_ALERT, args![id.uuid(), most]).await
}

/// What somebody did to alerts, the newest first.
pub(crate) async fn of_actor(
    db: &Db,
    (org, actor): (OrgId, UserId),
    most: i64,
) -> Result<Vec<EntryRow>, DbError> {
    db.fetch_all(OF_ACTOR, args![org.0, actor.uuid(), most])
        .await
}
