//! Signing keys as they lie in the database: sealed with the newest master key when a node starts,
//! and opened.

use db::Db;
use platform::ids::Ids;
use values::{DAY, Timestamp};

use crate::fault::Fault;
use crate::sessions::token::{Keys, NewKey, StoredKey};
use crate::signing_keys::store;
use crate::signing_keys::store::SealedKey;

use vault::{SealContext, Vault};

/// After how many microseconds a key is exchanged; nothing where never.
pub(crate) fn rotation_age(days: u32) -> Option<i64> {
    (days > 0).then(|| i64::from(days) * DAY)
}

/// Whether a master key has been used in this store.
pub(crate) fn any_sealed(keys: &[SealedKey]) -> bool {
    keys.iter().any(|key| vault::is_sealed(&key.private_key))
}

/// Makes the first key where there is none, seals what is not sealed with the newest master key,
/// and opens them all.
pub(crate) async fn open(
    db: &Db,
    vault: &Vault,
    ids: &Ids,
    keys: Vec<SealedKey>,
    now: Timestamp,
    lifetime: i64,
) -> Result<Keys, Fault> {
    if keys.is_empty() {
        let NewKey { kid, private_key } = NewKey::generate(ids)?;
        let sealed = vault.seal(seal_context(&kid), &private_key)?;
        store::insert_first(db, &kid, sealed, now).await?;
    } else {
        seal_all(db, vault, &keys).await?;
    }
    // Another node may have been first: what counts is what is stored.
    unsealed(vault, &store::keys(db).await?, lifetime)
}

/// Opens them all.
pub(crate) fn unsealed(vault: &Vault, keys: &[SealedKey], lifetime: i64) -> Result<Keys, Fault> {
    let open = |key: &SealedKey| {
        if !vault::is_sealed(&key.private_key) {
            let kid = key.kid.clone();
            return Err(Fault::ForeignKey { kid });
        }
        Ok(StoredKey {
            private_key: vault.open(seal_context(&key.kid), &key.private_key)?,
            kid: key.kid.clone(),
            created_at: key.created_at,
            signs_from: key.signs_from,
        })
    };
    let stored = keys.iter().map(open);
    Keys::read(stored.collect::<Result<Vec<_>, Fault>>()?, lifetime)
}

/// In one transaction, so that no other node ever sees sealed keys beside others.
async fn seal_all(db: &Db, vault: &Vault, keys: &[SealedKey]) -> Result<(), Fault> {
    if keys.iter().all(|key| vault.is_current(&key.private_key)) {
        return Ok(());
    }
    let some_sealed = any_sealed(keys);
    let mut tx = db.begin().await?;
    for key in keys {
        let (kid, stored) = (key.kid.as_str(), &key.private_key);
        if vault.is_current(stored) {
            continue;
        }
        let private_key = match vault::is_sealed(stored) {
            true => vault.open(seal_context(kid), stored)?,
            // Anyone who may write to the database must not be able to slip in a key that PayFlow
            // then makes its own.
            false if some_sealed => {
                let kid = kid.to_owned();
                return Err(Fault::ForeignKey { kid });
            }
            false => stored.clone(),
        };
        let sealed = vault.seal(seal_context(kid), &private_key)?;
        store::seal(&mut tx, key, sealed).await?;
    }
    Ok(tx.commit().await?)
}

pub(crate) fn seal_context(kid: &str) -> SealContext<'_> {
    SealContext {
        what: "signing_keys.private_key",
        whose: kid.as_bytes(),
    }
}
