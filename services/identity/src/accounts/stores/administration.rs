//! The SQL by which administrators see and change users.

use sqlx::FromRow;

use crate::accounts::managed_user::ManagedUser;
use crate::accounts::stores::users::{UserRow, user_columns};
use crate::accounts::user::User;
use crate::fault::Fault;

statements! {
    /// org, id -> [`ManagedUserRow`]; a closed account is nobody's.
    USER = concat!("SELECT ", user_columns!(), ", status_reason FROM users WHERE org = $1 AND id = $2 AND closed_at IS NULL");
    /// org, before, pattern, roles and statuses with a comma around each, how many -> [`ManagedUserRow`], the newest first.
    USERS = concat!("SELECT ", user_columns!(), ", status_reason FROM users WHERE org = $1 AND id < $2 AND closed_at IS NULL
        AND (email_normalised LIKE $3 ESCAPE '!' OR lower(name) LIKE $3 ESCAPE '!')
        AND $4 LIKE '%,' || role || ',%' AND $5 LIKE '%,' || status || ',%'
        ORDER BY id DESC LIMIT $6");
    /// org, id, role, status, reason. Changes nothing where the account was closed meanwhile.
    CHANGE = "UPDATE users SET role = $3, status = $4, status_reason = $5
        WHERE org = $1 AND id = $2 AND closed_at IS NULL";
}

/// A user, and why they are suspended.
#[derive(FromRow)]
pub(crate) struct ManagedUserRow {
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
