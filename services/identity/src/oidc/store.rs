//! The SQL of sign-in with others. A statement names the organisation, or goes by the hash of a
//! secret.

use contracts::identity::{OrgId, Role, UserId};
use db::{Db, DbError, Tx, args};
use sqlx::FromRow;
use uuid::Uuid;
use values::Timestamp;

use crate::accounts::user::User;

statements! {
    /// hash of the state, org, provider, hash of the cookie, user, data, now, expires, epoch.
    INSERT_ATTEMPT = "INSERT INTO oauth_attempts
        (state_hash, org, provider, browser_hash, user_id, data, created_at, expires_at, credential_epoch)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    /// hash of the state, provider -> [`AttemptRow`]. It is gone with the first who comes back with
    /// it.
    TAKE_ATTEMPT = "DELETE FROM oauth_attempts WHERE state_hash = $1 AND provider = $2
        RETURNING org, browser_hash, user_id, data, created_at, expires_at, credential_epoch";
    /// now, how many.
    DELETE_EXPIRED = "DELETE FROM oauth_attempts
        WHERE state_hash IN (SELECT state_hash FROM oauth_attempts WHERE expires_at <= $1 LIMIT $2)";
    /// latest, how many: those that say that they were made later.
    DELETE_AHEAD = "DELETE FROM oauth_attempts
        WHERE state_hash IN (SELECT state_hash FROM oauth_attempts WHERE created_at > $1 LIMIT $2)";

    /// org, issuer, subject -> user.
    LINKED_USER = "SELECT user_id FROM linked_accounts WHERE org = $1 AND issuer = $2 AND subject = $3";
    /// org, issuer, subject, now -> user. An update, so that nobody unlinks it meanwhile.
    USE_LINK = "UPDATE linked_accounts SET last_used_at = $4
        WHERE org = $1 AND issuer = $2 AND subject = $3 RETURNING user_id";
    /// org, user, issuer -> how many.
    COUNT_LINKS = "SELECT count(*) FROM linked_accounts WHERE org = $1 AND user_id = $2 AND issuer = $3";
    /// org, issuer, subject, user, now.
    INSERT_LINK = "INSERT INTO linked_accounts (org, issuer, subject, user_id, created_at, last_used_at)
        VALUES ($1, $2, $3, $4, $5, $5)";
    /// org, user -> issuer, created, last used.
    LINKS_OF_USER = "SELECT issuer, created_at, last_used_at FROM linked_accounts
        WHERE org = $1 AND user_id = $2 ORDER BY created_at, issuer";
    /// org, user, issuer.
    DELETE_LINK = "DELETE FROM linked_accounts WHERE org = $1 AND user_id = $2 AND issuer = $3";
    /// org, user.
    DELETE_LINKS = "DELETE FROM linked_accounts WHERE org = $1 AND user_id = $2";
    /// org, user.
    DELETE_ATTEMPTS = "DELETE FROM oauth_attempts WHERE org = $1 AND user_id = $2";

    /// org, user, role.
    SET_ROLE = "UPDATE users SET role = $3 WHERE org = $1 AND id = $2";
}

/// A sign-in that is under way at a provider.
pub(crate) struct StoredAttempt {
    pub(crate) org: OrgId,
    /// The hash of what the browser keeps.
    pub(crate) browser_hash: Vec<u8>,
    /// Who wants to link an account, and the epoch of their credentials in which they asked.
    pub(crate) linking: Option<(UserId, i64)>,
    /// What else is kept, sealed.
    pub(crate) sealed: Vec<u8>,
    pub(crate) created_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

#[derive(FromRow)]
struct AttemptRow {
    org: i64,
    browser_hash: Vec<u8>,
    user_id: Option<Uuid>,
    data: Vec<u8>,
    created_at: i64,
    expires_at: i64,
    credential_epoch: Option<i64>,
}

/// An account at a provider: the issuer, and the subject that it calls it by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProviderAccount<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) subject: &'a str,
}

/// A link to an account at a provider, for its user.
pub(crate) struct StoredLink {
    pub(crate) issuer: String,
    pub(crate) created_at: Timestamp,
    pub(crate) last_used_at: Timestamp,
}

/// Stores that a sign-in is under way, by the hash of its state.
pub(crate) async fn insert_attempt(
    db: &Db,
    state_hash: Vec<u8>,
    (org, provider): (OrgId, &str),
    browser_hash: Vec<u8>,
    linking: Option<&User>,
    sealed: Vec<u8>,
    (now, expires_at): (Timestamp, Timestamp),
) -> Result<(), DbError> {
    let args = args![
        state_hash,
        org.0,
        provider,
        browser_hash,
        linking.map(|user| user.id.uuid()),
        sealed,
        now,
        expires_at,
        linking.map(|user| user.credential_epoch)
    ];
    db.execute(INSERT_ATTEMPT, args).await?;
    Ok(())
}

/// Takes a sign-in out: it is gone with the first who comes back with its state.
pub(crate) async fn take_attempt(
    tx: &mut Tx,
    state_hash: &[u8],
    provider: &str,
) -> Result<Option<StoredAttempt>, DbError> {
    let args = args![state_hash.to_vec(), provider];
    let row: Option<AttemptRow> = tx.fetch_optional(TAKE_ATTEMPT, args).await?;
    Ok(row.map(|row| StoredAttempt {
        org: OrgId(row.org),
        browser_hash: row.browser_hash,
        linking: row.user_id.map(UserId).zip(row.credential_epoch),
        sealed: row.data,
        created_at: Timestamp(row.created_at),
        expires_at: Timestamp(row.expires_at),
    }))
}

/// Deletes sign-ins that nobody came back from in time.
pub(crate) async fn delete_expired_attempts(db: &Db, now: Timestamp) -> Result<(), DbError> {
    db.execute_in_pieces(DELETE_EXPIRED, args![now]).await
}

/// Deletes those that say that they were made after this time.
pub(crate) async fn delete_made_after(db: &Db, latest: Timestamp) -> Result<(), DbError> {
    db.execute_in_pieces(DELETE_AHEAD, args![latest]).await
}

/// Deletes what a user has begun to link.
pub(crate) async fn delete_attempts(tx: &mut Tx, org: OrgId, user: UserId) -> Result<(), DbError> {
    tx.execute(DELETE_ATTEMPTS, args![org.0, user.uuid()])
        .await?;
    Ok(())
}

/// Whom an account at a provider is linked to.
pub(crate) async fn linked_user(
    db: &Db,
    org: OrgId,
    account: ProviderAccount<'_>,
) -> Result<Option<UserId>, DbError> {
    let args = args![org.0, account.issuer, account.subject];
    let row: Option<(Uuid,)> = db.fetch_optional(LINKED_USER, args).await?;
    Ok(row.map(|(user,)| UserId(user)))
}

/// Notes that a link was used, and locks it: nobody unlinks it meanwhile. Whose it is.
pub(crate) async fn use_link(
    tx: &mut Tx,
    org: OrgId,
    account: ProviderAccount<'_>,
    now: Timestamp,
) -> Result<Option<UserId>, DbError> {
    let args = args![org.0, account.issuer, account.subject, now];
    let row: Option<(Uuid,)> = tx.fetch_optional(USE_LINK, args).await?;
    Ok(row.map(|(user,)| UserId(user)))
}

/// Whether a user has linked an account of this issuer.
pub(crate) async fn has_link(
    db: &Db,
    org: OrgId,
    user: UserId,
    issuer: &str,
) -> Result<bool, DbError> {
    let args = args![org.0, user.uuid(), issuer];
    let (count,): (i64,) = db.fetch_one(COUNT_LINKS, args).await?;
    Ok(count > 0)
}

/// Links an account to a user; says no where it is linked already.
pub(crate) async fn insert_link(
    tx: &mut Tx,
    (org, user): (OrgId, UserId),
    account: ProviderAccount<'_>,
    now: Timestamp,
) -> Result<bool, DbError> {
    let args = args![org.0, account.issuer, account.subject, user.uuid(), now];
    match tx.execute(INSERT_LINK, args).await {
        Ok(_) => Ok(true),
        Err(DbError::Unique(_)) => Ok(false),
        Err(fault) => Err(fault),
    }
}

/// What a user has linked, the oldest first.
pub(crate) async fn links_of_user(
    db: &Db,
    org: OrgId,
    user: UserId,
) -> Result<Vec<StoredLink>, DbError> {
    let args = args![org.0, user.uuid()];
    let rows: Vec<(String, i64, i64)> = db.fetch_all(LINKS_OF_USER, args).await?;
    let link = |(issuer, created_at, last_used_at)| StoredLink {
        issuer,
        created_at: Timestamp(created_at),
        last_used_at: Timestamp(last_used_at),
    };
    Ok(rows.into_iter().map(link).collect())
}

/// Removes a user's link to an issuer; says whether there was one.
pub(crate) async fn delete_link(
    tx: &mut Tx,
    org: OrgId,
    user: UserId,
    issuer: &str,
) -> Result<bool, DbError> {
    let args = args![org.0, user.uuid(), issuer];
    Ok(tx.execute(DELETE_LINK, args).await? > 0)
}

/// Removes all links of a user.
pub(crate) async fn delete_links(tx: &mut Tx, org: OrgId, user: UserId) -> Result<(), DbError> {
    tx.execute(DELETE_LINKS, args![org.0, user.uuid()]).await?;
    Ok(())
}

/// Gives a user another role: the one that the provider says.
pub(crate) async fn set_role(tx: &mut Tx, user: &User, role: Role) -> Result<(), DbError> {
    let args = args![user.org.0, user.id.uuid(), role.as_str()];
    tx.execute(SET_ROLE, args).await?;
    Ok(())
}
