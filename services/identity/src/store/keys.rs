//! The SQL of the keys that sign access tokens.

statements! {
    /// org, kid, algorithm, sealed private key, now. Of several first starts one wins, and all read its key.
    INSERT_FIRST_KEY = "INSERT INTO signing_keys (org, generation, kid, algorithm, private_key, created_at)
        VALUES ($1, 1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    /// org, kid, what was read, sealed. Changes nothing where another node was first.
    SEAL_KEY = "UPDATE signing_keys SET private_key = $4 WHERE org = $1 AND kid = $2 AND private_key = $3";
    /// org -> kid, private key; the newest first.
    SIGNING_KEYS = "SELECT kid, private_key FROM signing_keys WHERE org = $1 ORDER BY generation DESC";
}
