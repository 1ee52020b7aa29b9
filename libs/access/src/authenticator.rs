//! The port behind the extractors: who answers whom a token or a cookie belongs to. Identity does.

use std::sync::Arc;

use http::{HeaderMap, Method, StatusCode};
use web::client::Client;
use web::problem::Problem;

use crate::Principal;

/// Why nobody is known behind a request.
#[derive(Debug, thiserror::Error)]
pub enum AuthenticationError {
    /// The token is missing, malformed, forged, expired or revoked. Which one is not for the caller
    /// to know.
    #[error("not authenticated")]
    Unauthenticated,
    /// A request with a browser's cookie would change something, and nothing shows that a page of
    /// PayFlow sent it.
    #[error("the request may come from a page of another site")]
    CrossSite,
    /// Identity cannot answer now.
    #[error("identity cannot answer now")]
    Unavailable,
}

impl From<AuthenticationError> for Problem {
    fn from(error: AuthenticationError) -> Self {
        match error {
            AuthenticationError::Unauthenticated => Self::unauthenticated(),
            AuthenticationError::CrossSite => {
                let detail = "This request would change something, and may come from a page of another site. Send it from \
                              PayFlow's own origin, with the value of the cookie `payflow_csrf` (by HTTPS \
                              `__Host-payflow_csrf`) as the header `X-CSRF-Token`.";
                Self::new(StatusCode::FORBIDDEN, "csrf_refused", detail)
            }
            AuthenticationError::Unavailable => Self::unavailable(
                "identity_unavailable",
                "Who you are cannot be checked right now. Nothing was done; try again.",
            ),
        }
    }
}

/// Knows whom tokens and cookies belong to.
#[async_trait::async_trait]
pub trait Authenticator: Send + Sync + 'static {
    /// Whom a token (an access token or an API key) belongs to, where this client may use it.
    async fn authenticate(
        &self,
        token: &str,
        client: &Client,
    ) -> Result<Principal, AuthenticationError>;

    /// Whom the cookie of a browser belongs to. Where the method may change something, only if the
    /// request shows that a page of PayFlow sent it.
    async fn authenticate_browser(
        &self,
        _method: &Method,
        _headers: &HeaderMap,
        _client: &Client,
    ) -> Result<Principal, AuthenticationError> {
        Err(AuthenticationError::Unauthenticated)
    }
}

/// The authenticator as requests carry it; the gateway puts it there.
pub type SharedAuthenticator = Arc<dyn Authenticator>;
