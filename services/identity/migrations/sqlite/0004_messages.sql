-- Messages to users, written in the transaction of what they tell of and sent afterwards. What they say is sealed, since it
-- may hold a link that opens an account; it is erased once they are sent or given up. due_at is NULL then.

CREATE TABLE messages (
    id         BLOB    NOT NULL PRIMARY KEY,
    org        INTEGER NOT NULL REFERENCES organisations (no),
    user_id    BLOB    NOT NULL REFERENCES users (id),
    kind       TEXT    NOT NULL,
    address    TEXT,
    data       BLOB   ,
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
    user_id    BLOB    NOT NULL REFERENCES users (id),
    purpose    TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER,
    data       TEXT    NOT NULL
) STRICT;

CREATE INDEX one_time_tokens_by_user ON one_time_tokens (user_id, purpose);
CREATE INDEX one_time_tokens_by_expiry ON one_time_tokens (expires_at);
