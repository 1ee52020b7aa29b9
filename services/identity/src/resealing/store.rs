//! The SQL of what lies sealed in the database beside the signing keys.

use db::{Db, DbError, args};
use uuid::Uuid;

statements! {
    /// how what is sealed with the newest key begins -> user, sealed secret: of the others.
    TOTP_SECRETS = "SELECT user_id, secret FROM totp_secrets WHERE substr(secret, 1, 9) <> $1";
    /// user, what was read, sealed. Changes nothing where another node was first.
    SEAL_TOTP_SECRET = "UPDATE totp_secrets SET secret = $3 WHERE user_id = $1 AND secret = $2";
    /// how what is sealed with the newest key begins -> id, sealed data: of the others that wait.
    MESSAGES = "SELECT id, data FROM messages WHERE due_at IS NOT NULL AND substr(data, 1, 9) <> $1";
    /// id, what was read, sealed.
    SEAL_MESSAGE = "UPDATE messages SET data = $3 WHERE id = $1 AND data = $2";
    /// how what is sealed with the newest key begins -> key, sealed data: of the others.
    REQUESTS = "SELECT request_key, data FROM account_requests WHERE substr(data, 1, 9) <> $1";
    /// key, what was read, sealed.
    SEAL_REQUEST = "UPDATE account_requests SET data = $3 WHERE request_key = $1 AND data = $2";
    /// how what is sealed with the newest key begins -> hash, sealed data: of the others.
    REGISTRATIONS = "SELECT hash, data FROM registrations WHERE substr(data, 1, 9) <> $1";
    /// hash, what was read, sealed.
    SEAL_REGISTRATION = "UPDATE registrations SET data = $3 WHERE hash = $1 AND data = $2";
}

/// A column of sealed secrets.
pub(super) struct SealedColumn {
    /// What is sealed there, as the vault calls it.
    pub(super) what: &'static str,
    has_uuids: bool,
    find: &'static str,
    seal: &'static str,
}

/// The secrets of authenticator apps.
pub(super) const TOTP: SealedColumn = SealedColumn {
    what: "totp_secrets.secret",
    has_uuids: true,
    find: TOTP_SECRETS,
    seal: SEAL_TOTP_SECRET,
};

/// What waits, and is gone soon.
pub(super) const WAITING: [SealedColumn; 3] = [
    SealedColumn {
        what: "messages.data",
        has_uuids: true,
        find: MESSAGES,
        seal: SEAL_MESSAGE,
    },
    SealedColumn {
        what: "account_requests.data",
        has_uuids: false,
        find: REQUESTS,
        seal: SEAL_REQUEST,
    },
    SealedColumn {
        what: "registrations.data",
        has_uuids: false,
        find: REGISTRATIONS,
        seal: SEAL_REGISTRATION,
    },
];

impl SealedColumn {
    /// What is sealed with another key than the one whose secrets begin like this: whose it is, and
    /// itself.
    pub(super) async fn others(
        &self,
        db: &Db,
        head: Vec<u8>,
    ) -> Result<Vec<(Vec<u8>, Vec<u8>)>, DbError> {
        if !self.has_uuids {
            return db.fetch_all(self.find, args![head]).await;
        }
        let rows: Vec<(Uuid, Vec<u8>)> = db.fetch_all(self.find, args![head]).await?;
        let bytes = |(id, sealed): (Uuid, Vec<u8>)| (id.as_bytes().to_vec(), sealed);
        Ok(rows.into_iter().map(bytes).collect())
    }

    /// Stores what was sealed anew, unless another node was first.
    pub(super) async fn store(
        &self,
        db: &Db,
        (whose, sealed): (Vec<u8>, Vec<u8>),
        anew: Vec<u8>,
    ) -> Result<(), DbError> {
        let id = Uuid::from_slice(&whose).ok().filter(|_| self.has_uuids);
        let args = match id {
            Some(id) => args![id, sealed, anew],
            None => args![whose, sealed, anew],
        };
        db.execute(self.seal, args).await?;
        Ok(())
    }
}
