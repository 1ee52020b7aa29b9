-- Where a session began. A browser's session has the BLAKE3 hash of the secret in its cookie, and no refresh tokens.

ALTER TABLE sessions ADD COLUMN address TEXT;
ALTER TABLE sessions ADD COLUMN user_agent TEXT;
ALTER TABLE sessions ADD COLUMN cookie_hash BLOB;

CREATE INDEX sessions_by_user ON sessions (org, user_id, created_at);
CREATE UNIQUE INDEX sessions_by_cookie ON sessions (cookie_hash) WHERE cookie_hash IS NOT NULL;

-- When a key begins to sign: the newest that has begun signs. It is published before, and verifies until the last token
-- that was made with it has ended.
ALTER TABLE signing_keys ADD COLUMN signs_from INTEGER NOT NULL DEFAULT 0;
UPDATE signing_keys SET signs_from = created_at;
