//! What an account cannot have: fields that a user has typed wrongly.

use platform::text::NAME_RULE;

/// The most characters, and bytes, of an e-mail (RFC 5321, section 4.5.3.1.3, less the angle
/// brackets).
pub const EMAIL_MAX_CHARS: usize = 254;

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
            Self::Locale => "locale",
            Self::Timezone => "timezone",
        }
    }
}
