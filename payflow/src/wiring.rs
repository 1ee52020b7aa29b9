//! The only place that knows all services: opens the store, builds each service over it, and joins them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use contracts::identity::SharedIdentity;
use db::{Db, DbError};
use identity::DevelopmentMailer;
use platform::clock::{SharedClock, SystemClock};
use platform::data_dir::DataDir;
use platform::health::HealthCheck;
use platform::ids::{Ids, SystemEntropy};
use platform::opened_file::OpenedFile;
use web::rate_limit::RateLimiter;

use crate::settings::Settings;

/// Everything that runs in this process.
pub struct App {
    /// The machine's clock.
    pub clock: SharedClock,
    /// What counts callers, here or in Redis.
    pub limiter: RateLimiter,
    /// What makes ids.
    pub ids: Ids,
    /// Who may do what.
    pub identity: Arc<identity::Service>,
    /// The money.
    pub payments: payments::Service,
    /// What `/health` and `/ready` ask, by name.
    pub checks: Vec<(&'static str, Arc<dyn HealthCheck>)>,
    identity_db: Db,
    /// Held as long as the store is open.
    _folder: Option<Arc<DataDir>>,
}

impl App {
    /// Opens the store that the settings name and builds the services over it.
    ///
    /// # Errors
    /// What stands against it and what to do about it.
    pub async fn open(settings: &Settings) -> anyhow::Result<Self> {
        let clock: SharedClock = Arc::new(SystemClock);
        let ids = Ids::new(clock.clone(), Arc::new(SystemEntropy));
        let limiter = match settings.redis_url.as_str() {
            "" => RateLimiter::in_memory(clock.clone()),
            url => RateLimiter::in_redis(url, clock.clone())?,
        };
        // What cannot work is said before a folder is made.
        identity::check_settings(&settings.identity)
            .map_err(|error| crate::Usage(error.to_string()))?;
        let folder = open_folder(settings)?;
        let identity_db = open_identity(settings, folder.as_ref()).await?;
        let mails = mail_folder(&settings.identity.mail_folder, folder.as_ref());
        let deps = identity::Deps {
            config: settings.identity.clone(),
            mailer: Arc::new(DevelopmentMailer::new(mails)),
            folder: folder.as_ref().map(|folder| folder.path().to_owned()),
            clock: clock.clone(),
            ids: ids.clone(),
            redis_url: settings.redis_url.clone(),
        };
        let identity = identity::Service::open(identity_db.clone(), deps)
            .await
            .context("identity could not be opened")?;
        let deps = payments::Deps {
            clock: clock.clone(),
            ids: ids.clone(),
            identity: identity.clone() as SharedIdentity,
            config: settings.payments_config(),
        };
        let payments = match &folder {
            Some(folder) => {
                let file = folder.file(PAYMENTS);
                let opened = payments::open_sqlite(&file, deps).await;
                opened.with_context(|| broken_file(&file))?
            }
            None => payments::connect_postgres(
                &settings.database_url,
                settings.database_connections,
                deps,
            )
            .await
            .context(NO_DATABASE)?,
        };
        identity.set_wallets(Arc::new(payments.clone()));
        let mut checks: Vec<(&'static str, Arc<dyn HealthCheck>)> = vec![
            (
                "identity_store",
                StoreCheck::of(&identity_db, folder.as_ref(), IDENTITY)?,
            ),
            (
                "payments_store",
                StoreCheck::of(payments.db(), folder.as_ref(), PAYMENTS)?,
            ),
            ("journal", Arc::new(JournalCheck(payments.clone()))),
            ("clock", Arc::new(ClockCheck(payments.clone()))),
        ];
        let folder = folder.map(Arc::new);
        if let Some(folder) = &folder {
            checks.push(("data_folder", Arc::new(FolderCheck(folder.clone()))));
        }
        Ok(Self {
            clock,
            limiter,
            ids,
            identity,
            payments,
            checks,
            identity_db,
            _folder: folder,
        })
    }

    /// Commits what was taken and closes the store.
    pub async fn close(self) {
        self.payments.close().await;
        self.identity_db.close().await;
    }
}

/// The files of an embedded store.
const IDENTITY: &str = "identity.db";
const PAYMENTS: &str = "payments.db";

const NO_DATABASE: &str = "the PostgreSQL database could not be opened";

fn broken_file(file: &Path) -> String {
    format!("{} could not be opened", file.display())
}

fn open_folder(settings: &Settings) -> anyhow::Result<Option<DataDir>> {
    if settings.database_url.is_empty() {
        return Ok(Some(DataDir::open(&settings.data)?));
    }
    Ok(None)
}

fn mail_folder(setting: &str, folder: Option<&DataDir>) -> Option<PathBuf> {
    match setting {
        "" => folder.map(|folder| folder.file("mail")),
        setting => Some(setting.into()),
    }
}

async fn open_identity(settings: &Settings, folder: Option<&DataDir>) -> anyhow::Result<Db> {
    match folder {
        Some(folder) => {
            let file = folder.file(IDENTITY);
            let opened = Db::open_sqlite(&file, identity::migrations()).await;
            opened.with_context(|| broken_file(&file))
        }
        None => {
            let connections = settings.database_connections;
            let opened: Result<Db, DbError> = Db::connect_postgres(
                &settings.database_url,
                identity::SCHEMA,
                connections,
                identity::migrations(),
            )
            .await;
            opened.context(NO_DATABASE)
        }
    }
}

/// A database, and where it is embedded its file.
struct StoreCheck {
    db: Db,
    file: Option<OpenedFile>,
}

impl StoreCheck {
    fn of(
        db: &Db,
        folder: Option<&DataDir>,
        file: &'static str,
    ) -> anyhow::Result<Arc<dyn HealthCheck>> {
        let file = folder.map(|folder| OpenedFile::at(&folder.file(file)));
        Ok(Arc::new(Self {
            db: db.clone(),
            file: file.transpose().context("a file was opened and is gone")?,
        }))
    }
}

#[async_trait::async_trait]
impl HealthCheck for StoreCheck {
    async fn check(&self) -> Result<(), String> {
        if let Some(Err(error)) = self.file.as_ref().map(OpenedFile::check) {
            tracing::error!(error, "a database is not where it was opened");
            return Err("its file was replaced or deleted; the log says more".to_owned());
        }
        self.db.check().await.map_err(|error| error.to_string())
    }
}

/// The data folder, and whether its lock still keeps a second server out of it.
struct FolderCheck(Arc<DataDir>);

#[async_trait::async_trait]
impl HealthCheck for FolderCheck {
    async fn check(&self) -> Result<(), String> {
        self.0.check().map_err(|error| {
            tracing::error!(error, "the data folder is not locked any more");
            "its lock was replaced or deleted; the log says more".to_owned()
        })
    }
}

struct JournalCheck(payments::Service);

#[async_trait::async_trait]
impl HealthCheck for JournalCheck {
    async fn check(&self) -> Result<(), String> {
        let journal = self.0.journal();
        journal.check()?;
        let condition = journal.condition();
        if condition.is_stuck() {
            return Err("a commit has been under way for long".to_owned());
        }
        if let Some(fault) = condition.last_fault() {
            let again = self.0.db().check_writes().await;
            again.map_err(|error| format!("{fault}: {error}"))?;
            condition.forget_fault();
        }
        Ok(())
    }
}

struct ClockCheck(payments::Service);

#[async_trait::async_trait]
impl HealthCheck for ClockCheck {
    async fn check(&self) -> Result<(), String> {
        let checked = self.0.journal().clock().check();
        checked.map_err(|untrusted| untrusted.to_string())
    }

    async fn warning(&self) -> Option<String> {
        let warning = self.0.journal().clock().warning();
        warning.map(|untrusted| untrusted.to_string())
    }
}
