-- How many codes were sent in a window of time: per user, per number (a keyed hash) and per country.
CREATE TABLE code_counts (
    counted TEXT    NOT NULL,
    since   INTEGER NOT NULL,
    count   INTEGER NOT NULL,
    PRIMARY KEY (counted, since)
) STRICT;

CREATE INDEX code_counts_by_time ON code_counts (since);
