//! The installation's signing keys: made, sealed, exchanged for newer ones, and read again when another node has done so.
//!
//! A new key is published before it signs, so that whoever verifies tokens alone knows it in time. An old one verifies
//! until the last token that was made with it has ended, and is then deleted.

pub(crate) mod http;
pub(crate) mod store;

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use contracts::identity::OrgId;
use db::{Db, Tx, args};
use platform::ids::Ids;
use values::{DAY, SECOND, Timestamp};

use crate::audit::{Act, Actor, Entry};
use crate::error::Error;
use crate::fault::Fault;
use crate::service::Service;
use crate::sessions::token;
use crate::sessions::token::{KeyInfo, KeyState, Keys, NewKey, PublicKey, StoredKey};
use crate::signing_keys::store::KeyRow;
use crate::vault::{Place, Vault};
use crate::{audit, vault};

/// How long a key is published before it signs: twice as long as others may keep the published keys.
const PUBLISHED_AHEAD: i64 = 600 * SECOND;
/// How often tokens that name unknown keys may have the keys read again: forged ones must not cost a query each.
const LOOK_EVERY: i64 = SECOND;

/// How a signing key is exchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyRotation {
    /// The new key is published now, and signs ten minutes later.
    Announced,
    /// The new key signs at once; one that was announced already is taken.
    AtOnce,
    /// The new key signs at once, and all others are deleted: no token that was made with them is good any more.
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
    /// [`Error::KeyWaiting`] where one was announced and another is asked for; or a fault.
    pub async fn rotate_keys(&self, how: KeyRotation) -> Result<(), Error> {
        let now = self.clock.now();
        let rows = read(&self.db).await?;
        let waiting = rows.first().filter(|row| row.signs_from > now.micros());
        let mut tx = self.db.begin().await?;
        match (how, waiting) {
            (KeyRotation::Announced, Some(next)) => {
                return Err(Error::KeyWaiting {
                    kid: next.kid.clone(),
                    signs_from: Timestamp(next.signs_from),
                });
            }
            (KeyRotation::AtOnce, Some(next)) => {
                let args = args![OrgId::DEFAULT.0, next.kid.as_str(), now];
                tx.execute(store::SIGN_FROM, args).await?;
            }
            (KeyRotation::Announced, None) => {
                self.insert_key(&mut tx, &rows, now, now.plus(PUBLISHED_AHEAD))
                    .await?;
            }
            (KeyRotation::AtOnce, None) => self.insert_key(&mut tx, &rows, now, now).await?,
            (KeyRotation::Leaked, _) => {
                self.insert_key(&mut tx, &rows, now, now).await?;
                for KeyRow { kid, .. } in &rows {
                    tx.execute(store::DELETE_KEY, args![OrgId::DEFAULT.0, kid.as_str()])
                        .await?;
                    record(&mut tx, Act::SigningKeyRevoked, kid, now).await?;
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
        rows: &[KeyRow],
        now: Timestamp,
        signs_from: Timestamp,
    ) -> Result<(), Fault> {
        let newest = rows.iter().map(|row| row.generation).max();
        let NewKey { kid, private_key } = NewKey::generate(&self.ids)?;
        let sealed = self.vault.seal(place(&kid), &private_key)?;
        let args = args![
            OrgId::DEFAULT.0,
            newest.unwrap_or_default() + 1,
            kid.as_str(),
            token::ALGORITHM,
            sealed,
            now,
            signs_from
        ];
        // Two that ask at the same time get one key.
        if tx.execute(store::INSERT_KEY, args).await? > 0 {
            record(tx, Act::SigningKeyMade, &kid, now).await?;
        }
        Ok(())
    }

    /// Learns which keys there are now, where that has changed.
    ///
    /// # Errors
    /// A fault of the database, or a key that PayFlow did not put there; the keys then stay as they were.
    pub async fn poll_keys(&self) -> Result<(), Fault> {
        let rows = read(&self.db).await?;
        let known = self.keys();
        if known.are(rows.iter().map(|row| (row.kid.as_str(), row.signs_from))) {
            return Ok(());
        }
        let found = unsealed(&self.vault, rows, self.lifetimes.access)?;
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

    /// Reads the keys where a token names one that is not known, at most once a second. Whether it did.
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

    /// Announces a new key where the one that signs is old enough, and deletes those that verify nothing any more.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn tend_keys(&self) -> Result<(), Error> {
        let now = self.clock.now();
        let keys = self.list_keys();
        if let (Some(age), Some(newest)) = (self.rotate_keys_after, keys.first())
            && newest.signs_from.plus(age - PUBLISHED_AHEAD) <= now
        {
            match self.rotate_keys(KeyRotation::Announced).await {
                // Another node was first.
                Ok(()) | Err(Error::KeyWaiting { .. }) => {}
                Err(fault) => return Err(fault),
            }
        }
        for key in keys.iter().filter(|key| key.state == KeyState::Ended) {
            let args = args![OrgId::DEFAULT.0, key.kid.as_str()];
            self.db.execute(store::DELETE_KEY, args).await?;
        }
        Ok(())
    }
}

/// After how many microseconds a key is exchanged; nothing where never.
pub(crate) fn rotation_age(days: u32) -> Option<i64> {
    (days > 0).then(|| i64::from(days) * DAY)
}

async fn record(tx: &mut Tx, act: Act, kid: &str, now: Timestamp) -> Result<(), Fault> {
    let entry = Entry::done(OrgId::DEFAULT, act, Actor::System, None).to(kid);
    audit::record(tx, now, &entry).await
}

/// The installation's keys are rows of the default organisation; tokens of all organisations are signed with them.
pub(crate) async fn read(db: &Db) -> Result<Vec<KeyRow>, Fault> {
    let args = args![OrgId::DEFAULT.0];
    Ok(db.fetch_all(store::SIGNING_KEYS, args).await?)
}

/// Whether a master key has been used in this store.
pub(crate) fn any_sealed(rows: &[KeyRow]) -> bool {
    rows.iter().any(|row| vault::is_sealed(&row.private_key))
}

/// Makes the first key where there is none, seals what is not sealed with the newest master key, and opens them all.
pub(crate) async fn open(
    db: &Db,
    vault: &Vault,
    ids: &Ids,
    rows: Vec<KeyRow>,
    now: Timestamp,
    lifetime: i64,
) -> Result<Keys, Fault> {
    if rows.is_empty() {
        let NewKey { kid, private_key } = NewKey::generate(ids)?;
        let sealed = vault.seal(place(&kid), &private_key)?;
        let args = args![OrgId::DEFAULT.0, kid, token::ALGORITHM, sealed, now];
        db.execute(store::INSERT_FIRST_KEY, args).await?;
    } else {
        seal_all(db, vault, &rows).await?;
    }
    // Another node may have been first: what counts is what is stored.
    unsealed(vault, read(db).await?, lifetime)
}

/// Opens them all.
pub(crate) fn unsealed(vault: &Vault, rows: Vec<KeyRow>, lifetime: i64) -> Result<Keys, Fault> {
    let open = |row: KeyRow| {
        if !vault::is_sealed(&row.private_key) {
            return Err(Fault::ForeignKey { kid: row.kid });
        }
        Ok(StoredKey {
            private_key: vault.open(place(&row.kid), &row.private_key)?,
            kid: row.kid,
            created_at: Timestamp(row.created_at),
            signs_from: Timestamp(row.signs_from),
        })
    };
    let stored = rows.into_iter().map(open);
    Keys::read(stored.collect::<Result<Vec<_>, Fault>>()?, lifetime)
}

/// In one transaction, so that no other node ever sees sealed keys beside others.
async fn seal_all(db: &Db, vault: &Vault, rows: &[KeyRow]) -> Result<(), Fault> {
    if rows.iter().all(|row| vault.is_current(&row.private_key)) {
        return Ok(());
    }
    let some_sealed = any_sealed(rows);
    let mut tx = db.begin().await?;
    for row in rows {
        let (kid, stored) = (row.kid.as_str(), &row.private_key);
        if vault.is_current(stored) {
            continue;
        }
        let private_key = match vault::is_sealed(stored) {
            true => vault.open(place(kid), stored)?,
            // Whoever may write to the database must not be able to slip in a key that PayFlow then makes its own.
            false if some_sealed => {
                let kid = kid.to_owned();
                return Err(Fault::ForeignKey { kid });
            }
            false => stored.clone(),
        };
        let sealed = vault.seal(place(kid), &private_key)?;
        let args = args![OrgId::DEFAULT.0, kid, stored.clone(), sealed];
        tx.execute(store::SEAL_KEY, args).await?;
    }
    Ok(tx.commit().await?)
}

fn place(kid: &str) -> Place<'_> {
    Place {
        what: "signing_keys.private_key",
        whose: kid.as_bytes(),
    }
}
