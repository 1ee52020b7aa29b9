//! The SQL of devices that take a push, and of the key of this installation.

use contracts::identity::{OrgId, UserId};
use db::{Db, DbError, Tx, args};
use sqlx::FromRow;
use uuid::Uuid;
use values::Timestamp;

statements! {
    /// org, user -> [`SubscriptionRow`].
    OF_USER = "SELECT id, sealed FROM push_subscriptions WHERE org = $1 AND user_id = $2 ORDER BY id";
    /// fingerprint: also of another user.
    DELETE_DEVICE = "DELETE FROM push_subscriptions WHERE fingerprint = $1";
    /// id, org, user, fingerprint, sealed, now. A device belongs to the user who subscribed it
    /// last.
    PUT = "INSERT INTO push_subscriptions (id, org, user_id, fingerprint, sealed, created_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (fingerprint) DO UPDATE SET id = excluded.id, org = excluded.org, user_id = excluded.user_id,
        sealed = excluded.sealed, created_at = excluded.created_at";
    /// org, user, most: deletes the oldest beyond that many.
    DELETE_OLDEST = "DELETE FROM push_subscriptions WHERE org = $1 AND user_id = $2 AND id NOT IN
        (SELECT id FROM push_subscriptions WHERE org = $1 AND user_id = $2 ORDER BY id DESC LIMIT $3)";
    /// org, user, fingerprint.
    DELETE = "DELETE FROM push_subscriptions WHERE org = $1 AND user_id = $2 AND fingerprint = $3";
    /// org, user, fingerprint: changes nothing, and keeps it from others until the transaction
    /// ends.
    LOCK = "UPDATE push_subscriptions SET org = org WHERE org = $1 AND user_id = $2 AND fingerprint = $3";
    /// id.
    DELETE_ONE = "DELETE FROM push_subscriptions WHERE id = $1";
    /// org, user.
    DELETE_ALL = "DELETE FROM push_subscriptions WHERE org = $1 AND user_id = $2";
    /// -> public, sealed.
    KEY = "SELECT public, sealed FROM push_keys WHERE id = 1";
    /// public, sealed. The first stays.
    PUT_KEY = "INSERT INTO push_keys (id, public, sealed) VALUES (1, $1, $2) ON CONFLICT DO NOTHING";
    /// what was read, sealed. Changes nothing where another node was first.
    REPLACE_KEY = "UPDATE push_keys SET sealed = $2 WHERE id = 1 AND sealed = $1";
}

/// A device.
#[derive(Debug, FromRow)]
pub(crate) struct SubscriptionRow {
    pub(crate) id: Uuid,
    pub(crate) sealed: Vec<u8>,
}

/// The devices of somebody, the oldest first.
pub(crate) async fn of_user(
    db: &Db,
    org: OrgId,
    user: UserId,
) -> Result<Vec<SubscriptionRow>, DbError> {
    db.fetch_all(OF_USER, args![org.0, user.uuid()]).await
}

/// Whether a device, which is known by these fingerprints, is somebody's; nobody else then takes it
/// before the transaction ends.
pub(crate) async fn is_of(
    tx: &mut Tx,
    (org, user): (OrgId, UserId),
    known: &[Vec<u8>],
) -> Result<bool, DbError> {
    for fingerprint in known {
        let args = args![org.0, user.uuid(), fingerprint.clone()];
        if tx.execute(LOCK, args).await? > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Adds a device, which is known by these fingerprints, the newest first; forgets the oldest of too
/// many.
pub(crate) async fn put(
    tx: &mut Tx,
    (org, user): (OrgId, UserId),
    (known, row): (Vec<Vec<u8>>, SubscriptionRow),
    most: i64,
    now: Timestamp,
) -> Result<(), DbError> {
    let mut known = known.into_iter();
    let fingerprint = known.next().unwrap_or_default();
    for old in known {
        tx.execute(DELETE_DEVICE, args![old]).await?;
    }
    let args = args![row.id, org.0, user.uuid(), fingerprint, row.sealed, now];
    tx.execute(PUT, args).await?;
    tx.execute(DELETE_OLDEST, args![org.0, user.uuid(), most])
        .await?;
    Ok(())
}

pub(crate) async fn delete(
    tx: &mut Tx,
    (org, user): (OrgId, UserId),
    fingerprint: Vec<u8>,
) -> Result<u64, DbError> {
    let args = args![org.0, user.uuid(), fingerprint];
    tx.execute(DELETE, args).await
}

/// The push service says that the device is gone.
pub(crate) async fn delete_one(db: &Db, id: Uuid) -> Result<(), DbError> {
    db.execute(DELETE_ONE, args![id]).await?;
    Ok(())
}

pub(crate) async fn delete_all(tx: &mut Tx, org: OrgId, user: UserId) -> Result<(), DbError> {
    tx.execute(DELETE_ALL, args![org.0, user.uuid()]).await?;
    Ok(())
}

/// The key: the public part, and the private one sealed.
pub(crate) async fn key(db: &Db) -> Result<Option<(String, Vec<u8>)>, DbError> {
    db.fetch_optional(KEY, args![]).await
}

/// Stores the key, unless another node was first.
pub(crate) async fn put_key(db: &Db, public: &str, sealed: Vec<u8>) -> Result<(), DbError> {
    db.execute(PUT_KEY, args![public, sealed]).await?;
    Ok(())
}

/// Stores the key sealed anew, unless another node was first.
pub(crate) async fn replace_key(db: &Db, sealed: Vec<u8>, anew: Vec<u8>) -> Result<(), DbError> {
    db.execute(REPLACE_KEY, args![sealed, anew]).await?;
    Ok(())
}
