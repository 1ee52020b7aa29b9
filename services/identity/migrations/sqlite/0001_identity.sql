-- Identity's tables on SQLite. Times are microseconds since 1970 UTC; truth values are 0 and 1.

CREATE TABLE organisations (
    no         INTEGER PRIMARY KEY,
    name       TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

INSERT INTO organisations (no, name, created_at) VALUES (1, 'default', 0);

CREATE TABLE users (
    id                 BLOB    NOT NULL PRIMARY KEY,
    org                INTEGER NOT NULL REFERENCES organisations (no),
    email              TEXT    NOT NULL,
    email_normalised   TEXT    NOT NULL,
    name               TEXT    NOT NULL,
    role               TEXT    NOT NULL CHECK (role IN ('user', 'merchant', 'operator', 'auditor', 'admin')),
    status             TEXT    NOT NULL CHECK (status IN ('active', 'suspended')),
    password_hash      TEXT    NOT NULL,
    email_verified     INTEGER NOT NULL DEFAULT 0 CHECK (email_verified IN (0, 1)),
    two_factor_enabled INTEGER NOT NULL DEFAULT 0 CHECK (two_factor_enabled IN (0, 1)),
    kyc_status         TEXT    NOT NULL DEFAULT 'none',
    created_at         INTEGER NOT NULL,
    UNIQUE (org, email_normalised)
) STRICT;

-- A login on one device. It is also the family of the refresh tokens that were made for it.
CREATE TABLE sessions (
    id           BLOB    NOT NULL PRIMARY KEY,
    org          INTEGER NOT NULL REFERENCES organisations (no),
    user_id      BLOB    NOT NULL REFERENCES users (id),
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    revoked_at   INTEGER
) STRICT;

CREATE INDEX sessions_by_expiry ON sessions (expires_at);
CREATE INDEX sessions_by_revocation ON sessions (revoked_at) WHERE revoked_at IS NOT NULL;

-- Only the BLAKE3 hash of a token is kept. A used one stays until it expires, so that a second use is noticed.
CREATE TABLE refresh_tokens (
    token_hash BLOB    NOT NULL PRIMARY KEY,
    org        INTEGER NOT NULL REFERENCES organisations (no),
    session_id BLOB    NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);
CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_at);

-- The newest generation signs; all of them verify. The primary key lets one of several first starts win.
CREATE TABLE signing_keys (
    org         INTEGER NOT NULL REFERENCES organisations (no),
    generation  INTEGER NOT NULL,
    kid         TEXT    NOT NULL UNIQUE,
    algorithm   TEXT    NOT NULL CHECK (algorithm = 'EdDSA'),
    private_key BLOB    NOT NULL,
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (org, generation)
) STRICT;
