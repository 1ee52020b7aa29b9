//! The SQL of API keys.

use contracts::identity::ApiKeyId;
use ipnet::IpNet;
use sqlx::FromRow;
use uuid::Uuid;
use values::Timestamp;

use crate::api_keys::api_key::{ApiKey, scopes_named};
use crate::fault::Fault;

statements! {
    /// id, org, user, name, hash, shown, scopes, addresses, now, expires.
    INSERT = "INSERT INTO api_keys (id, org, user_id, name, hash, shown, scopes, addresses, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    /// org, user -> how many.
    COUNT = "SELECT count(*) FROM api_keys WHERE org = $1 AND user_id = $2";
    /// org, user, now -> how many have not expired.
    COUNT_VALID = "SELECT count(*) FROM api_keys
        WHERE org = $1 AND user_id = $2 AND (expires_at IS NULL OR expires_at > $3)";
    /// org, user, before, how many -> [`ApiKeyRow`], the newest first.
    OF_USER = "SELECT id, name, shown, scopes, addresses, created_at, expires_at, last_used_at FROM api_keys
        WHERE org = $1 AND user_id = $2 AND id < $3 ORDER BY id DESC LIMIT $4";
    /// org, user, id.
    DELETE = "DELETE FROM api_keys WHERE org = $1 AND user_id = $2 AND id = $3";
    /// org, user.
    DELETE_OF_USER = "DELETE FROM api_keys WHERE org = $1 AND user_id = $2";
    /// hash -> [`UsedKeyRow`], where its owner may do anything at all.
    BY_HASH = "SELECT k.id, k.org, k.user_id, k.scopes, k.addresses, k.expires_at, k.last_used_at, u.role
        FROM api_keys k JOIN users u ON u.org = k.org AND u.id = k.user_id
        WHERE k.hash = $1 AND u.status = 'active'";
    /// org, id, now, before. Changes nothing where another node was first.
    USED = "UPDATE api_keys SET last_used_at = $3
        WHERE org = $1 AND id = $2 AND (last_used_at IS NULL OR last_used_at < $4)";
}

/// A key, for its owner.
#[derive(FromRow)]
pub(crate) struct ApiKeyRow {
    id: Uuid,
    name: String,
    shown: String,
    scopes: String,
    addresses: String,
    created_at: i64,
    expires_at: Option<i64>,
    last_used_at: Option<i64>,
}

impl TryFrom<ApiKeyRow> for ApiKey {
    type Error = Fault;

    fn try_from(row: ApiKeyRow) -> Result<Self, Fault> {
        Ok(Self {
            id: ApiKeyId(row.id),
            name: row.name,
            shown: row.shown,
            scopes: scopes_named(&row.scopes),
            addresses: addresses_in(&row.addresses)?,
            created_at: Timestamp(row.created_at),
            expires_at: row.expires_at.map(Timestamp),
            last_used_at: row.last_used_at.map(Timestamp),
        })
    }
}

/// A key that is being used.
#[derive(FromRow)]
pub(crate) struct UsedKeyRow {
    pub(crate) id: Uuid,
    pub(crate) org: i64,
    pub(crate) user_id: Uuid,
    pub(crate) scopes: String,
    pub(crate) addresses: String,
    pub(crate) expires_at: Option<i64>,
    pub(crate) last_used_at: Option<i64>,
    pub(crate) role: String,
}

/// Address ranges as the database keeps them. One that cannot be read must not open the key to everybody.
pub(crate) fn addresses_in(text: &str) -> Result<Vec<IpNet>, Fault> {
    let ranges: Result<_, _> = text.split_ascii_whitespace().map(str::parse).collect();
    ranges.map_err(|_| Fault::Row("api_keys.addresses"))
}
