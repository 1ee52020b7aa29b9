-- Messages that leave. Times are microseconds since 1970 UTC. What a message is made of is sealed, since it may hold a link that
-- opens an account; it is NULL once nobody needs it. user_id is NULL where a message goes to somebody who has no account yet;
-- event is NULL where a service sent it to an address that it named.
CREATE TABLE messages (
    id         UUID    NOT NULL PRIMARY KEY,
    org        INTEGER NOT NULL,
    user_id    UUID,
    kind       TEXT    NOT NULL,
    event      UUID,
    language   TEXT,
    data       BLOB,
    created_at INTEGER NOT NULL,
    -- An event that is handled again sends nothing twice.
    UNIQUE (event, user_id, kind)
) STRICT;

CREATE INDEX messages_of_org ON messages (org, id);
CREATE INDEX messages_of_user ON messages (org, user_id, kind, created_at);
CREATE INDEX messages_by_time ON messages (created_at);

-- What became of a message, for each channel: queued, sent, delivered, bounced, failed or suppressed. due_at is NULL once it has
-- ended. The address is that of a message to a named one, sealed, as long as it may be needed; `shown` hints at it.
CREATE TABLE deliveries (
    message     UUID    NOT NULL,
    channel     TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    attempts    INTEGER NOT NULL,
    due_at      INTEGER,
    provider    TEXT,
    provider_id TEXT,
    address     BLOB,
    shown       TEXT,
    error       TEXT,
    updated_at  INTEGER NOT NULL,
    PRIMARY KEY (message, channel)
) STRICT;

CREATE INDEX deliveries_due ON deliveries (due_at, message) WHERE due_at IS NOT NULL;

-- Who wants no more of a group by a channel, as a link in a message let them say.
CREATE TABLE unsubscriptions (
    org        INTEGER NOT NULL,
    user_id    UUID    NOT NULL,
    channel    TEXT    NOT NULL,
    told_group TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org, user_id, channel, told_group)
) STRICT;
