-- Second factors: authenticator apps, recovery codes, passkeys; and what a sign-in keeps while it waits for one.

-- When the password, or more, was last shown in a session. Of older sessions it is their beginning.
ALTER TABLE sessions ADD COLUMN authenticated_at INTEGER;
UPDATE sessions SET authenticated_at = created_at;

-- The secret is sealed. No code of a time step up to last_step is accepted any more. Without enabled_at it is being set up.
CREATE TABLE totp_secrets (
    user_id    BLOB    NOT NULL PRIMARY KEY REFERENCES users (id),
    org        INTEGER NOT NULL REFERENCES organisations (no),
    secret     BLOB    NOT NULL,
    last_step  INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    enabled_at INTEGER
) STRICT;

-- Only hashes are kept; a code has 120 random bits.
CREATE TABLE recovery_codes (
    hash       BLOB    NOT NULL PRIMARY KEY,
    org        INTEGER NOT NULL REFERENCES organisations (no),
    user_id    BLOB    NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT;

CREATE INDEX recovery_codes_by_user ON recovery_codes (user_id);

-- The public key and the counter of signatures are in credential, as JSON.
CREATE TABLE passkeys (
    id            BLOB    NOT NULL PRIMARY KEY,
    org           INTEGER NOT NULL REFERENCES organisations (no),
    user_id       BLOB    NOT NULL REFERENCES users (id),
    credential_id BLOB    NOT NULL UNIQUE,
    credential    TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    created_at    INTEGER NOT NULL,
    last_used_at  INTEGER
) STRICT;

CREATE INDEX passkeys_by_user ON passkeys (user_id, id);

-- Wrong codes and passwords of an account since the last right one, and when another may be tried.
CREATE TABLE proof_failures (
    user_id    BLOB    NOT NULL PRIMARY KEY REFERENCES users (id),
    org        INTEGER NOT NULL REFERENCES organisations (no),
    failures   INTEGER NOT NULL,
    wait_until INTEGER NOT NULL
) STRICT;

-- Sign-ins that have shown a first factor and wait for the second. Only the hash of their token is kept.
CREATE TABLE pending_sign_ins (
    hash       BLOB    NOT NULL PRIMARY KEY,
    org        INTEGER NOT NULL REFERENCES organisations (no),
    user_id    BLOB    NOT NULL REFERENCES users (id),
    methods    TEXT    NOT NULL,
    carrier    TEXT    NOT NULL,
    tries      INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX pending_sign_ins_by_expiry ON pending_sign_ins (expires_at);

-- What a browser was asked about passkeys, sealed, until it answers. user_id is there where a passkey is registered.
CREATE TABLE passkey_ceremonies (
    hash       BLOB    NOT NULL PRIMARY KEY,
    user_id    BLOB    REFERENCES users (id),
    state      BLOB    NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX passkey_ceremonies_by_expiry ON passkey_ceremonies (expires_at);
