//! The SQL of how the verification of users stands.

use contracts::identity::{OrgId, UserId};
use contracts::kyc::{KycLevel, KycStanding, KycStatus};
use db::{Db, DbError, Tx, args};
use sqlx::FromRow;
use uuid::Uuid;
use values::Timestamp;

use crate::error::Error;
use crate::subjects::made_at;

macro_rules! columns {
    () => {
        "org, user_id, level, status, version, expires_at, reason, updated_at"
    };
}

statements! {
    /// org, user, now: makes the row where there is none.
    ENSURE = "INSERT INTO kyc_standings (org, user_id, level, status, version, told, updated_at)
        VALUES ($1, $2, 'none', 'none', 0, 0, $3) ON CONFLICT (org, user_id) DO NOTHING";
    /// org, user -> [`StandingRow`], locked until the transaction ends.
    LOCK = concat!("UPDATE kyc_standings SET version = version WHERE org = $1 AND user_id = $2 RETURNING ", columns!());
    /// org, user -> [`StandingRow`].
    ONE = concat!("SELECT ", columns!(), " FROM kyc_standings WHERE org = $1 AND user_id = $2");
    /// org, user, level, status, expires, reason, now -> the version.
    SET = "UPDATE kyc_standings SET level = $3, status = $4, expires_at = $5, reason = $6, updated_at = $7, version = version + 1
        WHERE org = $1 AND user_id = $2 RETURNING version";
    /// limit -> [`StandingRow`]s that identity has not taken, the oldest first.
    UNTOLD = concat!("SELECT ", columns!(), " FROM kyc_standings WHERE told < version ORDER BY updated_at LIMIT $1");
    /// org, user, version.
    TOLD = "UPDATE kyc_standings SET told = $3 WHERE org = $1 AND user_id = $2 AND told < $3";
    /// now, limit -> org, user: whose level has ended.
    ENDED = "SELECT org, user_id FROM kyc_standings WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2";
    /// org, user, created, level, version: what rules ask for.
    SET_FACT = "INSERT INTO subjects (org, user_id, created_at, kyc, kyc_version) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (org, user_id) DO UPDATE SET kyc = excluded.kyc, kyc_version = excluded.kyc_version";
    /// org, user.
    DELETE = "DELETE FROM kyc_standings WHERE org = $1 AND user_id = $2";
}

/// How the verification of a user stands.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct StandingRow {
    org: i64,
    user_id: Uuid,
    level: String,
    status: String,
    version: i64,
    expires_at: Option<i64>,
    reason: String,
    updated_at: i64,
}

/// The same, read, and when the level ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) of: KycStanding,
    pub(crate) expires_at: Option<Timestamp>,
    /// Why an operator has ended the level.
    pub(crate) reason: String,
}

impl Standing {
    /// Of a user of whom nothing is there.
    pub(crate) fn none((org, user): (OrgId, UserId)) -> Self {
        let of = KycStanding {
            org,
            user,
            level: KycLevel::None,
            status: KycStatus::None,
            version: 0,
            at: Timestamp(0),
        };
        Self {
            of,
            expires_at: None,
            reason: String::new(),
        }
    }
}

impl TryFrom<StandingRow> for Standing {
    type Error = Error;

    fn try_from(row: StandingRow) -> Result<Self, Error> {
        let unknown = Error::Row("kyc_standings");
        let (level, status) = KycLevel::from_name(&row.level)
            .zip(KycStatus::from_name(&row.status))
            .ok_or(unknown)?;
        Ok(Self {
            of: KycStanding {
                org: OrgId(row.org),
                user: UserId(row.user_id),
                level,
                status,
                version: row.version,
                at: Timestamp(row.updated_at),
            },
            expires_at: row.expires_at.map(Timestamp),
            reason: row.reason,
        })
    }
}

type Whose = (OrgId, UserId);

/// Locks a standing until the transaction ends; it is made where there is none.
pub(crate) async fn lock(
    tx: &mut Tx,
    (org, user): Whose,
    now: Timestamp,
) -> Result<Standing, Error> {
    tx.execute(ENSURE, args![org.0, user.uuid(), now]).await?;
    let row: Option<StandingRow> = tx.fetch_optional(LOCK, args![org.0, user.uuid()]).await?;
    row.ok_or(Error::Row("kyc_standings"))?.try_into()
}

/// A standing.
pub(crate) async fn one(db: &Db, (org, user): Whose) -> Result<Standing, Error> {
    let row: Option<StandingRow> = db.fetch_optional(ONE, args![org.0, user.uuid()]).await?;
    row.map_or_else(|| Ok(Standing::none((org, user))), Standing::try_from)
}

/// Sets a standing that is locked, and the fact that rules ask for; it has the next version then.
pub(crate) async fn set(tx: &mut Tx, standing: &mut Standing) -> Result<(), Error> {
    let of = &mut standing.of;
    let (org, user, level) = (of.org.0, of.user.uuid(), of.level.as_str());
    let args = args![
        org,
        user,
        level,
        of.status.as_str(),
        standing.expires_at,
        standing.reason.as_str(),
        of.at
    ];
    let set: Option<(i64,)> = tx.fetch_optional(SET, args).await?;
    (of.version,) = set.ok_or(Error::Row("kyc_standings"))?;
    let args = args![org, user, made_at(of.user), level, of.version];
    tx.execute(SET_FACT, args).await?;
    Ok(())
}

/// Forgets that of a user whose account was closed.
pub(crate) async fn delete(tx: &mut Tx, (org, user): Whose) -> Result<(), DbError> {
    tx.execute(DELETE, args![org.0, user.uuid()]).await?;
    Ok(())
}

/// What identity has not taken yet.
pub(crate) async fn untold(db: &Db, limit: i64) -> Result<Vec<Standing>, Error> {
    let rows: Vec<StandingRow> = db.fetch_all(UNTOLD, args![limit]).await?;
    rows.into_iter().map(Standing::try_from).collect()
}

/// Identity has taken it.
pub(crate) async fn told(db: &Db, of: &KycStanding) -> Result<(), DbError> {
    db.execute(TOLD, args![of.org.0, of.user.uuid(), of.version])
        .await?;
    Ok(())
}

/// Whose level has ended.
pub(crate) async fn ended(db: &Db, now: Timestamp, limit: i64) -> Result<Vec<Whose>, DbError> {
    let rows: Vec<(i64, Uuid)> = db.fetch_all(ENDED, args![now, limit]).await?;
    let whose = |(org, user)| (OrgId(org), UserId(user));
    Ok(rows.into_iter().map(whose).collect())
}
