-- Accounts: what users like, closed accounts, and what is asked for and done after it was answered.

-- A closed account is suspended for ever: its row stays for what refers to it, without anything personal.
ALTER TABLE users ADD COLUMN closed_at INTEGER;

CREATE TABLE user_preferences (
    user_id               BLOB    NOT NULL PRIMARY KEY REFERENCES users (id),
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

-- A message may go to somebody who has no account yet.
CREATE TABLE messages_to_anybody (
    id         BLOB    NOT NULL PRIMARY KEY,
    org        INTEGER NOT NULL REFERENCES organisations (no),
    user_id    BLOB    REFERENCES users (id),
    kind       TEXT    NOT NULL,
    address    TEXT,
    data       BLOB,
    created_at INTEGER NOT NULL,
    due_at     INTEGER,
    attempts   INTEGER NOT NULL DEFAULT 0,
    sent_at    INTEGER
) STRICT;

INSERT INTO messages_to_anybody (id, org, user_id, kind, address, data, created_at, due_at, attempts, sent_at)
SELECT id, org, user_id, kind, address, data, created_at, due_at, attempts, sent_at FROM messages;
DROP TABLE messages;
ALTER TABLE messages_to_anybody RENAME TO messages;
CREATE INDEX messages_by_due ON messages (due_at, id) WHERE due_at IS NOT NULL;
