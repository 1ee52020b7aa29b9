//! Whose token, API key or cookie a request carries: what every service asks before it does
//! anything.

use access::{AuthenticationError, Authenticator, Principal};
use axum::http::{HeaderMap, Method};
use web::client::Client;

use crate::api_keys::api_key;
use crate::fault::{Fault, log};
use crate::service::Service;

#[async_trait::async_trait]
impl Authenticator for Service {
    async fn authenticate(
        &self,
        token: &str,
        client: &Client,
    ) -> Result<Principal, AuthenticationError> {
        if api_key::is_one(token) {
            let found = self.principal_of_key(token, client).await;
            return found
                .map_err(unknown)?
                .ok_or(AuthenticationError::Unauthenticated);
        }
        let known = match self.principal_of(token) {
            None if self.look_for_key_of(token).await.map_err(unknown)? => self.principal_of(token),
            known => known,
        };
        let known = match known {
            Some(_) if self.read_overdue_ends().await.map_err(unknown)? => self.principal_of(token),
            known => known,
        };
        known.ok_or(AuthenticationError::Unauthenticated)
    }

    async fn authenticate_browser(
        &self,
        method: &Method,
        headers: &HeaderMap,
        _: &Client,
    ) -> Result<Principal, AuthenticationError> {
        self.browser_principal(method, headers).await
    }
}

fn unknown(fault: Fault) -> AuthenticationError {
    log(&fault);
    AuthenticationError::Unavailable
}
