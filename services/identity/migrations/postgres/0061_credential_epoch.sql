-- The epoch of a user's credentials: it rises with every event that ends what was begun or asked for before. Whatever is under
-- way carries the epoch in which it began, and is completed only while that is still the user's. Rows from before are of the first.

ALTER TABLE users ADD COLUMN credential_epoch BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN credential_epoch BIGINT NOT NULL DEFAULT 0;
ALTER TABLE pending_sign_ins ADD COLUMN credential_epoch BIGINT NOT NULL DEFAULT 0;
ALTER TABLE totp_secrets ADD COLUMN credential_epoch BIGINT NOT NULL DEFAULT 0;
-- NULL where it depends on no credential: a link that confirms an e-mail, a sign-in of whoever comes.
ALTER TABLE one_time_tokens ADD COLUMN credential_epoch BIGINT DEFAULT 0;
ALTER TABLE oauth_attempts ADD COLUMN credential_epoch BIGINT DEFAULT 0;
ALTER TABLE passkey_ceremonies ADD COLUMN credential_epoch BIGINT DEFAULT 0;

-- Which device has used a refresh token, as a hash, and what its successor is derived with: so that the same device gets the
-- same answer again where the first was lost.
ALTER TABLE refresh_tokens ADD COLUMN used_by BYTEA;
ALTER TABLE refresh_tokens ADD COLUMN successor_salt BYTEA;

-- Operators and administrators who have set up a second factor were let in by an administrator: their e-mail counts as confirmed,
-- so that confirming it now does not end what they have set up.
UPDATE users SET email_verified = 1 WHERE closed_at IS NULL AND role IN ('operator', 'admin')
    AND (id IN (SELECT user_id FROM totp_secrets WHERE enabled_at IS NOT NULL) OR id IN (SELECT user_id FROM passkeys));
