//! The SQL of what was asked for and waits: requests that are not carried out yet, registrations that are not confirmed.

use sqlx::FromRow;

statements! {
    /// key, org, sealed data, now. Nothing where the same is asked for already.
    INSERT = "INSERT INTO account_requests (request_key, org, data, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    /// -> [`RequestRow`]: the oldest, of all organisations.
    NEXT = "SELECT request_key, org, data FROM account_requests ORDER BY created_at, request_key LIMIT 1";
    /// key. Changes nothing where another node took it first.
    TAKE = "DELETE FROM account_requests WHERE request_key = $1";

    /// hash, org, sealed data, expires.
    INSERT_REGISTRATION = "INSERT INTO registrations (hash, org, data, expires_at) VALUES ($1, $2, $3, $4)";
    /// hash, now -> how many, one or none.
    COUNT_REGISTRATION = "SELECT count(*) FROM registrations WHERE hash = $1 AND expires_at > $2";
    /// hash, now -> org, sealed data. Deleted, so that of two at once one gets it.
    TAKE_REGISTRATION = "DELETE FROM registrations WHERE hash = $1 AND expires_at > $2 RETURNING org, data";
    /// hash, now -> sealed data.
    REGISTRATION = "SELECT data FROM registrations WHERE hash = $1 AND expires_at > $2";
    /// now.
    DELETE_EXPIRED_REGISTRATIONS = "DELETE FROM registrations WHERE expires_at <= $1";
}

/// A request that waits.
#[derive(FromRow)]
pub(crate) struct RequestRow {
    pub(crate) request_key: Vec<u8>,
    pub(crate) org: i64,
    pub(crate) data: Vec<u8>,
}
