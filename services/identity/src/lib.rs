//! Who you are: users, sessions, tokens, roles. Identity says who is asking; what that one may do, the table of
//! roles in `contracts` says, and each service asks it there.

mod administration;
mod api_key;
mod audit;
mod base32;
mod breached;
mod browser;
mod config;
mod device;
mod email;
mod error;
mod http;
mod invalidation;
mod known_keys;
mod last_use;
mod lockout;
mod mailer;
mod master_key;
mod messages;
mod oidc;
mod one_time;
mod organisation;
mod passkey;
mod password;
mod password_policy;
mod preferences;
mod provider;
mod recovery;
mod return_to;
mod second_factor;
mod service;
mod session;
mod store;
mod token;
mod totp;
mod turns;
mod user;
mod vault;
mod verified;
mod workers;

use ::axum::http::{HeaderMap, Method};
use access::{AuthenticationError, Authenticator, Principal};
use contracts::identity::{Identity, IdentityUnavailable, KnownUser, OperatorEntry, OrgId};
use db::Migrations;
use platform::health::HealthCheck;
use web::client::Client;

pub use administration::{ManagedUser, NotChanged, UserChange};
pub use api_key::{ApiKey, InvalidKey, NewApiKey};
pub use audit::{AuditError, AuditReport, verify_audit};
pub use config::{
    Config, KeysConfig, LockoutConfig, PasswordConfig, RegistrationConfig, SecondFactorConfig,
    WebauthnConfig,
};
pub use error::Error;
pub use mailer::{DevelopmentMailer, Mail, Mailer, Undelivered};
pub use master_key::{KEY_FILE, new_master_key};
pub use oidc::{ProviderConfig, Refusal};
pub use organisation::Organisation;
pub use passkey::{KnownPasskey, PasskeyId};
pub use password_policy::PasswordRule;
pub use preferences::{Density, Preferences, PreferencesChange, Theme};
pub use second_factor::{Assertion, Shown, StepUp, Unproved};
pub use service::{
    Asked, Background, BrowserSession, Credentials, Deps, Enrolled, Follower, KeyRotation,
    LoggedIn, NewOrganisation, Once, PasswordChange, PendingSignIn, ProfileChange, Registered,
    RegisteredPasskey, Registration, Renewed, SecondFactorStatus, Service, SignIn, StoreKind,
    TotpSetup, UserFilter, check_new_user, check_settings, verify_keys,
};
pub use session::Carrier;
pub use token::{AccessToken, ISSUER, KeyInfo, KeyState, PublicKey, TokenPair};
pub use user::{ImportedUser, Invalid, NewUser, User, UserStatus};

/// The PostgreSQL schema of identity's tables.
pub const SCHEMA: &str = "identity";

static SQLITE: sqlx::migrate::Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: sqlx::migrate::Migrator = sqlx::migrate!("migrations/postgres");

/// Identity's tables.
#[must_use]
pub fn migrations() -> Migrations {
    Migrations {
        sqlite: &SQLITE,
        postgres: &POSTGRES,
    }
}

/// What identity's endpoints take and answer: for `payflow openapi`, which opens no store.
#[must_use]
pub fn api() -> utoipa::openapi::OpenApi {
    http::api()
}

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

#[async_trait::async_trait]
impl Identity for Service {
    async fn user_by_email(
        &self,
        org: OrgId,
        email: &str,
    ) -> Result<Option<KnownUser>, IdentityUnavailable> {
        self.known_user(org, email).await.map_err(unavailable)
    }

    async fn record(&self, entry: OperatorEntry<'_>) -> Result<(), IdentityUnavailable> {
        self.record_deed(entry).await.map_err(unavailable)
    }
}

fn unavailable(fault: Error) -> IdentityUnavailable {
    error::log(&fault);
    IdentityUnavailable
}

fn unknown(fault: Error) -> AuthenticationError {
    error::log(&fault);
    AuthenticationError::Unavailable
}

#[async_trait::async_trait]
impl HealthCheck for Service {
    async fn check(&self) -> Result<(), String> {
        self.ping().await.map_err(|fault| fault.to_string())
    }
}
