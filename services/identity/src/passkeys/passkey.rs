//! Passkeys, as their owners see them.

use values::{Timestamp, typed_id};

typed_id!(
    /// A passkey: `pky_…`.
    PasskeyId,
    "pky"
);

/// The most passkeys of a user.
pub(crate) const MOST: usize = 20;

/// A passkey, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPasskey {
    /// The id.
    pub id: PasskeyId,
    /// What its owner calls it.
    pub name: String,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was last used, if ever.
    pub last_used_at: Option<Timestamp>,
}
