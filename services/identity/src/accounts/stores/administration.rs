//! The SQL by which administrators see and change users.

use contracts::identity::{OrgId, Role, UserId};
use db::{Db, DbError, Tx, args};
use sqlx::FromRow;
use uuid::Uuid;

use crate::accounts::managed_user::ManagedUser;
use crate::accounts::stores::users::{UserRow, user_columns};
use crate::accounts::user::{User, UserStatus};
use crate::fault::Fault;

statements! {
    /// org, id -> [`ManagedUserRow`]; a closed account is nobody's.
    USER = concat!("SELECT ", user_columns!(), ", status_reason FROM users WHERE org = $1 AND id = $2 AND closed_at IS NULL");
    /// org, before, pattern, roles and statuses with a comma around each, how many ->
    /// [`ManagedUserRow`], the newest first.
    USERS = concat!("SELECT ", user_columns!(), ", status_reason FROM users WHERE org = $1 AND id < $2 AND closed_at IS NULL
        AND (email_normalised LIKE $3 ESCAPE '!' OR lower(name) LIKE $3 ESCAPE '!')
        AND $4 LIKE '%,' || role || ',%' AND $5 LIKE '%,' || status || ',%'
        ORDER BY id DESC LIMIT $6");
    /// org, id, role, status, reason. Changes nothing where the account was closed meanwhile.
    CHANGE = "UPDATE users SET role = $3, status = $4, status_reason = $5
        WHERE org = $1 AND id = $2 AND closed_at IS NULL";
}

#[derive(FromRow)]
struct ManagedUserRow {
    #[sqlx(flatten)]
    user: UserRow,
    status_reason: Option<String>,
}

impl TryFrom<ManagedUserRow> for ManagedUser {
    type Error = Fault;

    fn try_from(row: ManagedUserRow) -> Result<Self, Fault> {
        Ok(Self {
            user: User::try_from(row.user)?,
            status_reason: row.status_reason,
        })
    }
}

/// A user whose account is not closed.
pub(crate) async fn user(db: &Db, org: OrgId, user: UserId) -> Result<Option<ManagedUser>, Fault> {
    let row: Option<ManagedUserRow> = db.fetch_optional(USER, args![org.0, user.uuid()]).await?;
    row.map(ManagedUser::try_from).transpose()
}

/// As [`user`], within a transaction.
pub(crate) async fn user_in(
    tx: &mut Tx,
    org: OrgId,
    user: UserId,
) -> Result<Option<ManagedUser>, Fault> {
    let row: Option<ManagedUserRow> = tx.fetch_optional(USER, args![org.0, user.uuid()]).await?;
    row.map(ManagedUser::try_from).transpose()
}

/// Users with a text in their name or e-mail, with one of these roles and one of these statuses,
/// the newest first, up to so many.
pub(crate) async fn users(
    db: &Db,
    org: OrgId,
    text: &str,
    roles: &[Role],
    statuses: &[UserStatus],
    (before, rows): (Uuid, i64),
) -> Result<Vec<ManagedUser>, Fault> {
    let args = args![
        org.0,
        before,
        containing(text),
        list(roles.iter().map(|role| role.as_str())),
        list(statuses.iter().map(|status| status.as_str())),
        rows
    ];
    let found: Vec<ManagedUserRow> = db.fetch_all(USERS, args).await?;
    found.into_iter().map(ManagedUser::try_from).collect()
}

/// Changes a user's role and status. False where the account was closed meanwhile.
pub(crate) async fn change(
    tx: &mut Tx,
    org: OrgId,
    user: UserId,
    (role, status): (Role, UserStatus),
    reason: Option<&str>,
) -> Result<bool, DbError> {
    let reason = reason.map(str::to_owned);
    let args = args![org.0, user.uuid(), role.as_str(), status.as_str(), reason];
    Ok(tx.execute(CHANGE, args).await? > 0)
}

/// A pattern of LIKE for whatever contains a text, without case.
fn containing(text: &str) -> String {
    let mut pattern = "%".to_owned();
    for c in text.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern + "%"
}

/// Names with a comma around each.
fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.collect();
    format!(",{},", names.join(","))
}
