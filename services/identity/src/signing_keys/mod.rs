//! The installation's signing keys: made, sealed, exchanged for newer ones, and read again when
//! another node has done so.
//!
//! A new key is published before it signs, so that anyone who verifies tokens alone knows it in
//! time. An old one verifies until the last token that was made with it has ended, and is then
//! deleted.

pub(crate) mod error;
pub(crate) mod http;
pub(crate) mod sealed;
pub(crate) mod store;

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use contracts::identity::OrgId;
use db::Tx;
use values::{SECOND, Timestamp};

use crate::audit;
use crate::audit::{Actor, AuditAction, Entry};
use crate::fault::{Fault, log};
use crate::service::Service;
use crate::sessions::token::{KeyInfo, KeyState, Keys, NewKey, PublicKey};
use crate::signing_keys::error::SigningKeyError;
use crate::signing_keys::sealed::{seal_context, unsealed};
use crate::signing_keys::store::SealedKey;

/// How long a key is published before it signs: twice as long as others may keep the published
/// keys.
const PUBLISHED_AHEAD: i64 = 600 * SECOND;
/// How often tokens that name unknown keys may have the keys read again: forged ones must not cost
/// a query each.
const LOOK_EVERY: i64 = SECOND;

/// How a signing key is exchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyRotation {
    /// The new key is published now, and signs ten minutes later.
    Announced,
    /// The new key signs at once; one that was announced already is taken.
    AtOnce,
    /// The new key signs at once, and all others are deleted: no token that was made with them is
    /// good any more.
    Leaked,
}

impl Service {
    /// The keys as they are now.
    pub(crate) fn keys(&self) -> Arc<Keys> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&keys)
    }

    /// The public keys that verify access tokens.
    pub(crate) fn public_keys(&self) -> Vec<PublicKey> {
        self.keys().published(self.clock.now())
    }

    /// The signing keys, the newest first, and what each is good for now.
    #[must_use]
    pub fn list_keys(&self) -> Vec<KeyInfo> {
        self.keys().list(self.clock.now())
    }

    /// Makes a new signing key.
    ///
    /// # Errors
    /// [`SigningKeyError::Waiting`] where one was announced and another is asked for; or a fault.
    pub async fn rotate_keys(&self, how: KeyRotation) -> Result<(), SigningKeyError> {
        let now = self.clock.now();
        let keys = store::keys(&self.db).await?;
        let waiting = keys.first().filter(|key| key.signs_from > now);
        let mut tx = self.db.begin().await?;
        match (how, waiting) {
            (KeyRotation::Announced, Some(next)) => {
                return Err(SigningKeyError::Waiting {
                    kid: next.kid.clone(),
                    signs_from: next.signs_from,
                });
            }
            (KeyRotation::AtOnce, Some(next)) => {
                store::sign_from(&mut tx, &next.kid, now).await?;
            }
            (KeyRotation::Announced, None) => {
                self.insert_key(&mut tx, &keys, now, now.plus(PUBLISHED_AHEAD))
                    .await?;
            }
            (KeyRotation::AtOnce, None) => self.insert_key(&mut tx, &keys, now, now).await?,
            (KeyRotation::Leaked, _) => {
                self.insert_key(&mut tx, &keys, now, now).await?;
                for SealedKey { kid, .. } in &keys {
                    store::delete(&mut tx, kid).await?;
                    record(&mut tx, AuditAction::SigningKeyRevoked, kid, now).await?;
                }
            }
        }
        tx.commit().await?;
        self.tell_others();
        Ok(self.poll_keys().await?)
    }

    async fn insert_key(
        &self,
        tx: &mut Tx,
        keys: &[SealedKey],
        now: Timestamp,
        signs_from: Timestamp,
    ) -> Result<(), Fault> {
        let newest = keys.iter().map(|key| key.generation).max();
        let NewKey { kid, private_key } = NewKey::generate(&self.ids)?;
        let new = SealedKey {
            private_key: self.vault.seal(seal_context(&kid), &private_key)?,
            kid: kid.clone(),
            generation: newest.unwrap_or_default() + 1,
            created_at: now,
            signs_from,
        };
        // Two that ask at the same time get one key.
        if store::insert(tx, new).await? {
            record(tx, AuditAction::SigningKeyMade, &kid, now).await?;
        }
        Ok(())
    }

    /// Learns which keys there are now, where that has changed.
    ///
    /// # Errors
    /// A fault of the database, or a key that PayFlow did not put there; the keys then stay as they
    /// were. Of a master key that this node does not have, `/health` tells: the node goes on with
    /// the keys that it knows and that are still there.
    pub async fn poll_keys(&self) -> Result<(), Fault> {
        let stored = store::keys(&self.db).await?;
        let known = self.keys();
        if known.are(stored.iter().map(|key| (key.kid.as_str(), key.signs_from))) {
            self.a_key_is_unknown.store(false, Ordering::Relaxed);
            return Ok(());
        }
        let found = match unsealed(&self.vault, &stored, self.lifetimes.access) {
            Err(Fault::Vault(fault @ vault::Fault::UnknownMasterKey)) => {
                if !self.a_key_is_unknown.swap(true, Ordering::Relaxed) {
                    log(&fault);
                }
                known.only(|kid| stored.iter().any(|key| key.kid == kid))
            }
            found => {
                let found = found?;
                self.a_key_is_unknown.store(false, Ordering::Relaxed);
                found
            }
        };
        let none_is_gone = known
            .kids()
            .all(|kid| found.kids().any(|other| other == kid));
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(found);
        if !none_is_gone {
            // Tokens that a deleted key signed are remembered as good.
            self.verified.forget_tokens();
        }
        Ok(())
    }

    /// Reads the keys where a token names one that is not known, at most once a second. Whether it
    /// did.
    pub(crate) async fn look_for_key_of(&self, token: &str) -> Result<bool, Fault> {
        let now = self.clock.now().micros();
        let last = self.keys_looked_for_at.load(Ordering::Relaxed);
        let may_look = now >= last.saturating_add(LOOK_EVERY) || now < last;
        if !may_look || self.keys().know_key_of(token) {
            return Ok(false);
        }
        let claimed = self.keys_looked_for_at.compare_exchange(
            last,
            now,
            Ordering::Relaxed,
            Ordering::Relaxed,
        );
        if claimed.is_err() {
            return Ok(false);
        }
        self.poll_keys().await?;
        Ok(true)
    }

    /// Announces a new key where the one that signs is old enough, and deletes those that verify
    /// nothing any more.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn tend_keys(&self) -> Result<(), Fault> {
        let now = self.clock.now();
        self.bring_forward_keys(now).await?;
        let keys = self.list_keys();
        if let (Some(age), Some(newest)) = (self.rotate_keys_after, keys.first())
            && newest.signs_from.plus(age - PUBLISHED_AHEAD) <= now
        {
            match self.rotate_keys(KeyRotation::Announced).await {
                // Another node was first.
                Ok(()) | Err(SigningKeyError::Waiting { .. }) => {}
                Err(SigningKeyError::Fault(fault)) => return Err(fault),
            }
        }
        for key in keys.iter().filter(|key| key.state == KeyState::Ended) {
            store::delete_ended(&self.db, &key.kid).await?;
        }
        Ok(())
    }

    /// Keys that were announced by a clock that was ahead, and would not sign for long, sign as if
    /// they were announced now. Not where this clock is the wrong one: behind the last entry of the
    /// audit trail.
    async fn bring_forward_keys(&self, now: Timestamp) -> Result<(), Fault> {
        let (latest, ahead) = (now.plus(PUBLISHED_AHEAD), self.clock_watch.max_step());
        let mut keys = self.list_keys();
        keys.retain(|key| key.signs_from > latest.plus(ahead));
        if keys.is_empty() {
            return Ok(());
        }
        let newest = audit::store::newest(&self.db).await?;
        if newest.is_some_and(|(_, time)| time > now.plus(ahead)) {
            return Ok(());
        }
        let mut tx = self.db.begin().await?;
        for key in keys {
            store::sign_from(&mut tx, &key.kid, latest).await?;
        }
        tx.commit().await?;
        self.tell_others();
        self.poll_keys().await
    }
}

async fn record(tx: &mut Tx, act: AuditAction, kid: &str, now: Timestamp) -> Result<(), Fault> {
    let entry = Entry::done(OrgId::DEFAULT, act, Actor::System, None).to(kid);
    audit::record(tx, now, &entry).await
}
