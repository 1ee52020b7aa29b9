//! Identity as the program sees it: what is known of it closed, and what it is open. What it does is elsewhere.

use std::sync::Arc;

use db::{Db, Migrations};
use module::{Background, Checks, CompanionFile, Failure, Opened, Place, Progress};
use platform::health::HealthCheck;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::config::Config;
use crate::installation::{check_settings, is_untouched, verify_keys};
use crate::service::Service;
use crate::{SCHEMA, api, migrations, verify_audit};
use vault::master_key::KEY_FILE;

/// Identity, closed.
#[derive(Debug, Clone)]
pub struct Module {
    /// Its settings.
    pub config: Config,
}

#[async_trait::async_trait]
impl module::Module for Module {
    fn name(&self) -> &'static str {
        SCHEMA
    }

    fn migrations(&self) -> Migrations {
        migrations()
    }

    fn api(&self) -> OpenApi {
        api()
    }

    /// The master key, where the store keeps it itself: without it, what is sealed in a copy is lost.
    fn files(&self) -> &'static [CompanionFile] {
        &[CompanionFile {
            name: KEY_FILE,
            copied: "the master key: keep the backup as you keep that",
            absent: "without a master key: keep identity.master_key of the settings",
        }]
    }

    fn check_settings(&self) -> Result<(), Failure> {
        Ok(check_settings(&self.config)?)
    }

    async fn is_untouched(&self, db: &Db) -> Result<bool, Failure> {
        Ok(is_untouched(db).await?)
    }

    /// The hash chain of the audit trail, and whether the master key that is at hand opens what is sealed with it.
    async fn verify(&self, db: &Db, place: &Place, _: Progress) -> Result<Vec<String>, Failure> {
        let trail = verify_audit(db).await?;
        let folder = place.folder().map(|folder| folder.as_path());
        verify_keys(db, &self.config, folder).await?;
        Ok(vec![format!(
            "audit trail  {} entries, hash of the last  {}",
            trail.entries, trail.head
        )])
    }
}

#[async_trait::async_trait]
impl Opened for Service {
    fn router(self: Arc<Self>) -> OpenApiRouter {
        Self::router(&self)
    }

    fn checks(self: Arc<Self>) -> Checks {
        vec![
            ("audit_trail", Arc::new(AuditTrailCheck(self.clone()))),
            ("ended_sessions", Arc::new(EndedSessionsCheck(self))),
        ]
    }

    fn start_background(self: Arc<Self>) -> Background {
        Box::new(Self::start_background(&self))
    }
}

/// Whether the audit trail can be moved on, without which identity writes next to nothing.
struct AuditTrailCheck(Arc<Service>);

#[async_trait::async_trait]
impl HealthCheck for AuditTrailCheck {
    async fn check(&self) -> Result<(), String> {
        self.0.head_watch.check(self.0.clock.steady())
    }
}

/// Whether this node learns which sessions end on others.
struct EndedSessionsCheck(Arc<Service>);

#[async_trait::async_trait]
impl HealthCheck for EndedSessionsCheck {
    async fn check(&self) -> Result<(), String> {
        self.0.ends_read.check()
    }
}
