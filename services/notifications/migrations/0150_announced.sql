-- What notifications itself tells live streams: that somebody has a new notification, and that a webhook is sent once more. One row
-- holds what one transaction told. Entries are numbered in the order of the commits, since the head stays locked until the end
-- of the transaction. `entries` is a JSON list; what an entry names is read where it stands. Times are microseconds since 1970 UTC.
CREATE TABLE announced_head (
    id   INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    last INTEGER NOT NULL
) STRICT;

INSERT INTO announced_head (id, last) VALUES (1, 0);

-- `last` is the number of the last entry of the row, `first` that of the first.
CREATE TABLE announced (
    last       INTEGER NOT NULL PRIMARY KEY,
    first      INTEGER NOT NULL,
    entries    TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- Dead letters that wait, by when they were given up: operators are told of new ones.
CREATE INDEX dead_letters_waiting_by_time ON dead_letters (first_at) WHERE state = 'waiting';
