//! The SQL of answers under idempotency keys.

statements! {
    /// org, user, route, key -> answer, sealed.
    ANSWER = "SELECT answer FROM idempotency WHERE org = $1 AND user_id = $2 AND route = $3 AND idempotency_key = $4";
    /// org, user, route, key, answer, now. A key that was used already is a unique violation.
    INSERT = "INSERT INTO idempotency (org, user_id, route, idempotency_key, answer, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)";
    /// before.
    DELETE_BEFORE = "DELETE FROM idempotency WHERE created_at < $1";
    /// org, user.
    DELETE_OF_USER = "DELETE FROM idempotency WHERE org = $1 AND user_id = $2";
}
