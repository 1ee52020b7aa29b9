//! The SQL of what is known of users and of whose wallets are.

use contracts::identity::{OrgId, UserId};
use contracts::payments::WalletId;
use db::{Db, DbError, Tx, args};
use sqlx::FromRow;
use uuid::Uuid;
use values::Timestamp;

statements! {
    /// org, user, created.
    INSERT = "INSERT INTO subjects (org, user_id, created_at) VALUES ($1, $2, $3) ON CONFLICT (org, user_id) DO NOTHING";
    /// org, user, created.
    TAKE_AS_VERIFIED = "INSERT INTO subjects (org, user_id, created_at, kyc) VALUES ($1, $2, $3, 'full')
        ON CONFLICT (org, user_id) DO UPDATE SET kyc = excluded.kyc";
    /// org, user, verified.
    VERIFY = "UPDATE subjects SET email_verified_at = $3 WHERE org = $1 AND user_id = $2";
    /// org, user, closed.
    CLOSE = "UPDATE subjects SET closed_at = $3 WHERE org = $1 AND user_id = $2";
    /// org, wallet, owner.
    OWN = "INSERT INTO wallet_owners (org, wallet, user_id) VALUES ($1, $2, $3) ON CONFLICT (org, wallet) DO NOTHING";
    /// after org, after user, limit -> [`SubjectRow`].
    AFTER = "SELECT org, user_id, created_at, email_verified_at, kyc, closed_at FROM subjects
        WHERE (org, user_id) > ($1, $2) ORDER BY org, user_id LIMIT $3";
    /// org, user -> [`SubjectRow`].
    ONE = "SELECT org, user_id, created_at, email_verified_at, kyc, closed_at FROM subjects WHERE org = $1 AND user_id = $2";
}

/// A user, as risk knows them.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct SubjectRow {
    pub(crate) org: i64,
    pub(crate) user_id: Uuid,
    pub(crate) created_at: i64,
    pub(crate) email_verified_at: Option<i64>,
    pub(crate) kyc: String,
    pub(crate) closed_at: Option<i64>,
}

type Whose = (OrgId, UserId);

pub(crate) async fn insert(
    tx: &mut Tx,
    (org, user): Whose,
    created: Timestamp,
) -> Result<(), DbError> {
    tx.execute(INSERT, args![org.0, user.uuid(), created])
        .await?;
    Ok(())
}

pub(crate) async fn take_as_verified(
    tx: &mut Tx,
    (org, user): Whose,
    created: Timestamp,
) -> Result<(), DbError> {
    tx.execute(TAKE_AS_VERIFIED, args![org.0, user.uuid(), created])
        .await?;
    Ok(())
}

pub(crate) async fn verify(tx: &mut Tx, (org, user): Whose, at: Timestamp) -> Result<(), DbError> {
    tx.execute(VERIFY, args![org.0, user.uuid(), at]).await?;
    Ok(())
}

pub(crate) async fn close(tx: &mut Tx, (org, user): Whose, at: Timestamp) -> Result<(), DbError> {
    tx.execute(CLOSE, args![org.0, user.uuid(), at]).await?;
    Ok(())
}

pub(crate) async fn own(tx: &mut Tx, (org, user): Whose, wallet: WalletId) -> Result<(), DbError> {
    tx.execute(OWN, args![org.0, wallet.uuid(), user.uuid()])
        .await?;
    Ok(())
}

/// The users after one, in order of their keys.
pub(crate) async fn after(
    db: &Db,
    (org, user): (i64, Uuid),
    limit: i64,
) -> Result<Vec<SubjectRow>, DbError> {
    db.fetch_all(AFTER, args![org, user, limit]).await
}

pub(crate) async fn one(db: &Db, (org, user): Whose) -> Result<Option<SubjectRow>, DbError> {
    db.fetch_optional(ONE, args![org.0, user.uuid()]).await
}
