-- Dead letters that are handled again in the background (libs/events).
CREATE TABLE dead_letter_replays (
    id          UUID    NOT NULL PRIMARY KEY,
    org         INTEGER NOT NULL,
    -- Which letters: those that waited when it began and fit these; what is null does not matter.
    consumer    TEXT,
    feed        TEXT,
    type        TEXT,
    cause       TEXT,
    since       INTEGER,
    -- The newest of them, and the last one that was tried.
    last        UUID    NOT NULL,
    place       UUID    NOT NULL,
    total       INTEGER NOT NULL,
    replayed    INTEGER NOT NULL DEFAULT 0,
    failed      INTEGER NOT NULL DEFAULT 0,
    state       TEXT    NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done')),
    started_by  TEXT    NOT NULL,
    started_at  INTEGER NOT NULL,
    ended_at    INTEGER,
    -- Until then it is one node's; where that has died, another one goes on.
    lease_until INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX dead_letter_replays_running ON dead_letter_replays (state, id);
