//! Organisations (tenants): what one is and how it may be called. Pure: stores nothing.

use contracts::identity::OrgId;
use values::Timestamp;

/// The most characters of a slug.
pub const SLUG_MAX_CHARS: usize = 40;

/// An organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// Its number; not for the outside.
    pub no: OrgId,
    /// The name that a login gives.
    pub slug: String,
    /// What it calls itself.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Whether a text may be a slug: small letters, digits and single hyphens between them.
pub(crate) fn is_slug(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.len() <= SLUG_MAX_CHARS
        && text
            .split('-')
            .all(|word| !word.is_empty() && word.chars().all(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_plain() {
        for good in ["a", "default", "acme-2", "9-lives"] {
            assert!(is_slug(good), "{good}");
        }
        let long = "a".repeat(SLUG_MAX_CHARS + 1);
        for bad in [
            "", "-", "a-", "-a", "a--b", "Acme", "acme.co", "a b", "ä", &long,
        ] {
            assert!(!is_slug(bad), "{bad}");
        }
    }
}
