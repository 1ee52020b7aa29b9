//! Who you are: users, sessions, tokens, roles. Identity says who is asking; what that one may do,
//! the table of roles in `contracts` says, and each service asks it there.

#[macro_use]
mod statements;
mod accounts;
mod api_keys;
mod audit;
mod background;
mod clock_watch;
mod config;
mod credentials;
mod factors;
mod fault;
mod feed;
mod http;
mod installation;
mod links;
mod login;
mod mail;
mod module;
mod oidc;
mod organisations;
mod passkeys;
mod passwords;
mod resealing;
mod service;
mod sessions;
mod signing_keys;
mod start_error;

use contracts::identity::IdentityUnavailable;
use contracts::identity::KnownUser;
use contracts::identity::OrgId;
use contracts::identity::Permission;
use contracts::identity::{Contact, Contacts, Identity, UserId};
use contracts::identity::{OperatorAction, OperatorEntry};
use contracts::kyc::{KycStanding, KycStandings};
use db::{Migration, Migrations};
use platform::health::HealthCheck;

use crate::accounts::stores::users::Named;

pub use crate::accounts::administration::UserFilter;
pub use crate::accounts::error::AccountError;
pub use crate::accounts::invalid::Invalid;
pub use crate::accounts::managed_user::{ManagedUser, NotChanged, UserChange};
pub use crate::accounts::preferences::{Density, Preferences, PreferencesChange, Theme};
pub use crate::accounts::profile::ProfileChange;
pub use crate::accounts::user::{ImportedUser, NewUser, User, UserStatus};
pub use crate::accounts::verification::Follower;
pub use crate::accounts::{Registered, Registration};
pub use crate::api_keys::api_key::{ApiKey, InvalidKey, NewApiKey};
pub use crate::api_keys::error::ApiKeyError;
pub use crate::audit::verify::{AuditError, AuditReport, verify_audit};
pub use crate::background::Background;
pub use crate::config::{
    Config, KeysConfig, LockoutConfig, PasswordConfig, RegistrationConfig, SecondFactorConfig,
    WebauthnConfig,
};
pub use crate::credentials::error::CredentialError;
pub use crate::factors::error::SecondFactorError;
pub use crate::factors::second_factor::{Assertion, FactorProof, StepUp};
pub use crate::factors::{Enrolled, SecondFactorStatus, TotpSetup};
pub use crate::fault::Fault;
pub use crate::feed::{IdentityFeed, UserEvent};
pub use crate::installation::{StoreKind, check_new_user};
pub use crate::links::InvalidLink;
pub use crate::login::LoggedIn;
pub use crate::login::error::LoginError;
pub use crate::login::second_step::{PendingSignIn, SignIn};
pub use crate::module::Module;
pub use crate::oidc::error::ProviderError;
pub use crate::oidc::policy::{ProviderConfig, Refusal};
pub use crate::organisations::NewOrganisation;
pub use crate::organisations::error::OrganisationError;
pub use crate::organisations::organisation::Organisation;
pub use crate::passkeys::error::PasskeyError;
pub use crate::passkeys::passkey::{KnownPasskey, PasskeyId};
pub use crate::passkeys::{PasskeyChallenge, RegisteredPasskey};
pub use crate::passwords::PasswordChange;
pub use crate::passwords::error::PasswordError;
pub use crate::passwords::rule::{InvalidPassword, PasswordRule};
pub use crate::service::{Deps, Service};
pub use crate::sessions::browser::BrowserSession;
pub use crate::sessions::error::SessionError;
pub use crate::sessions::session::Carrier;
pub use crate::sessions::token::{AccessToken, ISSUER, KeyInfo, KeyState, PublicKey, TokenPair};
pub use crate::sessions::{Credentials, Renewed};
pub use crate::signing_keys::KeyRotation;
pub use crate::signing_keys::error::SigningKeyError;
pub use crate::start_error::StartError;
pub use idempotency::IdempotentRequest;
pub use vault::master_key::{KEY_FILE, new_master_key};

/// The PostgreSQL schema of identity's tables.
pub const SCHEMA: &str = "identity";

/// Identity's tables.
#[must_use]
pub const fn migrations() -> Migrations {
    &[
        Migration {
            version: 100,
            name: "first edition",
            sql: include_str!("../migrations/0100_first_edition.sql"),
        },
        Migration {
            version: 101,
            name: "ended sessions in order",
            sql: include_str!("../migrations/0101_ended_sessions_in_order.sql"),
        },
        Migration {
            version: 102,
            name: "age of registrations",
            sql: include_str!("../migrations/0102_age_of_registrations.sql"),
        },
        Migration {
            version: 120,
            name: "staff",
            sql: include_str!("../migrations/0120_staff.sql"),
        },
        Migration {
            version: 121,
            name: "recorded acts",
            sql: include_str!("../migrations/0121_recorded_acts.sql"),
        },
        Migration {
            version: 125,
            name: "kyc",
            sql: include_str!("../migrations/0125_kyc.sql"),
        },
    ]
}

/// What identity's endpoints take and answer: for `payflow openapi`, which opens no store.
#[must_use]
pub fn api() -> utoipa::openapi::OpenApi {
    http::api()
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

    async fn names(
        &self,
        org: OrgId,
        users: &[UserId],
    ) -> Result<Vec<KnownUser>, IdentityUnavailable> {
        self.names_of(org, users, Named::Confirmed)
            .await
            .map_err(unavailable)
    }

    async fn names_for_staff(
        &self,
        org: OrgId,
        users: &[UserId],
    ) -> Result<Vec<KnownUser>, IdentityUnavailable> {
        self.names_of(org, users, Named::All)
            .await
            .map_err(unavailable)
    }

    async fn record(&self, entry: OperatorEntry<'_>) -> Result<(), IdentityUnavailable> {
        self.record_operator_action(entry)
            .await
            .map_err(unavailable)
    }

    async fn record_by_system(
        &self,
        org: OrgId,
        action: OperatorAction,
        subject: &str,
    ) -> Result<(), IdentityUnavailable> {
        let recorded = self.record_at_command_line(org, action, subject);
        recorded.await.map_err(unavailable)
    }
}

#[async_trait::async_trait]
impl Contacts for Service {
    async fn contact(
        &self,
        org: OrgId,
        user: UserId,
    ) -> Result<Option<Contact>, IdentityUnavailable> {
        self.contact_of(org, user).await.map_err(unavailable)
    }

    async fn staff(
        &self,
        org: OrgId,
        permission: Permission,
    ) -> Result<Vec<UserId>, IdentityUnavailable> {
        self.staff_of(org, permission).await.map_err(unavailable)
    }
}

#[async_trait::async_trait]
impl KycStandings for Service {
    async fn set_standing(&self, standing: &KycStanding) -> Result<(), IdentityUnavailable> {
        self.take_kyc_standing(standing).await.map_err(unavailable)
    }
}

fn unavailable(fault: impl std::error::Error) -> IdentityUnavailable {
    fault::log(&fault);
    IdentityUnavailable
}

#[async_trait::async_trait]
impl HealthCheck for Service {
    async fn check(&self) -> Result<(), String> {
        self.ping().await.map_err(|fault| fault.to_string())
    }
}
