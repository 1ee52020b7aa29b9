-- What users are told in the app. Times are microseconds since 1970 UTC. The words are made when it is read, in the reader's
-- language: here is what they are made of.
CREATE TABLE notifications (
    id         UUID    NOT NULL PRIMARY KEY,
    org        INTEGER NOT NULL,
    user_id    UUID    NOT NULL,
    type       TEXT    NOT NULL,
    -- What it is about: the id of a transaction, a wallet, a session.
    subject    TEXT    NOT NULL,
    event      UUID    NOT NULL,
    data       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    read_at    INTEGER,
    -- An event that is handled again tells nobody twice.
    UNIQUE (event, user_id, type)
) STRICT;

CREATE INDEX notifications_of_user ON notifications (org, user_id, id);
CREATE INDEX notifications_unread ON notifications (org, user_id) WHERE read_at IS NULL;
