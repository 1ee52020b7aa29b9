-- Identity's tables on PostgreSQL. Times are microseconds since 1970 UTC; truth values are 0 and 1.

CREATE TABLE organisations (
    no         BIGINT  PRIMARY KEY,
    name       TEXT    NOT NULL,
    created_at BIGINT  NOT NULL
);

INSERT INTO organisations (no, name, created_at) VALUES (1, 'default', 0);

CREATE TABLE users (
    id                 UUID    NOT NULL PRIMARY KEY,
    org                BIGINT  NOT NULL REFERENCES organisations (no),
    email              TEXT    NOT NULL,
    email_normalised   TEXT    NOT NULL,
    name               TEXT    NOT NULL,
    role               TEXT    NOT NULL CHECK (role IN ('user', 'merchant', 'operator', 'auditor', 'admin')),
    status             TEXT    NOT NULL CHECK (status IN ('active', 'suspended')),
    password_hash      TEXT    NOT NULL,
    email_verified     BIGINT  NOT NULL DEFAULT 0 CHECK (email_verified IN (0, 1)),
    two_factor_enabled BIGINT  NOT NULL DEFAULT 0 CHECK (two_factor_enabled IN (0, 1)),
    kyc_status         TEXT    NOT NULL DEFAULT 'none',
    created_at         BIGINT  NOT NULL,
    UNIQUE (org, email_normalised)
);

-- A login on one device. It is also the family of the refresh tokens that were made for it.
CREATE TABLE sessions (
    id           UUID    NOT NULL PRIMARY KEY,
    org          BIGINT  NOT NULL REFERENCES organisations (no),
    user_id      UUID    NOT NULL REFERENCES users (id),
    created_at   BIGINT  NOT NULL,
    last_used_at BIGINT  NOT NULL,
    expires_at   BIGINT  NOT NULL,
    revoked_at   BIGINT
);

CREATE INDEX sessions_by_expiry ON sessions (expires_at);
CREATE INDEX sessions_by_revocation ON sessions (revoked_at) WHERE revoked_at IS NOT NULL;

-- Only the BLAKE3 hash of a token is kept. A used one stays until it expires, so that a second use is noticed.
CREATE TABLE refresh_tokens (
    token_hash BYTEA   NOT NULL PRIMARY KEY,
    org        BIGINT  NOT NULL REFERENCES organisations (no),
    session_id UUID    NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    created_at BIGINT  NOT NULL,
    expires_at BIGINT  NOT NULL,
    used_at    BIGINT
);

CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);
CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_at);

-- The newest generation signs; all of them verify. The primary key lets one of several first starts win.
CREATE TABLE signing_keys (
    org         BIGINT  NOT NULL REFERENCES organisations (no),
    generation  BIGINT  NOT NULL,
    kid         TEXT    NOT NULL UNIQUE,
    algorithm   TEXT    NOT NULL CHECK (algorithm = 'EdDSA'),
    private_key BYTEA   NOT NULL,
    created_at  BIGINT  NOT NULL,
    PRIMARY KEY (org, generation)
);
