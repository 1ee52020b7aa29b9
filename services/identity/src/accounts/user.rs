//! Users: what one is, and which names a new one may have. Pure: no database, no hashing.

use contracts::identity::{Factors, OrgId, Role, UserId};
use platform::text::display_name;
use secrecy::SecretString;
use values::Timestamp;

use crate::accounts::email::Email;
use crate::accounts::invalid::Invalid;

/// The KYC status before the check of who a user is began.
const KYC_NONE: &str = "none";

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The id.
    pub id: UserId,
    /// The organisation.
    pub org: OrgId,
    /// The e-mail as it was given.
    pub email: String,
    /// What they call themselves.
    pub name: String,
    /// What they are.
    pub role: Role,
    /// Whether they may log in.
    pub status: UserStatus,
    /// Whether they have shown that the e-mail is theirs.
    pub email_verified: bool,
    /// What they have set up beside the password. A login needs one of these, where there is a
    /// second factor.
    pub second_factors: Factors,
    /// How far the check of who they are has come: `none` before it began.
    pub kyc_status: String,
    /// The epoch of their credentials: what was begun in an earlier one is completed no more.
    pub credential_epoch: i64,
    /// When they registered.
    pub created_at: Timestamp,
}

impl User {
    /// A user who registers now. Nothing about them is proved yet.
    #[must_use]
    pub fn register(
        id: UserId,
        org: OrgId,
        email: &Email,
        name: &str,
        role: Role,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            org,
            email: email.as_str().to_owned(),
            name: name.to_owned(),
            role,
            status: UserStatus::Active,
            email_verified: false,
            second_factors: Factors::NONE,
            kyc_status: KYC_NONE.to_owned(),
            credential_epoch: 0,
            created_at: now,
        }
    }

    /// Whether the user may log in and go on with a login.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.status == UserStatus::Active
    }
}

/// Whether a user may log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserStatus {
    /// May log in.
    Active,
    /// May not, and is not told why.
    Suspended,
}

impl UserStatus {
    /// All statuses.
    pub const ALL: [Self; 2] = [Self::Active, Self::Suspended];

    /// The name kept in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }

    /// The status behind a name of the database.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

/// What is asked for when a user is created.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// The organisation.
    pub org: OrgId,
    /// The e-mail, as typed.
    pub email: String,
    /// The name, as typed.
    pub name: String,
    /// The password.
    pub password: SecretString,
    /// What the user will be.
    pub role: Role,
}

/// A user of another system, who brings the hash of a password.
#[derive(Debug, Clone)]
pub struct ImportedUser {
    /// The organisation.
    pub org: OrgId,
    /// The e-mail.
    pub email: String,
    /// The name.
    pub name: String,
    /// Bcrypt, or Argon2 as a PHC string.
    pub password_hash: SecretString,
    /// What the user will be.
    pub role: Role,
    /// Whether the other system knows that the e-mail is theirs.
    pub email_verified: bool,
}

/// The name of a user or of anything that they name, as it is kept.
///
/// # Errors
/// [`Invalid::Name`].
pub fn check_name(text: &str) -> Result<&str, Invalid> {
    display_name(text).ok_or(Invalid::Name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read_by_its_name_only() {
        for status in [UserStatus::Active, UserStatus::Suspended] {
            assert_eq!(UserStatus::from_name(status.as_str()), Some(status));
        }
        assert_eq!(UserStatus::from_name("Active"), None);
    }
}
