//! What an administrator may change of a user: the role, and whether they may log in. Pure: stores
//! nothing.

use contracts::identity::{Role, UserId};
use platform::text::{TEXT_RULE, free_text};

use crate::accounts::user::{User, UserStatus};

/// The most characters of a reason.
pub const REASON_MAX_CHARS: usize = 500;

/// A user, as administrators see them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagedUser {
    /// The user.
    pub user: User,
    /// Why they are suspended, where they are.
    pub status_reason: Option<String>,
}

/// What is asked for; what is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserChange {
    /// What the user shall be.
    pub role: Option<Role>,
    /// Whether they may log in.
    pub status: Option<UserStatus>,
    /// Why, for a suspension.
    pub reason: Option<String>,
}

/// A user as they shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Changed {
    pub(crate) role: Role,
    pub(crate) status: UserStatus,
}

/// Why a change is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotChanged {
    /// Neither a role nor a status.
    #[error("There is nothing to change. Send `role`, `status` or both.")]
    Nothing,
    /// A suspension without a reason, or a reason that is no text.
    #[error(
        "Say why: `reason` is one line of 1 to {REASON_MAX_CHARS} characters, {TEXT_RULE}, and belongs to the status `suspended`."
    )]
    Reason,
    /// One's own role or status. So the last administrator stays one.
    #[error("Nobody changes their own role or status. Ask another administrator.")]
    Oneself,
}

impl NotChanged {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Nothing => "nothing_to_change",
            Self::Reason => "reason_required",
            Self::Oneself => "own_account",
        }
    }
}

/// The user as they shall be.
///
/// # Errors
/// [`NotChanged`].
pub(crate) fn change(
    actor: UserId,
    user: &User,
    change: &UserChange,
) -> Result<Changed, NotChanged> {
    if change.role.is_none() && change.status.is_none() {
        return Err(NotChanged::Nothing);
    }
    let suspends = change.status == Some(UserStatus::Suspended);
    let reason_fits = change.reason.as_deref().map_or(!suspends, |reason| {
        suspends
            && (1..=REASON_MAX_CHARS).contains(&reason.chars().count())
            && !reason.contains('\n')
            && free_text(reason)
    });
    if !reason_fits {
        return Err(NotChanged::Reason);
    }
    if actor == user.id {
        return Err(NotChanged::Oneself);
    }
    Ok(Changed {
        role: change.role.unwrap_or(user.role),
        status: change.status.unwrap_or(user.status),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::email::Email;
    use contracts::identity::OrgId;
    use uuid::Uuid;
    use values::Timestamp;

    const ADMIN: UserId = UserId(Uuid::from_u128(1));
    const ANN: UserId = UserId(Uuid::from_u128(2));

    fn decide(actor: UserId, asked: &UserChange) -> Result<Changed, NotChanged> {
        let email = Email::parse("ann@example.com").unwrap();
        let ann = User::register(ANN, OrgId::DEFAULT, &email, "Ann", Role::User, Timestamp(0));
        change(actor, &ann, asked)
    }

    fn suspend(reason: Option<&str>) -> UserChange {
        UserChange {
            status: Some(UserStatus::Suspended),
            reason: reason.map(str::to_owned),
            role: None,
        }
    }

    #[test]
    fn what_is_left_out_stays() {
        let role = Some(Role::Operator);
        let promoted = decide(
            ADMIN,
            &UserChange {
                role,
                ..UserChange::default()
            },
        );
        let (role, status) = (Role::Operator, UserStatus::Active);
        assert_eq!(promoted, Ok(Changed { role, status }));
        let (role, status) = (Role::User, UserStatus::Suspended);
        let suspended = decide(ADMIN, &suspend(Some("chargebacks")));
        assert_eq!(suspended, Ok(Changed { role, status }));
        let nothing = decide(ADMIN, &UserChange::default());
        assert_eq!(nothing, Err(NotChanged::Nothing));
    }

    #[test]
    fn a_suspension_has_a_reason_and_nothing_else_has_one() {
        let long = "x".repeat(REASON_MAX_CHARS + 1);
        for wrong in [
            None,
            Some(""),
            Some("  "),
            Some("a\nb"),
            Some("a\u{202e}b"),
            Some(&long),
        ] {
            let refused = decide(ADMIN, &suspend(wrong));
            assert_eq!(refused, Err(NotChanged::Reason), "{wrong:?}");
        }
        let lifted = UserChange {
            status: Some(UserStatus::Active),
            ..suspend(Some("sorry"))
        };
        assert_eq!(decide(ADMIN, &lifted), Err(NotChanged::Reason));
    }

    #[test]
    fn nobody_changes_themselves() {
        for role in Role::ALL {
            let asked = UserChange {
                role: Some(role),
                ..UserChange::default()
            };
            assert_eq!(decide(ANN, &asked), Err(NotChanged::Oneself));
        }
        let asked = suspend(Some("holidays"));
        assert_eq!(decide(ANN, &asked), Err(NotChanged::Oneself));
    }
}
