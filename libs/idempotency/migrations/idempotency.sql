-- Answers under idempotency keys, each written in the transaction of what it tells of, and kept for 7 days. The answer is sealed,
-- and so is the digest of the request's body beside it: either may be made of a secret.
CREATE TABLE idempotency (
    org             INTEGER NOT NULL,
    user_id         UUID    NOT NULL,
    route           TEXT    NOT NULL,
    idempotency_key TEXT    NOT NULL,
    answer          BLOB    NOT NULL,
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (org, user_id, route, idempotency_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_by_time ON idempotency (created_at);
