//! The SQL of what lies sealed in the database.

use db::{Db, DbError, args};
use uuid::Uuid;

statements! {
    /// how what is sealed with the newest key begins -> id, sealed secret: of the others.
    SECRETS = "SELECT id, secret FROM webhook_endpoints WHERE substr(secret, 1, 9) <> $1";
    /// id, what was read, sealed. Changes nothing where another node was first.
    SEAL_SECRET = "UPDATE webhook_endpoints SET secret = $3 WHERE id = $1 AND secret = $2";
    /// The same for the secrets before.
    PREVIOUS = "SELECT id, previous_secret FROM webhook_endpoints WHERE substr(previous_secret, 1, 9) <> $1";
    /// id, what was read, sealed.
    SEAL_PREVIOUS = "UPDATE webhook_endpoints SET previous_secret = $3 WHERE id = $1 AND previous_secret = $2";
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
    /// user, what was read, sealed.
    SEAL_PHONE = "UPDATE phones SET number = $3 WHERE user_id = $1 AND number = $2";
    /// how what is sealed with the newest key begins -> user, sealed keys: of the others.
    DEVICES = "SELECT user_id, sealed FROM push_subscriptions WHERE substr(sealed, 1, 9) <> $1";
    /// user, what was read, sealed.
    SEAL_DEVICE = "UPDATE push_subscriptions SET sealed = $3 WHERE user_id = $1 AND sealed = $2";
}

/// A column of sealed secrets.
pub(super) struct SealedColumn {
    /// What is sealed there, as the vault calls it.
    pub(super) what: &'static str,
    /// Whether nothing goes on without it.
    pub(super) is_needed: bool,
    find: &'static str,
    seal: &'static str,
}

const fn column(
    what: &'static str,
    is_needed: bool,
    find: &'static str,
    seal: &'static str,
) -> SealedColumn {
    SealedColumn {
        what,
        is_needed,
        find,
        seal,
    }
}

/// All of them.
pub(super) const COLUMNS: [SealedColumn; 6] = [
    column("webhook_endpoints.secret", true, SECRETS, SEAL_SECRET),
    column("webhook_endpoints.secret", false, PREVIOUS, SEAL_PREVIOUS),
    column("messages.data", false, MESSAGES, SEAL_MESSAGE),
    column("deliveries.address", false, ADDRESSES, SEAL_ADDRESS),
    column("phones.number", false, PHONES, SEAL_PHONE),
    column("push_subscriptions.sealed", false, DEVICES, SEAL_DEVICE),
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

    /// Stores what was sealed anew, unless another node was first.
    pub(super) async fn store(
        &self,
        db: &Db,
        (whose, sealed): (Uuid, Vec<u8>),
        anew: Vec<u8>,
    ) -> Result<(), DbError> {
        db.execute(self.seal, args![whose, sealed, anew]).await?;
        Ok(())
    }
}
