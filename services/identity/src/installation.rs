//! What the operator of the installation asks beside the API: what kind of store this is, whether
//! anybody administers it, and whether a user could be made, before anything is. It answers no
//! request.

use std::path::Path;
use std::sync::Arc;

use contracts::identity::OrgId;
use db::Db;
use module::Failure;
use platform::clock::{Clock, SystemClock};
use platform::ids::{Ids, SystemEntropy};
use secrecy::ExposeSecret;

use crate::SCHEMA;
use crate::accounts::email::{Email, normalise_email};
use crate::accounts::error::AccountError;
use crate::accounts::stores::users;
use crate::accounts::user;
use crate::accounts::user::NewUser;
use crate::audit::told::TrailState;
use crate::audit::verify::AuditError;
use crate::audit::{Actor, AuditAction, Entry, store as trail};
use crate::config::Config;
use crate::fault::Fault;
use crate::oidc::provider::providers;
use crate::passkeys::relying_party::RelyingParty;
use crate::passwords::policy::{PasswordOwner, Policy, normalised};
use crate::resealing;
use crate::service::Service;
use crate::signing_keys as keys;
use crate::signing_keys::store::SealedKey;
use crate::start_error::StartError;
use vault::Vault;
use vault::master_key::{self, KEY_FILE};

/// What a store is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreKind {
    /// For nothing yet: nobody is in it, and nothing was done.
    Empty,
    /// For a look around. Its audit trail begins with the entry that says so, and the passwords of
    /// its users are published.
    Demo,
    /// For its users.
    Real,
}

impl Service {
    /// What the store is for.
    ///
    /// # Errors
    /// A fault.
    pub async fn store_kind(&self) -> Result<StoreKind, Fault> {
        if let Some(first) = trail::first_action(&self.db).await? {
            return Ok(match first == AuditAction::DemoBegun.as_str() {
                true => StoreKind::Demo,
                false => StoreKind::Real,
            });
        }
        Ok(match users::has_any_user(&self.db).await? {
            true => StoreKind::Real,
            false => StoreKind::Empty,
        })
    }

    /// Makes an empty store one for a look around, for good: the audit trail's chain keeps the
    /// mark. The caller has seen that the store is empty.
    ///
    /// # Errors
    /// A fault.
    pub async fn begin_demo(&self) -> Result<(), Fault> {
        let begun = Entry::done(OrgId::DEFAULT, AuditAction::DemoBegun, Actor::System, None);
        self.record_alone(&begun).await
    }

    /// Whether an administrator of the first organisation has this e-mail.
    ///
    /// # Errors
    /// A fault.
    pub async fn is_administered_by(&self, email: &str) -> Result<bool, Fault> {
        let normalised = normalise_email(email);
        Ok(users::is_administrator(&self.db, OrgId::DEFAULT, &normalised).await?)
    }

    /// Whether the first organisation, which comes with the installation, has an administrator who
    /// may log in.
    ///
    /// # Errors
    /// A fault.
    pub async fn has_administrator(&self) -> Result<bool, Fault> {
        Ok(users::has_administrator(&self.db, OrgId::DEFAULT).await?)
    }
}

/// Whether nothing was written yet: the first that an opened identity writes is a signing key.
///
/// # Errors
/// A fault.
pub(crate) async fn is_untouched(db: &Db) -> Result<bool, Fault> {
    let nothing_was_done = trail::first_action(db).await?.is_none();
    Ok(nothing_was_done
        && keys::store::keys(db).await?.is_empty()
        && !users::has_any_user(db).await?)
}

/// Whether the signing keys are there that the audit trail tells of, and the master key, of the
/// settings or of the folder of a store, opens them: if not, no server starts on it. Keys that were
/// there `before` the trail was read may have been revoked since.
///
/// # Errors
/// What is missing or does not open, or what stands against reading it.
pub(crate) async fn verify_keys(
    db: &Db,
    config: &Config,
    folder: Option<&Path>,
    told: &TrailState,
    before: &[SealedKey],
) -> Result<(), Failure> {
    let rows = keys::store::keys(db).await?;
    let seen: Vec<_> = rows.iter().chain(before).collect();
    if let Some(kid) = told.missing_key(&seen, SystemClock.now()) {
        return Err(AuditError::NoKey { kid }.into());
    }
    let in_a_file = folder.is_some_and(|folder| folder.join(KEY_FILE).is_file());
    if !keys::sealed::any_sealed(&rows) {
        return Ok(());
    }
    if config.master_key.is_empty() && !in_a_file {
        return Err(StartError::NoMasterKey.into());
    }
    let ids = Ids::new(Arc::new(SystemClock), Arc::new(SystemEntropy));
    let masters = master_key::find(&config.master_key, folder, true, &ids)?;
    let vault = Vault::new(&masters, SCHEMA, ids).map_err(Fault::from)?;
    keys::sealed::unsealed(&vault, &rows, config.lifetimes().access)?;
    Ok(resealing::check(db, &vault).await?)
}

/// Whether identity could be opened with these settings, as far as that can be said without a
/// store.
///
/// # Errors
/// A setting that cannot work.
pub(crate) fn check_settings(config: &Config) -> Result<(), StartError> {
    config.check()?;
    Policy::new(&config.password)?;
    RelyingParty::new(&config.webauthn, &config.public_url)?;
    providers(config).map(drop)
}

/// Whether a user could be made, as far as that can be said without a store.
///
/// # Errors
/// [`AccountError::Invalid`], or a setting that cannot work.
pub fn check_new_user(new: &NewUser, config: &Config) -> Result<(), AccountError> {
    let email = Email::parse(&new.email)?;
    let name = user::check_name(&new.name)?;
    let owner = PasswordOwner::new(email.normalised(), name);
    let password = normalised(new.password.expose_secret());
    Ok(Policy::new(&config.password)?.judge(&password, &owner)?)
}

#[cfg(test)]
mod tests {
    use db::{DbError, args};
    use testkit::TestStore;

    use super::*;
    use crate::audit::told::tests::{key, made};
    use crate::migrations;

    #[tokio::test]
    async fn a_key_that_is_revoked_while_the_trail_is_read_is_not_missed() {
        for engine in testkit::engines() {
            let store = TestStore::new(engine);
            let db = store.open(SCHEMA, migrations()).await.unwrap();
            let (mut told, config) = (TrailState::default(), Config::default());
            told.read(&made(1, AuditAction::DemoBegun, "", 0));
            let before = [key(1, "a", 0)];
            assert!(verify_keys(&db, &config, None, &told, &[]).await.is_err());
            let verified = verify_keys(&db, &config, None, &told, &before).await;
            assert!(verified.is_ok(), "{verified:?}");
        }
    }

    #[tokio::test]
    async fn tables_of_another_version_are_told_apart_on_both_engines() {
        for engine in testkit::engines() {
            let store = TestStore::new(engine);
            let db = store.open(SCHEMA, migrations()).await.unwrap();
            assert!(db.must_be_current(migrations()).await.is_ok());
            let newest = "UPDATE _sqlx_migrations SET version = 9999
                WHERE version = (SELECT max(version) FROM _sqlx_migrations)";
            db.execute(newest, args![]).await.unwrap();
            let opened = store.open(SCHEMA, migrations()).await.map(drop);
            for newer in [db.must_be_current(migrations()).await, opened] {
                let told = matches!(newer, Err(DbError::NewerTables { found: 9999, .. }));
                assert!(told, "{engine:?}: {newer:?}");
            }
            let earlier = "UPDATE _sqlx_migrations SET version = version % 100";
            db.execute(earlier, args![]).await.unwrap();
            let opened = store.open(SCHEMA, migrations()).await.map(drop);
            for earlier in [db.must_be_current(migrations()).await, opened] {
                let error = earlier.unwrap_err().to_string();
                assert!(
                    error.contains("before the first edition"),
                    "{engine:?}: {error}"
                );
            }
        }
    }
}
