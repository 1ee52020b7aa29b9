//! The one place where permissions are checked: routes that let nobody past who lacks what they
//! need, before anything else of the request is read. It knows no role.

use axum::extract::{FromRequestParts, Request};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use contracts::identity::{Needed, Permission};
use utoipa::openapi::security::SecurityRequirement;
use utoipa_axum::router::UtoipaMethodRouter;
use web::documentation;
use web::problem::Problem;

use crate::Principal;

/// Routes for callers who have what is needed: `guarded(needs::Ledger, routes!(…))`. Anyone who is
/// not known is refused with 401, and anyone who lacks the permission with 403; the handler takes
/// the [`Principal`] as it likes. The OpenAPI document says the same as `x-permission` and
/// `security`, and has the answers that every such endpoint may give.
pub fn guarded<N: Needed, S: Clone + Send + Sync + 'static>(
    _needed: N,
    (mut schemas, mut paths, methods): UtoipaMethodRouter<S>,
) -> UtoipaMethodRouter<S> {
    schemas.extend(documentation::schemas());
    for (path, item) in &mut paths.paths {
        for operation in documentation::operations(item) {
            operation.security = Some(vec![SecurityRequirement::new::<_, [&str; 0], &str>(
                "bearerAuth",
                [],
            )]);
            documentation::may_answer(operation, "400");
            documentation::may_answer(operation, "401");
            if !N::ANY_OF.is_empty() {
                let needed = N::ANY_OF.iter().copied().map(Permission::as_str).collect();
                let extensions = operation.extensions.get_or_insert_default();
                extensions.insert("x-permission".to_owned(), needed);
                documentation::may_answer(operation, "403");
            }
            documentation::complete(path, operation);
        }
    }
    (schemas, paths, methods.route_layer(from_fn(check::<N>)))
}

async fn check<N: Needed>(request: Request, next: Next) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    let principal = Principal::from_request_parts(&mut parts, &()).await?;
    principal.require_any(N::ANY_OF)?;
    // The handler's extractor takes it from here, without asking again.
    parts.extensions.insert(principal);
    Ok(next.run(Request::from_parts(parts, body)).await)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::body::Body;
    use axum::routing::{post, put};
    use contracts::identity::{OrgId, Role, SessionId, UserId, needs};
    use tower::ServiceExt;
    use utoipa::openapi::Paths;
    use uuid::Uuid;
    use web::extract::Query;

    fn check<N: Needed>(principal: &Principal) -> Result<(), Problem> {
        principal.require_any(N::ANY_OF)
    }

    fn with(role: Role) -> Principal {
        let id = Uuid::nil();
        Principal::of_session(OrgId::DEFAULT, UserId(id), role, SessionId(id))
    }

    #[test]
    fn one_permission_is_enough_and_none_is_refused_by_name() {
        type OwnOrAll = (needs::WalletsOwn, needs::WalletsReadAll);
        assert!(check::<OwnOrAll>(&with(Role::User)).is_ok());
        assert!(check::<OwnOrAll>(&with(Role::Auditor)).is_ok());
        assert!(check::<needs::Ledger>(&with(Role::Admin)).is_ok());
        let refused = check::<needs::Ledger>(&with(Role::Operator)).unwrap_err();
        assert_eq!((refused.status, refused.code.as_str()), (403, "forbidden"));
        assert_eq!(refused.errors[0].code, "ledger");
    }

    #[test]
    fn where_no_permission_is_needed_everybody_who_is_known_may() {
        for role in Role::ALL {
            assert_eq!(check::<needs::Authentication>(&with(role)), Ok(()));
        }
    }

    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct NoParameters {}

    fn router() -> Router {
        let read = |_: Principal, _: Query<NoParameters>| async {};
        let ledger = (Vec::new(), Paths::new(), post(read));
        let profile = (Vec::new(), Paths::new(), put(read));
        Router::new()
            .route("/", guarded(needs::Ledger, ledger).2)
            .route("/", guarded(needs::Profile, profile).2)
    }

    async fn status(method: &str, principal: Option<Principal>, path: &str) -> u16 {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(principal) = principal {
            request = request.extension(principal);
        }
        let request = request.body(Body::empty()).unwrap();
        let answer = router().oneshot(request).await.unwrap();
        answer.status().as_u16()
    }

    #[tokio::test]
    async fn each_method_has_its_own_need_and_a_refusal_comes_before_the_query_is_read() {
        let as_role = |method: &'static str, role, path| status(method, Some(with(role)), path);
        assert_eq!(status("POST", None, "/?unknown=1").await, 401);
        assert_eq!(as_role("POST", Role::User, "/?unknown=1").await, 403);
        assert_eq!(as_role("POST", Role::Admin, "/?unknown=1").await, 400);
        assert_eq!(as_role("POST", Role::Admin, "/").await, 200);
        assert_eq!(as_role("PUT", Role::User, "/").await, 200);
        assert_eq!(status("GET", None, "/").await, 405);
    }

    #[test]
    fn who_lacks_the_factor_of_their_role_is_told_so_where_the_role_would_do() {
        type OwnOrAll = (needs::WalletsOwn, needs::WalletsReadAll);
        let lacking = || with(Role::Operator).without_needed_factor();
        assert!(check::<needs::Profile>(&lacking()).is_ok());
        let refused = check::<OwnOrAll>(&lacking()).unwrap_err();
        assert_eq!(refused.code, "second_factor_required");
        let refused = check::<needs::Ledger>(&lacking()).unwrap_err();
        assert_eq!(refused.code, "forbidden");
    }
}
