//! The one place where permissions are checked: an extractor that lets nobody past who lacks what the endpoint needs, before
//! anything else of the request is read. It knows no role.

use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use http::request::Parts;
use web::problem::Problem;

use contracts::identity::Needed;

use crate::Principal;

/// Who is asking, where they may do what the endpoint needs: `Allowed { principal, .. }: Allowed<needs::Ledger>`. The same
/// permissions stand in the OpenAPI document as `x-permission`.
///
/// As an extractor it refuses with 401 whoever is not known, and with 403 whoever lacks the permission.
#[derive(Debug, Clone)]
pub struct Allowed<N> {
    /// Who.
    pub principal: Principal,
    needed: PhantomData<N>,
}

impl<N: Needed> Allowed<N> {
    /// Refuses whoever has none of what is needed.
    ///
    /// # Errors
    /// 403 that names a permission; or the second factor, where it is that which they lack.
    pub fn check(principal: Principal) -> Result<Self, Problem> {
        principal.require_any(N::ANY_OF)?;
        let needed = PhantomData;
        Ok(Self { principal, needed })
    }
}

impl<N: Needed, S: Send + Sync> FromRequestParts<S> for Allowed<N> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Self::check(Principal::from_request_parts(parts, state).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::identity::{OrgId, Role, SessionId, UserId, needs};
    use uuid::Uuid;

    fn with(role: Role) -> Principal {
        let id = Uuid::nil();
        Principal::of_session(OrgId::DEFAULT, UserId(id), role, SessionId(id))
    }

    #[test]
    fn one_permission_is_enough_and_none_is_refused_by_name() {
        type OwnOrAll = (needs::WalletsOwn, needs::WalletsReadAll);
        assert!(Allowed::<OwnOrAll>::check(with(Role::User)).is_ok());
        assert!(Allowed::<OwnOrAll>::check(with(Role::Auditor)).is_ok());
        assert!(Allowed::<needs::Ledger>::check(with(Role::Admin)).is_ok());
        let refused = Allowed::<needs::Ledger>::check(with(Role::Operator)).unwrap_err();
        assert_eq!((refused.status, refused.code.as_str()), (403, "forbidden"));
        assert_eq!(refused.errors[0].code, "ledger");
    }

    #[test]
    fn who_lacks_the_factor_of_their_role_is_told_so_where_the_role_would_do() {
        type OwnOrAll = (needs::WalletsOwn, needs::WalletsReadAll);
        let lacking = || with(Role::Operator).without_needed_factor();
        assert!(Allowed::<needs::Profile>::check(lacking()).is_ok());
        let refused = Allowed::<OwnOrAll>::check(lacking()).unwrap_err();
        assert_eq!(refused.code, "second_factor_required");
        let refused = Allowed::<needs::Ledger>::check(lacking()).unwrap_err();
        assert_eq!(refused.code, "forbidden");
    }
}
