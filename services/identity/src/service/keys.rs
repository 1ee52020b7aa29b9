//! The installation's signing keys: read at the start, made at the first one.

use contracts::identity::OrgId;
use platform::args;
use platform::clock::Timestamp;
use platform::db::Db;
use platform::ids::Ids;

use crate::error::Error;
use crate::service::Service;
use crate::store::keys as store;
use crate::token::{self, Keys, PublicKey, StoredKey};

impl Service {
    /// The public keys that verify access tokens.
    pub(crate) fn public_keys(&self) -> &[PublicKey] {
        self.keys.published()
    }
}

/// The installation's keys are rows of the default organisation; tokens of all organisations are signed with them.
pub(super) async fn read_or_make(db: &Db, ids: &Ids, now: Timestamp) -> Result<Keys, Error> {
    let mut stored = read(db).await?;
    if stored.is_empty() {
        let StoredKey { kid, private_key } = StoredKey::generate(ids)?;
        let args = args![OrgId::DEFAULT.0, kid, token::ALGORITHM, private_key, now];
        db.execute(store::INSERT_FIRST_KEY, args).await?;
        // Another node may have been first: what counts is what is stored.
        stored = read(db).await?;
    }
    Keys::read(&stored)
}

async fn read(db: &Db) -> Result<Vec<StoredKey>, Error> {
    let rows = db
        .fetch_all::<(String, Vec<u8>)>(store::SIGNING_KEYS, args![OrgId::DEFAULT.0])
        .await?;
    Ok(rows
        .into_iter()
        .map(|(kid, private_key)| StoredKey { kid, private_key })
        .collect())
}
