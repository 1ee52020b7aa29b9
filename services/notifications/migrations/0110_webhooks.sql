-- Webhooks: endpoints, what is sent to each, and every attempt. Times are microseconds since 1970 UTC.

-- Counted up in the transaction of every change of an endpoint that decides which events it gets: the consumer on each node keeps
-- the endpoints in memory as long as this is the same.
CREATE TABLE webhook_changes (
    id      INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    version INTEGER NOT NULL
) STRICT;

INSERT INTO webhook_changes (id, version) VALUES (1, 1);

CREATE TABLE webhook_endpoints (
    id              UUID    NOT NULL PRIMARY KEY,
    org             INTEGER NOT NULL,
    user_id         UUID    NOT NULL,
    -- Whether it gets all events of the organisation, or those that concern its user.
    all_events      INTEGER NOT NULL CHECK (all_events IN (0, 1)),
    url             TEXT    NOT NULL,
    -- Names with spaces between.
    event_types     TEXT    NOT NULL,
    description     TEXT,
    -- Why and when it was disabled; NULL where it is enabled.
    disabled        TEXT    CHECK (disabled IN ('by_owner', 'gone', 'failing', 'not_allowed')),
    disabled_at     INTEGER,
    -- Sealed. The one before signs, too, until its time is over.
    secret          BLOB    NOT NULL,
    previous_secret BLOB,
    previous_until  INTEGER,
    -- Attempts that failed since the last that did not, and when the first of them was.
    failures        INTEGER NOT NULL DEFAULT 0,
    failing_since   INTEGER,
    last_error      TEXT,
    -- Nothing is sent before.
    not_before      INTEGER,
    paused          INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
    -- One node at a time sends to it: until when, and the name of its claim.
    claimed_until   INTEGER,
    claim           UUID,
    served_at       INTEGER NOT NULL DEFAULT 0,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL
) STRICT;

CREATE INDEX webhook_endpoints_of_user ON webhook_endpoints (org, user_id, id);

CREATE TABLE webhook_deliveries (
    id         UUID    NOT NULL PRIMARY KEY,
    org        INTEGER NOT NULL,
    endpoint   UUID    NOT NULL REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
    event      UUID    NOT NULL,
    type       TEXT    NOT NULL,
    subject    TEXT    NOT NULL,
    -- The event's place in its feed: what is due at the same time is sent in this order.
    sequence   INTEGER NOT NULL,
    -- What is sent, to the byte.
    body       TEXT    NOT NULL,
    -- `missed`: the endpoint was disabled.
    status     TEXT    NOT NULL CHECK (status IN ('waiting', 'delivered', 'failed', 'missed')),
    -- Attempts in all, and those of the schedule that it is in.
    attempts   INTEGER NOT NULL DEFAULT 0,
    tries      INTEGER NOT NULL DEFAULT 0,
    -- When the next attempt is due; only of what waits.
    next_at    INTEGER,
    created_at INTEGER NOT NULL,
    ended_at   INTEGER,
    -- An event that is handled again is sent to nobody twice.
    UNIQUE (endpoint, event)
) STRICT;

CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint, next_at, sequence, id) WHERE next_at IS NOT NULL;
CREATE INDEX webhook_deliveries_of_endpoint ON webhook_deliveries (endpoint, id);
CREATE INDEX webhook_deliveries_failed ON webhook_deliveries (endpoint) WHERE status = 'failed';
CREATE INDEX webhook_deliveries_by_time ON webhook_deliveries (created_at);

CREATE TABLE webhook_attempts (
    delivery         UUID    NOT NULL REFERENCES webhook_deliveries (id) ON DELETE CASCADE,
    number           INTEGER NOT NULL,
    at               INTEGER NOT NULL,
    duration_ms      INTEGER NOT NULL,
    url              TEXT    NOT NULL,
    -- JSON objects of names and values.
    request_headers  TEXT    NOT NULL,
    status           INTEGER,
    response_headers TEXT,
    response_body    TEXT,
    -- Why there is no answer.
    error            TEXT,
    PRIMARY KEY (delivery, number)
) STRICT, WITHOUT ROWID;
