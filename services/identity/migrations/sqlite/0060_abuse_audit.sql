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
    user_id BLOB    NOT NULL REFERENCES users (id),
    mark    BLOB    NOT NULL,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (org, user_id, mark)
) STRICT, WITHOUT ROWID;

CREATE INDEX known_devices_by_time ON known_devices (seen_at);

-- What the trail is searched by.
CREATE INDEX audit_entries_by_actor ON audit_entries (org, actor, no);
CREATE INDEX audit_entries_by_subject ON audit_entries (org, subject, no);
