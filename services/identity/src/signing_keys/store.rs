//! The SQL of the keys that sign access tokens. They are rows of the default organisation; tokens
//! of all organisations are signed with them.

use contracts::identity::OrgId;
use db::{Db, DbError, Tx, args};
use sqlx::FromRow;
use values::Timestamp;

use crate::sessions::token::ALGORITHM;

statements! {
    /// org, kid, algorithm, sealed private key, now. Of several first starts one wins, and all read
    /// its key.
    INSERT_FIRST_KEY = "INSERT INTO signing_keys (org, generation, kid, algorithm, private_key, created_at, signs_from)
        VALUES ($1, 1, $2, $3, $4, $5, $5) ON CONFLICT DO NOTHING";
    /// org, generation, kid, algorithm, sealed private key, now, signs from. Changes nothing where
    /// another node was first.
    INSERT_KEY = "INSERT INTO signing_keys (org, generation, kid, algorithm, private_key, created_at, signs_from)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
    /// org, kid, what was read, sealed. Changes nothing where another node was first.
    SEAL_KEY = "UPDATE signing_keys SET private_key = $4 WHERE org = $1 AND kid = $2 AND private_key = $3";
    /// org, kid, now: a key that waits signs from now on.
    SIGN_FROM = "UPDATE signing_keys SET signs_from = $3 WHERE org = $1 AND kid = $2 AND signs_from > $3";
    /// org, kid.
    DELETE_KEY = "DELETE FROM signing_keys WHERE org = $1 AND kid = $2";
    /// org -> kid, private key, generation, created, signs from; the one that signs last first.
    SIGNING_KEYS = "SELECT kid, private_key, generation, created_at, signs_from FROM signing_keys
        WHERE org = $1 ORDER BY signs_from DESC, generation DESC";
}

/// A signing key; its private key as it lies in the database, sealed but for stores of older
/// versions.
pub(crate) struct SealedKey {
    pub(crate) kid: String,
    pub(crate) private_key: Vec<u8>,
    pub(crate) generation: i64,
    pub(crate) created_at: Timestamp,
    pub(crate) signs_from: Timestamp,
}

#[derive(FromRow)]
struct KeyRow {
    kid: String,
    private_key: Vec<u8>,
    generation: i64,
    created_at: i64,
    signs_from: i64,
}

/// The signing keys; the one that signs last first.
pub(crate) async fn keys(db: &Db) -> Result<Vec<SealedKey>, DbError> {
    let rows: Vec<KeyRow> = db.fetch_all(SIGNING_KEYS, args![OrgId::DEFAULT.0]).await?;
    let key = |row: KeyRow| SealedKey {
        kid: row.kid,
        private_key: row.private_key,
        generation: row.generation,
        created_at: Timestamp(row.created_at),
        signs_from: Timestamp(row.signs_from),
    };
    Ok(rows.into_iter().map(key).collect())
}

/// Stores the first key, unless another node was first.
pub(crate) async fn insert_first(
    db: &Db,
    kid: &str,
    sealed: Vec<u8>,
    now: Timestamp,
) -> Result<(), DbError> {
    let args = args![OrgId::DEFAULT.0, kid, ALGORITHM, sealed, now];
    db.execute(INSERT_FIRST_KEY, args).await?;
    Ok(())
}

/// Stores a key of this generation; says no where another node was first.
pub(crate) async fn insert(tx: &mut Tx, key: SealedKey) -> Result<bool, DbError> {
    let args = args![
        OrgId::DEFAULT.0,
        key.generation,
        key.kid,
        ALGORITHM,
        key.private_key,
        key.created_at,
        key.signs_from
    ];
    Ok(tx.execute(INSERT_KEY, args).await? > 0)
}

/// Exchanges a private key as it was read for what it is sealed as now, unless another node was
/// first.
pub(crate) async fn seal(tx: &mut Tx, read: &SealedKey, sealed: Vec<u8>) -> Result<(), DbError> {
    let (kid, stored) = (read.kid.as_str(), read.private_key.clone());
    let args = args![OrgId::DEFAULT.0, kid, stored, sealed];
    tx.execute(SEAL_KEY, args).await?;
    Ok(())
}

/// Has a key that waits sign from now on.
pub(crate) async fn sign_from(tx: &mut Tx, kid: &str, now: Timestamp) -> Result<(), DbError> {
    tx.execute(SIGN_FROM, args![OrgId::DEFAULT.0, kid, now])
        .await?;
    Ok(())
}

/// Deletes a key.
pub(crate) async fn delete(tx: &mut Tx, kid: &str) -> Result<(), DbError> {
    tx.execute(DELETE_KEY, args![OrgId::DEFAULT.0, kid]).await?;
    Ok(())
}

/// Deletes a key that verifies nothing any more.
pub(crate) async fn delete_ended(db: &Db, kid: &str) -> Result<(), DbError> {
    db.execute(DELETE_KEY, args![OrgId::DEFAULT.0, kid]).await?;
    Ok(())
}
