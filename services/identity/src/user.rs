//! Users: what one is, and which e-mails, names and passwords a new one may have. Pure: no database, no hashing.

use std::fmt;

use contracts::identity::{OrgId, Role, UserId};
use platform::clock::Timestamp;
use secrecy::{ExposeSecret, SecretString};

/// The most characters of an e-mail (RFC 5321, section 4.5.3.1.3, less the angle brackets).
pub const EMAIL_MAX_CHARS: usize = 254;
/// The most characters of a name.
pub const NAME_MAX_CHARS: usize = 100;
/// The fewest characters of a password (NIST SP 800-63B, section 3.1.1.2, with further factors to come).
pub const PASSWORD_MIN_CHARS: usize = 8;
/// The most characters of a password; far above any passphrase.
pub const PASSWORD_MAX_CHARS: usize = 256;

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
    /// Whether a login needs a second factor.
    pub two_factor_enabled: bool,
    /// How far the check of who they are has come: `none` before it began.
    pub kyc_status: String,
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
            two_factor_enabled: false,
            kyc_status: KYC_NONE.to_owned(),
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
        [Self::Active, Self::Suspended]
            .into_iter()
            .find(|status| status.as_str() == name)
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

/// What a new user cannot have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// Not of the form of an e-mail, or too long.
    #[error(
        "This is no e-mail address. It needs the form name@domain.example, without spaces and with at most {EMAIL_MAX_CHARS} characters."
    )]
    Email,
    /// Empty, too long, or with control characters.
    #[error(
        "The name must have 1 to {NAME_MAX_CHARS} characters, not all of them spaces, and no control characters."
    )]
    Name,
    /// Too short.
    #[error("The password is too short. Use at least {PASSWORD_MIN_CHARS} characters.")]
    PasswordTooShort,
    /// Too long.
    #[error("The password is too long. Use at most {PASSWORD_MAX_CHARS} characters.")]
    PasswordTooLong,
    /// The password is the e-mail.
    #[error("The password must not be the e-mail address. Choose another one.")]
    PasswordIsEmail,
}

impl Invalid {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Email => "invalid_email",
            Self::Name => "invalid_name",
            Self::PasswordTooShort => "password_too_short",
            Self::PasswordTooLong => "password_too_long",
            Self::PasswordIsEmail => "password_is_email",
        }
    }

    /// The field at fault.
    #[must_use]
    pub const fn param(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Name => "name",
            Self::PasswordTooShort | Self::PasswordTooLong | Self::PasswordIsEmail => "password",
        }
    }
}

/// An e-mail that has the form of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// Checks the form and no more: whether mail arrives there, only mail can tell.
    ///
    /// # Errors
    /// [`Invalid::Email`].
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let plain = |c: char| !c.is_whitespace() && !c.is_control();
        let (local, domain) = text.split_once('@').ok_or(Invalid::Email)?;
        let of_form = !local.is_empty()
            && !domain.contains('@')
            && domain.contains('.')
            && domain.split('.').all(|label| !label.is_empty())
            && text.chars().all(plain)
            && text.chars().count() <= EMAIL_MAX_CHARS;
        of_form.then(|| Self(text.to_owned())).ok_or(Invalid::Email)
    }

    /// The e-mail as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which e-mails are compared.
    #[must_use]
    pub fn normalised(&self) -> String {
        normalise_email(&self.0)
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The form in which e-mails are compared: without case. Anything may be looked up, also what is no e-mail.
#[must_use]
pub fn normalise_email(text: &str) -> String {
    text.to_lowercase()
}

/// The name as it is kept: without spaces around it.
///
/// # Errors
/// [`Invalid::Name`].
pub fn check_name(text: &str) -> Result<&str, Invalid> {
    let name = text.trim();
    let fits = !name.is_empty()
        && text.chars().count() <= NAME_MAX_CHARS
        && !text.chars().any(char::is_control);
    fits.then_some(name).ok_or(Invalid::Name)
}

/// Length and nothing about composition (NIST SP 800-63B, section 3.1.1.2); only the e-mail itself is no password.
///
/// # Errors
/// [`Invalid::PasswordTooShort`], [`Invalid::PasswordTooLong`] or [`Invalid::PasswordIsEmail`].
pub fn check_password(password: &SecretString, email: &Email) -> Result<(), Invalid> {
    let text = password.expose_secret();
    match text.chars().count() {
        ..PASSWORD_MIN_CHARS => Err(Invalid::PasswordTooShort),
        PASSWORD_MIN_CHARS..=PASSWORD_MAX_CHARS => {
            let is_email = normalise_email(text) == email.normalised();
            if is_email {
                Err(Invalid::PasswordIsEmail)
            } else {
                Ok(())
            }
        }
        _ => Err(Invalid::PasswordTooLong),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_the_form_of_an_email_is_accepted() {
        let longest = format!("{}@example.com", "a".repeat(EMAIL_MAX_CHARS - 12));
        for text in [
            "a@b.c",
            "Ann+pay@example.co.uk",
            "o'neil@example.com",
            "ü@exämple.de",
            &longest,
        ] {
            assert_eq!(
                Email::parse(text).map(|email| email.to_string()),
                Ok(text.to_owned())
            );
        }
    }

    #[test]
    fn what_has_not_the_form_of_an_email_is_refused() {
        let too_long = format!("{}@example.com", "a".repeat(EMAIL_MAX_CHARS - 11));
        for text in [
            "",
            "@",
            "a",
            "a@",
            "@b.c",
            "a@b",
            "a@b.",
            "a@.b",
            "a@b..c",
            "a@b@c.d",
            "a b@c.d",
            " a@b.c",
            "a@b.c\n",
            "a@b.c\r\nBcc: x@y.z",
            "a@b.c\u{7f}",
            "a@b\u{a0}.c",
            &too_long,
        ] {
            assert_eq!(Email::parse(text), Err(Invalid::Email), "{text:?}");
        }
    }

    #[test]
    fn emails_are_compared_without_case() {
        let normalised = |text| Email::parse(text).unwrap().normalised();
        assert_eq!(normalised("Ann@Example.COM"), normalised("ann@example.com"));
        assert_eq!(normalised("ÄNN@example.com"), normalised("änn@example.com"));
    }

    #[test]
    fn a_name_is_kept_without_the_spaces_around_it() {
        assert_eq!(check_name("  Ann Example "), Ok("Ann Example"));
        assert_eq!(check_name("李"), Ok("李"));
        let longest = "é".repeat(NAME_MAX_CHARS);
        assert_eq!(check_name(&longest), Ok(longest.as_str()));
        for text in [
            "",
            "   ",
            "a\u{7}b",
            "a\nb",
            &"é".repeat(NAME_MAX_CHARS + 1),
        ] {
            assert_eq!(check_name(text), Err(Invalid::Name), "{text:?}");
        }
    }

    #[test]
    fn passwords_are_judged_by_length_in_characters() {
        let email = Email::parse("ann@example.com").unwrap();
        let check = |text: &str| check_password(&SecretString::from(text), &email);
        assert_eq!(
            check(&"é".repeat(PASSWORD_MIN_CHARS - 1)),
            Err(Invalid::PasswordTooShort)
        );
        assert_eq!(check(&"é".repeat(PASSWORD_MIN_CHARS)), Ok(()));
        assert_eq!(check(&"é".repeat(PASSWORD_MAX_CHARS)), Ok(()));
        assert_eq!(
            check(&"é".repeat(PASSWORD_MAX_CHARS + 1)),
            Err(Invalid::PasswordTooLong)
        );
        assert_eq!(check("Ann@Example.com"), Err(Invalid::PasswordIsEmail));
    }

    #[test]
    fn a_status_is_read_by_its_name_only() {
        for status in [UserStatus::Active, UserStatus::Suspended] {
            assert_eq!(UserStatus::from_name(status.as_str()), Some(status));
        }
        assert_eq!(UserStatus::from_name("Active"), None);
    }
}
