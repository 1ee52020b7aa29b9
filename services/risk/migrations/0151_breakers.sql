-- What the breakers of rules have counted, and which have put their rule into shadow.
CREATE TABLE breakers (
    org        INTEGER NOT NULL,
    rule       TEXT    NOT NULL,
    -- JSON. Of several nodes, what one of them has counted.
    state      TEXT    NOT NULL,
    -- Since when the rule is in shadow, in microseconds since 1970 UTC; NULL while it is in effect.
    tripped_at INTEGER,
    PRIMARY KEY (org, rule)
) STRICT;
