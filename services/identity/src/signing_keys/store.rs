//! The SQL of the keys that sign access tokens.

use sqlx::FromRow;

statements! {
    /// org, kid, algorithm, sealed private key, now. Of several first starts one wins, and all read its key.
    INSERT_FIRST_KEY = "INSERT INTO signing_keys (org, generation, kid, algorithm, private_key, created_at, signs_from)
        VALUES ($1, 1, $2, $3, $4, $5, $5) ON CONFLICT DO NOTHING";
    /// org, generation, kid, algorithm, sealed private key, now, signs from. Changes nothing where another node was first.
    INSERT_KEY = "INSERT INTO signing_keys (org, generation, kid, algorithm, private_key, created_at, signs_from)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
    /// org, kid, what was read, sealed. Changes nothing where another node was first.
    SEAL_KEY = "UPDATE signing_keys SET private_key = $4 WHERE org = $1 AND kid = $2 AND private_key = $3";
    /// org, kid, now: a key that waits signs from now on.
    SIGN_FROM = "UPDATE signing_keys SET signs_from = $3 WHERE org = $1 AND kid = $2 AND signs_from > $3";
    /// org, kid.
    DELETE_KEY = "DELETE FROM signing_keys WHERE org = $1 AND kid = $2";
    /// org -> [`KeyRow`]; the one that signs last first.
    SIGNING_KEYS = "SELECT kid, private_key, generation, created_at, signs_from FROM signing_keys
        WHERE org = $1 ORDER BY signs_from DESC, generation DESC";
}

/// A signing key; its private key as it lies in the database, sealed but for stores of older versions.
#[derive(FromRow)]
pub(crate) struct KeyRow {
    pub(crate) kid: String,
    pub(crate) private_key: Vec<u8>,
    pub(crate) generation: i64,
    pub(crate) created_at: i64,
    pub(crate) signs_from: i64,
}
