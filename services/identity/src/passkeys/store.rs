//! The SQL of passkeys and of the ceremonies in which they are registered and used.

use contracts::identity::{OrgId, UserId};
use db::{Db, DbError, Tx, args};
use uuid::Uuid;
use values::Timestamp;
use webauthn_rs::prelude::Passkey;

use crate::accounts::user::User;
use crate::clock_watch::latest_made;
use crate::factors::second_factor::SIGN_IN_LIFETIME;
use crate::fault::Fault;
use crate::passkeys::passkey::{KnownPasskey, PasskeyId};

statements! {
    /// hash, user, sealed state, expires, epoch.
    INSERT_CEREMONY = "INSERT INTO passkey_ceremonies (hash, user_id, state, expires_at, credential_epoch) VALUES ($1, $2, $3, $4, $5)";
    /// hash, now, the latest expiry of one that is begun by now -> user, sealed state, epoch.
    /// Deletes it, so that of two answers at once one finds it.
    TAKE_CEREMONY = "DELETE FROM passkey_ceremonies WHERE hash = $1 AND expires_at > $2 AND expires_at <= $3
        RETURNING user_id, state, credential_epoch";
    /// now, how many.
    DELETE_EXPIRED_CEREMONIES = "DELETE FROM passkey_ceremonies
        WHERE hash IN (SELECT hash FROM passkey_ceremonies WHERE expires_at <= $1 LIMIT $2)";
    /// the latest expiry, how many.
    DELETE_CEREMONIES_AHEAD = "DELETE FROM passkey_ceremonies
        WHERE hash IN (SELECT hash FROM passkey_ceremonies WHERE expires_at > $1 LIMIT $2)";

    /// org, user -> how many.
    PASSKEY_COUNT = "SELECT count(*) FROM passkeys WHERE org = $1 AND user_id = $2";
    /// id, org, user, credential's id, credential, name, now.
    INSERT_PASSKEY = "INSERT INTO passkeys (id, org, user_id, credential_id, credential, name, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    /// org, user -> id, name, created, last used; the oldest first.
    PASSKEYS = "SELECT id, name, created_at, last_used_at FROM passkeys WHERE org = $1 AND user_id = $2 ORDER BY id";
    /// org, user -> credential's id.
    CREDENTIAL_IDS = "SELECT credential_id FROM passkeys WHERE org = $1 AND user_id = $2 ORDER BY id";
    /// credential's id -> org, user.
    OWNER_OF_PASSKEY = "SELECT org, user_id FROM passkeys WHERE credential_id = $1";
    /// credential's id -> id, org, user, credential. An update, because that locks it: its counter
    /// is then read and written by one.
    LOCK_PASSKEY = "UPDATE passkeys SET name = name WHERE credential_id = $1
        RETURNING id, org, user_id, credential";
    /// org, id, credential, now.
    USE_PASSKEY = "UPDATE passkeys SET credential = $3, last_used_at = $4 WHERE org = $1 AND id = $2";
    /// org, user, id, name -> id, name, created, last used.
    RENAME_PASSKEY = "UPDATE passkeys SET name = $4 WHERE org = $1 AND user_id = $2 AND id = $3
        RETURNING id, name, created_at, last_used_at";
    /// org, user.
    DELETE_PASSKEYS = "DELETE FROM passkeys WHERE org = $1 AND user_id = $2";
    /// user: what they were asked when they registered one.
    DELETE_CEREMONIES_OF_USER = "DELETE FROM passkey_ceremonies WHERE user_id = $1";
    /// org, user, id.
    DELETE_PASSKEY = "DELETE FROM passkeys WHERE org = $1 AND user_id = $2 AND id = $3";
}

/// A ceremony that was begun: a question to a browser, with what is needed to judge the answer.
pub(crate) struct Ceremony {
    /// Who is to register a passkey, and the epoch of their credentials in which they asked; none
    /// where a passkey is to be used.
    pub(crate) registers: Option<(UserId, i64)>,
    /// The state, sealed.
    pub(crate) sealed: Vec<u8>,
}

/// A passkey that somebody shows.
pub(crate) struct StoredPasskey {
    pub(crate) id: PasskeyId,
    pub(crate) org: OrgId,
    pub(crate) user: UserId,
    pub(crate) passkey: Passkey,
}

/// Stores a ceremony, by the hash of its name.
pub(crate) async fn insert_ceremony(
    db: &Db,
    hash: Vec<u8>,
    registers: Option<&User>,
    sealed: Vec<u8>,
    expires_at: Timestamp,
) -> Result<(), DbError> {
    let (user, epoch) = registers
        .map(|user| (user.id.uuid(), user.credential_epoch))
        .unzip();
    let args = args![hash, user, sealed, expires_at, epoch];
    db.execute(INSERT_CEREMONY, args).await?;
    Ok(())
}

/// Takes a ceremony out: it is good for one answer.
pub(crate) async fn take_ceremony(
    tx: &mut Tx,
    hash: &[u8],
    now: Timestamp,
) -> Result<Option<Ceremony>, DbError> {
    let latest = latest_made(now).plus(SIGN_IN_LIFETIME);
    let args = args![hash.to_vec(), now, latest];
    let row: Option<(Option<Uuid>, Vec<u8>, Option<i64>)> =
        tx.fetch_optional(TAKE_CEREMONY, args).await?;
    Ok(row.map(|(user, sealed, epoch)| Ceremony {
        registers: user.map(UserId).zip(epoch),
        sealed,
    }))
}

/// Deletes ceremonies that nobody has answered in time.
pub(crate) async fn delete_expired_ceremonies(db: &Db, now: Timestamp) -> Result<(), DbError> {
    db.execute_in_pieces(DELETE_EXPIRED_CEREMONIES, args![now])
        .await
}

/// Deletes ceremonies that were begun after this time.
pub(crate) async fn delete_ceremonies_made_after(
    db: &Db,
    latest: Timestamp,
) -> Result<(), DbError> {
    let latest = args![latest.plus(SIGN_IN_LIFETIME)];
    db.execute_in_pieces(DELETE_CEREMONIES_AHEAD, latest).await
}

/// How many passkeys a user has.
pub(crate) async fn count(tx: &mut Tx, user: &User) -> Result<i64, Fault> {
    let args = args![user.org.0, user.id.uuid()];
    let row: Option<(i64,)> = tx.fetch_optional(PASSKEY_COUNT, args).await?;
    let (count,) = row.ok_or(Fault::Row("passkeys"))?;
    Ok(count)
}

/// Stores a passkey; says no where it is registered already.
pub(crate) async fn insert(
    tx: &mut Tx,
    id: PasskeyId,
    user: &User,
    passkey: &Passkey,
    name: &str,
    now: Timestamp,
) -> Result<bool, Fault> {
    let args = args![
        id.uuid(),
        user.org.0,
        user.id.uuid(),
        passkey.cred_id().to_vec(),
        text(passkey)?,
        name,
        now
    ];
    match tx.execute(INSERT_PASSKEY, args).await {
        Ok(_) => Ok(true),
        Err(DbError::Unique(_)) => Ok(false),
        Err(fault) => Err(fault.into()),
    }
}

/// A user's passkeys, the oldest first.
pub(crate) async fn passkeys(
    db: &Db,
    org: OrgId,
    user: UserId,
) -> Result<Vec<KnownPasskey>, DbError> {
    let args = args![org.0, user.uuid()];
    let rows: Vec<KnownRow> = db.fetch_all(PASSKEYS, args).await?;
    Ok(rows.into_iter().map(known).collect())
}

/// Id, name, created, last used.
type KnownRow = (Uuid, String, i64, Option<i64>);

fn known((id, name, created_at, last_used_at): KnownRow) -> KnownPasskey {
    KnownPasskey {
        id: PasskeyId(id),
        name,
        created_at: Timestamp(created_at),
        last_used_at: last_used_at.map(Timestamp),
    }
}

/// Gives a user's passkey another name; none where there is no such passkey.
pub(crate) async fn rename(
    tx: &mut Tx,
    org: OrgId,
    user: UserId,
    id: PasskeyId,
    name: &str,
) -> Result<Option<KnownPasskey>, DbError> {
    let args = args![org.0, user.uuid(), id.uuid(), name];
    let row: Option<KnownRow> = tx.fetch_optional(RENAME_PASSKEY, args).await?;
    Ok(row.map(known))
}

/// By which ids browsers know a user's passkeys.
pub(crate) async fn credential_ids(db: &Db, user: &User) -> Result<Vec<Vec<u8>>, DbError> {
    let args = args![user.org.0, user.id.uuid()];
    let rows: Vec<(Vec<u8>,)> = db.fetch_all(CREDENTIAL_IDS, args).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Whose passkey this is, by the id that a browser says.
pub(crate) async fn owner(
    tx: &mut Tx,
    credential_id: Vec<u8>,
) -> Result<Option<(OrgId, UserId)>, DbError> {
    let args = args![credential_id];
    let row: Option<(i64, Uuid)> = tx.fetch_optional(OWNER_OF_PASSKEY, args).await?;
    Ok(row.map(|(org, user)| (OrgId(org), UserId(user))))
}

/// Locks a passkey: its counter is read and written by one at a time.
pub(crate) async fn lock(
    tx: &mut Tx,
    credential_id: Vec<u8>,
) -> Result<Option<StoredPasskey>, Fault> {
    let args = args![credential_id];
    let row: Option<(Uuid, i64, Uuid, String)> = tx.fetch_optional(LOCK_PASSKEY, args).await?;
    row.map(|(id, org, user, credential)| {
        let passkey =
            serde_json::from_str(&credential).map_err(|_| Fault::Row("passkeys.credential"))?;
        Ok(StoredPasskey {
            id: PasskeyId(id),
            org: OrgId(org),
            user: UserId(user),
            passkey,
        })
    })
    .transpose()
}

/// Stores a passkey as it is after its use.
pub(crate) async fn use_passkey(
    tx: &mut Tx,
    org: OrgId,
    id: PasskeyId,
    passkey: &Passkey,
    now: Timestamp,
) -> Result<(), Fault> {
    let args = args![org.0, id.uuid(), text(passkey)?, now];
    tx.execute(USE_PASSKEY, args).await?;
    Ok(())
}

/// Deletes a user's passkey; says whether there was one.
pub(crate) async fn delete(tx: &mut Tx, user: &User, id: PasskeyId) -> Result<bool, DbError> {
    let args = args![user.org.0, user.id.uuid(), id.uuid()];
    Ok(tx.execute(DELETE_PASSKEY, args).await? > 0)
}

/// Deletes all passkeys of a user, and what they were asked to register one.
pub(crate) async fn delete_all(tx: &mut Tx, user: &User) -> Result<(), DbError> {
    tx.execute(DELETE_PASSKEYS, args![user.org.0, user.id.uuid()])
        .await?;
    tx.execute(DELETE_CEREMONIES_OF_USER, args![user.id.uuid()])
        .await?;
    Ok(())
}

fn text(passkey: &Passkey) -> Result<String, Fault> {
    serde_json::to_string(passkey).map_err(|_| Fault::Row("passkeys.credential"))
}
