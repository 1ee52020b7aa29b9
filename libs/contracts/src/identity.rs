//! Identity, as other services see it: who is asking, what they may do, and whom an e-mail belongs
//! to.

mod factor;
mod operator_action;
mod permission;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use values::typed_id;

pub use factor::{Factor, Factors};
pub use operator_action::{ActId, KeptEntry, OperatorAction, OperatorEntry};
pub use permission::{
    Needed, Permission, PermissionSet, Role, SCOPES, TABLE, UnknownPermission, UnknownRole, needs,
};

typed_id!(
    /// A user: `usr_…`.
    UserId,
    "usr"
);
typed_id!(
    /// A login on one device: `ses_…`. Its tokens end with it.
    SessionId,
    "ses"
);
typed_id!(
    /// A key by which a program acts for a user: `key_…`.
    ApiKeyId,
    "key"
);

/// An organisation (tenant) by its number; every row belongs to one. A number and not a UUID,
/// because it stands in every row of the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OrgId(pub i64);

impl OrgId {
    /// The organisation that exists from the first migration on.
    pub const DEFAULT: Self = Self(1);
    /// No organisation: no row has this number.
    pub const NONE: Self = Self(0);
}

/// A user, as other services may know them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownUser {
    /// The user.
    pub id: UserId,
    /// The organisation.
    pub org: OrgId,
    /// What they call themselves.
    pub name: String,
}

/// How a user is reached, and who they say they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The user.
    pub user: UserId,
    /// What they call themselves.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// Whether they have shown that it is theirs.
    pub email_verified: bool,
    /// What they are.
    pub role: Role,
    /// Their language and region (BCP 47), in canonical form.
    pub locale: String,
    /// Their time zone, by its name in the IANA database.
    pub timezone: String,
    /// Whether they want to be told of what is not essential.
    pub notifications_enabled: bool,
    /// How often what they had begun has ended: by another password, role or e-mail, by the end of
    /// all sessions. What was begun under another number is not completed.
    pub credential_epoch: i64,
}

/// What a request was authenticated with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Credential {
    /// An access token of a login.
    Session(SessionId),
    /// An API key.
    ApiKey(ApiKeyId),
}

/// Identity cannot answer now.
#[derive(Debug, thiserror::Error)]
#[error("identity cannot answer now")]
pub struct IdentityUnavailable;

/// What other services ask of identity.
#[async_trait::async_trait]
pub trait Identity: Send + Sync + 'static {
    /// The active user who has confirmed this e-mail in an organisation; compared without case.
    async fn user_by_email(
        &self,
        org: OrgId,
        email: &str,
    ) -> Result<Option<KnownUser>, IdentityUnavailable>;

    /// What active users of an organisation who have confirmed their e-mail call themselves, a
    /// hundred at most: of the others, nobody has checked whether they are who they say.
    async fn names(
        &self,
        org: OrgId,
        users: &[UserId],
    ) -> Result<Vec<KnownUser>, IdentityUnavailable>;

    /// What users of an organisation call themselves, a hundred at most, also those who are
    /// suspended or have confirmed nothing: for who runs PayFlow, never for other users.
    async fn names_for_staff(
        &self,
        org: OrgId,
        users: &[UserId],
    ) -> Result<Vec<KnownUser>, IdentityUnavailable>;

    /// Adds what an operator, or a user to their own account, did elsewhere to the audit trail; at
    /// once, or later where it is not kept elsewhere ([`OperatorEntry::kept`]).
    async fn record(&self, entry: OperatorEntry<'_>) -> Result<(), IdentityUnavailable>;

    /// Adds to the audit trail what a service did by itself.
    ///
    /// # Errors
    /// [`IdentityUnavailable`]: it is not in the trail.
    async fn record_by_system(
        &self,
        _org: OrgId,
        _action: OperatorAction,
        _subject: &str,
    ) -> Result<(), IdentityUnavailable> {
        Err(IdentityUnavailable)
    }
}

/// How users are reached.
#[async_trait::async_trait]
pub trait Contacts: Send + Sync + 'static {
    /// How a user is reached; none where there is no such user, or their account is closed.
    async fn contact(
        &self,
        org: OrgId,
        user: UserId,
    ) -> Result<Option<Contact>, IdentityUnavailable>;

    /// Who of an organisation's operators, auditors and administrators may do something: those who
    /// are active, a thousand of each role at most.
    async fn staff(
        &self,
        org: OrgId,
        permission: Permission,
    ) -> Result<Vec<UserId>, IdentityUnavailable>;
}

/// Identity as services hold it.
pub type SharedIdentity = Arc<dyn Identity>;
