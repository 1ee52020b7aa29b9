//! Who is asking: the principal behind a token, and the extractor that every handler takes it from. It never reads a
//! password, and what a token is worth it asks identity.

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, header};
use platform::client::Client;
use platform::clock::Timestamp;
use platform::problem::Problem;

use super::{ApiKeyId, OrgId, Permission, PermissionSet, Role, SessionId, SharedIdentity, UserId};

/// What a request was authenticated with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Credential {
    /// An access token of a login.
    Session(SessionId),
    /// An API key.
    ApiKey(ApiKeyId),
}

/// Who is asking, as their token says it.
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
    /// What the token belongs to.
    pub credential: Credential,
    /// What they may do: what the role allows, and for an API key of that only what its scopes allow.
    pub permissions: PermissionSet,
    /// When they last showed a second factor, if ever in this login.
    pub second_factor_at: Option<Timestamp>,
}

impl Principal {
    /// Somebody who has logged in with one factor: they may do all that their role allows.
    #[must_use]
    pub const fn of_session(org: OrgId, user: UserId, role: Role, session: SessionId) -> Self {
        Self {
            org,
            user,
            role,
            credential: Credential::Session(session),
            permissions: role.permissions(),
            second_factor_at: None,
        }
    }

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

    /// Whether they have a permission.
    #[must_use]
    pub const fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(permission)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Principal {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let token = bearer(&parts.headers);
        // A cookie counts only where there is no other word of who is asking.
        let authorised = parts.headers.contains_key(header::AUTHORIZATION);
        if token.is_none() && (authorised || !parts.headers.contains_key(header::COOKIE)) {
            return Err(Problem::unauthenticated());
        }
        // A router without identity or without the client's address is a mistake in the wiring, not the caller's.
        let identity = parts
            .extensions
            .get::<SharedIdentity>()
            .ok_or_else(Problem::internal)?;
        let client = parts
            .extensions
            .get::<Client>()
            .ok_or_else(Problem::internal)?;
        Ok(match token {
            Some(token) => identity.authenticate(token, client).await?,
            None => {
                let (method, headers) = (&parts.method, &parts.headers);
                identity
                    .authenticate_browser(method, headers, client)
                    .await?
            }
        })
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
    use uuid::Uuid;

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
    fn what_one_may_do_is_a_matter_of_permissions_and_not_of_the_role() {
        let id = Uuid::nil();
        let admin = Principal::of_session(OrgId::DEFAULT, UserId(id), Role::Admin, SessionId(id));
        assert_eq!(admin.require(Permission::Ledger), Ok(()));
        let narrowed = Principal {
            credential: Credential::ApiKey(ApiKeyId(id)),
            permissions: PermissionSet::of(&[Permission::WalletsReadAll]),
            ..admin
        };
        assert!(narrowed.may(Permission::WalletsReadAll));
        let refused = narrowed.require(Permission::Ledger).unwrap_err();
        assert_eq!((refused.status, refused.code.as_str()), (403, "forbidden"));
    }
}
