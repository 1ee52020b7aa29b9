//! The SQL of API keys.

use contracts::identity::{ApiKeyId, OrgId, PermissionSet, Role, UserId};
use db::{Db, DbError, Tx, args};
use ipnet::IpNet;
use sqlx::FromRow;
use uuid::Uuid;
use values::Timestamp;

use crate::api_keys::api_key::{ApiKey, scope_names, scopes_named};
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

#[derive(FromRow)]
struct ApiKeyRow {
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

/// A key that is being used, and its owner, who is active.
pub(crate) struct UsedKey {
    pub(crate) id: ApiKeyId,
    pub(crate) org: OrgId,
    pub(crate) owner: UserId,
    pub(crate) role: Role,
    pub(crate) scopes: PermissionSet,
    pub(crate) addresses: Vec<IpNet>,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) last_used_at: Option<Timestamp>,
}

#[derive(FromRow)]
struct UsedKeyRow {
    id: Uuid,
    org: i64,
    user_id: Uuid,
    scopes: String,
    addresses: String,
    expires_at: Option<i64>,
    last_used_at: Option<i64>,
    role: String,
}

impl TryFrom<UsedKeyRow> for UsedKey {
    type Error = Fault;

    fn try_from(row: UsedKeyRow) -> Result<Self, Fault> {
        Ok(Self {
            id: ApiKeyId(row.id),
            org: OrgId(row.org),
            owner: UserId(row.user_id),
            role: row.role.parse().map_err(|_| Fault::Row("users.role"))?,
            scopes: scopes_named(&row.scopes),
            addresses: addresses_in(&row.addresses)?,
            expires_at: row.expires_at.map(Timestamp),
            last_used_at: row.last_used_at.map(Timestamp),
        })
    }
}

/// Address ranges as the database keeps them. One that cannot be read must not open the key to
/// everybody.
fn addresses_in(text: &str) -> Result<Vec<IpNet>, Fault> {
    let ranges: Result<_, _> = text.split_ascii_whitespace().map(str::parse).collect();
    ranges.map_err(|_| Fault::Row("api_keys.addresses"))
}

/// Stores a new key of a user, by its hash.
pub(crate) async fn insert(
    tx: &mut Tx,
    (org, owner): (OrgId, UserId),
    key: &ApiKey,
    hash: Vec<u8>,
) -> Result<(), DbError> {
    let ranges: Vec<_> = key.addresses.iter().map(ToString::to_string).collect();
    let args = args![
        key.id.uuid(),
        org.0,
        owner.uuid(),
        key.name.as_str(),
        hash,
        key.shown.as_str(),
        scope_names(key.scopes),
        ranges.join(" "),
        key.created_at,
        key.expires_at
    ];
    tx.execute(INSERT, args).await?;
    Ok(())
}

/// How many keys a user has, valid or not.
pub(crate) async fn count(tx: &mut Tx, org: OrgId, owner: UserId) -> Result<i64, DbError> {
    let count: Option<(i64,)> = tx.fetch_optional(COUNT, args![org.0, owner.uuid()]).await?;
    Ok(count.map_or(0, |(count,)| count))
}

/// How many keys of a user have not expired.
pub(crate) async fn count_valid(
    tx: &mut Tx,
    org: OrgId,
    owner: UserId,
    now: Timestamp,
) -> Result<i64, DbError> {
    let args = args![org.0, owner.uuid(), now];
    let count: Option<(i64,)> = tx.fetch_optional(COUNT_VALID, args).await?;
    Ok(count.map_or(0, |(count,)| count))
}

/// A user's keys, the newest first, up to so many.
pub(crate) async fn keys_of_user(
    db: &Db,
    org: OrgId,
    owner: UserId,
    before: Uuid,
    rows: i64,
) -> Result<Vec<ApiKey>, Fault> {
    let args = args![org.0, owner.uuid(), before, rows];
    let found: Vec<ApiKeyRow> = db.fetch_all(OF_USER, args).await?;
    found.into_iter().map(ApiKey::try_from).collect()
}

/// Ends a key of a user; says whether there was one.
pub(crate) async fn delete(
    tx: &mut Tx,
    org: OrgId,
    owner: UserId,
    key: ApiKeyId,
) -> Result<bool, DbError> {
    let args = args![org.0, owner.uuid(), key.uuid()];
    Ok(tx.execute(DELETE, args).await? > 0)
}

/// Ends all keys of a user; says how many.
pub(crate) async fn delete_all(tx: &mut Tx, org: OrgId, owner: UserId) -> Result<u64, DbError> {
    tx.execute(DELETE_OF_USER, args![org.0, owner.uuid()]).await
}

/// The key with this hash, where its owner may do anything at all.
pub(crate) async fn key_by_hash(db: &Db, hash: Vec<u8>) -> Result<Option<UsedKey>, Fault> {
    let row: Option<UsedKeyRow> = db.fetch_optional(BY_HASH, args![hash]).await?;
    row.map(UsedKey::try_from).transpose()
}

/// Notes that a key was used, unless another node has noted it since then.
pub(crate) async fn note_use(
    db: &Db,
    key: &UsedKey,
    now: Timestamp,
    unless_since: Timestamp,
) -> Result<(), DbError> {
    let args = args![key.org.0, key.id.uuid(), now, unless_since];
    db.execute(USED, args).await?;
    Ok(())
}
