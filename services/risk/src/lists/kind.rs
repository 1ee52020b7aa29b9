//! What a list is a list of, and what its values look like. Pure.

use contracts::identity::UserId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::lists::error::ListError;

/// What a list is a list of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ListKind {
    /// E-mail addresses, in small letters.
    Emails,
    /// Countries: ISO 3166-1, two capital letters.
    Countries,
    /// The acquirer's tokens of cards and bank accounts.
    Tokens,
    /// Users.
    Users,
    /// Other texts, as they are.
    Texts,
}

/// The most characters of a value.
const LONGEST: usize = 320;

impl ListKind {
    const ALL: [Self; 5] = [
        Self::Emails,
        Self::Countries,
        Self::Tokens,
        Self::Users,
        Self::Texts,
    ];

    /// The name used in the API and in the database.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Emails => "emails",
            Self::Countries => "countries",
            Self::Tokens => "tokens",
            Self::Users => "users",
            Self::Texts => "texts",
        }
    }

    /// The kind with this name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    const fn needed(self) -> &'static str {
        match self {
            Self::Emails => "write an e-mail address",
            Self::Countries => "write two letters, such as DE",
            Self::Tokens | Self::Texts => "write 1 to 320 characters in one line",
            Self::Users => "write the id of a user, usr_…",
        }
    }

    /// A value as it is compared.
    ///
    /// # Errors
    /// [`ListError::Value`].
    pub(crate) fn value(self, text: &str) -> Result<String, ListError> {
        let text = text.trim();
        let is_text = (1..=LONGEST).contains(&text.chars().count())
            && !text.contains('\n')
            && platform::text::free_text(text);
        let value = match self {
            Self::Emails => {
                let (local, domain) = text.rsplit_once('@').unwrap_or_default();
                let is_email = !local.is_empty() && domain.contains('.') && !text.contains(' ');
                is_email.then(|| text.to_lowercase())
            }
            Self::Countries => {
                let letters = text.to_uppercase();
                let is_code =
                    letters.len() == 2 && letters.bytes().all(|byte| byte.is_ascii_uppercase());
                is_code.then_some(letters)
            }
            Self::Users => text.parse::<UserId>().ok().map(|user| user.to_string()),
            Self::Tokens | Self::Texts => Some(text.to_owned()),
        };
        value.filter(|_| is_text).ok_or_else(|| ListError::Value {
            value: text.chars().take(LONGEST).collect(),
            kind: self.as_str(),
            needed: self.needed(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_kept_as_they_are_compared_and_others_refused() {
        let user = UserId(uuid::Uuid::from_u128(7)).to_string();
        let long = "x".repeat(321);
        for (kind, text, expected) in [
            (
                ListKind::Emails,
                " Ann@Example.COM ",
                Some("ann@example.com"),
            ),
            (ListKind::Emails, "ann", None),
            (ListKind::Emails, "@example.com", None),
            (ListKind::Countries, "de", Some("DE")),
            (ListKind::Countries, "DEU", None),
            (ListKind::Countries, "d1", None),
            (ListKind::Users, &user, Some(user.as_str())),
            (ListKind::Users, "ann", None),
            (ListKind::Tokens, "tok_Ok", Some("tok_Ok")),
            (ListKind::Texts, "", None),
            (ListKind::Texts, "a\nb", None),
            (ListKind::Texts, &long, None),
        ] {
            let value = kind.value(text);
            assert_eq!(value.ok().as_deref(), expected, "{kind:?} {text:?}");
        }
        for kind in ListKind::ALL {
            assert_eq!(ListKind::from_name(kind.as_str()), Some(kind));
        }
    }
}
