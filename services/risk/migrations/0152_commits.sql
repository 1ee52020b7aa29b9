-- How many commits there were, counted in an embedded store: an older state of the file has counted less than is noted beside it.
CREATE TABLE commits (
    id INTEGER NOT NULL PRIMARY KEY,
    no INTEGER NOT NULL
) STRICT;

-- Before, the sum of the ends of logs was noted there.
INSERT INTO commits (id, no) SELECT 1, CAST(COALESCE(SUM(no), 0) AS BIGINT) FROM log_ends;
