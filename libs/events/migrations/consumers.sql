-- What consumers of events have done, in the database of the service that consumes (libs/events).

-- How far each consumer has come in each feed. It moves in the transaction of what the consumer writes.
CREATE TABLE consumers (
    name       TEXT    NOT NULL,
    feed       TEXT    NOT NULL,
    position   INTEGER NOT NULL,
    -- Attempts at the event after the position that failed, when the next one is due, and why the last one failed.
    attempts   INTEGER NOT NULL DEFAULT 0,
    retry_at   INTEGER,
    last_error TEXT,
    paused     INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
    PRIMARY KEY (name, feed)
) STRICT, WITHOUT ROWID;

-- Events that a consumer could not handle. They stay until an operator has them handled again, or discards them.
CREATE TABLE dead_letters (
    id         UUID    NOT NULL PRIMARY KEY,
    org        INTEGER NOT NULL,
    consumer   TEXT    NOT NULL,
    feed       TEXT    NOT NULL,
    sequence   INTEGER NOT NULL,
    event      UUID    NOT NULL,
    type       TEXT    NOT NULL,
    subject    TEXT    NOT NULL,
    -- The error without what differs from one event to the next: letters that failed alike have the same.
    cause      TEXT    NOT NULL,
    error      TEXT    NOT NULL,
    attempts   INTEGER NOT NULL,
    first_at   INTEGER NOT NULL,
    last_at    INTEGER NOT NULL,
    state      TEXT    NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'replayed', 'discarded')),
    ended_by   TEXT,
    reason     TEXT,
    UNIQUE (consumer, feed, sequence)
) STRICT;

CREATE INDEX dead_letters_by_state ON dead_letters (org, state, id);
CREATE INDEX dead_letters_by_cause ON dead_letters (org, state, cause, consumer);
