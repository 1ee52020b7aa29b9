-- Messages to users, written in the transaction of what they tell of and sent afterwards. What they say is sealed, since it
-- may hold a link that opens an account; it is erased once they are sent or given up. due_at is NULL then.

CREATE TABLE messages (
    id         UUID    NOT NULL PRIMARY KEY,
    org        BIGINT  NOT NULL REFERENCES organisations (no),
    user_id    UUID    NOT NULL REFERENCES users (id),
    kind       TEXT    NOT NULL,
    address    TEXT,
    data       BYTEA  ,
    created_at BIGINT  NOT NULL,
    due_at     BIGINT ,
    attempts   BIGINT  NOT NULL DEFAULT 0,
    sent_at    BIGINT 
);

CREATE INDEX messages_by_due ON messages (due_at, id) WHERE due_at IS NOT NULL;

-- Links that are good once. Only the BLAKE3 hash of the token in them is kept.
CREATE TABLE one_time_tokens (
    hash       BYTEA   NOT NULL PRIMARY KEY,
    org        BIGINT  NOT NULL REFERENCES organisations (no),
    user_id    UUID    NOT NULL REFERENCES users (id),
    purpose    TEXT    NOT NULL,
    created_at BIGINT  NOT NULL,
    expires_at BIGINT  NOT NULL,
    used_at    BIGINT ,
    data       TEXT    NOT NULL
);

CREATE INDEX one_time_tokens_by_user ON one_time_tokens (user_id, purpose);
CREATE INDEX one_time_tokens_by_expiry ON one_time_tokens (expires_at);
