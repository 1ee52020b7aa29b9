//! Failed logins, counted so that guessing is slow and nobody is kept out for good; and the devices
//! that a user is known by. It judges no password.
//!
//! A login is judged twice: before the hash, which it is not worth where the caller must wait
//! anyway, and after it in the transaction that counts, so that a thousand tries at the same moment
//! learn no more than one after the other.

use contracts::identity::{OrgId, UserId};
use db::Tx;
use serde::{Deserialize, Serialize};
use values::{DAY, Timestamp};
use web::client::Client;

use crate::accounts::email::normalise_email;
use crate::accounts::user::User;
use crate::audit::{Actor, AuditAction, Entry};
use crate::fault::Fault;
use crate::login::error::LoginError;
use crate::login::lockout::CounterScope;
use crate::login::{device, store};
use crate::mail::Content;
use crate::service::Service;
use crate::sessions::session::Session;

/// What separates these hashes from any others.
const PLACE: &str = "PayFlow identity 1: a network and what a client calls itself";
/// How long a device is known after a login on it.
const KNOWN_FOR: i64 = 400 * DAY;
/// How long failures are kept: the last one is forgotten long before.
const KEEP_FAILURES: i64 = 7 * DAY;

/// The counters of a login.
#[derive(Debug)]
pub(crate) struct LoginCounters {
    org: OrgId,
    keys: Vec<(CounterScope, Vec<u8>)>,
}

impl Service {
    /// Finds the counters of a login, and refuses it where one of them says wait.
    pub(crate) async fn check_lockout(
        &self,
        org: OrgId,
        normalised: &str,
        client: &Client,
    ) -> Result<LoginCounters, LoginError> {
        let now = self.clock.now();
        let (cookie, place) = marks(client);
        let seen_after = now.plus(-KNOWN_FOR);
        let marks = (cookie, place);
        let known = store::known_mark(&self.db, org, normalised, marks, seen_after).await?;
        let keys = match known {
            Some(mark) => vec![(CounterScope::Account, self.device_key(normalised, &mark)?)],
            None => {
                let network = client.network().to_string();
                vec![
                    (CounterScope::Account, self.strangers_key(normalised)?),
                    (
                        CounterScope::Network,
                        self.vault
                            .fingerprint("network", network.as_bytes())
                            .map_err(Fault::from)?,
                    ),
                ]
            }
        };
        let counters = LoginCounters { org, keys };
        self.refuse_locked(&counters, now).await?;
        Ok(counters)
    }

    /// Refuses where a counter says wait.
    async fn refuse_locked(
        &self,
        counters: &LoginCounters,
        now: Timestamp,
    ) -> Result<(), LoginError> {
        for (_, key) in &counters.keys {
            let failures = store::failures(&self.db, counters.org, key).await?;
            if let Some(seconds) = failures.and_then(|failures| failures.wait_s(now)) {
                return Err(LoginError::Locked { seconds });
            }
        }
        Ok(())
    }

    /// Counts a failed login; how long the next one must wait, in seconds.
    pub(crate) async fn count_failure(
        &self,
        tx: &mut Tx,
        counters: &LoginCounters,
        now: Timestamp,
    ) -> Result<Option<u32>, LoginError> {
        let mut longest = None;
        for (scope, key) in &counters.keys {
            let before = store::lock_failures(tx, counters.org, key, now).await?;
            // Others have failed meanwhile: this try tells nothing.
            if let Some(seconds) = before.wait_s(now) {
                return Err(LoginError::Locked { seconds });
            }
            let after = before.failed(*scope, self.lockout, now);
            store::save_failures(tx, counters.org, key, &after).await?;
            longest = longest.max(after.wait_s(now));
        }
        Ok(longest)
    }

    /// The password was right: the account's counter is cleared, unless others have failed
    /// meanwhile.
    pub(crate) async fn clear_failures(&self, counters: &LoginCounters) -> Result<(), LoginError> {
        self.refuse_locked(counters, self.clock.now()).await?;
        for (scope, key) in &counters.keys {
            if *scope == CounterScope::Account {
                store::forget_failures(&self.db, counters.org, key).await?;
            }
        }
        Ok(())
    }

    /// Clears an account's counters: that of strangers, and those of the device that is asking.
    pub(crate) async fn clear_account(
        &self,
        tx: &mut Tx,
        org: OrgId,
        normalised: &str,
        client: &Client,
    ) -> Result<(), Fault> {
        let (cookie, place) = marks(client);
        let mut keys = vec![self.strangers_key(normalised)?];
        for mark in [cookie, Some(place)].into_iter().flatten() {
            keys.push(self.device_key(normalised, &mark)?);
        }
        for key in keys {
            store::forget_failures_in(tx, org, key).await?;
        }
        Ok(())
    }

    /// Clears the counters of the device that a user has logged in on without their password. What
    /// strangers have failed stays: once it is known, this device is none.
    pub(crate) async fn clear_device(
        &self,
        tx: &mut Tx,
        user: &User,
        client: &Client,
    ) -> Result<(), Fault> {
        let normalised = normalise_email(&user.email);
        let (cookie, place) = marks(client);
        for mark in [cookie, Some(place)].into_iter().flatten() {
            let key = self.device_key(&normalised, &mark)?;
            store::forget_failures_in(tx, user.org, key).await?;
        }
        Ok(())
    }

    /// Notes on which device a session has begun, whatever its user was known by. Where they were
    /// never seen on it they are told, and there is an act for the trail.
    pub(crate) async fn see_login<'a>(
        &self,
        tx: &mut Tx,
        user: &User,
        session: &Session,
        client: &'a Client,
    ) -> Result<Option<Entry<'a>>, Fault> {
        if !self.see_device(tx, user.org, user.id, client).await? {
            return Ok(None);
        }
        let content = Content::NewDevice {
            time: session.created_at.rfc_2822(),
            address: client.address.to_string(),
            user_agent: client.user_agent.clone(),
        };
        self.tell(tx, user, content, session.created_at).await?;
        let actor = Actor::User(user.id, None);
        let seen =
            Entry::done(user.org, AuditAction::DeviceNew, actor, Some(client)).to(session.id);
        Ok(Some(seen))
    }

    /// Notes on which device a user has logged in; whether it is one that they were never seen on.
    pub(crate) async fn see_device(
        &self,
        tx: &mut Tx,
        org: OrgId,
        user: UserId,
        client: &Client,
    ) -> Result<bool, Fault> {
        let now = self.clock.now();
        let (cookie, place) = marks(client);
        let marks = (cookie.clone(), Some(place.clone()));
        let known = store::is_known_by(tx, org, user, marks, now.plus(-KNOWN_FOR)).await?;
        for mark in [cookie, Some(place)].into_iter().flatten() {
            store::see_device(tx, org, user, mark, now).await?;
        }
        Ok(!known)
    }

    /// Whether a client shows by more than its address that a user has logged in on it.
    pub(crate) async fn is_device_of(
        &self,
        tx: &mut Tx,
        user: &User,
        client: &Client,
    ) -> Result<bool, Fault> {
        let since = self.clock.now().plus(-KNOWN_FOR);
        let marks = marks_of(client).telling(client);
        Ok(store::is_known_by(tx, user.org, user.id, marks, since).await?)
    }

    /// Forgets the devices of a user but the one that is asking.
    pub(crate) async fn forget_other_devices(
        &self,
        tx: &mut Tx,
        user: &User,
        client: &Client,
    ) -> Result<(), Fault> {
        let (cookie, place) = marks(client);
        let cookie = cookie.unwrap_or_else(|| place.clone());
        store::delete_other_devices(tx, user.org, user.id, (cookie, place)).await?;
        Ok(())
    }

    /// Deletes counters that have forgotten everything, and devices that were not seen for long.
    pub(crate) async fn delete_forgotten(&self, now: Timestamp) -> Result<(), Fault> {
        store::delete_old_failures(&self.db, now.plus(-KEEP_FAILURES)).await?;
        store::delete_unseen_devices(&self.db, now.plus(-KNOWN_FOR)).await?;
        Ok(())
    }

    /// The key of an account's counter for devices that are not known.
    fn strangers_key(&self, normalised: &str) -> Result<Vec<u8>, Fault> {
        Ok(self.vault.fingerprint("account", normalised.as_bytes())?)
    }

    /// The key of an account's counter for one device that it knows.
    fn device_key(&self, normalised: &str, mark: &[u8]) -> Result<Vec<u8>, Fault> {
        let whose = [normalised.as_bytes(), &[0], mark].concat();
        Ok(self.vault.fingerprint("device", &whose)?)
    }
}

/// As [`marks`], for what is decided later.
pub(crate) fn marks_of(client: &Client) -> DeviceMarks {
    let (cookie, place) = marks(client);
    DeviceMarks { cookie, place }
}

/// What a device is known by; nothing, where nobody has noted it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DeviceMarks {
    cookie: Option<Vec<u8>>,
    place: Vec<u8>,
}

impl DeviceMarks {
    /// The marks that show that a link is followed where it was asked for. A browser has the
    /// cookie, which nobody else has; that it shares a network and a name with somebody says
    /// nothing. Programs keep no cookies, and mostly call themselves by a name of their own.
    fn telling(&self, client: &Client) -> (Option<Vec<u8>>, Option<Vec<u8>>) {
        let name = client.user_agent.as_deref().unwrap_or_default();
        let place = (!device::is_browser(name)).then(|| self.place.clone());
        (self.cookie.clone(), place)
    }

    /// Whether a client is the device that has these.
    pub(crate) fn are_of(&self, client: &Client) -> bool {
        let (cookie, place) = marks_of(client).telling(client);
        cookie.is_some() && cookie == self.cookie || place.is_some_and(|place| place == self.place)
    }
}

/// What a device is known by: the cookie that it was given, and its network with what it calls
/// itself.
fn marks(client: &Client) -> (Option<Vec<u8>>, Vec<u8>) {
    let mut place = blake3::Hasher::new_derive_key(PLACE);
    place.update(client.network().to_string().as_bytes());
    place.update(&[0]);
    place.update(client.user_agent.as_deref().unwrap_or_default().as_bytes());
    let place = place.finalize().as_bytes().to_vec();
    (client.device.map(Vec::from), place)
}
