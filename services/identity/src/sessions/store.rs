//! The SQL of sessions and of their refresh tokens.

use contracts::identity::{OrgId, SessionId, UserId};
use db::{Db, DbError, Tx, args};
use sqlx::FromRow;
use uuid::Uuid;
use values::Timestamp;
use web::client::Client;

use crate::fault::Fault;
use crate::sessions::session::{ListedSession, Proof, Session};

macro_rules! session_columns {
    () => {
        "id, org, user_id, methods, authenticated_at, second_factor_at, created_at, last_used_at, expires_at, revoked_at,
        credential_epoch, cookie_hash"
    };
}

statements! {
    /// id, org, user, methods, authenticated, second factor, created, last used, expires, address,
    /// user agent, epoch.
    INSERT_SESSION = "INSERT INTO sessions
        (id, org, user_id, methods, authenticated_at, second_factor_at, created_at, last_used_at, expires_at, address, user_agent,
        credential_epoch)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    /// org, id, now, epoch -> [`SessionRow`]. Of one that has not ended; an update, because that
    /// locks it.
    LOCK_LIVE_SESSION = concat!(
        "UPDATE sessions SET last_used_at = $3
        WHERE org = $1 AND id = $2 AND revoked_at IS NULL AND expires_at > $3 AND credential_epoch = $4",
        made_by!("$3"), " RETURNING ",
        session_columns!()
    );
    /// org, id, methods, authenticated, second factor.
    SET_PROOF = "UPDATE sessions SET methods = $3, authenticated_at = $4, second_factor_at = $5 WHERE org = $1 AND id = $2";
    /// id, hash: the session is a browser's.
    SET_COOKIE = "UPDATE sessions SET cookie_hash = $2 WHERE id = $1";
    /// hash -> [`SessionRow`], of an active user.
    SESSION_OF_COOKIE = concat!(
        "SELECT ", session_columns!(), " FROM sessions WHERE cookie_hash = $1 AND revoked_at IS NULL
        AND EXISTS (SELECT 1 FROM users u WHERE u.org = sessions.org AND u.id = sessions.user_id
            AND u.credential_epoch = sessions.credential_epoch AND u.status = 'active')"
    );
    /// hash, now -> id, org, user.
    REVOKE_SESSION_OF_COOKIE = "UPDATE sessions SET revoked_at = $2 WHERE cookie_hash = $1 AND revoked_at IS NULL
        RETURNING id, org, user_id";
    /// id, when.
    USE_SESSION = "UPDATE sessions SET last_used_at = $2 WHERE id = $1 AND last_used_at < $2";
    /// org, user, now, tokens last used after, cookies last used after, created before, how many ->
    /// [`ListedRow`].
    SESSIONS_OF_USER = "SELECT id, address, user_agent, cookie_hash, created_at, last_used_at, expires_at FROM sessions
        WHERE org = $1 AND user_id = $2 AND revoked_at IS NULL AND expires_at > $3
        AND last_used_at > CASE WHEN cookie_hash IS NULL THEN CAST($4 AS BIGINT) ELSE CAST($5 AS BIGINT) END
        AND created_at < $6 ORDER BY created_at DESC, id DESC LIMIT $7";
    /// org, user, id, now -> id.
    REVOKE_SESSION_OF_USER = "UPDATE sessions SET revoked_at = $4
        WHERE org = $1 AND user_id = $2 AND id = $3 AND revoked_at IS NULL AND expires_at > $4 RETURNING id";
    /// hash, now -> [`SessionRow`]. An update, because that locks the family on both engines: what
    /// follows in the transaction cannot be overtaken by another refresh or a logout.
    LOCK_SESSION_OF_TOKEN = concat!(
        "UPDATE sessions SET last_used_at = $2
        WHERE id = (SELECT session_id FROM refresh_tokens WHERE token_hash = $1) RETURNING ",
        session_columns!()
    );
    /// id, now.
    REVOKE_SESSION = "UPDATE sessions SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
    /// hash, now -> id, org, user. Any token of the family will do, also a used one.
    REVOKE_SESSION_OF_TOKEN = "UPDATE sessions SET revoked_at = $2
        WHERE id = (SELECT session_id FROM refresh_tokens WHERE token_hash = $1) AND revoked_at IS NULL
        RETURNING id, org, user_id";
    /// since -> id.
    ENDED_SINCE = "SELECT id FROM sessions WHERE revoked_at > $1";
    /// no -> id, the number of the entry that it ended with: after that one, or of an earlier
    /// version, which gives none.
    ENDED_AFTER = "SELECT id, ended_no FROM sessions WHERE ended_no > $1
        UNION ALL SELECT id, CAST(0 AS BIGINT) FROM sessions WHERE revoked_at IS NOT NULL AND ended_no IS NULL";
    /// now, how many. Their refresh tokens go with them.
    DELETE_EXPIRED_SESSIONS = "DELETE FROM sessions
        WHERE id IN (SELECT id FROM sessions WHERE expires_at <= $1 LIMIT $2)";
    /// latest, how many: those that say that they were made later.
    DELETE_SESSIONS_AHEAD = "DELETE FROM sessions
        WHERE id IN (SELECT id FROM sessions WHERE created_at > $1 LIMIT $2)";

    /// hash, org, session, now, expires.
    INSERT_REFRESH_TOKEN = "INSERT INTO refresh_tokens (token_hash, org, session_id, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5)";
    /// hash -> [`RefreshTokenRow`].
    REFRESH_TOKEN = "SELECT created_at, expires_at, used_at, used_by, successor_salt FROM refresh_tokens WHERE token_hash = $1";
    /// hash, now, the device's hash, salt of the successor.
    USE_REFRESH_TOKEN = "UPDATE refresh_tokens SET used_at = $2, used_by = $3, successor_salt = $4 WHERE token_hash = $1";
    /// hash, session -> one row where it is a token of the session that nobody has used.
    UNUSED_REFRESH_TOKEN = "SELECT created_at FROM refresh_tokens WHERE token_hash = $1 AND session_id = $2 AND used_at IS NULL";
    /// now, how many.
    DELETE_EXPIRED_REFRESH_TOKENS = "DELETE FROM refresh_tokens
        WHERE token_hash IN (SELECT token_hash FROM refresh_tokens WHERE expires_at <= $1 LIMIT $2)";
}

#[derive(FromRow)]
struct SessionRow {
    id: Uuid,
    org: i64,
    user_id: Uuid,
    methods: String,
    authenticated_at: Option<i64>,
    second_factor_at: Option<i64>,
    created_at: i64,
    last_used_at: i64,
    expires_at: i64,
    revoked_at: Option<i64>,
    credential_epoch: i64,
    cookie_hash: Option<Vec<u8>>,
}

impl TryFrom<SessionRow> for StoredSession {
    type Error = Fault;

    fn try_from(row: SessionRow) -> Result<Self, Fault> {
        let second_factor_at = row.second_factor_at.map(Timestamp);
        let session = Session {
            id: SessionId(row.id),
            org: OrgId(row.org),
            user: UserId(row.user_id),
            proof: Proof::from_names(&row.methods, second_factor_at)
                .ok_or(Fault::Row("sessions.methods"))?,
            authenticated_at: row.authenticated_at.map(Timestamp),
            created_at: Timestamp(row.created_at),
            last_used_at: Timestamp(row.last_used_at),
            expires_at: Timestamp(row.expires_at),
            revoked_at: row.revoked_at.map(Timestamp),
        };
        Ok(Self {
            session,
            credential_epoch: row.credential_epoch,
            has_cookie: row.cookie_hash.is_some(),
        })
    }
}

/// A session, and what the database knows of it beside that.
pub(crate) struct StoredSession {
    pub(crate) session: Session,
    /// The epoch of its user's credentials in which it began, or that it was kept in.
    pub(crate) credential_epoch: i64,
    /// Whether it is a browser's.
    pub(crate) has_cookie: bool,
}

/// A session that was ended just now.
pub(crate) struct EndedSession {
    pub(crate) id: SessionId,
    pub(crate) org: OrgId,
    pub(crate) user: UserId,
}

impl EndedSession {
    fn new((id, org, user): (Uuid, i64, Uuid)) -> Self {
        Self {
            id: SessionId(id),
            org: OrgId(org),
            user: UserId(user),
        }
    }
}

/// A refresh token, known by its hash.
pub(crate) struct StoredRefreshToken {
    pub(crate) created_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) used_at: Option<Timestamp>,
    /// The hash of the device that has used it.
    pub(crate) used_by: Option<Vec<u8>>,
    /// What its successor is derived with.
    pub(crate) successor_salt: Option<Vec<u8>>,
}

#[derive(FromRow)]
struct RefreshTokenRow {
    created_at: i64,
    expires_at: i64,
    used_at: Option<i64>,
    used_by: Option<Vec<u8>>,
    successor_salt: Option<Vec<u8>>,
}

#[derive(FromRow)]
struct ListedRow {
    id: Uuid,
    address: Option<String>,
    user_agent: Option<String>,
    cookie_hash: Option<Vec<u8>>,
    created_at: i64,
    last_used_at: i64,
    expires_at: i64,
}

/// Stores a new session of a user in this epoch of their credentials.
pub(crate) async fn insert_session(
    tx: &mut Tx,
    session: &Session,
    credential_epoch: i64,
    client: Option<&Client>,
) -> Result<(), DbError> {
    let args = args![
        session.id.uuid(),
        session.org.0,
        session.user.uuid(),
        session.proof.names(),
        session.authenticated_at,
        session.proof.second_factor_at,
        session.created_at,
        session.last_used_at,
        session.expires_at,
        client.map(|client| client.address.to_string()),
        client.and_then(|client| client.user_agent.clone()),
        credential_epoch
    ];
    tx.execute(INSERT_SESSION, args).await?;
    Ok(())
}

/// Locks a session that has not ended, of this epoch.
pub(crate) async fn lock_live_session(
    tx: &mut Tx,
    org: OrgId,
    session: SessionId,
    credential_epoch: i64,
    now: Timestamp,
) -> Result<Option<StoredSession>, Fault> {
    let args = args![org.0, session.uuid(), now, credential_epoch];
    let row: Option<SessionRow> = tx.fetch_optional(LOCK_LIVE_SESSION, args).await?;
    row.map(StoredSession::try_from).transpose()
}

/// Locks the session of a refresh token, whether it has ended or not.
pub(crate) async fn lock_session_of_token(
    tx: &mut Tx,
    token_hash: &[u8],
    now: Timestamp,
) -> Result<Option<StoredSession>, Fault> {
    let args = args![token_hash.to_vec(), now];
    let row: Option<SessionRow> = tx.fetch_optional(LOCK_SESSION_OF_TOKEN, args).await?;
    row.map(StoredSession::try_from).transpose()
}

/// The session of a cookie: not ended, of an active user in their present epoch.
pub(crate) async fn session_of_cookie(
    db: &Db,
    cookie_hash: &[u8],
) -> Result<Option<Session>, Fault> {
    let args = args![cookie_hash.to_vec()];
    let row: Option<SessionRow> = db.fetch_optional(SESSION_OF_COOKIE, args).await?;
    let stored = row.map(StoredSession::try_from).transpose()?;
    Ok(stored.map(|stored| stored.session))
}

/// Stores what proves a session now.
pub(crate) async fn set_proof(tx: &mut Tx, session: &Session) -> Result<(), DbError> {
    let args = args![
        session.org.0,
        session.id.uuid(),
        session.proof.names(),
        session.authenticated_at,
        session.proof.second_factor_at
    ];
    tx.execute(SET_PROOF, args).await?;
    Ok(())
}

/// Makes a session a browser's, or exchanges its cookie.
pub(crate) async fn set_cookie(
    tx: &mut Tx,
    session: SessionId,
    cookie_hash: Vec<u8>,
) -> Result<(), DbError> {
    let args = args![session.uuid(), cookie_hash];
    tx.execute(SET_COOKIE, args).await?;
    Ok(())
}

/// Notes when a session was used.
pub(crate) async fn use_session(db: &Db, session: SessionId, at: Timestamp) -> Result<(), DbError> {
    db.execute(USE_SESSION, args![session.uuid(), at]).await?;
    Ok(())
}

/// Notes when sessions were used.
pub(crate) async fn use_sessions(
    tx: &mut Tx,
    used: &[(SessionId, Timestamp)],
) -> Result<(), DbError> {
    for (session, at) in used {
        tx.execute(USE_SESSION, args![session.uuid(), *at]).await?;
    }
    Ok(())
}

/// A user's sessions that go on, the newest first, up to so many. Idle ones are none: of those with
/// tokens and of those with a cookie which were last used before.
pub(crate) async fn sessions_of_user(
    db: &Db,
    (org, user): (OrgId, UserId),
    now: Timestamp,
    (tokens_used_after, cookies_used_after): (Timestamp, Timestamp),
    created_before: Timestamp,
    rows: i64,
) -> Result<Vec<ListedSession>, DbError> {
    let args = args![
        org.0,
        user.uuid(),
        now,
        tokens_used_after,
        cookies_used_after,
        created_before,
        rows
    ];
    let found: Vec<ListedRow> = db.fetch_all(SESSIONS_OF_USER, args).await?;
    let listed = |row: ListedRow| ListedSession {
        id: SessionId(row.id),
        address: row.address,
        user_agent: row.user_agent,
        has_cookie: row.cookie_hash.is_some(),
        created_at: Timestamp(row.created_at),
        last_used_at: Timestamp(row.last_used_at),
        expires_at: Timestamp(row.expires_at),
    };
    Ok(found.into_iter().map(listed).collect())
}

/// Ends a session of a user; says whether there was one that went on.
pub(crate) async fn end_session_of_user(
    tx: &mut Tx,
    (org, user): (OrgId, UserId),
    session: SessionId,
    now: Timestamp,
) -> Result<bool, DbError> {
    let args = args![org.0, user.uuid(), session.uuid(), now];
    let ended: Option<(Uuid,)> = tx.fetch_optional(REVOKE_SESSION_OF_USER, args).await?;
    Ok(ended.is_some())
}

/// Ends a session.
pub(crate) async fn end_session(
    tx: &mut Tx,
    session: SessionId,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(REVOKE_SESSION, args![session.uuid(), now])
        .await?;
    Ok(())
}

/// Ends the session of a cookie, if it goes on.
pub(crate) async fn end_session_of_cookie(
    tx: &mut Tx,
    cookie_hash: Vec<u8>,
    now: Timestamp,
) -> Result<Option<EndedSession>, DbError> {
    let args = args![cookie_hash, now];
    let ended = tx.fetch_optional(REVOKE_SESSION_OF_COOKIE, args).await?;
    Ok(ended.map(EndedSession::new))
}

/// Ends the session of a refresh token, if it goes on. Any token of the family will do, also a used
/// one.
pub(crate) async fn end_session_of_token(
    tx: &mut Tx,
    token_hash: Vec<u8>,
    now: Timestamp,
) -> Result<Option<EndedSession>, DbError> {
    let args = args![token_hash, now];
    let ended = tx.fetch_optional(REVOKE_SESSION_OF_TOKEN, args).await?;
    Ok(ended.map(EndedSession::new))
}

/// The sessions of all organisations that have ended since then, by the clocks of the nodes that
/// ended them.
pub(crate) async fn ended_since(db: &Db, since: Timestamp) -> Result<Vec<SessionId>, DbError> {
    let rows: Vec<(Uuid,)> = db.fetch_all(ENDED_SINCE, args![since]).await?;
    Ok(rows.into_iter().map(|(id,)| SessionId(id)).collect())
}

/// The sessions of all organisations that have ended with later entries of the audit trail than
/// this, and the last such entry.
pub(crate) async fn ended_after(db: &Db, no: i64) -> Result<(Vec<SessionId>, i64), DbError> {
    let rows: Vec<(Uuid, i64)> = db.fetch_all(ENDED_AFTER, args![no]).await?;
    let last = rows.iter().map(|(_, ended_no)| *ended_no).max();
    let ended = rows.into_iter().map(|(id, _)| SessionId(id)).collect();
    Ok((ended, last.unwrap_or(no).max(no)))
}

/// Deletes refresh tokens, and sessions with all of theirs, that have expired.
pub(crate) async fn delete_expired(db: &Db, now: Timestamp) -> Result<(), DbError> {
    for sql in [DELETE_EXPIRED_REFRESH_TOKENS, DELETE_EXPIRED_SESSIONS] {
        db.execute_in_pieces(sql, args![now]).await?;
    }
    Ok(())
}

/// Deletes sessions, with their refresh tokens, that say that they were made after this time.
pub(crate) async fn delete_made_after(db: &Db, latest: Timestamp) -> Result<(), DbError> {
    db.execute_in_pieces(DELETE_SESSIONS_AHEAD, args![latest])
        .await
}

/// Stores the hash of a new refresh token of a session.
pub(crate) async fn insert_refresh_token(
    tx: &mut Tx,
    token_hash: Vec<u8>,
    session: &Session,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), DbError> {
    let args = args![
        token_hash,
        session.org.0,
        session.id.uuid(),
        now,
        expires_at
    ];
    tx.execute(INSERT_REFRESH_TOKEN, args).await?;
    Ok(())
}

/// What is stored of a refresh token.
pub(crate) async fn refresh_token(
    tx: &mut Tx,
    token_hash: &[u8],
) -> Result<Option<StoredRefreshToken>, DbError> {
    let args = args![token_hash.to_vec()];
    let row: Option<RefreshTokenRow> = tx.fetch_optional(REFRESH_TOKEN, args).await?;
    Ok(row.map(|row| StoredRefreshToken {
        created_at: Timestamp(row.created_at),
        expires_at: Timestamp(row.expires_at),
        used_at: row.used_at.map(Timestamp),
        used_by: row.used_by,
        successor_salt: row.successor_salt,
    }))
}

/// Marks a refresh token as used, by a device, and keeps what its successor is derived with.
pub(crate) async fn use_refresh_token(
    tx: &mut Tx,
    token_hash: Vec<u8>,
    now: Timestamp,
    device_hash: Vec<u8>,
    successor_salt: Vec<u8>,
) -> Result<(), DbError> {
    let args = args![token_hash, now, device_hash, successor_salt];
    tx.execute(USE_REFRESH_TOKEN, args).await?;
    Ok(())
}

/// Whether this is a refresh token of the session that nobody has used.
pub(crate) async fn is_unused_refresh_token(
    tx: &mut Tx,
    token_hash: Vec<u8>,
    session: SessionId,
) -> Result<bool, DbError> {
    let args = args![token_hash, session.uuid()];
    let unused: Option<(i64,)> = tx.fetch_optional(UNUSED_REFRESH_TOKEN, args).await?;
    Ok(unused.is_some())
}
