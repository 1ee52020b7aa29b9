//! The only place that knows all services: the one list of them, how each is opened with what it
//! needs of the others, and the whole that they make.

use std::collections::BTreeSet;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;

use anyhow::Context;
use contracts::identity::{Contacts, SharedIdentity};
use contracts::kyc::KycStandings;
use db::{Db, DbError, Migrations};
use events::Feed;
use identity::KeyRotation;
use module::{Background, Module, Opened, Place};
use platform::clock::{SharedClock, SystemClock};
use platform::data_dir::DataDir;
use platform::health::HealthCheck;
use platform::ids::{Ids, SystemEntropy};
use platform::low_priority::LowPriority;
use platform::metrics::Metrics;
use secrecy::ExposeSecret;
use utoipa_axum::router::OpenApiRouter;
use web::rate_limit::RateLimiter;

use crate::settings::Settings;

mod checks;
pub(crate) mod history;
mod missing;
#[cfg(test)]
mod tests;

use checks::{FolderCheck, StoreCheck};
use missing::Lost;

/// The one list of services. Whatever is done with each of them walks it: serving, migrating,
/// verifying, backing up, restoring, describing the API.
///
/// A service stands behind those whose rows its own rows name, and is opened after them: wallets
/// name users. It is copied before them: users are never deleted, so everybody whom the copy of
/// payments names is in the later copy of identity.
#[must_use]
pub fn services(settings: &Settings) -> Services {
    let config = settings.identity.clone();
    let (risk, told) = (settings.risk.clone(), settings.notifications_config(None));
    let watches = settings.operations.clone();
    Services(vec![
        Listed::new(identity::Module { config }, |opening, db| {
            Box::pin(opening.identity(db))
        }),
        Listed::new(payments::Module, |opening, db| {
            Box::pin(opening.payments(db))
        }),
        Listed::new(risk::Module { config: risk }, |opening, db| {
            Box::pin(opening.risk(db))
        }),
        Listed::new(notifications::Module { config: told }, |opening, db| {
            Box::pin(opening.notifications(db))
        }),
        Listed::new(operations::Module { config: watches }, |opening, db| {
            Box::pin(opening.operations(db))
        }),
    ])
}

/// What makes a list of services for the settings in force: [`services`], or one of a test.
pub type List = fn(&Settings) -> Services;

/// Opens a service over its tables.
type Open =
    for<'a> fn(&'a mut Opening, Db) -> Pin<Box<dyn Future<Output = OpenedOrNot> + Send + 'a>>;
type OpenedOrNot = anyhow::Result<Arc<dyn Opened>>;

/// A line of the list.
pub struct Listed {
    module: Box<dyn Module>,
    open: Open,
}

impl Listed {
    /// A service, and how it is opened.
    pub fn new(module: impl Module + 'static, open: Open) -> Self {
        Self {
            module: Box::new(module),
            open,
        }
    }
}

/// The services, closed.
pub struct Services(pub Vec<Listed>);

impl Services {
    /// In the order in which they are opened.
    fn modules(&self) -> impl DoubleEndedIterator<Item = &dyn Module> {
        self.0.iter().map(|listed| &*listed.module)
    }

    /// In the order in which they are copied, verified and closed: who names others' rows comes
    /// before them.
    pub fn copied(&self) -> impl Iterator<Item = &dyn Module> {
        self.modules().rev()
    }

    /// Their names, in the order in which they are copied.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        self.copied().map(Module::name).collect()
    }

    /// What their endpoints take and answer.
    #[must_use]
    pub fn apis(&self) -> Vec<OpenApiRouter> {
        let apis = self.modules().map(Module::api);
        apis.map(OpenApiRouter::with_openapi).collect()
    }
}

/// The SQLite file of a service in the folder of a store.
#[must_use]
pub fn file(folder: &Path, service: &str) -> PathBuf {
    folder.join(file_name(service))
}

/// The name of [`file`].
#[must_use]
pub fn file_name(service: &str) -> String {
    format!("{service}.db")
}

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
    pub payments: Arc<payments::Service>,
    /// May it pass.
    pub risk: Arc<risk::Service>,
    /// Who hears of it.
    pub notifications: Arc<notifications::Service>,
    /// Who watches.
    pub operations: Arc<operations::Service>,
    /// What `/health` and `/ready` ask, by name.
    pub checks: Vec<(String, Arc<dyn HealthCheck>)>,
    /// Those of whose database something is lost, where that is to be accepted.
    pub with_losses: Vec<String>,
    /// In the order of the list.
    services: Vec<Running>,
    /// For services that give way. After the services: their connections live on it.
    low_priority: LowPriority,
    /// Held as long as the store is open.
    folder: Option<Arc<DataDir>>,
}

impl App {
    /// Opens the store that the settings name and builds the services over it.
    ///
    /// # Errors
    /// What stands against it and what to do about it.
    pub async fn open(settings: &Settings) -> anyhow::Result<Self> {
        Self::open_listed(settings, &services(settings)).await
    }

    /// The same by a clock of the caller's own.
    ///
    /// # Errors
    /// As [`App::open`].
    pub async fn open_by(settings: &Settings, clock: SharedClock) -> anyhow::Result<Self> {
        let list = services(settings);
        Self::open_with(settings, &list, Lost::Refused, clock).await
    }

    /// The same with a list of the caller's own.
    ///
    /// # Errors
    /// As [`App::open`].
    pub async fn open_listed(settings: &Settings, list: &Services) -> anyhow::Result<Self> {
        let clock = Arc::new(SystemClock);
        Self::open_with(settings, list, Lost::Refused, clock).await
    }

    /// The same, also where a service has no tables beside others that have: they are made.
    ///
    /// # Errors
    /// As [`App::open`].
    pub async fn migrate_listed(settings: &Settings, list: &Services) -> anyhow::Result<Self> {
        let clock = Arc::new(SystemClock);
        Self::open_with(settings, list, Lost::TablesMade, clock).await
    }

    /// Opens a store, also where it is known that something of a database is lost.
    ///
    /// # Errors
    /// As [`App::open`].
    pub async fn open_after_loss(settings: &Settings) -> anyhow::Result<Self> {
        let (list, clock) = (services(settings), Arc::new(SystemClock));
        Self::open_with(settings, &list, Lost::HistoryAccepted, clock).await
    }

    async fn open_with(
        settings: &Settings,
        list: &Services,
        lost: Lost,
        clock: SharedClock,
    ) -> anyhow::Result<Self> {
        let limiter = limiter(settings, &clock)?;
        // What cannot work is said before a folder is made.
        for module in list.modules() {
            module
                .check_settings()
                .map_err(|error| crate::Usage(error.to_string()))?;
        }
        let folder = open_folder(settings, list)?;
        let mut opening = Opening::new(settings, clock, limiter, folder.as_deref());
        lost.refuse(&opening.place, list, folder.as_deref()).await?;
        // The tables of all, before the first writes anything: a start that ends in between has
        // left nothing that could be lost.
        let mut tables = Vec::new();
        let low_priority = LowPriority::start()?;
        for module in list.modules() {
            let (name, migrations) = (module.name(), module.migrations());
            let (place, connections) = (opening.place.clone(), settings.database_connections);
            let open = move || open_tables(name, migrations, place, (connections, lost));
            tables.push(match module.gives_way() {
                true => low_priority.run(open).await??,
                false => open().await?,
            });
        }
        if let Some(folder) = &folder {
            folder.note_store()?;
        }
        let closed: Vec<_> = list.modules().zip(&tables).collect();
        // A loss that was noted has refused the start already, unless it is to be accepted.
        let mut losses = history::noted_losses(&opening.place, list);
        losses.extend(history::losses_of(&closed, &opening.place).await?);
        if let (Some(first), false) = (losses.first(), lost == Lost::HistoryAccepted) {
            anyhow::bail!("{}", first.told);
        }
        let with_losses: BTreeSet<_> = losses.into_iter().map(|loss| loss.service).collect();
        let (mut services, mut checks) = (Vec::new(), Vec::new());
        for (Listed { module, open }, db) in list.0.iter().zip(tables) {
            let name = module.name();
            let opened = open(&mut opening, db.clone()).await;
            let opened = opened.with_context(|| format!("{name} could not be opened"))?;
            let store: Arc<dyn HealthCheck> = Arc::new(StoreCheck(db.clone()));
            checks.push((format!("{name}_store"), store));
            let own = Arc::clone(&opened).checks().into_iter();
            checks.extend(own.map(|(name, check)| (name.to_owned(), check)));
            services.push(Running::new(opened, db, &**module));
        }
        if let Some(folder) = &folder {
            let check = Arc::new(FolderCheck(folder.clone()));
            checks.push(("data_folder".to_owned(), check));
        }
        let operations = opening.operations.context("operations is not listed")?;
        operations.watch(&opened(&services), &checks);
        let notifications = opening.notifications;
        Ok(Self {
            clock: opening.clock,
            limiter: opening.limiter,
            ids: opening.ids,
            identity: opening.identity.context("identity is not listed")?,
            payments: opening.payments.context("payments is not listed")?,
            risk: opening.risk.context("risk is not listed")?,
            notifications: notifications.context("notifications is not listed")?,
            operations,
            checks,
            with_losses: with_losses.into_iter().collect(),
            services,
            low_priority,
            folder,
        })
    }

    /// All services, in the order of the list.
    #[must_use]
    pub fn opened(&self) -> Vec<Arc<dyn Opened>> {
        opened(&self.services)
    }

    /// The endpoints of all services, which count what they do in `metrics`.
    #[must_use]
    pub fn routers(&self, metrics: &Metrics) -> Vec<OpenApiRouter> {
        let router = |running: &Running| {
            running.opened.show_in(metrics);
            running.opened.clone().router()
        };
        self.services.iter().map(router).collect()
    }

    /// Starts the work of all services that nobody asks for. It ends when what is returned is
    /// dropped.
    #[must_use]
    pub fn start_background(&self) -> Vec<Background> {
        let start = |running: &Running| {
            let _entered = match running.gives_way {
                true => self.low_priority.enter(),
                false => None,
            };
            running.opened.clone().start_background()
        };
        self.services.iter().map(start).collect()
    }

    /// The server was told to stop: answers that would go on for long end.
    pub fn end_long_answers(&self) {
        for Running { opened, .. } in &self.services {
            opened.end_long_answers();
        }
    }

    /// The folder of an embedded store; nobody else opens it as long as this is held.
    #[must_use]
    pub fn folder(&self) -> Option<Arc<DataDir>> {
        self.folder.clone()
    }

    /// Commits what was taken and closes the store.
    pub async fn close(self) {
        for Running { opened, db, .. } in self.services.iter().rev() {
            opened.close().await;
            db.close().await;
        }
    }
}

/// A service that is open.
struct Running {
    opened: Arc<dyn Opened>,
    db: Db,
    gives_way: bool,
}

impl Running {
    fn new(opened: Arc<dyn Opened>, db: Db, module: &dyn Module) -> Self {
        Self {
            opened,
            db,
            gives_way: module.gives_way(),
        }
    }
}

fn opened(services: &[Running]) -> Vec<Arc<dyn Opened>> {
    services.iter().map(|it| it.opened.clone()).collect()
}

/// Opens a service's tables to read them as they are.
///
/// # Errors
/// What stands against that.
pub(crate) async fn look(module: &dyn Module, place: &Place) -> Result<Db, DbError> {
    match place {
        Place::Folder(folder) => Db::look_sqlite(&file(folder, module.name())).await,
        Place::Database(url) => Db::look_postgres(url, module.name()).await,
    }
}

/// Replaces the keys that sign access tokens in the folder of a store that nothing has open: all
/// access tokens end.
///
/// # Errors
/// What stands against it.
pub(crate) async fn end_access_tokens(settings: &Settings, folder: &Path) -> anyhow::Result<()> {
    let path = file(folder, identity::SCHEMA);
    let db = Db::open_sqlite(&path, identity::migrations()).await?;
    let clock: SharedClock = Arc::new(SystemClock);
    let limiter = RateLimiter::in_memory(clock.clone());
    let place = Place::Folder(folder.to_owned());
    let mut opening = Opening::at(place, settings, clock, limiter);
    opening.identity(db.clone()).await?;
    let identity = opening.identity.context("identity is not open")?;
    let rotated = identity.rotate_keys(KeyRotation::Leaked).await;
    db.close().await;
    rotated.context("the keys that sign access tokens were not replaced")
}

/// What services are opened with, and those that are open already, for the ones that need them.
pub struct Opening {
    settings: Settings,
    place: Place,
    clock: SharedClock,
    limiter: RateLimiter,
    ids: Ids,
    identity: Option<Arc<identity::Service>>,
    payments: Option<Arc<payments::Service>>,
    risk: Option<Arc<risk::Service>>,
    notifications: Option<Arc<notifications::Service>>,
    operations: Option<Arc<operations::Service>>,
}

impl Opening {
    fn new(
        settings: &Settings,
        clock: SharedClock,
        limiter: RateLimiter,
        folder: Option<&DataDir>,
    ) -> Self {
        let place = match folder {
            Some(folder) => Place::Folder(folder.path().to_owned()),
            None => Place::Database(settings.database_url.expose_secret().to_owned()),
        };
        Self::at(place, settings, clock, limiter)
    }

    fn at(place: Place, settings: &Settings, clock: SharedClock, limiter: RateLimiter) -> Self {
        Self {
            place,
            settings: settings.clone(),
            ids: Ids::new(clock.clone(), Arc::new(SystemEntropy)),
            clock,
            limiter,
            identity: None,
            payments: None,
            risk: None,
            notifications: None,
            operations: None,
        }
    }

    async fn identity(&mut self, db: Db) -> OpenedOrNot {
        let folder = self.place.folder();
        let deps = identity::Deps {
            config: self.settings.identity_config(),
            folder: folder.cloned(),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            redis_url: self.settings.redis_url.expose_secret().to_owned(),
        };
        let service = identity::Service::open(db, deps).await?;
        self.identity = Some(service.clone());
        Ok(service)
    }

    async fn payments(&mut self, db: Db) -> OpenedOrNot {
        let identity = self.identity.as_ref();
        let identity = identity.context("it stands before identity in the list")?;
        let deps = payments::Deps {
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            identity: identity.clone() as SharedIdentity,
            limiter: self.limiter.clone(),
            config: self.settings.payments_config(),
        };
        let service = payments::open_over(db, &self.place, deps).await?;
        identity.set_wallets(service.clone());
        self.payments = Some(service.clone());
        Ok(service)
    }

    async fn risk(&mut self, db: Db) -> OpenedOrNot {
        let identity = self.identity.as_ref();
        let identity = identity.context("it stands before identity in the list")?;
        let payments = self.payments.as_ref();
        let payments = payments.context("it stands before payments in the list")?;
        let is_enabled = self.settings.risk.enabled;
        // Switched off, it follows nobody; switched on again, it goes on where it was.
        let feeds: Vec<Arc<dyn Feed>> = match is_enabled {
            true => vec![Arc::new(identity.feed()), Arc::new(payments.feed())],
            // What is kept of users ends with their accounts all the same.
            false => vec![Arc::new(identity.feed())],
        };
        let vault = self.vault(risk::SCHEMA)?;
        risk::seal_anew(&db, &vault).await?;
        let deps = risk::Deps {
            vault,
            config: self.settings.risk.clone(),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            contacts: identity.clone() as Arc<dyn Contacts>,
            identity: identity.clone() as SharedIdentity,
            standings: identity.clone() as Arc<dyn KycStandings>,
            feeds,
        };
        let service = risk::Service::open(db, deps).await?;
        service.set_reviews(payments.clone());
        if is_enabled {
            payments.decide_by_cases();
            payments.set_risk(service.clone());
        }
        payments.set_kyc_levels(service.clone());
        self.risk = Some(service.clone());
        Ok(service)
    }

    /// What seals the secrets of a service.
    fn vault(&self, service: &str) -> anyhow::Result<vault::Vault> {
        // Identity has made the file where there was none.
        let folder = self.place.folder().map(PathBuf::as_path);
        let masters = &self.settings.identity.master_key;
        let masters = vault::master_key::find(masters, folder, true, &self.ids)?;
        Ok(vault::Vault::new(&masters, service, self.ids.clone())?)
    }

    async fn notifications(&mut self, db: Db) -> OpenedOrNot {
        let identity = self.identity.as_ref();
        let identity = identity.context("it stands before identity in the list")?;
        let payments = self.payments.as_ref();
        let payments = payments.context("it stands before payments in the list")?;
        let risk = self.risk.as_ref();
        let risk = risk.context("it stands before risk in the list")?;
        let folder = self.place.folder().map(PathBuf::as_path);
        let vault = self.vault(notifications::SCHEMA)?;
        notifications::seal_anew(&db, &vault).await?;
        let deps = notifications::Deps {
            vault,
            config: self.settings.notifications_config(folder),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            contacts: identity.clone() as Arc<dyn Contacts>,
            identity: identity.clone() as SharedIdentity,
            limiter: self.limiter.clone(),
            feeds: vec![Arc::new(identity.feed()), Arc::new(payments.feed())],
        };
        let service = notifications::Service::open(db, deps)?;
        identity.set_messages(service.clone());
        risk.set_codes(service.clone());
        self.notifications = Some(service.clone());
        Ok(service)
    }

    async fn operations(&mut self, db: Db) -> OpenedOrNot {
        let identity = self.identity.as_ref();
        let identity = identity.context("it stands before identity in the list")?;
        let payments = self.payments.as_ref();
        let payments = payments.context("it stands before payments in the list")?;
        let messages = self.notifications.as_ref();
        let messages = messages.context("it stands before notifications in the list")?;
        let deps = operations::Deps {
            config: self.settings.operations.clone(),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            contacts: identity.clone() as Arc<dyn Contacts>,
            identity: identity.clone() as SharedIdentity,
            messages: messages.clone(),
            feed: Arc::new(payments.feed()),
        };
        let service = operations::Service::open(db, deps);
        self.operations = Some(service.clone());
        Ok(service)
    }
}

fn limiter(settings: &Settings, clock: &SharedClock) -> anyhow::Result<RateLimiter> {
    Ok(match settings.redis_url.expose_secret() {
        "" => RateLimiter::in_memory(clock.clone()),
        url => RateLimiter::in_redis(url, clock.clone())?,
    })
}

fn open_folder(settings: &Settings, list: &Services) -> anyhow::Result<Option<Arc<DataDir>>> {
    if settings.database_url().is_none() {
        let folder = DataDir::open(&settings.data, &list.names())?;
        return Ok(Some(Arc::new(folder)));
    }
    Ok(None)
}

/// Opens a service's tables, made where they are missing, and brings them up to date.
async fn open_tables(
    name: &'static str,
    migrations: Migrations,
    place: Place,
    (connections, lost): (u32, Lost),
) -> anyhow::Result<Db> {
    match place {
        Place::Folder(folder) => {
            let file = file(&folder, name);
            let opened = match lost {
                Lost::HistoryAccepted => Db::open_sqlite_after_loss(&file, migrations).await,
                Lost::Refused | Lost::TablesMade => Db::open_sqlite(&file, migrations).await,
            };
            opened.with_context(|| format!("{} could not be opened", file.display()))
        }
        Place::Database(url) => {
            let opened = Db::connect_postgres(&url, name, connections, migrations).await;
            opened.context("the PostgreSQL database could not be opened")
        }
    }
}
