-- How many commits there were, counted in an embedded store: an older state of the file has counted less than is noted beside it.
CREATE TABLE commits (
    id INTEGER NOT NULL PRIMARY KEY,
    no INTEGER NOT NULL
) STRICT;

INSERT INTO commits (id, no) VALUES (1, 0);
