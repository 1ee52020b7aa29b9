-- Identity's tables, for both engines (libs/db/src/migrations.rs). Times are microseconds since 1970 UTC; truth values are 0
-- and 1. Every row carries its organisation.

-- Organisations (tenants). The slug is the name by which a login finds one.
CREATE TABLE organisations (
    no         INTEGER PRIMARY KEY,
    name       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    slug       TEXT    NOT NULL
) STRICT;

INSERT INTO organisations (no, name, created_at, slug) VALUES (1, 'default', 0, 'default');
CREATE UNIQUE INDEX organisations_by_slug ON organisations (slug);

CREATE TABLE users (
    id                 UUID    NOT NULL PRIMARY KEY,
    org                INTEGER NOT NULL REFERENCES organisations (no),
    email              TEXT    NOT NULL,
    email_normalised   TEXT    NOT NULL,
    name               TEXT    NOT NULL,
    role               TEXT    NOT NULL CHECK (role IN ('user', 'merchant', 'operator', 'auditor', 'admin')),
    status             TEXT    NOT NULL CHECK (status IN ('active', 'suspended')),
    password_hash      TEXT    NOT NULL,
    email_verified     INTEGER NOT NULL DEFAULT 0 CHECK (email_verified IN (0, 1)),
    kyc_status         TEXT    NOT NULL DEFAULT 'none',
    created_at         INTEGER NOT NULL,
    -- A closed account is suspended for ever: its row stays for what refers to it, without anything personal.
    closed_at          INTEGER,
    status_reason      TEXT,
    -- The epoch of the user's credentials: it rises with every event that ends what was begun or asked for before. What is under
    -- way carries the epoch in which it began, and is completed only while that is still the user's.
    credential_epoch   INTEGER NOT NULL DEFAULT 0,
    UNIQUE (org, email_normalised)
) STRICT;

CREATE INDEX users_by_org ON users (org, id);

-- Which costs the hashes of bcrypt have that users brought from elsewhere and have not logged in with: a failing login takes as long
-- as one with the costliest of them. Empty where nothing was imported.
CREATE INDEX users_by_bcrypt_cost ON users (substr(password_hash, 5, 2)) WHERE substr(password_hash, 1, 2) = '$2';

-- A login on one device. It is also the family of the refresh tokens that were made for it.
CREATE TABLE sessions (
    id           UUID    NOT NULL PRIMARY KEY,
    org          INTEGER NOT NULL REFERENCES organisations (no),
    user_id      UUID    NOT NULL REFERENCES users (id),
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    revoked_at   INTEGER,
    -- How it was proved: the names of RFC 8176 with spaces between, and when a second factor was last shown.
    methods      TEXT    NOT NULL DEFAULT '',
    second_factor_at INTEGER,
    -- Where it began. A browser's session has the BLAKE3 hash of the secret in its cookie, and no refresh tokens.
    address      TEXT,
    user_agent   TEXT,
    cookie_hash  BLOB,
    -- When the password, or more, was last shown.
    authenticated_at INTEGER,
    credential_epoch INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX sessions_by_expiry ON sessions (expires_at);
CREATE INDEX sessions_by_revocation ON sessions (revoked_at) WHERE revoked_at IS NOT NULL;
CREATE INDEX sessions_by_user ON sessions (org, user_id, created_at);
CREATE UNIQUE INDEX sessions_by_cookie ON sessions (cookie_hash) WHERE cookie_hash IS NOT NULL;

-- Only the BLAKE3 hash of a token is kept. A used one stays until it expires, so that a second use is noticed.
CREATE TABLE refresh_tokens (
    token_hash BLOB    NOT NULL PRIMARY KEY,
    org        INTEGER NOT NULL REFERENCES organisations (no),
    session_id UUID    NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER,
    -- Which device has used it, as a hash, and what its successor is derived with: so that the same device gets the same answer
    -- again where the first was lost.
    used_by    BLOB,
    successor_salt BLOB
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
    -- When it begins to sign: the newest that has begun signs. It is published before, and verifies until the last token
    -- that was made with it has ended.
    signs_from  INTEGER NOT NULL,
    PRIMARY KEY (org, generation)
) STRICT;

-- The audit trail: every security-relevant act, in order, each with a BLAKE3 hash over itself and the hash before it. One
-- chain for the installation. Rows are added and never changed.
CREATE TABLE audit_entries (
    no         INTEGER NOT NULL PRIMARY KEY,
    org        INTEGER NOT NULL REFERENCES organisations (no),
    time       INTEGER NOT NULL,
    actor_kind TEXT    NOT NULL CHECK (actor_kind IN ('nobody', 'user', 'system')),
    actor      TEXT,
    credential TEXT,
    act        TEXT    NOT NULL,
    subject    TEXT,
    outcome    TEXT    NOT NULL CHECK (outcome IN ('done', 'refused')),
    address    TEXT,
    user_agent TEXT,
    request_id TEXT,
    details    TEXT    NOT NULL,
    hash       BLOB    NOT NULL
) STRICT;

CREATE INDEX audit_entries_by_org ON audit_entries (org, no);

-- What the trail is searched by.
CREATE INDEX audit_entries_by_actor ON audit_entries (org, actor, no);
CREATE INDEX audit_entries_by_subject ON audit_entries (org, subject, no);

-- only sqlite
CREATE TRIGGER audit_entries_are_not_changed BEFORE UPDATE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'the audit trail is not changed'); END;
CREATE TRIGGER audit_entries_are_not_deleted BEFORE DELETE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'the audit trail is not changed'); END;
-- only postgres
CREATE FUNCTION audit_entries_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is not changed';
END
$$;
CREATE TRIGGER audit_entries_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_stay();
-- both

-- The end of the chain; its row is locked by the transaction that adds to it.
CREATE TABLE audit_head (
    id   INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    no   INTEGER NOT NULL,
    hash BLOB    NOT NULL
) STRICT;

-- only sqlite
INSERT INTO audit_head (id, no, hash) VALUES (1, 0, zeroblob(32));
-- only postgres
INSERT INTO audit_head (id, no, hash) VALUES (1, 0, decode(repeat('00', 32), 'hex'));
-- both

-- Messages to users, written in the transaction of what they tell of and sent afterwards. What they say is sealed, since it
-- may hold a link that opens an account; it is erased once they are sent or given up. due_at is NULL then. user_id is NULL where
-- a message goes to somebody who has no account yet.
CREATE TABLE messages (
    id         UUID    NOT NULL PRIMARY KEY,
    org        INTEGER NOT NULL REFERENCES organisations (no),
    user_id    UUID    REFERENCES users (id),
    kind       TEXT    NOT NULL,
    address    TEXT,
    data       BLOB,
    created_at INTEGER NOT NULL,
    due_at     INTEGER,
    attempts   INTEGER NOT NULL DEFAULT 0,
    sent_at    INTEGER
) STRICT;

CREATE INDEX messages_by_due ON messages (due_at, id) WHERE due_at IS NOT NULL;

-- Links that are good once. Only the BLAKE3 hash of the token in them is kept.
CREATE TABLE one_time_tokens (
    hash       BLOB    NOT NULL PRIMARY KEY,
    org        INTEGER NOT NULL REFERENCES organisations (no),
    user_id    UUID    NOT NULL REFERENCES users (id),
    purpose    TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER,
    data       TEXT    NOT NULL,
    -- NULL where it depends on no credential: a link that confirms an e-mail.
    credential_epoch INTEGER DEFAULT 0
) STRICT;

CREATE INDEX one_time_tokens_by_user ON one_time_tokens (user_id, purpose);
CREATE INDEX one_time_tokens_by_expiry ON one_time_tokens (expires_at);

-- How users like the console.
CREATE TABLE user_preferences (
    user_id               UUID    NOT NULL PRIMARY KEY REFERENCES users (id),
    org                   INTEGER NOT NULL REFERENCES organisations (no),
    theme                 TEXT    NOT NULL,
    density               TEXT    NOT NULL,
    notifications_enabled INTEGER NOT NULL CHECK (notifications_enabled IN (0, 1)),
    locale                TEXT    NOT NULL,
    timezone              TEXT    NOT NULL
) STRICT;

-- Requests that are answered before anybody looks whether there is such an account. What they ask is sealed; the key makes
-- one request of several that ask the same.
CREATE TABLE account_requests (
    request_key BLOB    NOT NULL PRIMARY KEY,
    org         INTEGER NOT NULL REFERENCES organisations (no),
    data        BLOB    NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT;

CREATE INDEX account_requests_by_time ON account_requests (created_at, request_key);

-- Registrations whose e-mail is not confirmed yet: no account so far. Only the BLAKE3 hash of the link's token is kept.
CREATE TABLE registrations (
    hash       BLOB    NOT NULL PRIMARY KEY,
    org        INTEGER NOT NULL REFERENCES organisations (no),
    data       BLOB    NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX registrations_by_expiry ON registrations (expires_at);

-- The secret is sealed. No code of a time step up to last_step is accepted any more. Without enabled_at it is being set up.
CREATE TABLE totp_secrets (
    user_id    UUID    NOT NULL PRIMARY KEY REFERENCES users (id),
    org        INTEGER NOT NULL REFERENCES organisations (no),
    secret     BLOB    NOT NULL,
    last_step  INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    enabled_at INTEGER,
    credential_epoch INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Only hashes are kept; a code has 120 random bits.
CREATE TABLE recovery_codes (
    hash       BLOB    NOT NULL PRIMARY KEY,
    org        INTEGER NOT NULL REFERENCES organisations (no),
    user_id    UUID    NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT;

CREATE INDEX recovery_codes_by_user ON recovery_codes (user_id);

-- The public key and the counter of signatures are in credential, as JSON.
CREATE TABLE passkeys (
    id            UUID    NOT NULL PRIMARY KEY,
    org           INTEGER NOT NULL REFERENCES organisations (no),
    user_id       UUID    NOT NULL REFERENCES users (id),
    credential_id BLOB    NOT NULL UNIQUE,
    credential    TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    created_at    INTEGER NOT NULL,
    last_used_at  INTEGER
) STRICT;

CREATE INDEX passkeys_by_user ON passkeys (user_id, id);

-- Wrong codes and passwords of an account since the last right one, and when another may be tried.
CREATE TABLE proof_failures (
    user_id    UUID    NOT NULL PRIMARY KEY REFERENCES users (id),
    org        INTEGER NOT NULL REFERENCES organisations (no),
    failures   INTEGER NOT NULL,
    wait_until INTEGER NOT NULL
) STRICT;

-- Sign-ins that have shown a first factor and wait for the second. Only the hash of their token is kept.
CREATE TABLE pending_sign_ins (
    hash       BLOB    NOT NULL PRIMARY KEY,
    org        INTEGER NOT NULL REFERENCES organisations (no),
    user_id    UUID    NOT NULL REFERENCES users (id),
    methods    TEXT    NOT NULL,
    carrier    TEXT    NOT NULL,
    tries      INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    credential_epoch INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX pending_sign_ins_by_expiry ON pending_sign_ins (expires_at);

-- What a browser was asked about passkeys, sealed, until it answers. user_id is there where a passkey is registered.
CREATE TABLE passkey_ceremonies (
    hash       BLOB    NOT NULL PRIMARY KEY,
    user_id    UUID    REFERENCES users (id),
    state      BLOB    NOT NULL,
    expires_at INTEGER NOT NULL,
    credential_epoch INTEGER DEFAULT 0
) STRICT;

CREATE INDEX passkey_ceremonies_by_expiry ON passkey_ceremonies (expires_at);

-- Sign-in with others. An account at a provider, known by issuer and subject; a user has one per issuer.
CREATE TABLE linked_accounts (
    org          INTEGER NOT NULL REFERENCES organisations (no),
    issuer       TEXT    NOT NULL,
    subject      TEXT    NOT NULL,
    user_id      UUID    NOT NULL REFERENCES users (id),
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    PRIMARY KEY (org, issuer, subject),
    UNIQUE (user_id, issuer)
) STRICT;

-- Sign-ins that are under way at a provider. Only hashes of the state and of the browser's cookie are kept; what is needed
-- when the browser comes back is sealed. user_id is who wants to link; NULL where somebody wants to sign in.
CREATE TABLE oauth_attempts (
    state_hash   BLOB    NOT NULL PRIMARY KEY,
    org          INTEGER NOT NULL REFERENCES organisations (no),
    provider     TEXT    NOT NULL,
    browser_hash BLOB    NOT NULL,
    user_id      UUID    REFERENCES users (id),
    data         BLOB    NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    credential_epoch INTEGER DEFAULT 0
) STRICT;

CREATE INDEX oauth_attempts_by_expiry ON oauth_attempts (expires_at);

-- Only the BLAKE3 hash of a key is kept, and its first characters, by which its owner knows it again. Scopes and address
-- ranges have spaces between; no address range means any address. A key that has ended is deleted.
CREATE TABLE api_keys (
    id           UUID    NOT NULL PRIMARY KEY,
    org          INTEGER NOT NULL REFERENCES organisations (no),
    user_id      UUID    NOT NULL REFERENCES users (id),
    name         TEXT    NOT NULL,
    hash         BLOB    NOT NULL UNIQUE,
    shown        TEXT    NOT NULL,
    scopes       TEXT    NOT NULL,
    addresses    TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    last_used_at INTEGER
) STRICT;

CREATE INDEX api_keys_by_user ON api_keys (user_id, id);

-- Failed logins, counted per account, per known device of an account, and per network. `key` is a keyed hash: what people
-- type as an e-mail may be a password.
CREATE TABLE login_failures (
    org            INTEGER NOT NULL REFERENCES organisations (no),
    key            BLOB    NOT NULL,
    failures       INTEGER NOT NULL,
    last_failed_at INTEGER NOT NULL,
    locked_until   INTEGER NOT NULL,
    PRIMARY KEY (org, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX login_failures_by_time ON login_failures (last_failed_at);

-- The devices on which a user has logged in, by the hash of what they are known by.
CREATE TABLE known_devices (
    org     INTEGER NOT NULL REFERENCES organisations (no),
    user_id UUID    NOT NULL REFERENCES users (id),
    mark    BLOB    NOT NULL,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (org, user_id, mark)
) STRICT, WITHOUT ROWID;

CREATE INDEX known_devices_by_time ON known_devices (seen_at);

-- Answers under idempotency keys, each written in the transaction of what it tells of, and kept for 7 days. The answer is sealed,
-- and so is the digest of the request's body beside it: either may be made of a secret.
CREATE TABLE idempotency (
    org             INTEGER NOT NULL REFERENCES organisations (no),
    user_id         UUID    NOT NULL REFERENCES users (id),
    route           TEXT    NOT NULL,
    idempotency_key TEXT    NOT NULL,
    answer          BLOB    NOT NULL,
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (org, user_id, route, idempotency_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_by_time ON idempotency (created_at);

-- Accounts that somebody has asked to close, from before payments is told until the account is closed or stays open: what is left
-- here by a process that died is finished by the background. The epoch is that of the password that was shown.
CREATE TABLE closings (
    org              INTEGER NOT NULL REFERENCES organisations (no),
    user_id          UUID    NOT NULL REFERENCES users (id),
    credential_epoch INTEGER NOT NULL,
    asked_at         INTEGER NOT NULL,
    PRIMARY KEY (org, user_id)
) STRICT;
