//! The SQL of one-time tokens. A statement goes by the hash of a secret, which only one organisation can have.

statements! {
    /// hash, org, user, purpose, now, expires, data, epoch.
    INSERT = "INSERT INTO one_time_tokens (hash, org, user_id, purpose, created_at, expires_at, data, credential_epoch)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    /// org, user, purpose.
    DELETE_UNUSED = "DELETE FROM one_time_tokens
        WHERE org = $1 AND user_id = $2 AND purpose = $3 AND used_at IS NULL";
    /// hash, purpose, now -> hash, org, user, data, epoch, of this token and of all others that its user has for the purpose and has
    /// not used. An update, so that of two at once one finds them unused.
    CONSUME = "UPDATE one_time_tokens SET used_at = $3
        WHERE purpose = $2 AND used_at IS NULL AND user_id = (SELECT user_id FROM one_time_tokens
            WHERE hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > $3)
        RETURNING hash, org, user_id, data, credential_epoch";
    /// hash, purpose, now -> hash, org, user, data, epoch.
    FIND = "SELECT hash, org, user_id, data, credential_epoch FROM one_time_tokens
        WHERE hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > $3";
    /// org, user, purpose, since -> how many.
    MADE_SINCE = "SELECT count(*) FROM one_time_tokens
        WHERE org = $1 AND user_id = $2 AND purpose = $3 AND created_at > $4";
    /// org, user, purpose, now, epoch -> how many can be used in this epoch of the user's credentials.
    COUNT_VALID = "SELECT count(*) FROM one_time_tokens
        WHERE org = $1 AND user_id = $2 AND purpose = $3 AND used_at IS NULL AND expires_at > $4
        AND COALESCE(credential_epoch, $5) = $5";
    /// org, user.
    DELETE_OF_USER = "DELETE FROM one_time_tokens WHERE org = $1 AND user_id = $2";
    /// now.
    DELETE_EXPIRED = "DELETE FROM one_time_tokens WHERE expires_at <= $1";
}
