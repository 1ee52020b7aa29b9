//! The installation's signing keys: made at the first start, sealed, read at each one.

use contracts::identity::OrgId;
use platform::args;
use platform::clock::Timestamp;
use platform::db::Db;
use platform::ids::Ids;

use crate::error::Error;
use crate::service::Service;
use crate::store::keys as store;
use crate::token::{self, Keys, PublicKey, StoredKey};
use crate::vault::{self, Place, Vault};

impl Service {
    /// The public keys that verify access tokens.
    pub(crate) fn public_keys(&self) -> &[PublicKey] {
        self.keys.published()
    }
}

/// A row: the key's id, and the private key as it lies in the database, sealed but for stores of older versions.
pub(super) type Row = (String, Vec<u8>);

/// The installation's keys are rows of the default organisation; tokens of all organisations are signed with them.
pub(super) async fn read(db: &Db) -> Result<Vec<Row>, Error> {
    let args = args![OrgId::DEFAULT.0];
    Ok(db.fetch_all(store::SIGNING_KEYS, args).await?)
}

/// Whether a master key has been used in this store.
pub(super) fn any_sealed(rows: &[Row]) -> bool {
    rows.iter().any(|(_, stored)| vault::is_sealed(stored))
}

/// Makes the first key where there is none, seals what is not sealed with the newest master key, and opens them all.
pub(super) async fn open(
    db: &Db,
    vault: &Vault,
    ids: &Ids,
    rows: Vec<Row>,
    now: Timestamp,
) -> Result<Keys, Error> {
    if rows.is_empty() {
        let StoredKey { kid, private_key } = StoredKey::generate(ids)?;
        let sealed = vault.seal(place(&kid), &private_key)?;
        let args = args![OrgId::DEFAULT.0, kid, token::ALGORITHM, sealed, now];
        db.execute(store::INSERT_FIRST_KEY, args).await?;
    } else {
        seal_all(db, vault, &rows).await?;
    }
    // Another node may have been first: what counts is what is stored.
    let open = |(kid, sealed): Row| {
        let private_key = vault.open(place(&kid), &sealed)?;
        Ok(StoredKey { kid, private_key })
    };
    let stored = read(db).await?.into_iter().map(open);
    Keys::read(&stored.collect::<Result<Vec<_>, Error>>()?)
}

/// In one transaction, so that no other node ever sees sealed keys beside others.
async fn seal_all(db: &Db, vault: &Vault, rows: &[Row]) -> Result<(), Error> {
    if rows.iter().all(|(_, stored)| vault.is_current(stored)) {
        return Ok(());
    }
    let some_sealed = any_sealed(rows);
    let mut tx = db.begin().await?;
    for (kid, stored) in rows.iter().filter(|(_, stored)| !vault.is_current(stored)) {
        let private_key = match vault::is_sealed(stored) {
            true => vault.open(place(kid), stored)?,
            // Whoever may write to the database must not be able to slip in a key that PayFlow then makes its own.
            false if some_sealed => return Err(Error::ForeignKey { kid: kid.clone() }),
            false => stored.clone(),
        };
        let sealed = vault.seal(place(kid), &private_key)?;
        let args = args![OrgId::DEFAULT.0, kid.as_str(), stored.clone(), sealed];
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
