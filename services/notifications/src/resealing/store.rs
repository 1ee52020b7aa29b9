//! The SQL of what lies sealed in the database.

use db::{Arg, Db, DbError, args};
use uuid::Uuid;
use vault::Vault;

use crate::channels::push;
use crate::error::Error;
use crate::phones;

statements! {
    /// how what is sealed with the newest key begins -> id, sealed secret: of the others.
    SECRETS = "SELECT id, secret FROM webhook_endpoints WHERE substr(secret, 1, 9) <> $1";
    /// id, what was read, sealed. Changes nothing where another node was first.
    SEAL_SECRET = "UPDATE webhook_endpoints SET secret = $3 WHERE id = $1 AND secret = $2";
    /// The same for the secrets before.
    PREVIOUS = "SELECT id, previous_secret FROM webhook_endpoints WHERE substr(previous_secret, 1, 9) <> $1";
    /// id, what was read, sealed.
    SEAL_PREVIOUS = "UPDATE webhook_endpoints SET previous_secret = $3 WHERE id = $1 AND previous_secret = $2";
    /// The same for the secrets before those.
    EARLIER = "SELECT id, earlier_secret FROM webhook_endpoints WHERE substr(earlier_secret, 1, 9) <> $1";
    /// id, what was read, sealed.
    SEAL_EARLIER = "UPDATE webhook_endpoints SET earlier_secret = $3 WHERE id = $1 AND earlier_secret = $2";
    /// The same for what messages are made of that wait.
    MESSAGES = "SELECT id, data FROM messages WHERE substr(data, 1, 9) <> $1
        AND id IN (SELECT message FROM deliveries WHERE due_at IS NOT NULL)";
    /// id, what was read, sealed.
    SEAL_MESSAGE = "UPDATE messages SET data = $3 WHERE id = $1 AND data = $2";
    /// The same for the addresses that they go to.
    ADDRESSES = "SELECT message, address FROM deliveries WHERE due_at IS NOT NULL AND substr(address, 1, 9) <> $1";
    /// id, what was read, sealed.
    SEAL_ADDRESS = "UPDATE deliveries SET address = $3 WHERE message = $1 AND address = $2";
    /// how what is sealed with the newest key begins -> user, sealed number: of the others.
    PHONES = "SELECT user_id, number FROM phones WHERE substr(number, 1, 9) <> $1";
    /// user, what was read, sealed, fingerprint.
    SEAL_PHONE = "UPDATE phones SET number = $3, fingerprint = $4 WHERE user_id = $1 AND number = $2";
    /// how what is sealed with the newest key begins -> user, sealed keys: of the others.
    DEVICES = "SELECT user_id, sealed FROM push_subscriptions WHERE substr(sealed, 1, 9) <> $1";
    /// user, what was read, sealed, fingerprint.
    SEAL_DEVICE = "UPDATE push_subscriptions SET sealed = $3, fingerprint = $4 WHERE user_id = $1 AND sealed = $2";
    /// user, what was read: a device that was subscribed again since.
    DELETE_DEVICE = "DELETE FROM push_subscriptions WHERE user_id = $1 AND sealed = $2";
}

/// A column of sealed secrets.
pub(super) struct SealedColumn {
    /// What is sealed there, as the vault calls it.
    pub(super) what: &'static str,
    /// Whether nothing goes on without it.
    pub(super) is_needed: bool,
    /// By what the row is found, where that is a keyed hash.
    pub(super) fingerprint: Option<Fingerprint>,
    find: &'static str,
    seal: &'static str,
}

/// A keyed hash of what is sealed, or of a part of it.
type Fingerprint = fn(&Vault, &[u8]) -> Result<Vec<u8>, Error>;

impl SealedColumn {
    const fn new(what: &'static str, [find, seal]: [&'static str; 2]) -> Self {
        Self {
            what,
            is_needed: false,
            fingerprint: None,
            find,
            seal,
        }
    }

    const fn needed(self) -> Self {
        Self {
            is_needed: true,
            ..self
        }
    }

    const fn found_by(self, fingerprint: Fingerprint) -> Self {
        Self {
            fingerprint: Some(fingerprint),
            ..self
        }
    }
}

/// All of them.
pub(super) const COLUMNS: [SealedColumn; 7] = [
    SealedColumn::new("webhook_endpoints.secret", [SECRETS, SEAL_SECRET]).needed(),
    SealedColumn::new("webhook_endpoints.secret", [PREVIOUS, SEAL_PREVIOUS]),
    SealedColumn::new("webhook_endpoints.secret", [EARLIER, SEAL_EARLIER]),
    SealedColumn::new("messages.data", [MESSAGES, SEAL_MESSAGE]),
    SealedColumn::new("deliveries.address", [ADDRESSES, SEAL_ADDRESS]),
    SealedColumn::new("phones.number", [PHONES, SEAL_PHONE]).found_by(phones::sealed::fingerprint),
    SealedColumn::new("push_subscriptions.sealed", [DEVICES, SEAL_DEVICE])
        .found_by(push::fingerprint),
];

impl SealedColumn {
    /// What is sealed with another key than the one whose secrets begin like this: whose it is, and
    /// itself.
    pub(super) async fn others(
        &self,
        db: &Db,
        head: Vec<u8>,
    ) -> Result<Vec<(Uuid, Vec<u8>)>, DbError> {
        db.fetch_all(self.find, args![head]).await
    }

    /// Stores what was sealed anew, and by what it is found, unless another node was first.
    pub(super) async fn store(
        &self,
        db: &Db,
        (whose, sealed): (Uuid, Vec<u8>),
        anew: Vec<u8>,
        fingerprint: Option<Vec<u8>>,
    ) -> Result<(), DbError> {
        let mut args = args![whose, sealed.clone(), anew];
        args.extend(fingerprint.map(Arg::from));
        match db.execute(self.seal, args).await {
            Err(DbError::Unique(_)) => db.execute(DELETE_DEVICE, args![whose, sealed]).await,
            done => done,
        }?;
        Ok(())
    }
}
