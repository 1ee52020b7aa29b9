-- How far the logs of other services were seen committed, each with the hash of its last entry: an older state of one in its place is
-- noticed at the next start.
CREATE TABLE log_ends (
    feed TEXT    NOT NULL PRIMARY KEY,
    no   INTEGER NOT NULL,
    hash BLOB    NOT NULL
) STRICT, WITHOUT ROWID;
