//! The SQL of what was asked for and waits: requests that are not carried out yet, registrations
//! that are not confirmed.

use contracts::identity::OrgId;
use db::{Db, DbError, Tx, args};
use values::Timestamp;

statements! {
    /// key, org, sealed data, now. Nothing where the same is asked for already.
    INSERT = "INSERT INTO account_requests (request_key, org, data, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    /// -> key, org, sealed data: the oldest, of all organisations.
    NEXT = "SELECT request_key, org, data FROM account_requests ORDER BY created_at, request_key LIMIT 1";
    /// key. Changes nothing where another node took it first.
    TAKE = "DELETE FROM account_requests WHERE request_key = $1";

    /// hash, org, sealed data, now, expires.
    INSERT_REGISTRATION = "INSERT INTO registrations (hash, org, data, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)";
    /// hash, now -> org, sealed data. Deleted, so that of two at once one gets it.
    TAKE_REGISTRATION = concat!("DELETE FROM registrations WHERE hash = $1 AND expires_at > $2", made_by!("$2"), "
        RETURNING org, data");
    /// hash, now -> sealed data.
    REGISTRATION = concat!("SELECT data FROM registrations WHERE hash = $1 AND expires_at > $2", made_by!("$2"));
    /// now, how many.
    DELETE_EXPIRED_REGISTRATIONS = "DELETE FROM registrations
        WHERE hash IN (SELECT hash FROM registrations WHERE expires_at <= $1 LIMIT $2)";
    /// latest, how many: those that say that they were made later.
    DELETE_REGISTRATIONS_AHEAD = "DELETE FROM registrations
        WHERE hash IN (SELECT hash FROM registrations WHERE created_at > $1 LIMIT $2)";
}

/// A request that waits.
pub(crate) struct WaitingRequest {
    pub(crate) key: Vec<u8>,
    pub(crate) org: OrgId,
    /// Sealed.
    pub(crate) data: Vec<u8>,
}

/// Notes a request, unless the same is asked for already.
pub(crate) async fn insert(
    db: &Db,
    key: Vec<u8>,
    org: OrgId,
    sealed: Vec<u8>,
    now: Timestamp,
) -> Result<(), DbError> {
    db.execute(INSERT, args![key, org.0, sealed, now]).await?;
    Ok(())
}

/// The oldest request, of all organisations.
pub(crate) async fn next(db: &Db) -> Result<Option<WaitingRequest>, DbError> {
    let row: Option<(Vec<u8>, i64, Vec<u8>)> = db.fetch_optional(NEXT, args![]).await?;
    Ok(row.map(|(key, org, data)| WaitingRequest {
        key,
        org: OrgId(org),
        data,
    }))
}

/// Takes a request. False where another node took it first.
pub(crate) async fn take(tx: &mut Tx, key: &[u8]) -> Result<bool, DbError> {
    Ok(tx.execute(TAKE, args![key.to_vec()]).await? > 0)
}

/// Stores a registration that waits for its link to be followed.
pub(crate) async fn insert_registration(
    tx: &mut Tx,
    hash: Vec<u8>,
    org: OrgId,
    sealed: Vec<u8>,
    (now, expires_at): (Timestamp, Timestamp),
) -> Result<(), DbError> {
    let args = args![hash, org.0, sealed, now, expires_at];
    tx.execute(INSERT_REGISTRATION, args).await?;
    Ok(())
}

/// The sealed data of a registration that waits.
pub(crate) async fn registration(
    db: &Db,
    hash: &[u8],
    now: Timestamp,
) -> Result<Option<Vec<u8>>, DbError> {
    let row: Option<(Vec<u8>,)> = db
        .fetch_optional(REGISTRATION, args![hash.to_vec(), now])
        .await?;
    Ok(row.map(|(data,)| data))
}

/// Takes a registration that waits: its organisation and its sealed data.
pub(crate) async fn take_registration(
    tx: &mut Tx,
    hash: &[u8],
    now: Timestamp,
) -> Result<Option<(OrgId, Vec<u8>)>, DbError> {
    let args = args![hash.to_vec(), now];
    let row: Option<(i64, Vec<u8>)> = tx.fetch_optional(TAKE_REGISTRATION, args).await?;
    Ok(row.map(|(org, data)| (OrgId(org), data)))
}

/// Deletes registrations whose link was not followed in time.
pub(crate) async fn delete_expired_registrations(db: &Db, now: Timestamp) -> Result<(), DbError> {
    db.execute_in_pieces(DELETE_EXPIRED_REGISTRATIONS, args![now])
        .await
}

/// Deletes those that say that they were made after this time.
pub(crate) async fn delete_registrations_made_after(
    db: &Db,
    latest: Timestamp,
) -> Result<(), DbError> {
    db.execute_in_pieces(DELETE_REGISTRATIONS_AHEAD, args![latest])
        .await
}
