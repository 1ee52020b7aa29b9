//! The SQL of the keys that sign access tokens.

statements! {
    /// org, kid, algorithm, private key, now. Of several first starts one wins, and all read its key.
    INSERT_FIRST_KEY = "INSERT INTO signing_keys (org, generation, kid, algorithm, private_key, created_at)
        VALUES ($1, 1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    /// org -> kid, private key; the newest first.
    SIGNING_KEYS = "SELECT kid, private_key FROM signing_keys WHERE org = $1 ORDER BY generation DESC";
}
