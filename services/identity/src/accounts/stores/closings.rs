//! The SQL of accounts that are being closed.

statements! {
    /// org, user, the epoch of the password that was shown, now.
    ASK = "INSERT INTO closings (org, user_id, credential_epoch, asked_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (org, user_id) DO UPDATE SET credential_epoch = $3, asked_at = $4";
    /// org, user.
    DELETE = "DELETE FROM closings WHERE org = $1 AND user_id = $2";
    /// asked before, how many -> org, user, epoch; the oldest first.
    LEFT = "SELECT org, user_id, credential_epoch FROM closings WHERE asked_at < $1 ORDER BY asked_at LIMIT $2";
}
