//! The SQL of one-time tokens. A statement goes by the hash of a secret, which only one
//! organisation can have.

use contracts::identity::{OrgId, UserId};
use db::{Db, DbError, Tx, args};
use uuid::Uuid;
use values::Timestamp;

use crate::accounts::user::User;
use crate::links::{NewToken, Purpose, Used};

statements! {
    /// hash, org, user, purpose, now, expires, data, epoch.
    INSERT = "INSERT INTO one_time_tokens (hash, org, user_id, purpose, created_at, expires_at, data, credential_epoch)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    /// org, user, purpose.
    DELETE_UNUSED = "DELETE FROM one_time_tokens
        WHERE org = $1 AND user_id = $2 AND purpose = $3 AND used_at IS NULL";
    /// hash, purpose, now -> hash, org, user, data, epoch, of this token and of all others that its
    /// user has for the purpose and has not used. An update, so that of two at once one finds them
    /// unused.
    CONSUME = concat!("UPDATE one_time_tokens SET used_at = $3
        WHERE purpose = $2 AND used_at IS NULL AND user_id = (SELECT user_id FROM one_time_tokens
            WHERE hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > $3", made_by!("$3"), ")
        RETURNING hash, org, user_id, data, credential_epoch");
    /// hash, purpose, now -> hash, org, user, data, epoch.
    FIND = concat!("SELECT hash, org, user_id, data, credential_epoch FROM one_time_tokens
        WHERE hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > $3", made_by!("$3"));
    /// org, user, purpose, since -> how many.
    MADE_SINCE = concat!("SELECT count(*) FROM one_time_tokens
        WHERE org = $1 AND user_id = $2 AND purpose = $3 AND created_at > $4", made_by!("$4"));
    /// org, user, purpose, now, epoch -> how many can be used in this epoch of the user's
    /// credentials.
    COUNT_VALID = concat!("SELECT count(*) FROM one_time_tokens
        WHERE org = $1 AND user_id = $2 AND purpose = $3 AND used_at IS NULL AND expires_at > $4", made_by!("$4"), "
        AND COALESCE(credential_epoch, $5) = $5");
    /// org, user.
    DELETE_OF_USER = "DELETE FROM one_time_tokens WHERE org = $1 AND user_id = $2";
    /// now, how many.
    DELETE_EXPIRED = "DELETE FROM one_time_tokens
        WHERE hash IN (SELECT hash FROM one_time_tokens WHERE expires_at <= $1 LIMIT $2)";
    /// latest, how many: those that say that they were made later.
    DELETE_AHEAD = "DELETE FROM one_time_tokens
        WHERE hash IN (SELECT hash FROM one_time_tokens WHERE created_at > $1 LIMIT $2)";
}

/// Hash, org, user, data, epoch.
type UsedRow = (Vec<u8>, i64, Uuid, String, Option<i64>);

fn used((_, org, user, data, epoch): UsedRow) -> Used {
    Used {
        org: OrgId(org),
        user: UserId(user),
        data,
        epoch,
    }
}

/// Stores a token by its hash.
pub(crate) async fn insert(
    tx: &mut Tx,
    hash: Vec<u8>,
    new: &NewToken,
    now: Timestamp,
) -> Result<(), DbError> {
    let args = args![
        hash,
        new.org.0,
        new.user.uuid(),
        new.purpose.as_str(),
        now,
        new.expires_at,
        new.data.as_str(),
        new.epoch
    ];
    tx.execute(INSERT, args).await?;
    Ok(())
}

/// Deletes the tokens of a user for a purpose that were not used.
pub(crate) async fn delete_unused(
    tx: &mut Tx,
    org: OrgId,
    user: UserId,
    purpose: Purpose,
) -> Result<(), DbError> {
    let args = args![org.0, user.uuid(), purpose.as_str()];
    tx.execute(DELETE_UNUSED, args).await?;
    Ok(())
}

/// The token with this hash, where it can be used.
pub(crate) async fn find(
    db: &Db,
    hash: Vec<u8>,
    purpose: Purpose,
    now: Timestamp,
) -> Result<Option<Used>, DbError> {
    let args = args![hash, purpose.as_str(), now];
    Ok(db.fetch_optional(FIND, args).await?.map(used))
}

/// Uses up the token with this hash, where it can be used, and all others that its user has for the
/// purpose.
pub(crate) async fn consume(
    tx: &mut Tx,
    hash: Vec<u8>,
    purpose: Purpose,
    now: Timestamp,
) -> Result<Option<Used>, DbError> {
    let args = args![hash.clone(), purpose.as_str(), now];
    let ended: Vec<UsedRow> = tx.fetch_all(CONSUME, args).await?;
    let row = ended.into_iter().find(|(ended, ..)| *ended == hash);
    Ok(row.map(used))
}

/// Whether a user was given a token for a purpose after this time.
pub(crate) async fn was_made_since(
    tx: &mut Tx,
    user: &User,
    purpose: Purpose,
    since: Timestamp,
) -> Result<bool, DbError> {
    let args = args![user.org.0, user.id.uuid(), purpose.as_str(), since];
    let made: Option<(i64,)> = tx.fetch_optional(MADE_SINCE, args).await?;
    Ok(made.is_some_and(|(count,)| count > 0))
}

/// How many tokens a user can use for a purpose.
pub(crate) async fn count_valid(
    tx: &mut Tx,
    user: &User,
    purpose: Purpose,
    now: Timestamp,
) -> Result<i64, DbError> {
    let (org, id, epoch) = (user.org.0, user.id.uuid(), user.credential_epoch);
    let args = args![org, id, purpose.as_str(), now, epoch];
    let valid: Option<(i64,)> = tx.fetch_optional(COUNT_VALID, args).await?;
    Ok(valid.map_or(0, |(count,)| count))
}

/// Deletes the tokens of a user.
pub(crate) async fn delete_all(tx: &mut Tx, org: OrgId, user: UserId) -> Result<(), DbError> {
    tx.execute(DELETE_OF_USER, args![org.0, user.uuid()])
        .await?;
    Ok(())
}

/// Deletes tokens that have expired.
pub(crate) async fn delete_expired(db: &Db, now: Timestamp) -> Result<(), DbError> {
    db.execute_in_pieces(DELETE_EXPIRED, args![now]).await
}

/// Deletes those that say that they were made after this time.
pub(crate) async fn delete_made_after(db: &Db, latest: Timestamp) -> Result<(), DbError> {
    db.execute_in_pieces(DELETE_AHEAD, args![latest]).await
}
