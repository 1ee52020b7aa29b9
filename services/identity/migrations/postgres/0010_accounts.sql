-- Accounts: what users like, closed accounts, and what is asked for and done after it was answered.

-- A closed account is suspended for ever: its row stays for what refers to it, without anything personal.
ALTER TABLE users ADD COLUMN closed_at BIGINT;

CREATE TABLE user_preferences (
    user_id               UUID    NOT NULL PRIMARY KEY REFERENCES users (id),
    org                   BIGINT  NOT NULL REFERENCES organisations (no),
    theme                 TEXT    NOT NULL,
    density               TEXT    NOT NULL,
    notifications_enabled BIGINT  NOT NULL CHECK (notifications_enabled IN (0, 1)),
    locale                TEXT    NOT NULL,
    timezone              TEXT    NOT NULL
);

-- Requests that are answered before anybody looks whether there is such an account. What they ask is sealed; the key makes
-- one request of several that ask the same.
CREATE TABLE account_requests (
    request_key BYTEA   NOT NULL PRIMARY KEY,
    org         BIGINT  NOT NULL REFERENCES organisations (no),
    data        BYTEA   NOT NULL,
    created_at  BIGINT  NOT NULL
);

CREATE INDEX account_requests_by_time ON account_requests (created_at, request_key);

-- Registrations whose e-mail is not confirmed yet: no account so far. Only the BLAKE3 hash of the link's token is kept.
CREATE TABLE registrations (
    hash       BYTEA   NOT NULL PRIMARY KEY,
    org        BIGINT  NOT NULL REFERENCES organisations (no),
    data       BYTEA   NOT NULL,
    expires_at BIGINT  NOT NULL
);

CREATE INDEX registrations_by_expiry ON registrations (expires_at);

-- A message may go to somebody who has no account yet.
ALTER TABLE messages ALTER COLUMN user_id DROP NOT NULL;
