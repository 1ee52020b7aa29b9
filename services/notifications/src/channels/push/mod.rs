//! Push to browsers (Web Push: RFC 8030, 8291, 8292): devices that users have subscribed, and the
//! channel that tells them.

mod config;
mod encryption;
pub(crate) mod http;
mod sender;
pub(crate) mod store;
mod vapid;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use contracts::identity::{Factors, OperatorAction, OrgId, UserId};
use db::{Db, Tx};
use platform::clock::SharedClock;
use platform::ids::Ids;
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};
use uuid::Uuid;
use values::Timestamp;
use vault::{SealContext, Vault};

pub use config::PushConfig;
pub(crate) use vapid::seal_anew as seal_key_anew;

use crate::changes::{self, Change, Who};
use crate::channels::push::encryption::{AUTH_LEN, BrowserKeys, PUBLIC_LEN, SALT_LEN, encrypt};
use crate::channels::push::sender::{Answer, Request, Sender};
use crate::channels::push::store::SubscriptionRow;
use crate::channels::push::vapid::VapidKey;
use crate::channels::{Address, Channel, ChannelKind, Rendered, Sent, Unsent};
use crate::error::Error;
use crate::webhooks::networks::Networks;
use crate::webhooks::target::InvalidUrl;

/// How long a push service keeps a message for a device that is off, in seconds: a code is of no
/// use later.
const KEEP_S: u32 = 86_400;
const KEEP_CODE_S: u32 = 600;
/// The most characters of a body: with the rest it fits, in whatever script.
const BODY_MAX: usize = 800;

/// A device, as its browser gives it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Subscription {
    /// Where its push service takes messages for it: who knows it may send some.
    pub(crate) endpoint: String,
    /// Base64url.
    pub(crate) p256dh: String,
    pub(crate) auth: String,
}

/// Why a device is not subscribed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PushError {
    /// Its endpoint.
    #[error("{}", endpoint_refused(.0))]
    Endpoint(InvalidUrl),
    /// Its keys.
    #[error(
        "The keys are not those of a subscription: send what `PushSubscription.toJSON()` gives."
    )]
    Keys,
    /// The caller, who has these factors, must show who they are first.
    #[error("a fresh proof is needed")]
    ProofNeeded(Factors),
    /// A fault.
    #[error(transparent)]
    Fault(#[from] Error),
}

fn endpoint_refused(refused: &InvalidUrl) -> &'static str {
    match refused {
        InvalidUrl::Form => "The endpoint is no URL of a push service.",
        InvalidUrl::HttpsRequired => "The endpoint must begin with https://.",
        InvalidUrl::PrivateAddress => "The endpoint leads to a private address.",
    }
}

impl From<db::DbError> for PushError {
    fn from(error: db::DbError) -> Self {
        Self::Fault(error.into())
    }
}

impl From<vault::Fault> for PushError {
    fn from(fault: vault::Fault) -> Self {
        Self::Fault(fault.into())
    }
}

impl Subscription {
    fn keys(&self) -> Option<BrowserKeys> {
        let decode = |text: &str, length: usize| {
            let engine = if text.ends_with('=') {
                &URL_SAFE
            } else {
                &URL_SAFE_NO_PAD
            };
            let bytes = engine.decode(text).ok();
            bytes.filter(|bytes| bytes.len() == length)
        };
        Some(BrowserKeys {
            public: decode(&self.p256dh, PUBLIC_LEN)?,
            auth: decode(&self.auth, AUTH_LEN)?,
        })
    }
}

/// All devices of a user, as an address.
pub(crate) fn devices(org: OrgId, user: UserId) -> Address {
    Address(format!("{}/{}", org.0, user.uuid()))
}

fn owner(address: &Address) -> Option<(OrgId, UserId)> {
    let (org, user) = address.0.split_once('/')?;
    Some((OrgId(org.parse().ok()?), UserId(user.parse::<Uuid>().ok()?)))
}

fn context(user: &UserId) -> SealContext<'_> {
    SealContext {
        what: "push_subscriptions.sealed",
        whose: user.0.as_bytes(),
    }
}

const ENDPOINT: &str = "push_subscriptions.endpoint";

/// The key by which browsers subscribe.
pub(crate) async fn public_key(db: &Db, vault: &Vault) -> Result<String, Error> {
    let key = vapid::key(db, vault).await?;
    Ok(key.public().to_owned())
}

/// By what a device is found, of which this is sealed.
pub(crate) fn fingerprint(vault: &Vault, document: &[u8]) -> Result<Vec<u8>, Error> {
    let device = parse(document)?;
    Ok(vault.fingerprint(ENDPOINT, device.endpoint.as_bytes())?)
}

fn parse(document: &[u8]) -> Result<Subscription, Error> {
    serde_json::from_slice(document).map_err(|_| Error::Row("push_subscriptions"))
}

/// Push: the devices in the table, and what sends to them. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Push(Arc<Parts>);

struct Parts {
    db: Db,
    vault: Arc<Vault>,
    clock: SharedClock,
    ids: Ids,
    sender: Sender,
    contact: String,
    devices_per_user: i64,
}

impl Push {
    pub(crate) fn new(
        (db, vault): (&Db, &Arc<Vault>),
        (clock, ids): (&SharedClock, &Ids),
        config: &PushConfig,
        public_url: &str,
    ) -> Self {
        let contact = match config.contact.as_str() {
            "" => public_url,
            contact => contact,
        };
        let networks = Networks::with(&config.allowed_networks);
        Self(Arc::new(Parts {
            db: db.clone(),
            vault: vault.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            sender: Sender::new(networks, Duration::from_millis(config.timeout_ms)),
            contact: contact.to_owned(),
            devices_per_user: config.devices_per_user,
        }))
    }

    /// The key by which browsers subscribe.
    ///
    /// # Errors
    /// A fault.
    pub(crate) async fn public_key(&self) -> Result<String, Error> {
        public_key(&self.0.db, &self.0.vault).await
    }

    /// Adds a device of the caller. Subscribed before, also by somebody else, it is theirs from now
    /// on. One that was not theirs takes a fresh proof, and they are told of it; whether it was
    /// one.
    ///
    /// # Errors
    /// [`PushError`].
    pub(crate) async fn subscribe(
        &self,
        who: Who<'_>,
        device: &Subscription,
        is_proved: bool,
    ) -> Result<bool, PushError> {
        let parts = &self.0;
        let (org, user) = (who.0.org, who.0.user);
        let checked = parts.sender.check(&device.endpoint);
        checked.map_err(PushError::Endpoint)?;
        let keys = device.keys().ok_or(PushError::Keys)?;
        // Whether the key is a point of the curve.
        encrypt(b"", &keys, [0; SALT_LEN]).map_err(|_| PushError::Keys)?;
        let document = serde_json::to_vec(device).map_err(|_| Error::Row("push_subscriptions"))?;
        let sealed = parts.vault.seal(context(&user), &document)?;
        // With each master key that was in use: it is one device.
        let known = parts
            .vault
            .fingerprints(ENDPOINT, device.endpoint.as_bytes());
        let known: Vec<_> = known.collect();
        let row = SubscriptionRow {
            id: parts.ids.next(),
            sealed,
        };
        let (most, now) = (parts.devices_per_user, parts.clock.now());
        let mut tx = parts.db.begin().await?;
        let is_new = !store::is_of(&mut tx, (org, user), &known).await?;
        if is_new && !is_proved {
            return Err(PushError::ProofNeeded(who.0.second_factors));
        }
        store::put(&mut tx, (org, user), (known, row), most, now).await?;
        if is_new {
            let change = (OperatorAction::PushDeviceAdded, "push_device_added");
            self.record(&mut tx, who, change, now).await?;
        }
        tx.commit().await?;
        Ok(is_new)
    }

    /// Forgets a device of somebody; whether it was one.
    ///
    /// # Errors
    /// A fault.
    pub(crate) async fn unsubscribe(&self, who: Who<'_>, endpoint: &str) -> Result<bool, Error> {
        let (parts, whose) = (&self.0, (who.0.org, who.0.user));
        let known: Vec<_> = parts
            .vault
            .fingerprints(ENDPOINT, endpoint.as_bytes())
            .collect();
        let mut tx = parts.db.begin().await?;
        let mut was_one = false;
        for fingerprint in known {
            was_one |= store::delete(&mut tx, whose, fingerprint).await? > 0;
        }
        if was_one {
            let change = (OperatorAction::PushDeviceRemoved, "push_device_removed");
            self.record(&mut tx, who, change, parts.clock.now()).await?;
        }
        tx.commit().await?;
        Ok(was_one)
    }

    async fn record(
        &self,
        tx: &mut Tx,
        who: Who<'_>,
        (action, tells): (OperatorAction, &'static str),
        now: Timestamp,
    ) -> Result<(), Error> {
        let change = Change {
            action,
            tells: Some(tells),
            subject: &who.0.user.to_string(),
            facts: Map::new(),
        };
        changes::record(tx, (&self.0.ids, &self.0.vault), who, change, now).await
    }

    async fn send_to(
        &self,
        device: &Subscription,
        key: &VapidKey,
        message: &Rendered,
    ) -> Result<Answer, Error> {
        let parts = &self.0;
        let never = |why: &str| Ok(Answer::Never(why.to_owned()));
        let Ok(endpoint) = reqwest::Url::parse(&device.endpoint) else {
            return never("the endpoint is no URL");
        };
        let is_code = message.is_code();
        let body: String = message.words.body.chars().take(BODY_MAX).collect();
        let title: String = message.words.title.chars().take(BODY_MAX / 8).collect();
        let shown = json!({"id": message.id, "type": message.kind, "title": title, "body": body});
        let sealed = device.keys().map(|keys| {
            let salt = parts.ids.secret::<SALT_LEN>();
            encrypt(shown.to_string().as_bytes(), &keys, salt)
        });
        let Some(Ok(body)) = sealed else {
            return never("it cannot be encrypted for the device");
        };
        let now = parts.clock.now();
        let request = Request {
            authorization: key.authorization(&endpoint, &parts.contact, now)?,
            body,
            topic: &message.id.uuid().simple().to_string(),
            keep_s: if is_code { KEEP_CODE_S } else { KEEP_S },
            urgent: is_code,
        };
        Ok(parts.sender.send(endpoint, request).await)
    }

    /// Tells all devices of somebody. One of them is enough: the others are not tried again.
    async fn tell(
        &self,
        message: &Rendered,
        (org, user): (OrgId, UserId),
    ) -> Result<Result<Sent, Unsent>, Error> {
        let parts = &self.0;
        let rows = store::of_user(&parts.db, org, user).await?;
        let mut unsent = Unsent::Bounced("there is no device".to_owned());
        if rows.is_empty() {
            return Ok(Err(unsent));
        }
        let key = vapid::key(&parts.db, &parts.vault).await?;
        let mut taken = 0_u32;
        for row in rows {
            let document = parts.vault.open(context(&user), &row.sealed)?;
            let device = parse(&document)?;
            match self.send_to(&device, &key, message).await? {
                Answer::Taken => taken += 1,
                Answer::Gone => store::delete_one(&parts.db, row.id).await?,
                Answer::Later(reason, wait) => {
                    let retry_at = wait.map(|wait| parts.clock.now().plus(wait));
                    unsent = Unsent::Later { reason, retry_at };
                }
                Answer::Never(reason) if !matches!(unsent, Unsent::Later { .. }) => {
                    unsent = Unsent::Never(reason);
                }
                Answer::Never(_) => {}
            }
        }
        Ok(match taken {
            0 => Err(unsent),
            _ => Ok(Sent { provider_id: None }),
        })
    }
}

#[async_trait]
impl Channel for Push {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Push
    }

    fn name(&self) -> &'static str {
        "web_push"
    }

    async fn send(&self, message: &Rendered, to: &Address) -> Result<Sent, Unsent> {
        let Some(whose) = owner(to) else {
            return Err(Unsent::Never("it is addressed to no user".to_owned()));
        };
        let told = self.tell(message, whose).await;
        told.unwrap_or_else(|fault| {
            tracing::error!(%fault, "devices cannot be told");
            Err(Unsent::Later {
                reason: "the devices cannot be read".to_owned(),
                retry_at: None,
            })
        })
    }
}
