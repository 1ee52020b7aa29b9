//! Browser sessions in a request's headers and an answer's: whose the cookie is, whether the
//! request comes from PayFlow's own pages, and the cookies that are set.

use access::{AuthenticationError, Principal};
use axum::http::{HeaderMap, HeaderValue, Method};
use web::client::Client;
use web::problem::Problem;

use crate::fault::{Fault, log};
use crate::service::Service;
use crate::sessions::browser::BrowserSession;
use crate::sessions::http::cookies;

impl Service {
    /// The `Set-Cookie` headers of a new browser session.
    pub(crate) fn cookies_of(&self, session: &BrowserSession) -> Result<[HeaderValue; 2], Fault> {
        let set = self.cookies.set(&session.secret, session.max_age_s);
        set.map_err(|_| Fault::Cookie)
    }

    /// The `Set-Cookie` headers that remove a browser session.
    pub(crate) fn no_cookies(&self) -> Result<[HeaderValue; 2], Fault> {
        self.cookies.clear().map_err(|_| Fault::Cookie)
    }

    /// Refuses a login for a cookie that another site's page asks for: it would log its visitor in
    /// as somebody else.
    pub(crate) fn require_own_page(&self, headers: &HeaderMap) -> Result<(), Problem> {
        match self.cookies.is_own_page(headers) {
            true => Ok(()),
            false => Err(AuthenticationError::CrossSite.into()),
        }
    }

    /// Whom the cookie of a request belongs to, where the request may act for them.
    pub(crate) async fn browser_principal(
        &self,
        method: &Method,
        headers: &HeaderMap,
    ) -> Result<Principal, AuthenticationError> {
        let secret = self.cookies.secret(headers);
        let secret = secret.ok_or(AuthenticationError::Unauthenticated)?;
        let found = self.principal_of_cookie(secret).await.map_err(|fault| {
            log(&fault);
            AuthenticationError::Unavailable
        })?;
        let principal = found.ok_or(AuthenticationError::Unauthenticated)?;
        let proved =
            || self.cookies.is_own_page(headers) && cookies::carries_csrf_token(headers, secret);
        if cookies::is_unsafe(method) && !proved() {
            return Err(AuthenticationError::CrossSite);
        }
        Ok(principal)
    }

    /// Ends the session that a browser had before it logged in anew, if it had one.
    pub(crate) async fn end_former_session(
        &self,
        headers: &HeaderMap,
        client: &Client,
    ) -> Result<(), Fault> {
        match self.cookies.secret(headers) {
            Some(secret) => self.end_session_of_cookie(secret, client).await,
            None => Ok(()),
        }
    }
}
