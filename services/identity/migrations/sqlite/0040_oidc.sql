-- Sign-in with others. An account at a provider, known by issuer and subject; a user has one per issuer.

CREATE TABLE linked_accounts (
    org          INTEGER NOT NULL REFERENCES organisations (no),
    issuer       TEXT    NOT NULL,
    subject      TEXT    NOT NULL,
    user_id      BLOB    NOT NULL REFERENCES users (id),
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
    user_id      BLOB    REFERENCES users (id),
    data         BLOB    NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL
) STRICT;

CREATE INDEX oauth_attempts_by_expiry ON oauth_attempts (expires_at);
