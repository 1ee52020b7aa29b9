//! Users: what one is, and which names a new one may have. Pure: no database, no hashing.

use contracts::identity::{Factors, OrgId, Role, UserId};
use platform::text::{NAME_RULE, display_name};
use secrecy::SecretString;
use values::Timestamp;

use crate::accounts::email::{EMAIL_MAX_CHARS, Email};
use crate::passwords::policy::PasswordRule;

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
    /// What they have set up beside the password. A login needs one of these, where there is a second factor.
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

/// What a user cannot have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// Not of the form of an e-mail, or too long.
    #[error(
        "This is no e-mail address. It needs the form name@domain.example, without spaces and with at most {EMAIL_MAX_CHARS} characters."
    )]
    Email,
    /// Letters of several scripts, or ones that stand for others: it may look like somebody else's.
    #[error(
        "This e-mail address mixes scripts, or has letters that look like others. Before the @, and between the dots after it, use the letters of one script."
    )]
    EmailLooksAlike,
    /// Too long, or it cannot be shown to others as it is.
    #[error("A name has {NAME_RULE}. Choose another one.")]
    Name,
    /// Too short.
    #[error("The password is too short. {0}")]
    PasswordTooShort(PasswordRule),
    /// Too long.
    #[error("The password is too long. {0}")]
    PasswordTooLong(PasswordRule),
    /// It is a word or a password that many people use, or it was published after a theft.
    #[error(
        "This password is known: it is in a list of those that are tried first. Choose another one."
    )]
    PasswordTooCommon,
    /// Too easy to guess.
    #[error("This password is too easy to guess. {advice}")]
    PasswordTooWeak {
        /// What would make it better, in sentences.
        advice: String,
    },
    /// The e-mail is in the password.
    #[error("The password must not have the e-mail address in it. Choose another one.")]
    PasswordIsEmail,
    /// No language tag.
    #[error("This is no language tag. Use one of BCP 47, such as en-GB.")]
    Locale,
    /// No time zone.
    #[error("There is no such time zone. Use a name of the IANA database, such as Europe/Berlin.")]
    Timezone,
}

impl Invalid {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Email => "invalid_email",
            Self::EmailLooksAlike => "email_looks_alike",
            Self::Name => "invalid_name",
            Self::PasswordTooShort(_) => "password_too_short",
            Self::PasswordTooLong(_) => "password_too_long",
            Self::PasswordTooCommon => "password_too_common",
            Self::PasswordTooWeak { .. } => "password_too_weak",
            Self::PasswordIsEmail => "password_is_email",
            Self::Locale => "invalid_locale",
            Self::Timezone => "invalid_timezone",
        }
    }

    /// The field at fault.
    #[must_use]
    pub const fn param(&self) -> &'static str {
        match self {
            Self::Email | Self::EmailLooksAlike => "email",
            Self::Name => "name",
            Self::PasswordTooShort(_)
            | Self::PasswordTooLong(_)
            | Self::PasswordTooCommon
            | Self::PasswordTooWeak { .. }
            | Self::PasswordIsEmail => "password",
            Self::Locale => "locale",
            Self::Timezone => "timezone",
        }
    }
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
