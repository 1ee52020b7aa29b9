//! The SQL of accounts that are being closed.

use contracts::identity::{OrgId, UserId};
use db::{Db, DbError, Tx, args};
use uuid::Uuid;
use values::Timestamp;

use crate::accounts::user::User;

statements! {
    /// org, user, the epoch of the password that was shown, now.
    ASK = "INSERT INTO closings (org, user_id, credential_epoch, asked_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (org, user_id) DO UPDATE SET credential_epoch = $3, asked_at = $4";
    /// org, user, now: somebody else is to have their e-mail.
    ASK_REPLACED = "INSERT INTO closings (org, user_id, credential_epoch, asked_at, replaced) VALUES ($1, $2, 0, $3, 1)
        ON CONFLICT (org, user_id) DO UPDATE SET asked_at = $3, replaced = 1";
    /// org, user.
    DELETE = "DELETE FROM closings WHERE org = $1 AND user_id = $2";
    /// asked before, or after, how many -> org, user, epoch, whether whatever that is; the oldest
    /// first.
    LEFT = "SELECT org, user_id, credential_epoch, replaced FROM closings WHERE asked_at < $1 OR asked_at > $2
        ORDER BY asked_at LIMIT $3";
}

/// An account that somebody wants to have closed.
pub(crate) struct Closing {
    pub(crate) org: OrgId,
    pub(crate) user: UserId,
    /// The epoch of the password that was shown; none where somebody else is to have the e-mail.
    pub(crate) epoch: Option<i64>,
}

/// Notes that a user who has shown their password wants the account to be closed.
pub(crate) async fn ask(db: &Db, user: &User, now: Timestamp) -> Result<(), DbError> {
    let args = args![user.org.0, user.id.uuid(), user.credential_epoch, now];
    db.execute(ASK, args).await?;
    Ok(())
}

/// Notes that a user is to be closed because somebody else is to have their e-mail.
pub(crate) async fn ask_replaced(
    db: &Db,
    org: OrgId,
    user: UserId,
    now: Timestamp,
) -> Result<(), DbError> {
    db.execute(ASK_REPLACED, args![org.0, user.uuid(), now])
        .await?;
    Ok(())
}

/// Those that were asked for before one time or, by a clock that was ahead, after another, the
/// oldest first, up to so many.
pub(crate) async fn left(
    db: &Db,
    before: Timestamp,
    after: Timestamp,
    rows: i64,
) -> Result<Vec<Closing>, DbError> {
    let found: Vec<(i64, Uuid, i64, i64)> = db.fetch_all(LEFT, args![before, after, rows]).await?;
    let closing = |(org, user, epoch, replaced)| Closing {
        org: OrgId(org),
        user: UserId(user),
        epoch: (replaced == 0).then_some(epoch),
    };
    Ok(found.into_iter().map(closing).collect())
}

/// Forgets that an account is to be closed.
pub(crate) async fn forget(db: &Db, org: OrgId, user: UserId) -> Result<(), DbError> {
    db.execute(DELETE, args![org.0, user.uuid()]).await?;
    Ok(())
}

/// As [`forget`], within a transaction.
pub(crate) async fn forget_in(tx: &mut Tx, org: OrgId, user: UserId) -> Result<(), DbError> {
    tx.execute(DELETE, args![org.0, user.uuid()]).await?;
    Ok(())
}
