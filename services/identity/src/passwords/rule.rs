//! What a password must be, in words, and what is wrong with one that is not. It judges none:
//! `policy.rs` does.

use std::fmt;

use crate::config::PasswordConfig;

/// What a password must be, for anyone who chooses one: the one place that says it, in refusals and
/// in the API's documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordRule {
    pub(crate) least: u32,
    pub(crate) most: u32,
}

impl PasswordRule {
    /// The rule by these settings.
    pub(crate) const fn new(config: &PasswordConfig) -> Self {
        Self {
            least: config.min_chars,
            most: config.max_chars,
        }
    }
}

impl fmt::Display for PasswordRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { least, most } = self;
        write!(
            f,
            "A password has {least} to {most} characters of any kind, is hard to guess, and is neither in a list of known \
             ones nor made of the e-mail address; several words are best."
        )
    }
}

/// Why a password cannot be chosen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPassword {
    /// Too short.
    #[error("The password is too short. {0}")]
    TooShort(PasswordRule),
    /// Too long.
    #[error("The password is too long. {0}")]
    TooLong(PasswordRule),
    /// It is a word or a password that many people use, or it was published after a theft.
    #[error(
        "This password is known: it is in a list of those that are tried first. Choose another one."
    )]
    TooCommon,
    /// Too easy to guess.
    #[error("This password is too easy to guess. {advice}")]
    TooWeak {
        /// What would make it better, in sentences.
        advice: String,
    },
    /// The e-mail is in the password.
    #[error("The password must not have the e-mail address in it. Choose another one.")]
    IsEmail,
}

impl InvalidPassword {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooShort(_) => "password_too_short",
            Self::TooLong(_) => "password_too_long",
            Self::TooCommon => "password_too_common",
            Self::TooWeak { .. } => "password_too_weak",
            Self::IsEmail => "password_is_email",
        }
    }
}
