//! The SQL of screenings: who was compared with which version of the lists.

use contracts::identity::{OrgId, UserId};
use db::{Db, DbError, Tx, args};
use sqlx::FromRow;
use uuid::Uuid;
use values::Timestamp;

statements! {
    /// org, user: waits to be compared, unless they are known already.
    BEGIN = "INSERT INTO screenings (org, user_id) VALUES ($1, $2) ON CONFLICT (org, user_id) DO NOTHING";
    /// org, user: waits to be compared.
    ASK_ANEW = "INSERT INTO screenings (org, user_id) VALUES ($1, $2)
        ON CONFLICT (org, user_id) DO UPDATE SET asked = screenings.asked + 1, version = 0";
    /// org, user.
    FORGET = "DELETE FROM screenings WHERE org = $1 AND user_id = $2";
    /// edition: who was compared in another way before waits again.
    RETIRE = "UPDATE screenings SET version = 0 WHERE edition < $1 AND version > 0";
    /// version, limit -> [`WaitingRow`]s.
    WAITING = "SELECT org, user_id, asked, version, edition, person, score FROM screenings
        WHERE version < $1 ORDER BY version, org, user_id LIMIT $2";
    /// version -> how many wait.
    COUNT_WAITING = "SELECT count(*) FROM screenings WHERE version < $1";
    /// org, user, asked, version, edition, person, score, now. Nothing happens where the name may
    /// be another by now.
    COMPARED = "UPDATE screenings SET version = $4, edition = $5, screened_at = $8,
        changed_at = CASE WHEN score = $7 AND person = $6 THEN changed_at ELSE $8 END, person = $6, score = $7
        WHERE org = $1 AND user_id = $2 AND asked = $3 AND version <= $4";
    /// org, user, asked, version, edition, now: nothing that is new is about them.
    UNTOUCHED = "UPDATE screenings SET version = $4, edition = $5, screened_at = $6
        WHERE org = $1 AND user_id = $2 AND asked = $3 AND version <= $4";
    /// org, user -> [`ScreeningRow`].
    ONE = "SELECT version, score, screened_at, changed_at FROM screenings WHERE org = $1 AND user_id = $2";
}

/// Somebody who waits to be compared.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct WaitingRow {
    pub(crate) org: i64,
    pub(crate) user_id: Uuid,
    pub(crate) asked: i64,
    pub(crate) version: i64,
    pub(crate) edition: i64,
    pub(crate) person: Option<Vec<u8>>,
    pub(crate) score: Option<i64>,
}

/// What somebody was compared with, and what it came to.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct ScreeningRow {
    pub(crate) version: i64,
    pub(crate) score: Option<i64>,
    pub(crate) screened_at: Option<i64>,
    pub(crate) changed_at: Option<i64>,
}

impl WaitingRow {
    /// Who.
    pub(crate) fn whose(&self) -> (OrgId, UserId) {
        (OrgId(self.org), UserId(self.user_id))
    }
}

type Whose = (OrgId, UserId);

/// Somebody is here, and waits to be compared.
pub(crate) async fn begin(tx: &mut Tx, (org, user): Whose) -> Result<(), DbError> {
    tx.execute(BEGIN, args![org.0, user.uuid()]).await?;
    Ok(())
}

/// Somebody may be called otherwise.
pub(crate) async fn ask_anew(tx: &mut Tx, (org, user): Whose) -> Result<(), DbError> {
    tx.execute(ASK_ANEW, args![org.0, user.uuid()]).await?;
    Ok(())
}

/// Somebody is not a customer any more. Matches stay.
pub(crate) async fn forget(tx: &mut Tx, (org, user): Whose) -> Result<(), DbError> {
    tx.execute(FORGET, args![org.0, user.uuid()]).await?;
    Ok(())
}

/// Names are compared in another way than before.
pub(crate) async fn retire(db: &Db, edition: i64) -> Result<(), DbError> {
    db.execute(RETIRE, args![edition]).await?;
    Ok(())
}

/// Those who were not compared with a version yet, the most urgent first.
pub(crate) async fn waiting(db: &Db, version: i64, limit: i64) -> Result<Vec<WaitingRow>, DbError> {
    db.fetch_all(WAITING, args![version, limit]).await
}

/// How many wait. Before any list was loaded, all do.
pub(crate) async fn count_waiting(db: &Db, version: i64) -> Result<i64, DbError> {
    let row: (i64,) = db.fetch_one(COUNT_WAITING, args![version.max(1)]).await?;
    Ok(row.0)
}

/// Notes a result; false where the name may be another by now.
pub(crate) async fn compared(
    tx: &mut Tx,
    row: &WaitingRow,
    (version, edition): (i64, i64),
    (person, score): (&[u8], i64),
    now: Timestamp,
) -> Result<bool, DbError> {
    let args = args![
        row.org,
        row.user_id,
        row.asked,
        version,
        edition,
        person.to_vec(),
        score,
        now
    ];
    Ok(tx.execute(COMPARED, args).await? > 0)
}

/// Notes that nothing which is new is about somebody.
pub(crate) async fn untouched(
    tx: &mut Tx,
    row: &WaitingRow,
    (version, edition): (i64, i64),
    now: Timestamp,
) -> Result<(), DbError> {
    let args = args![row.org, row.user_id, row.asked, version, edition, now];
    tx.execute(UNTOUCHED, args).await?;
    Ok(())
}

pub(crate) async fn one(db: &Db, (org, user): Whose) -> Result<Option<ScreeningRow>, DbError> {
    db.fetch_optional(ONE, args![org.0, user.uuid()]).await
}
