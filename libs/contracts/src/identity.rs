//! Identity, as other services see it: who is asking, what they may do, and whom an e-mail belongs to.

mod allowed;
mod deed;
mod factor;
mod permission;
mod principal;

use std::sync::Arc;

use http::{HeaderMap, Method, StatusCode};
use platform::client::Client;
use platform::problem::Problem;
use platform::typed_id;
use serde::{Deserialize, Serialize};

pub use allowed::{Allowed, Needed};
pub use deed::{Deed, OperatorEntry};
pub use factor::{Factor, Factors};
pub use permission::{
    Permission, PermissionSet, Role, SCOPES, TABLE, UnknownPermission, UnknownRole, needs,
};
pub use principal::{Credential, Principal, STEP_UP_WITHIN, step_up_required};

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

/// Why identity has no answer.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The token is missing, malformed, forged, expired or revoked. Which one is not for the caller to know.
    #[error("not authenticated")]
    Unauthenticated,
    /// A request with a browser's cookie would change something, and nothing shows that a page of PayFlow sent it.
    #[error("the request may come from a page of another site")]
    CrossSite,
    /// Identity cannot answer now.
    #[error("identity cannot answer now")]
    Unavailable,
}

impl From<IdentityError> for Problem {
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::Unauthenticated => Self::unauthenticated(),
            IdentityError::CrossSite => {
                let detail = "This request would change something, and may come from a page of another site. Send it from \
                              PayFlow's own origin, with the value of the cookie `payflow_csrf` (by HTTPS \
                              `__Host-payflow_csrf`) as the header `X-CSRF-Token`.";
                Self::new(StatusCode::FORBIDDEN, "csrf_refused", detail)
            }
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
    /// Whom a token (an access token or an API key) belongs to, where this client may use it.
    async fn authenticate(&self, token: &str, client: &Client) -> Result<Principal, IdentityError>;

    /// Whom the cookie of a browser belongs to. Where the method may change something, only if the request shows that a page
    /// of PayFlow sent it.
    async fn authenticate_browser(
        &self,
        _method: &Method,
        _headers: &HeaderMap,
        _client: &Client,
    ) -> Result<Principal, IdentityError> {
        Err(IdentityError::Unauthenticated)
    }

    /// The active user who has confirmed this e-mail in an organisation; compared without case.
    async fn user_by_email(
        &self,
        org: OrgId,
        email: &str,
    ) -> Result<Option<KnownUser>, IdentityError>;

    /// Adds what an operator did elsewhere to the audit trail.
    async fn record(&self, entry: OperatorEntry<'_>) -> Result<(), IdentityError>;
}

/// Identity as requests carry it; the gateway puts it there.
pub type SharedIdentity = Arc<dyn Identity>;
