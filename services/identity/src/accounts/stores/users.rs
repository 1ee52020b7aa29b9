//! The SQL of users.

use std::collections::BTreeMap;

use contracts::identity::{Factor, Factors, KnownUser, OrgId, Role, UserId};
use contracts::kyc::KycStanding;
use db::{Arg, Db, DbError, Tx, args};
use sqlx::FromRow;
use uuid::Uuid;
use values::Timestamp;

use crate::accounts::email::{Email, normalise_email};
use crate::accounts::user::{User, UserStatus};
use crate::fault::Fault;

macro_rules! user_columns {
    () => {
        "id, org, email, name, role, status, email_verified, kyc_status, credential_epoch, created_at,
        (SELECT count(*) FROM totp_secrets WHERE user_id = users.id AND enabled_at IS NOT NULL) AS totp,
        (SELECT count(*) FROM passkeys WHERE user_id = users.id) AS passkeys,
        (SELECT count(*) FROM recovery_codes WHERE user_id = users.id AND used_at IS NULL) AS recovery_codes"
    };
}
pub(crate) use user_columns;

statements! {
    /// id, org, email, normalised, name, role, status, hash, verified, now.
    INSERT_USER = "INSERT INTO users
        (id, org, email, email_normalised, name, role, status, password_hash, email_verified, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    /// org, id -> [`UserRow`].
    USER_BY_ID = concat!("SELECT ", user_columns!(), " FROM users WHERE org = $1 AND id = $2");
    /// org, id -> [`UserRow`], active or not.
    ACCOUNT_BY_ID = concat!("SELECT ", user_columns!(), " FROM users WHERE org = $1 AND id = $2 AND closed_at IS NULL");
    /// org, normalised -> [`CredentialsRow`].
    CREDENTIALS_BY_EMAIL = concat!(
        "SELECT ", user_columns!(), ", password_hash FROM users
         WHERE org = $1 AND email_normalised = $2 AND closed_at IS NULL"
    );
    /// org, id -> [`CredentialsRow`].
    CREDENTIALS_BY_ID = concat!(
        "SELECT ", user_columns!(), ", password_hash FROM users WHERE org = $1 AND id = $2 AND closed_at IS NULL"
    );
    /// org, normalised -> [`UserRow`], active or not.
    ACCOUNT_BY_EMAIL = concat!("SELECT ", user_columns!(), " FROM users WHERE org = $1 AND email_normalised = $2");
    /// org, id, hash.
    SET_PASSWORD = "UPDATE users SET password_hash = $3 WHERE org = $1 AND id = $2";
    /// org, id, name.
    SET_NAME = "UPDATE users SET name = $3 WHERE org = $1 AND id = $2";
    /// org, id, e-mail, normalised.
    CHANGE_EMAIL = "UPDATE users SET email = $3, email_normalised = $4, email_verified = 1
        WHERE org = $1 AND id = $2 AND status = 'active'";
    /// org, id, now, what stands for the e-mail.
    CLOSE = "UPDATE users SET status = 'suspended', closed_at = $3, email = '', email_normalised = $4, name = '',
        password_hash = '', email_verified = 0 WHERE org = $1 AND id = $2";
    /// org, id, status of the verification, its version. No row where a newer one is there, or the
    /// account is closed.
    SET_KYC = "UPDATE users SET kyc_status = $3, kyc_version = $4
        WHERE org = $1 AND id = $2 AND kyc_version < $4 AND closed_at IS NULL";
    /// org, id, the e-mail that was shown, normalised.
    VERIFY_EMAIL = "UPDATE users SET email_verified = 1
        WHERE org = $1 AND id = $2 AND email_normalised = $3 AND status = 'active'";
    /// org, id, the hash that was verified, the one that replaces it.
    RENEW_HASH = "UPDATE users SET password_hash = $4 WHERE org = $1 AND id = $2 AND password_hash = $3";
    /// -> the highest cost of a hash of bcrypt, of all organisations: two digits. No row where
    /// there is none.
    BCRYPT_COST = "SELECT substr(password_hash, 5, 2) FROM users WHERE substr(password_hash, 1, 2) = '$2'
        ORDER BY substr(password_hash, 5, 2) DESC LIMIT 1";
    /// after, limit -> id, role, status, verified, closed: also in other organisations.
    USERS_AFTER = "SELECT id, role, status, email_verified, closed_at FROM users WHERE id > $1 ORDER BY id LIMIT $2";
    /// -> id of any user.
    ANYBODY = "SELECT id FROM users LIMIT 1";
    /// org -> id of an administrator.
    ADMINISTRATOR = "SELECT id FROM users WHERE org = $1 AND role = 'admin' AND status = 'active' LIMIT 1";
    /// org, role, limit -> ids of those who are active and have it.
    STAFF = "SELECT id FROM users WHERE org = $1 AND role = $2 AND role IN ('operator', 'auditor', 'admin')
        AND status = 'active' ORDER BY id LIMIT $3";
    /// org, normalised -> id of the administrator with this e-mail.
    ADMINISTRATOR_BY_EMAIL = "SELECT id FROM users WHERE org = $1 AND email_normalised = $2 AND role = 'admin'";
    /// org, normalised -> id, whatever their status.
    USER_BY_EMAIL = "SELECT id FROM users WHERE org = $1 AND email_normalised = $2";
    /// org, normalised -> id of anyone who has registered with this e-mail and never shown that it
    /// is theirs.
    UNCONFIRMED = "SELECT id FROM users WHERE org = $1 AND email_normalised = $2 AND email_verified = 0 AND role = 'user'";
    /// org, normalised -> [`UserRow`], as `UNCONFIRMED`. Changes nothing; but it locks them until
    /// the transaction ends.
    HOLD_UNCONFIRMED = concat!(
        "UPDATE users SET status = status WHERE org = $1 AND email_normalised = $2 AND email_verified = 0 AND role = 'user'
         RETURNING ", user_columns!()
    );
    /// org, normalised -> id, name: of an active user who has shown that the e-mail is theirs.
    CONFIRMED_USER_BY_EMAIL = "SELECT id, name FROM users
        WHERE org = $1 AND email_normalised = $2 AND email_verified = 1 AND status = 'active'";
    /// org, a hundred ids -> id, name: of those whom `CONFIRMED_USER_BY_EMAIL` finds.
    NAMES = "SELECT id, name FROM users WHERE org = $1 AND closed_at IS NULL AND email_verified >= $102 AND (status = 'active' OR $102 = 0) AND id IN ( \
         $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, \
         $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, \
         $42, $43, $44, $45, $46, $47, $48, $49, $50, $51, $52, $53, $54, $55, $56, $57, $58, $59, $60, $61, \
         $62, $63, $64, $65, $66, $67, $68, $69, $70, $71, $72, $73, $74, $75, $76, $77, $78, $79, $80, $81, \
         $82, $83, $84, $85, $86, $87, $88, $89, $90, $91, $92, $93, $94, $95, $96, $97, $98, $99, $100, $101)";
}

/// How many ids [`NAMES`] takes.
const NAMED: usize = 100;

/// Whose names are told.
#[derive(Clone, Copy)]
pub(crate) enum Named {
    /// Those of everybody whose account is not closed.
    All,
    /// Those of active users who have confirmed their e-mail.
    Confirmed,
}

/// A user.
#[derive(FromRow)]
pub(crate) struct UserRow {
    id: Uuid,
    org: i64,
    email: String,
    name: String,
    role: String,
    status: String,
    email_verified: i64,
    kyc_status: String,
    credential_epoch: i64,
    created_at: i64,
    totp: i64,
    passkeys: i64,
    recovery_codes: i64,
}

impl TryFrom<UserRow> for User {
    type Error = Fault;

    fn try_from(row: UserRow) -> Result<Self, Fault> {
        Ok(Self {
            id: UserId(row.id),
            org: OrgId(row.org),
            email: row.email,
            name: row.name,
            role: row.role.parse().map_err(|_| Fault::Row("users.role"))?,
            status: UserStatus::from_name(&row.status).ok_or(Fault::Row("users.status"))?,
            email_verified: row.email_verified != 0,
            second_factors: Factors::NONE
                .with(Factor::Totp, row.totp != 0)
                .with(Factor::Passkey, row.passkeys != 0)
                .with(Factor::RecoveryCode, row.recovery_codes != 0),
            kyc_status: row.kyc_status,
            credential_epoch: row.credential_epoch,
            created_at: Timestamp(row.created_at),
        })
    }
}

#[derive(FromRow)]
struct CredentialsRow {
    #[sqlx(flatten)]
    user: UserRow,
    password_hash: String,
}

/// A user whose account is not closed, and the hash of their password.
#[derive(Debug)]
pub(crate) struct StoredCredentials {
    pub(crate) user: User,
    pub(crate) password_hash: String,
}

impl TryFrom<CredentialsRow> for StoredCredentials {
    type Error = Fault;

    fn try_from(row: CredentialsRow) -> Result<Self, Fault> {
        Ok(Self {
            user: row.user.try_into()?,
            password_hash: row.password_hash,
        })
    }
}

/// Stores a new user. False where somebody else has the e-mail.
pub(crate) async fn insert_user(
    tx: &mut Tx,
    user: &User,
    password_hash: &str,
) -> Result<bool, DbError> {
    let args = args![
        user.id.uuid(),
        user.org.0,
        user.email.as_str(),
        normalise_email(&user.email),
        user.name.as_str(),
        user.role.as_str(),
        user.status.as_str(),
        password_hash,
        user.email_verified,
        user.created_at
    ];
    unless_taken(tx.execute(INSERT_USER, args).await)
}

/// The user, where they are active.
pub(crate) async fn active_user(db: &Db, org: OrgId, user: UserId) -> Result<Option<User>, Fault> {
    let row = db.fetch_optional(USER_BY_ID, args![org.0, user.uuid()]);
    active(row.await?)
}

/// A user, active or not, whose account is not closed.
pub(crate) async fn account(db: &Db, org: OrgId, user: UserId) -> Result<Option<User>, Fault> {
    let row: Option<UserRow> = db
        .fetch_optional(ACCOUNT_BY_ID, args![org.0, user.uuid()])
        .await?;
    row.map(User::try_from).transpose()
}

/// As [`active_user`], within a transaction.
pub(crate) async fn active_user_in(
    tx: &mut Tx,
    org: OrgId,
    user: UserId,
) -> Result<Option<User>, Fault> {
    let row = tx.fetch_optional(USER_BY_ID, args![org.0, user.uuid()]);
    active(row.await?)
}

/// The user with this e-mail, and the hash of their password.
pub(crate) async fn credentials_by_email(
    db: &Db,
    org: OrgId,
    normalised: &str,
) -> Result<Option<StoredCredentials>, Fault> {
    let args = args![org.0, normalised];
    let row: Option<CredentialsRow> = db.fetch_optional(CREDENTIALS_BY_EMAIL, args).await?;
    row.map(StoredCredentials::try_from).transpose()
}

/// The user with this id, and the hash of their password.
pub(crate) async fn credentials_by_id(
    db: &Db,
    org: OrgId,
    user: UserId,
) -> Result<Option<StoredCredentials>, Fault> {
    let args = args![org.0, user.uuid()];
    let row: Option<CredentialsRow> = db.fetch_optional(CREDENTIALS_BY_ID, args).await?;
    row.map(StoredCredentials::try_from).transpose()
}

/// The user with this e-mail, active or not.
pub(crate) async fn user_by_email(
    tx: &mut Tx,
    org: OrgId,
    normalised: &str,
) -> Result<Option<User>, Fault> {
    let args = args![org.0, normalised];
    let row: Option<UserRow> = tx.fetch_optional(ACCOUNT_BY_EMAIL, args).await?;
    row.map(User::try_from).transpose()
}

/// Whether a user has this e-mail.
pub(crate) async fn is_email_taken(db: &Db, org: OrgId, normalised: &str) -> Result<bool, DbError> {
    any(db, USER_BY_EMAIL, org, normalised).await
}

/// The user who has registered with this e-mail, and never shown that it is theirs.
pub(crate) async fn unconfirmed(
    db: &Db,
    org: OrgId,
    normalised: &str,
) -> Result<Option<UserId>, DbError> {
    let found: Option<(Uuid,)> = db
        .fetch_optional(UNCONFIRMED, args![org.0, normalised])
        .await?;
    Ok(found.map(|(id,)| UserId(id)))
}

/// Locks the [`unconfirmed`] user until the transaction ends.
pub(crate) async fn lock_unconfirmed(
    tx: &mut Tx,
    org: OrgId,
    normalised: &str,
) -> Result<Option<User>, Fault> {
    let args = args![org.0, normalised];
    let row: Option<UserRow> = tx.fetch_optional(HOLD_UNCONFIRMED, args).await?;
    row.map(User::try_from).transpose()
}

/// The active user who has shown that this e-mail is theirs.
pub(crate) async fn confirmed_user(
    db: &Db,
    org: OrgId,
    normalised: &str,
) -> Result<Option<KnownUser>, DbError> {
    let args = args![org.0, normalised];
    let row: Option<(Uuid, String)> = db.fetch_optional(CONFIRMED_USER_BY_EMAIL, args).await?;
    Ok(row.map(|(id, name)| KnownUser {
        id: UserId(id),
        org,
        name,
    }))
}

/// What users call themselves, a hundred at most.
pub(crate) async fn names(
    db: &Db,
    org: OrgId,
    users: &[UserId],
    named: Named,
) -> Result<Vec<KnownUser>, DbError> {
    let ids = users.iter().map(|user| user.uuid());
    let mut args = args![org.0];
    args.extend(
        ids.chain(std::iter::repeat(Uuid::nil()))
            .take(NAMED)
            .map(Arg::from),
    );
    args.push(Arg::from(i64::from(matches!(named, Named::Confirmed))));
    let rows: Vec<(Uuid, String)> = db.fetch_all(NAMES, args).await?;
    let known = |(id, name)| KnownUser {
        id: UserId(id),
        org,
        name,
    };
    Ok(rows.into_iter().map(known).collect())
}

/// Gives a user another password.
pub(crate) async fn set_password(
    tx: &mut Tx,
    org: OrgId,
    user: UserId,
    hash: &str,
) -> Result<(), DbError> {
    let args = args![org.0, user.uuid(), hash];
    tx.execute(SET_PASSWORD, args).await?;
    Ok(())
}

/// Replaces the hash of a password by another of the same password, unless it was replaced
/// meanwhile.
pub(crate) async fn renew_hash(db: &Db, user: &User, old: &str, new: &str) -> Result<(), DbError> {
    let args = args![user.org.0, user.id.uuid(), old, new];
    db.execute(RENEW_HASH, args).await?;
    Ok(())
}

/// The highest cost of a hash of bcrypt that somebody was imported with and has not logged in with.
pub(crate) async fn highest_bcrypt_cost(db: &Db) -> Result<Option<u32>, Fault> {
    let row: Option<(String,)> = db.fetch_optional(BCRYPT_COST, args![]).await?;
    let read = |(cost,): (String,)| cost.parse().map_err(|_| Fault::Row("users.password_hash"));
    row.map(read).transpose()
}

/// Gives a user another name.
pub(crate) async fn set_name(
    tx: &mut Tx,
    org: OrgId,
    user: UserId,
    name: &str,
) -> Result<(), DbError> {
    tx.execute(SET_NAME, args![org.0, user.uuid(), name])
        .await?;
    Ok(())
}

/// Gives an active user another e-mail, which they have confirmed. False where somebody else has
/// it.
pub(crate) async fn change_email(
    tx: &mut Tx,
    org: OrgId,
    user: UserId,
    email: &Email,
) -> Result<bool, DbError> {
    let args = args![org.0, user.uuid(), email.as_str(), email.normalised()];
    unless_taken(tx.execute(CHANGE_EMAIL, args).await)
}

/// Notes that an active user has shown that the e-mail is theirs. False where they have another one
/// by now.
pub(crate) async fn verify_email(
    tx: &mut Tx,
    org: OrgId,
    user: UserId,
    normalised: &str,
) -> Result<bool, DbError> {
    let args = args![org.0, user.uuid(), normalised];
    Ok(tx.execute(VERIFY_EMAIL, args).await? > 0)
}

/// Keeps how the verification of a user stands. False where a newer standing is there, or the
/// account is closed.
pub(crate) async fn set_kyc(tx: &mut Tx, standing: &KycStanding) -> Result<bool, DbError> {
    let args = args![
        standing.org.0,
        standing.user.uuid(),
        standing.status.as_str(),
        standing.version
    ];
    Ok(tx.execute(SET_KYC, args).await? > 0)
}

/// Closes an account: erases what is personal in the user's row, and frees the e-mail.
pub(crate) async fn close(
    tx: &mut Tx,
    org: OrgId,
    user: UserId,
    now: Timestamp,
) -> Result<(), DbError> {
    // No e-mail has the form of an id.
    let args = args![org.0, user.uuid(), now, user.to_string()];
    tx.execute(CLOSE, args).await?;
    Ok(())
}

/// What a user may do, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredState {
    pub(crate) role: String,
    pub(crate) status: String,
    pub(crate) email_verified: bool,
    pub(crate) is_closed: bool,
}

/// So many users of all organisations, in the order of their ids, after one.
pub(crate) async fn after(
    db: &Db,
    user: UserId,
    limit: i64,
) -> Result<BTreeMap<UserId, StoredState>, DbError> {
    let users: Vec<(Uuid, String, String, i64, Option<i64>)> =
        db.fetch_all(USERS_AFTER, args![user.uuid(), limit]).await?;
    let state = |(id, role, status, verified, closed): (_, _, _, i64, Option<i64>)| {
        let state = StoredState {
            role,
            status,
            email_verified: verified != 0,
            is_closed: closed.is_some(),
        };
        (UserId(id), state)
    };
    Ok(users.into_iter().map(state).collect())
}

/// Whether there is any user.
pub(crate) async fn has_any_user(db: &Db) -> Result<bool, DbError> {
    let found: Option<(Uuid,)> = db.fetch_optional(ANYBODY, args![]).await?;
    Ok(found.is_some())
}

/// Whether an organisation has an active administrator.
pub(crate) async fn has_administrator(db: &Db, org: OrgId) -> Result<bool, DbError> {
    let found: Option<(Uuid,)> = db.fetch_optional(ADMINISTRATOR, args![org.0]).await?;
    Ok(found.is_some())
}

/// Who is active and has a role of the staff, so many at most.
pub(crate) async fn staff(
    db: &Db,
    org: OrgId,
    role: Role,
    limit: i64,
) -> Result<Vec<UserId>, DbError> {
    let args = args![org.0, role.as_str(), limit];
    let found: Vec<(Uuid,)> = db.fetch_all(STAFF, args).await?;
    Ok(found.into_iter().map(|(id,)| UserId(id)).collect())
}

/// Whether an administrator of an organisation has this e-mail.
pub(crate) async fn is_administrator(
    db: &Db,
    org: OrgId,
    normalised: &str,
) -> Result<bool, DbError> {
    any(db, ADMINISTRATOR_BY_EMAIL, org, normalised).await
}

/// Whether a statement finds somebody with this e-mail.
async fn any(db: &Db, sql: &'static str, org: OrgId, normalised: &str) -> Result<bool, DbError> {
    let found: Option<(Uuid,)> = db.fetch_optional(sql, args![org.0, normalised]).await?;
    Ok(found.is_some())
}

fn active(row: Option<UserRow>) -> Result<Option<User>, Fault> {
    let user = row.map(User::try_from).transpose()?;
    Ok(user.filter(User::is_active))
}

/// Whether a row was changed; not where its e-mail would be another's.
fn unless_taken(changed: Result<u64, DbError>) -> Result<bool, DbError> {
    match changed {
        Ok(rows) => Ok(rows > 0),
        Err(DbError::Unique(_)) => Ok(false),
        Err(error) => Err(error),
    }
}
