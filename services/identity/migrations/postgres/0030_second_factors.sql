-- Second factors: authenticator apps, recovery codes, passkeys; and what a sign-in keeps while it waits for one.

-- When the password, or more, was last shown in a session. Of older sessions it is their beginning.
ALTER TABLE sessions ADD COLUMN authenticated_at BIGINT;
UPDATE sessions SET authenticated_at = created_at;

-- The secret is sealed. No code of a time step up to last_step is accepted any more. Without enabled_at it is being set up.
CREATE TABLE totp_secrets (
    user_id    UUID    NOT NULL PRIMARY KEY REFERENCES users (id),
    org        BIGINT  NOT NULL REFERENCES organisations (no),
    secret     BYTEA   NOT NULL,
    last_step  BIGINT  NOT NULL,
    created_at BIGINT  NOT NULL,
    enabled_at BIGINT
);

-- Only hashes are kept; a code has 120 random bits.
CREATE TABLE recovery_codes (
    hash       BYTEA   NOT NULL PRIMARY KEY,
    org        BIGINT  NOT NULL REFERENCES organisations (no),
    user_id    UUID    NOT NULL REFERENCES users (id),
    created_at BIGINT  NOT NULL,
    used_at    BIGINT
);

CREATE INDEX recovery_codes_by_user ON recovery_codes (user_id);

-- The public key and the counter of signatures are in credential, as JSON.
CREATE TABLE passkeys (
    id            UUID    NOT NULL PRIMARY KEY,
    org           BIGINT  NOT NULL REFERENCES organisations (no),
    user_id       UUID    NOT NULL REFERENCES users (id),
    credential_id BYTEA   NOT NULL UNIQUE,
    credential    TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    created_at    BIGINT  NOT NULL,
    last_used_at  BIGINT
);

CREATE INDEX passkeys_by_user ON passkeys (user_id, id);

-- Wrong codes and passwords of an account since the last right one, and when another may be tried.
CREATE TABLE proof_failures (
    user_id    UUID    NOT NULL PRIMARY KEY REFERENCES users (id),
    org        BIGINT  NOT NULL REFERENCES organisations (no),
    failures   BIGINT  NOT NULL,
    wait_until BIGINT  NOT NULL
);

-- Sign-ins that have shown a first factor and wait for the second. Only the hash of their token is kept.
CREATE TABLE pending_sign_ins (
    hash       BYTEA   NOT NULL PRIMARY KEY,
    org        BIGINT  NOT NULL REFERENCES organisations (no),
    user_id    UUID    NOT NULL REFERENCES users (id),
    methods    TEXT    NOT NULL,
    carrier    TEXT    NOT NULL,
    tries      BIGINT  NOT NULL DEFAULT 0,
    created_at BIGINT  NOT NULL,
    expires_at BIGINT  NOT NULL
);

CREATE INDEX pending_sign_ins_by_expiry ON pending_sign_ins (expires_at);

-- What a browser was asked about passkeys, sealed, until it answers. user_id is there where a passkey is registered.
CREATE TABLE passkey_ceremonies (
    hash       BYTEA   NOT NULL PRIMARY KEY,
    user_id    UUID    REFERENCES users (id),
    state      BYTEA   NOT NULL,
    expires_at BIGINT  NOT NULL
);

CREATE INDEX passkey_ceremonies_by_expiry ON passkey_ceremonies (expires_at);
