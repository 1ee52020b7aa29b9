//! API keys: made, seen and ended by their owners, and whom one belongs to when it is used.

pub(crate) mod api_key;
pub(crate) mod api_key_cache;
pub(crate) mod error;
pub(crate) mod http;
pub(crate) mod store;

use access::Principal;
use contracts::identity::{ApiKeyId, Credential, Factors};
use uuid::Uuid;
use values::{SECOND, Timestamp};
use web::client::Client;

use crate::accounts::user;
use crate::api_keys::api_key::{ApiKey, InvalidKey, KEYS_MAX, NewApiKey};
use crate::api_keys::api_key_cache::CachedApiKey;
use crate::api_keys::error::ApiKeyError;
use crate::audit::{Actor, AuditAction, Entry};
use crate::credentials::lock_caller;
use crate::fault::Fault;
use crate::mail::Content;
use crate::service::Service;
use crate::{audit, fault};
use idempotency::IdempotentRequest;

/// How exactly the last use of a key is known.
const LAST_USE_STEP: i64 = 60 * SECOND;

impl Service {
    /// Makes an API key of the caller. Its text is returned here, and again only to a repetition
    /// with the same idempotency key.
    ///
    /// # Errors
    /// [`ApiKeyError::InvalidName`], [`ApiKeyError::Invalid`], [`ApiKeyError::TooMany`],
    /// [`CredentialError::EmailNotVerified`] or a fault.
    pub async fn create_api_key(
        &self,
        principal: &Principal,
        new: NewApiKey,
        client: &Client,
        once: &IdempotentRequest<(ApiKey, String)>,
    ) -> Result<(ApiKey, String), ApiKeyError> {
        let now = self.clock.now();
        let name = user::check_name(&new.name)?.to_owned();
        let scopes = api_key::scopes(&new.scopes, principal.permissions)?;
        let addresses = api_key::addresses(&new.addresses)?;
        if new.expires_at.is_some_and(|end| end <= now) {
            return Err(InvalidKey::Expired.into());
        }
        let text = api_key::generate(&self.ids);
        let key = ApiKey {
            id: ApiKeyId(self.ids.next()),
            name,
            shown: api_key::shown(&text).to_owned(),
            scopes,
            addresses,
            created_at: now,
            expires_at: new.expires_at,
            last_used_at: None,
        };
        let mut tx = self.db.begin().await?;
        let user = lock_caller(&mut tx, principal, now).await?;
        user.require_verified()?;
        if store::count(&mut tx, user.org, user.id).await? >= KEYS_MAX {
            return Err(ApiKeyError::TooMany);
        }
        store::insert(&mut tx, (user.org, user.id), &key, hash(&text).to_vec()).await?;
        let scope_names = api_key::scope_names(key.scopes);
        let told = Content::ApiKeyCreated {
            name: key.name.clone(),
            shown: key.shown.clone(),
            scopes: scope_names.clone(),
        };
        self.tell(&mut tx, &user, told, now).await?;
        let actor = Actor::of(principal);
        let created = Entry::done(
            principal.org,
            AuditAction::ApiKeyCreated,
            actor,
            Some(client),
        )
        .to(key.id)
        .with("scopes", scope_names);
        let made = (key, text);
        self.keep_answer(&mut tx, once, &made, now).await?;
        audit::record(&mut tx, now, &created).await?;
        tx.commit().await?;
        Ok(made)
    }

    /// The caller's keys, the newest first, up to so many.
    ///
    /// # Errors
    /// A fault.
    pub async fn api_keys(
        &self,
        principal: &Principal,
        before: Uuid,
        rows: i64,
    ) -> Result<Vec<ApiKey>, Fault> {
        store::keys_of_user(&self.db, principal.org, principal.user, before, rows).await
    }

    /// Ends a key of the caller: at once here, within a second on other nodes.
    ///
    /// # Errors
    /// [`ApiKeyError::Unknown`] or a fault.
    pub async fn end_api_key(
        &self,
        principal: &Principal,
        key: ApiKeyId,
        client: &Client,
    ) -> Result<(), ApiKeyError> {
        let mut tx = self.db.begin().await?;
        if !store::delete(&mut tx, principal.org, principal.user, key).await? {
            return Err(ApiKeyError::Unknown);
        }
        let actor = Actor::of(principal);
        let ended =
            Entry::done(principal.org, AuditAction::ApiKeyEnded, actor, Some(client)).to(key);
        audit::record(&mut tx, self.clock.now(), &ended).await?;
        tx.commit().await?;
        self.api_key_cache.forget();
        Ok(())
    }

    /// Whom an API key belongs to, where it is good and may be used from there.
    pub(crate) async fn principal_of_key(
        &self,
        text: &str,
        client: &Client,
    ) -> Result<Option<Principal>, Fault> {
        if !api_key::is_well_formed(text) {
            return Ok(None);
        }
        let (hash, now) = (hash(text), self.clock.now());
        let known = match self.api_key_cache.get(&hash, self.clock.steady()) {
            Some(known) => known,
            None => match self.read_key(hash, now).await? {
                Some(read) => read,
                None => return Ok(None),
            },
        };
        let lives = known.expires_at.is_none_or(|end| now < end);
        let here = api_key::may_be_used_from(&known.addresses, client.address);
        Ok((lives && here).then_some(known.principal))
    }

    async fn read_key(
        &self,
        hash: [u8; 32],
        now: Timestamp,
    ) -> Result<Option<CachedApiKey>, Fault> {
        // In an older state of the database are keys that were ended since.
        self.db.history().check()?;
        let forgotten = self.api_key_cache.forgotten();
        let read_at = self.clock.steady();
        let Some(key) = store::key_by_hash(&self.db, hash.to_vec()).await? else {
            return Ok(None);
        };
        let known = CachedApiKey {
            principal: Principal {
                org: key.org,
                user: key.owner,
                role: key.role,
                credential: Credential::ApiKey(key.id),
                permissions: key.role.permissions_in(key.org).intersection(key.scopes),
                authenticated_at: None,
                second_factor_at: None,
                second_factors: Factors::NONE,
                lacks_second_factor: false,
            },
            addresses: key.addresses.as_slice().into(),
            expires_at: key.expires_at,
            read_at,
        };
        self.api_key_cache.insert(hash, known.clone(), forgotten);
        let step_ago = now.plus(-LAST_USE_STEP);
        // A store that only reads, because its disk is full, still knows its users.
        if key.last_used_at.is_none_or(|last| last < step_ago)
            && let Err(fault) = store::note_use(&self.db, &key, now, step_ago).await
        {
            fault::log(&fault);
        }
        Ok(Some(known))
    }
}

fn hash(text: &str) -> [u8; 32] {
    *blake3::hash(text.as_bytes()).as_bytes()
}
