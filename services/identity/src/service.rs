//! Identity's use cases: load, decide (pure), save in one transaction. Here is what they share;
//! each folder mate has one subject.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64};
use std::sync::{Arc, Mutex, OnceLock, RwLock};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contracts::identity::Role;
use contracts::notifications::Messages;
use contracts::payments::Wallets;
use db::{Db, Tx};
use idempotency::IdempotentRequest;
use platform::clock::SharedClock;
use platform::ids::Ids;

use crate::SCHEMA;
use crate::api_keys::api_key_cache::ApiKeyCache;
use crate::audit::head_watch::HeadWatch;
use crate::audit::waiting_actions::WaitingActions;
use crate::clock_watch::ClockWatch;
use crate::config::Config;
use crate::fault::Fault;
use crate::login::lockout::LockoutPolicy;
use crate::oidc::provider;
use crate::oidc::provider::Provider;
use crate::passkeys::relying_party::RelyingParty;
use crate::passwords::hashing::Passwords;
use crate::resealing;
use crate::sessions::ends_seen::{EndsRead, EndsSeen};
use crate::sessions::http::cookies::Cookies;
use crate::sessions::invalidation::Invalidation;
use crate::sessions::last_use::LastUse;
use crate::sessions::session::Lifetimes;
use crate::sessions::token::Keys;
use crate::sessions::token_cache::VerifiedTokens;
use crate::signing_keys::{sealed, store as signing_keys};
use crate::start_error::StartError;
use values::Timestamp;
use vault::Vault;
use vault::master_key;
use vault::master_key::KeyFile;

/// Verified tokens kept in memory: one generation of two, some 4 MB together when full.
const VERIFIED_TOKENS: usize = 10_000;
/// API keys in use that are kept in memory.
const CACHED_API_KEYS: usize = 10_000;

/// What identity is made of, beside its tables.
#[derive(Clone)]
pub struct Deps {
    /// Identity's settings.
    pub config: Config,
    /// The data folder of an embedded store: where the master key is kept unless the settings name
    /// one.
    pub folder: Option<PathBuf>,
    /// A Redis server that nodes share; empty: none.
    pub redis_url: String,
    /// The time.
    pub clock: SharedClock,
    /// Where ids and secrets come from.
    pub ids: Ids,
}

/// Identity: its store, its keys, and what it remembers of tokens.
pub struct Service {
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
    pub(crate) ids: Ids,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) lockout: LockoutPolicy,
    pub(crate) keys: RwLock<Arc<Keys>>,
    pub(crate) keys_looked_for_at: AtomicI64,
    /// Whether there is a signing key that is sealed with a master key which this node does not
    /// have.
    pub(crate) a_key_is_unknown: AtomicBool,
    pub(crate) rotate_keys_after: Option<i64>,
    pub(crate) vault: Vault,
    /// Where the master key is, unless the settings name it.
    pub(crate) key_file: Option<KeyFile>,
    pub(crate) messages: OnceLock<Arc<dyn Messages>>,
    pub(crate) public_url: String,
    pub(crate) confirm_email_first: bool,
    pub(crate) wallets: OnceLock<Arc<dyn Wallets>>,
    pub(crate) relying_party: RelyingParty,
    pub(crate) second_factor_for: Vec<Role>,
    pub(crate) passwords: Passwords,
    pub(crate) providers: BTreeMap<String, Provider>,
    pub(crate) return_origins: Vec<String>,
    pub(crate) verified: VerifiedTokens,
    pub(crate) last_use: LastUse,
    pub(crate) invalidation: Option<Invalidation>,
    pub(crate) cookies: Cookies,
    pub(crate) api_key_cache: ApiKeyCache,
    pub(crate) clock_watch: ClockWatch,
    pub(crate) ends_seen: Mutex<Option<EndsSeen>>,
    pub(crate) ends_read: EndsRead,
    pub(crate) head_watch: HeadWatch,
    pub(crate) waiting_actions: WaitingActions,
}

impl Service {
    /// Opens identity on its tables: makes the first signing key where there is none, and learns
    /// which sessions have ended.
    ///
    /// # Errors
    /// A setting that cannot work, a master key that is missing, or a fault of the database.
    pub async fn open(db: Db, deps: Deps) -> Result<Arc<Self>, StartError> {
        let Deps {
            config,
            folder,
            redis_url,
            clock,
            ids,
        } = deps;
        config.check()?;
        let invalidation = match redis_url.as_str() {
            "" => None,
            url => Some(Invalidation::open(url).map_err(|_| StartError::RedisUrl)?),
        };
        let rows = signing_keys::keys(&db).await?;
        let sealed_before = sealed::any_sealed(&rows);
        let masters = master_key::find(&config.master_key, folder.as_deref(), sealed_before, &ids)?;
        let vault = Vault::new(&masters, SCHEMA, ids.clone()).map_err(Fault::from)?;
        let in_a_file = folder.filter(|_| config.master_key.is_empty());
        let key_file = in_a_file.and_then(|folder| KeyFile::of(&folder).ok());
        let lifetimes = config.lifetimes();
        let keys = sealed::open(&db, &vault, &ids, rows, clock.now(), lifetimes.access).await?;
        resealing::seal_anew(&db, &vault).await?;
        let providers = provider::providers(&config)?;
        let lockout = config.lockout.policy();
        let service = Arc::new(Self {
            keys: RwLock::new(Arc::new(keys)),
            keys_looked_for_at: AtomicI64::new(i64::MIN),
            a_key_is_unknown: AtomicBool::new(false),
            rotate_keys_after: sealed::rotation_age(config.keys.rotate_after_days),
            vault,
            key_file,
            messages: OnceLock::new(),
            cookies: Cookies::new(&config.public_url),
            providers,
            return_origins: config.return_origins,
            relying_party: RelyingParty::new(&config.webauthn, &config.public_url)?,
            public_url: config.public_url,
            confirm_email_first: config.registration.confirm_email_first,
            wallets: OnceLock::new(),
            second_factor_for: config.second_factor.required_for,
            lifetimes,
            lockout,
            passwords: Passwords::new(&config.password, ids.clone())?,
            verified: VerifiedTokens::new(VERIFIED_TOKENS),
            last_use: LastUse::default(),
            invalidation,
            api_key_cache: ApiKeyCache::new(CACHED_API_KEYS),
            clock_watch: ClockWatch::new(clock.clone(), config.max_clock_step),
            ends_seen: Mutex::new(None),
            ends_read: EndsRead::new(clock.clone(), config.ended_sessions_max_age_s),
            head_watch: HeadWatch::default(),
            waiting_actions: WaitingActions::default(),
            db,
            clock,
            ids,
        });
        service.check_history().await?;
        service.poll_revocations().await?;
        Ok(service)
    }

    /// What a device is given to be known by.
    pub(crate) fn new_device(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.ids.secret::<32>())
    }

    /// Stores what a request that carries a key is answered, in the transaction of what it did.
    pub(crate) async fn keep_answer<T>(
        &self,
        tx: &mut Tx,
        request: &IdempotentRequest<T>,
        done: &T,
        now: Timestamp,
    ) -> Result<(), Fault> {
        Ok(idempotency::keep_answer(tx, &self.vault, request, done, now).await?)
    }

    /// Whether the database does its work.
    pub(crate) async fn ping(&self) -> Result<(), Fault> {
        Ok(self.db.check().await?)
    }
}
