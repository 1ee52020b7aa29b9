//! Webhooks (Standard Webhooks 1.0): endpoints of users and organisations, made, changed and
//! removed here. What is sent to them is in `deliveries`, how it gets there in `fan_out` and
//! `dispatcher`.

pub(crate) mod config;
pub(crate) mod deliveries;
mod demo;
mod dispatcher;
pub(crate) mod endpoint;
pub(crate) mod error;
mod event_types;
mod fan_out;
pub(crate) mod http;
pub(crate) mod networks;
pub(crate) mod queue;
pub(crate) mod schedule;
mod sender;
pub(crate) mod signature;
pub(crate) mod store;
pub(crate) mod target;
mod verify;

use std::sync::Arc;
use std::time::Duration;

use access::Principal;
use contracts::identity::{Contacts, OperatorAction, OrgId, Permission, UserId};
use db::{Db, Tx};
use idempotency::{IdempotentRequest, keep_answer};
use platform::clock::SharedClock;
use platform::ids::Ids;
use platform::text::free_text;
use serde_json::Map;
use uuid::Uuid;
use values::{DAY, Timestamp};
use vault::{SealContext, Vault};
use web::rate_limit::{self, Key, RateLimiter};

use crate::announced::Announced;
use crate::changes::{self, Change, Who};
use crate::error::Error;

use self::config::WebhooksConfig;
use self::dispatcher::Dispatcher;
use self::endpoint::{Disabled, Endpoint, Health, WebhookEndpointId};
use self::error::WebhookError;
use self::event_types::EventTypes;
use self::fan_out::FanOut;
use self::networks::Networks;
use self::sender::Sender;
use self::signature::Secret;
use self::store::endpoints::{self, Reader};
use self::target::SystemLookup;

pub(crate) use self::verify::verify;

/// How long the secret before a rotation signs beside the new one.
const OVERLAP: i64 = DAY;
/// The most characters of a description.
const DESCRIPTION_MAX: usize = 200;

/// Endpoints, and what sends to them.
pub(crate) struct Webhooks {
    db: Db,
    clock: SharedClock,
    ids: Ids,
    vault: Arc<Vault>,
    config: WebhooksConfig,
    limiter: RateLimiter,
    sender: Arc<Sender>,
    pub(crate) fan_out: Arc<FanOut>,
    pub(crate) dispatcher: Arc<Dispatcher>,
}

/// What an endpoint is to be.
pub(crate) struct NewEndpoint {
    pub(crate) url: String,
    pub(crate) event_types: Vec<String>,
    pub(crate) description: Option<String>,
}

/// What is to be otherwise.
#[derive(Default)]
pub(crate) struct EndpointChange {
    pub(crate) url: Option<String>,
    pub(crate) event_types: Option<Vec<String>>,
    /// An empty one takes it away.
    pub(crate) description: Option<String>,
    pub(crate) enabled: Option<bool>,
}

/// An endpoint and its secret, which is shown this once.
pub(crate) type WithSecret = (Endpoint, String);

impl Webhooks {
    /// Webhooks over the tables of notifications.
    pub(crate) fn new(
        db: &Db,
        (clock, ids): (&SharedClock, &Ids),
        vault: Arc<Vault>,
        contacts: Arc<dyn Contacts>,
        config: WebhooksConfig,
        (announced, limiter): (Announced, RateLimiter),
    ) -> Self {
        let networks = Networks::with(&config.allowed_networks);
        let timeout = Duration::from_millis(config.timeout_ms);
        let sender = Arc::new(Sender::new(networks, Arc::new(SystemLookup), timeout));
        let fan_out = Arc::new(FanOut::new(clock.clone(), ids.clone(), contacts.clone()));
        let dispatcher = Arc::new(Dispatcher::new(
            db.clone(),
            (clock.clone(), ids.clone()),
            vault.clone(),
            contacts,
            config.clone(),
            (sender.clone(), fan_out.clone(), announced),
        ));
        Self {
            db: db.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            vault,
            config,
            limiter,
            sender,
            fan_out,
            dispatcher,
        }
    }

    /// Makes an endpoint. Its secret is returned here, and again only to a repetition with the same
    /// idempotency key.
    pub(crate) async fn create(
        &self,
        who: Who<'_>,
        new: NewEndpoint,
        once: &IdempotentRequest<WithSecret>,
    ) -> Result<WithSecret, WebhookError> {
        let (now, principal) = (self.clock.now(), who.0);
        let endpoint = Endpoint {
            id: WebhookEndpointId(self.ids.next()),
            org: principal.org,
            user: principal.user,
            all_events: manages(principal),
            event_types: EventTypes::check(&new.event_types)?,
            description: described(new.description)?,
            url: self.checked_url(&new.url)?,
            disabled: None,
            health: Health::default(),
            paused: false,
            previous_until: None,
            earlier_until: None,
            created_at: now,
            updated_at: now,
        };
        let secret = Secret::random(&self.ids);
        let mut tx = self.db.begin().await?;
        endpoints::changed(&mut tx).await?;
        let most = self.config.endpoints_per_user;
        if endpoints::count(&mut tx, principal.org, principal.user).await? >= most {
            return Err(WebhookError::TooMany(most));
        }
        let sealed = self.vault.seal(place(&endpoint.id), secret.bytes())?;
        endpoints::insert(&mut tx, &endpoint, sealed).await?;
        let change = (
            OperatorAction::WebhookEndpointCreated,
            Some("webhook_endpoint_added"),
        );
        self.record(&mut tx, who, change, &endpoint).await?;
        let made = (endpoint, secret.shown());
        keep_answer(&mut tx, &self.vault, once, &made, now).await?;
        tx.commit().await?;
        Ok(made)
    }

    /// The endpoints that the caller sees, the newest first.
    pub(crate) async fn list(
        &self,
        principal: &Principal,
        before: Uuid,
        rows: i64,
    ) -> Result<Vec<Endpoint>, WebhookError> {
        let found = endpoints::list(&self.db, reader(principal), before, rows).await?;
        found.into_iter().map(Endpoint::try_from).collect()
    }

    /// One of them.
    pub(crate) async fn one(
        &self,
        principal: &Principal,
        id: WebhookEndpointId,
    ) -> Result<Endpoint, WebhookError> {
        let found = endpoints::one(&self.db, reader(principal), id).await?;
        found.ok_or(WebhookError::NoSuchEndpoint)?.try_into()
    }

    /// One of them, in a transaction that changes endpoints.
    async fn one_in(
        &self,
        tx: &mut Tx,
        reader: Reader,
        id: WebhookEndpointId,
    ) -> Result<Endpoint, WebhookError> {
        let found = endpoints::one_in(tx, reader, id).await?;
        found.ok_or(WebhookError::NoSuchEndpoint)?.try_into()
    }

    /// Changes an endpoint. To have it send elsewhere takes a fresh proof.
    pub(crate) async fn change(
        &self,
        who: Who<'_>,
        id: WebhookEndpointId,
        change: EndpointChange,
        is_proved: bool,
    ) -> Result<Endpoint, WebhookError> {
        let event_types = change.event_types.as_deref().map(EventTypes::check);
        let event_types = event_types.transpose()?;
        let description = change.description.map(|text| described(Some(text)));
        let description = description.transpose()?;
        let url = change.url.map(|url| self.checked_url(&url));
        let url = url.transpose()?;
        let (now, principal) = (self.clock.now(), who.0);
        let mut tx = self.db.begin().await?;
        endpoints::changed(&mut tx).await?;
        let mut endpoint = self.one_in(&mut tx, owner(principal), id).await?;
        endpoint.updated_at = now;
        let moves = url.as_ref().is_some_and(|url| *url != endpoint.url);
        if moves && !is_proved {
            return Err(WebhookError::ProofNeeded(principal.second_factors));
        }
        endpoint.url = url.unwrap_or(endpoint.url);
        endpoint.event_types = event_types.unwrap_or(endpoint.event_types);
        endpoint.description = description.unwrap_or(endpoint.description);
        endpoints::update(&mut tx, &endpoint).await?;
        let tells = moves.then_some("webhook_endpoint_moved");
        let recorded = (OperatorAction::WebhookEndpointChanged, tells);
        self.record(&mut tx, who, recorded, &endpoint).await?;
        let whose = (endpoint.org, id);
        match change.enabled {
            Some(true) if endpoint.disabled.is_some() => {
                endpoints::enable(&mut tx, whose, now).await?;
            }
            Some(false) => disable(&mut tx, whose, Disabled::ByOwner, now).await?,
            Some(true) | None => {}
        }
        let changed = self.one_in(&mut tx, owner(principal), id).await?;
        tx.commit().await?;
        Ok(changed)
    }

    /// Removes an endpoint, with everything that was sent to it.
    pub(crate) async fn delete(
        &self,
        who: Who<'_>,
        id: WebhookEndpointId,
    ) -> Result<(), WebhookError> {
        let mut tx = self.db.begin().await?;
        endpoints::changed(&mut tx).await?;
        let endpoint = self.one_in(&mut tx, owner(who.0), id).await?;
        endpoints::delete(&mut tx, (endpoint.org, id)).await?;
        let change = (
            OperatorAction::WebhookEndpointDeleted,
            Some("webhook_endpoint_removed"),
        );
        self.record(&mut tx, who, change, &endpoint).await?;
        Ok(tx.commit().await?)
    }

    /// Gives an endpoint a new secret. The one before signs, too, for a day, unless all others are
    /// to end.
    pub(crate) async fn rotate(
        &self,
        who: Who<'_>,
        (id, expire_others): (WebhookEndpointId, bool),
        once: &IdempotentRequest<WithSecret>,
    ) -> Result<WithSecret, WebhookError> {
        let (now, principal) = (self.clock.now(), who.0);
        let secret = Secret::random(&self.ids);
        let mut tx = self.db.begin().await?;
        endpoints::changed(&mut tx).await?;
        let endpoint = self.one_in(&mut tx, owner(principal), id).await?;
        if let Some(until) = endpoint.is_full_until(now)
            && !expire_others
        {
            return Err(WebhookError::TooManySecrets(until));
        }
        let sealed = self.vault.seal(place(&id), secret.bytes())?;
        let until = (!expire_others).then(|| now.plus(OVERLAP));
        endpoints::rotate(&mut tx, (endpoint.org, id), sealed, until, now).await?;
        let rotated = self.one_in(&mut tx, owner(principal), id).await?;
        let change = (
            OperatorAction::WebhookSecretRotated,
            Some("webhook_secret_rotated"),
        );
        self.record(&mut tx, who, change, &rotated).await?;
        let made = (rotated, secret.shown());
        keep_answer(&mut tx, &self.vault, once, &made, now).await?;
        tx.commit().await?;
        Ok(made)
    }

    fn checked_url(&self, url: &str) -> Result<String, WebhookError> {
        Ok(target::check(&self.sender.networks, url)?.into())
    }

    /// Tells the owner of an endpoint, and the audit trail, what was done to it.
    async fn record(
        &self,
        tx: &mut Tx,
        who: Who<'_>,
        (action, tells): (OperatorAction, Option<&'static str>),
        endpoint: &Endpoint,
    ) -> Result<(), WebhookError> {
        let host = target::host(&endpoint.url);
        let change = Change {
            action,
            tells,
            subject: &endpoint.id.to_string(),
            facts: Map::from_iter([("host".to_owned(), host.into())]),
        };
        let told = changes::record(tx, (&self.ids, &self.vault), who, change, self.clock.now());
        told.await.map_err(|error| match error {
            Error::Database(error) => WebhookError::Database(error),
            other => WebhookError::NotTold(other.to_string()),
        })
    }

    /// Takes one test of a user's.
    async fn take_test(&self, user: UserId) -> Result<(), WebhookError> {
        let key = Key {
            class: "webhook_tests",
            who: rate_limit::Who::Account(user.uuid()),
        };
        let verdict = self.limiter.take(key, self.config.tests).await;
        match verdict.allowed {
            true => Ok(()),
            false => Err(WebhookError::TooManyTests(verdict.retry_after_s)),
        }
    }

    /// Where answers under idempotency keys are kept.
    pub(crate) fn answers(&self) -> (&Db, &Vault) {
        (&self.db, &self.vault)
    }
}

/// Switches an endpoint off, where it is on.
async fn disable(
    tx: &mut Tx,
    whose: (OrgId, WebhookEndpointId),
    reason: Disabled,
    now: Timestamp,
) -> Result<(), db::DbError> {
    if endpoints::disable(tx, whose, reason, now).await? {
        store::deliveries::missed(tx, whose.1, now).await?;
    }
    Ok(())
}

/// Switches off all that a user has: whoever made them need not be who owns the account now.
async fn disable_all(
    tx: &mut Tx,
    (org, user): (OrgId, UserId),
    now: Timestamp,
) -> Result<(), db::DbError> {
    endpoints::changed(tx).await?;
    for id in endpoints::enabled(tx, org, user).await? {
        disable(tx, (org, id), Disabled::NotAllowed, now).await?;
    }
    Ok(())
}

/// Whether endpoints of the caller get all events of the organisation.
fn manages(principal: &Principal) -> bool {
    principal.permissions.contains(Permission::WebhooksManage)
}

/// What the caller may look at.
fn reader(principal: &Principal) -> Reader {
    Reader {
        sees_all: manages(principal),
        ..owner(principal)
    }
}

/// What the caller may change: their own. Where a secret of somebody else goes is nobody's to say.
fn owner(principal: &Principal) -> Reader {
    Reader {
        org: principal.org,
        user: principal.user,
        sees_all: false,
    }
}

/// Where a secret is sealed.
fn place(id: &WebhookEndpointId) -> SealContext<'_> {
    SealContext {
        what: "webhook_endpoints.secret",
        whose: id.0.as_bytes(),
    }
}

fn described(text: Option<String>) -> Result<Option<String>, WebhookError> {
    let text = text.map(|text| text.trim().to_owned());
    let text = text.filter(|text| !text.is_empty());
    let fits = |text: &String| {
        text.chars().count() <= DESCRIPTION_MAX && !text.contains('\n') && free_text(text)
    };
    match text {
        Some(text) if !fits(&text) => Err(WebhookError::Description),
        text => Ok(text),
    }
}
