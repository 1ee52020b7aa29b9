//! Who is asking: the principal behind a token, and the extractor that every handler takes it from.
//! It never reads a password, and what a token is worth it asks identity.

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use uuid::Uuid;
use values::{SECOND, Timestamp};
use web::client::Client;
use web::problem::Problem;

use contracts::identity::{
    Credential, Factor, Factors, OrgId, Permission, PermissionSet, Role, SessionId, UserId,
};

use crate::SharedAuthenticator;

/// How long a proof of who one is counts as fresh for a dangerous act, in microseconds.
pub const STEP_UP_WITHIN: i64 = 300 * SECOND;

/// Who is asking, as their token says it.
///
/// As an extractor it refuses with 401 anyone who is not known.
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
    /// What they may do: what the role allows, and for an API key of that only what its scopes
    /// allow.
    pub permissions: PermissionSet,
    /// When they last showed their password, or more, in this login.
    pub authenticated_at: Option<Timestamp>,
    /// When they last showed a second factor, if ever in this login.
    pub second_factor_at: Option<Timestamp>,
    /// What they have set up beside the password.
    pub second_factors: Factors,
    /// Whether their role needs a second factor that this login has not shown: they may do nothing
    /// but look after their own account until it has.
    pub lacks_second_factor: bool,
}

impl Principal {
    /// Somebody who has logged in with one factor: they may do all that their role allows there.
    #[must_use]
    pub const fn of_session(org: OrgId, user: UserId, role: Role, session: SessionId) -> Self {
        Self {
            org,
            user,
            role,
            credential: Credential::Session(session),
            permissions: role.permissions_in(org),
            authenticated_at: None,
            second_factor_at: None,
            second_factors: Factors::NONE,
            lacks_second_factor: false,
        }
    }

    /// The owner of an account, without a session: for what is their own, whatever their role lets
    /// them see of others.
    #[must_use]
    pub const fn owner(org: OrgId, user: UserId) -> Self {
        let none = SessionId::from_uuid(Uuid::nil());
        Self::of_session(org, user, Role::User, none)
    }

    /// The same, having shown a second factor at this time.
    #[must_use]
    pub const fn proved_at(self, at: Timestamp) -> Self {
        Self {
            authenticated_at: Some(at),
            second_factor_at: Some(at),
            ..self
        }
    }

    /// The same, where their role needs a second factor that they have not shown: only their own
    /// account is left to them.
    #[must_use]
    pub const fn without_needed_factor(self) -> Self {
        Self {
            permissions: self
                .permissions
                .intersection(PermissionSet::of(&[Permission::Profile])),
            lacks_second_factor: true,
            ..self
        }
    }

    /// Refuses anyone who lacks a permission.
    ///
    /// # Errors
    /// 403 that names the permission; or the second factor, where it is that which they lack.
    pub fn require(&self, permission: Permission) -> Result<(), Problem> {
        self.require_any(&[permission])
    }

    /// Refuses anyone who has none of these permissions, where any is needed.
    ///
    /// # Errors
    /// 403 that names the first; or the second factor, where it is that which they lack.
    pub(crate) fn require_any(&self, permissions: &[Permission]) -> Result<(), Problem> {
        if permissions.is_empty() || permissions.iter().any(|one| self.may(*one)) {
            return Ok(());
        }
        let of_role = self.role.permissions_in(self.org);
        if self.lacks_second_factor && permissions.iter().any(|one| of_role.contains(*one)) {
            return Err(self.lacking_second_factor());
        }
        let named = permissions.first().map_or("", |one| one.as_str());
        Err(Problem::forbidden(named))
    }

    /// Refuses anyone who has not shown a second factor of late, before a dangerous act. Who has
    /// set none up shows their password instead. An API key has shown it when it was made.
    ///
    /// # Errors
    /// 403 `step_up_required`, with the methods that would do.
    pub fn require_recent_second_factor(&self, now: Timestamp, within: i64) -> Result<(), Problem> {
        if matches!(self.credential, Credential::ApiKey(_)) {
            return Ok(());
        }
        let shown = if self.second_factors.has_second() {
            self.second_factor_at
        } else {
            self.second_factor_at.max(self.authenticated_at)
        };
        if shown.is_some_and(|at| now.plus(-within) < at) {
            Ok(())
        } else {
            Err(step_up_required(self.second_factors))
        }
    }

    /// The login that this is, for what an API key must never do.
    ///
    /// # Errors
    /// 403 `session_required`.
    pub fn require_session(&self) -> Result<SessionId, Problem> {
        match self.credential {
            Credential::Session(id) => Ok(id),
            Credential::ApiKey(_) => {
                let detail = "An API key cannot do this. Log in, and use the access token.";
                Err(Problem::new(
                    StatusCode::FORBIDDEN,
                    "session_required",
                    detail,
                ))
            }
        }
    }

    fn lacking_second_factor(&self) -> Problem {
        if self.second_factors.has_second() {
            return step_up_required(self.second_factors);
        }
        let detail = "Your role needs a second factor. Set one up: an authenticator app with `POST /api/v1/auth/2fa/setup` \
                      and then `POST /api/v1/auth/2fa/enable`, or a passkey with `POST /api/v1/auth/passkeys/registration` \
                      and then `POST /api/v1/auth/passkeys`.";
        Problem::new(StatusCode::FORBIDDEN, "second_factor_required", detail)
            .with_methods([Factor::Totp, Factor::Passkey].map(Factor::as_str))
    }

    /// Whether they have a permission.
    #[must_use]
    pub const fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(permission)
    }
}

/// 403 that asks somebody with these factors for a fresh proof of who they are, and names the
/// methods that would do.
#[must_use]
pub fn step_up_required(factors: Factors) -> Problem {
    let methods = match factors.has_second() {
        true => factors,
        false => Factors::NONE.with(Factor::Password, true),
    };
    let detail = "This needs a fresh proof of who you are. Send one to `POST /api/v1/auth/step-up` by one of `methods`, \
                  and repeat the request with the access token that it answers.";
    Problem::new(StatusCode::FORBIDDEN, "step_up_required", detail)
        .with_methods(methods.iter().map(Factor::as_str))
}

impl<S: Send + Sync> FromRequestParts<S> for Principal {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        // Anyone who was asked for on the way here is not asked for again.
        if let Some(known) = parts.extensions.get::<Self>() {
            return Ok(known.clone());
        }
        let token = bearer(&parts.headers);
        // A cookie counts only where there is no other word of who is asking.
        let authorised = parts.headers.contains_key(header::AUTHORIZATION);
        if token.is_none() && (authorised || !parts.headers.contains_key(header::COOKIE)) {
            return Err(Problem::unauthenticated());
        }
        // A router without identity or without the client's address is a mistake in the wiring, not
        // the caller's.
        let authenticator = parts
            .extensions
            .get::<SharedAuthenticator>()
            .ok_or_else(Problem::internal)?;
        let client = parts
            .extensions
            .get::<Client>()
            .ok_or_else(Problem::internal)?;
        Ok(match token {
            Some(token) => authenticator.authenticate(token, client).await?,
            None => {
                let (method, headers) = (&parts.method, &parts.headers);
                authenticator
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
    use contracts::identity::ApiKeyId;
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

    const NOW: Timestamp = Timestamp(1_767_225_600_000_000);

    fn operator() -> Principal {
        let id = Uuid::nil();
        Principal::of_session(OrgId::DEFAULT, UserId(id), Role::Operator, SessionId(id))
    }

    fn asked(principal: &Principal) -> Result<(), (u16, String, Vec<String>)> {
        principal
            .require_recent_second_factor(NOW, STEP_UP_WITHIN)
            .map_err(|problem| (problem.status, problem.code, problem.methods))
    }

    fn step_up(methods: &[&str]) -> Result<(), (u16, String, Vec<String>)> {
        let methods = methods.iter().map(|method| (*method).to_owned()).collect();
        Err((403, "step_up_required".to_owned(), methods))
    }

    #[test]
    fn a_second_factor_is_fresh_for_as_long_as_is_asked() {
        for (age, fresh) in [
            (-STEP_UP_WITHIN, true),
            (0, true),
            (STEP_UP_WITHIN - 1, true),
            (STEP_UP_WITHIN, false),
        ] {
            let shown = operator().proved_at(NOW.plus(-age));
            assert_eq!(asked(&shown).is_ok(), fresh, "{age}");
        }
    }

    #[test]
    fn a_password_is_enough_only_where_no_second_factor_is_set_up() {
        let password = Principal {
            authenticated_at: Some(NOW),
            ..operator()
        };
        assert_eq!(asked(&password), Ok(()));
        assert_eq!(asked(&operator()), step_up(&["password"]));
        let both = Factors::from_iter([Factor::Totp, Factor::RecoveryCode]);
        let enrolled = Principal {
            second_factors: both,
            ..password
        };
        assert_eq!(asked(&enrolled), step_up(&["totp", "recovery_code"]));
    }

    #[test]
    fn an_api_key_is_asked_for_no_factor_and_is_no_session() {
        let key = Principal {
            credential: Credential::ApiKey(ApiKeyId(Uuid::nil())),
            ..operator()
        };
        assert_eq!(asked(&key), Ok(()));
        assert_eq!(key.require_session().unwrap_err().code, "session_required");
        assert!(operator().require_session().is_ok());
    }

    #[test]
    fn who_lacks_the_factor_of_their_role_keeps_only_their_own_account() {
        let lacking = operator().without_needed_factor();
        assert_eq!(lacking.require(Permission::Profile), Ok(()));
        let code =
            |principal: &Principal, permission| principal.require(permission).unwrap_err().code;
        assert_eq!(
            code(&lacking, Permission::WalletsFreeze),
            "second_factor_required"
        );
        assert_eq!(
            code(&lacking, Permission::Ledger),
            "forbidden",
            "with a factor, too"
        );
        let enrolled = Principal {
            second_factors: Factors::from_iter([Factor::Passkey]),
            ..lacking
        };
        assert_eq!(
            code(&enrolled, Permission::WalletsFreeze),
            "step_up_required"
        );
    }
}
