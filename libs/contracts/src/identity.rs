//! Identity, as other services see it: who is asking, what they may do, and whom an e-mail belongs to.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, header};
use platform::problem::Problem;
use platform::typed_id;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

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

/// An organisation (tenant) by its number; every row belongs to one. A number and not a UUID,
/// because it stands in every row of the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OrgId(pub i64);

impl OrgId {
    /// The organisation that exists from the first migration on.
    pub const DEFAULT: Self = Self(1);
}

/// What a user is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Has wallets.
    User,
    /// Takes payments.
    Merchant,
    /// Looks after payments and wallets of others.
    Operator,
    /// Reads everything, changes nothing.
    Auditor,
    /// May do everything.
    Admin,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 5] = [
        Self::User,
        Self::Merchant,
        Self::Operator,
        Self::Auditor,
        Self::Admin,
    ];

    /// The name used in the API and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Merchant => "merchant",
            Self::Operator => "operator",
            Self::Auditor => "auditor",
            Self::Admin => "admin",
        }
    }

    /// Whether this role has a permission. The one table of who may do what.
    #[must_use]
    pub const fn allows(self, permission: Permission) -> bool {
        match permission {
            Permission::WalletsOwn | Permission::TransactionsOwn => {
                matches!(self, Self::User | Self::Merchant | Self::Admin)
            }
            Permission::WalletsReadAll | Permission::TransactionsReadAll => {
                matches!(self, Self::Operator | Self::Auditor | Self::Admin)
            }
            Permission::WalletsFreeze
            | Permission::WalletsLimit
            | Permission::TransactionsResolve => {
                matches!(self, Self::Operator | Self::Admin)
            }
            Permission::Ledger => matches!(self, Self::Admin),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A role that does not exist.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is no role: use user, merchant, operator, auditor or admin")]
pub struct UnknownRole(pub String);

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| UnknownRole(text.to_owned()))
    }
}

/// What somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Open, see and close one's own wallets.
    WalletsOwn,
    /// See all wallets of the organisation.
    WalletsReadAll,
    /// Freeze and unfreeze wallets.
    WalletsFreeze,
    /// Set limits of wallets.
    WalletsLimit,
    /// Move money from and to one's own wallets.
    TransactionsOwn,
    /// See all transactions of the organisation.
    TransactionsReadAll,
    /// Decide, with a second operator, what became of an unresolved transaction.
    TransactionsResolve,
    /// The raw ledger.
    Ledger,
}

impl Permission {
    /// The name in the answer of a 403.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WalletsOwn => "wallets:own",
            Self::WalletsReadAll => "wallets:read_all",
            Self::WalletsFreeze => "wallets:freeze",
            Self::WalletsLimit => "wallets:limit",
            Self::TransactionsOwn => "transactions:own",
            Self::TransactionsReadAll => "transactions:read_all",
            Self::TransactionsResolve => "transactions:resolve",
            Self::Ledger => "ledger",
        }
    }
}

/// Who is asking, as an access token says it.
///
/// As an extractor it refuses with 401 whoever is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The organisation.
    pub org: OrgId,
    /// The user.
    pub user: UserId,
    /// What the user is.
    pub role: Role,
    /// The login that the token belongs to.
    pub session: SessionId,
}

impl Principal {
    /// Refuses whoever lacks a permission.
    ///
    /// # Errors
    /// 403 that names the permission.
    pub fn require(&self, permission: Permission) -> Result<(), Problem> {
        if self.may(permission) {
            Ok(())
        } else {
            Err(Problem::forbidden(permission.as_str()))
        }
    }

    /// Whether the role has a permission.
    #[must_use]
    pub const fn may(&self, permission: Permission) -> bool {
        self.role.allows(permission)
    }
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

/// Why identity has no answer.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The token is missing, malformed, forged, expired or revoked. Which one is not for the caller to know.
    #[error("not authenticated")]
    Unauthenticated,
    /// Identity cannot answer now.
    #[error("identity cannot answer now")]
    Unavailable,
}

impl From<IdentityError> for Problem {
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::Unauthenticated => Self::unauthenticated(),
            IdentityError::Unavailable => Self::unavailable(
                "identity_unavailable",
                "Who you are cannot be checked right now. Nothing was done; try again.",
            ),
        }
    }
}

/// What other services ask of identity.
#[async_trait::async_trait]
pub trait Identity: Send + Sync + 'static {
    /// Whom an access token belongs to.
    async fn authenticate(&self, access_token: &str) -> Result<Principal, IdentityError>;

    /// The user with this e-mail in an organisation; compared without case.
    async fn user_by_email(
        &self,
        org: OrgId,
        email: &str,
    ) -> Result<Option<KnownUser>, IdentityError>;
}

/// Identity as requests carry it; the gateway puts it there.
pub type SharedIdentity = Arc<dyn Identity>;

impl<S: Send + Sync> FromRequestParts<S> for Principal {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let token = bearer(&parts.headers).ok_or_else(Problem::unauthenticated)?;
        // A router without identity is a mistake in the wiring, not the caller's.
        let identity = parts
            .extensions
            .get::<SharedIdentity>()
            .ok_or_else(Problem::internal)?;
        Ok(identity.authenticate(token).await?)
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim())
        .filter(|token| !token.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_bearer_scheme_carries_a_token() {
        let with = |value: &'static str| {
            HeaderMap::from_iter([(header::AUTHORIZATION, http::HeaderValue::from_static(value))])
        };
        assert_eq!(bearer(&with("Bearer abc")), Some("abc"));
        assert_eq!(bearer(&with("bearer abc")), Some("abc"));
        for value in ["Basic abc", "Bearer", "Bearer  ", "abc", ""] {
            assert_eq!(bearer(&with(value)), None, "{value}");
        }
    }

    #[test]
    fn an_auditor_reads_everything_and_changes_nothing() {
        assert!(Role::Auditor.allows(Permission::TransactionsReadAll));
        for permission in [
            Permission::WalletsOwn,
            Permission::WalletsFreeze,
            Permission::Ledger,
        ] {
            assert!(!Role::Auditor.allows(permission), "{}", permission.as_str());
        }
    }

    #[test]
    fn roles_are_read_by_their_names_only() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
        assert!("Admin".parse::<Role>().is_err());
    }
}
