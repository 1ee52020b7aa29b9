//! Identity as the program sees it: what is known of it closed, and what it is open. What it does
//! is elsewhere.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use contracts::identity::{OrgId, UserId};
use db::{Db, Migrations, Position};
use module::{Background, Checks, CompanionFile, Failure, Opened, Place, Progress};
use platform::health::HealthCheck;
use serde_json::{Map, Value};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::audit;
use crate::config::Config;
use crate::installation::{check_settings, is_untouched, verify_keys};
use crate::service::Service;
use crate::signing_keys;
use crate::{SCHEMA, api, migrations, verify_audit};
use vault::master_key::{KEY_FILE, KeyFile};

/// Identity, closed.
#[derive(Debug, Clone)]
pub struct Module {
    /// Its settings.
    pub config: Config,
}

const COPIED: &str = "the master key: keep the backup as you keep that";
const KEY_IN_THE_SETTINGS: [CompanionFile; 1] = [CompanionFile {
    name: KEY_FILE,
    copied: COPIED,
    absent: "without a master key: keep identity.master_key of the settings",
}];
const KEY_IN_A_FILE: [CompanionFile; 1] = [CompanionFile {
    name: KEY_FILE,
    copied: COPIED,
    absent: "WITHOUT THE MASTER KEY: identity.key is not in the data folder, and identity.master_key is not set. No server starts \
             on what is restored from this backup without that key: put identity.key back and make another backup",
}];

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

    /// The master key, where the store keeps it itself: without it, what is sealed in a copy is
    /// lost.
    fn files(&self) -> &'static [CompanionFile] {
        match self.config.master_key.is_empty() {
            true => &KEY_IN_A_FILE,
            false => &KEY_IN_THE_SETTINGS,
        }
    }

    fn check_settings(&self) -> Result<(), Failure> {
        Ok(check_settings(&self.config)?)
    }

    async fn is_untouched(&self, db: &Db) -> Result<bool, Failure> {
        Ok(is_untouched(db).await?)
    }

    async fn has_entry(&self, db: &Db, entry: &Position) -> Result<bool, Failure> {
        let found = audit::store::hash_of(db, entry.no).await?;
        Ok(found.is_some_and(|hash| hash == entry.hash))
    }

    /// The hash chain of the audit trail, whether users and signing keys are what it says, and
    /// whether the master key opens what is sealed with it.
    async fn verify(&self, db: &Db, place: &Place, _: Progress) -> Result<Vec<String>, Failure> {
        let keys = signing_keys::store::keys(db).await?;
        let trail = verify_audit(db).await?;
        let folder = place.folder().map(|folder| folder.as_path());
        verify_keys(db, &self.config, folder, &trail.told, &keys).await?;
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
            ("master_key", Arc::new(MasterKeyCheck(self.clone()))),
            ("signing_keys", Arc::new(SigningKeysCheck(self.clone()))),
            ("ended_sessions", Arc::new(EndedSessionsCheck(self))),
        ]
    }

    async fn personal_data(&self, org: OrgId, user: UserId) -> Result<Map<String, Value>, Failure> {
        self.data_of(org, user).await
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

/// Whether this node has the master key of all signing keys.
struct SigningKeysCheck(Arc<Service>);

#[async_trait::async_trait]
impl HealthCheck for SigningKeysCheck {
    async fn check(&self) -> Result<(), String> {
        if !self.0.a_key_is_unknown.load(Ordering::Relaxed) {
            return Ok(());
        }
        Err(
            "a signing key of another node is sealed with a master key that this node does not have, and its tokens are refused here: add \
             that key to identity.master_key and start this node again"
                .to_owned(),
        )
    }
}

/// Whether the file with the master key is there for the next start.
struct MasterKeyCheck(Arc<Service>);

#[async_trait::async_trait]
impl HealthCheck for MasterKeyCheck {
    async fn check(&self) -> Result<(), String> {
        self.0.key_file.as_ref().map_or(Ok(()), KeyFile::check)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use module::Module as _;

    #[test]
    fn a_backup_without_the_key_names_the_settings_only_where_they_have_it() {
        let absent = |config: Config| Module { config }.files()[0].absent;
        assert!(absent(Config::default()).starts_with("WITHOUT THE MASTER KEY"));
        let with_key = Config {
            master_key: vec!["any".into()],
            ..Config::default()
        };
        assert!(absent(with_key).contains("keep identity.master_key of the settings"));
    }
}
