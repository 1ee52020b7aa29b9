-- Events that wait because what a consumer needs of another service could not be had (libs/events), and those of the same subject that
-- came after them. Others go on meanwhile. Times are microseconds since 1970 UTC.
CREATE TABLE parked_events (
    consumer TEXT    NOT NULL,
    feed     TEXT    NOT NULL,
    sequence INTEGER NOT NULL,
    subject  TEXT    NOT NULL,
    attempts INTEGER NOT NULL,
    -- When it is tried again; NULL: not before the one of its subject before it is done.
    retry_at INTEGER,
    first_at INTEGER NOT NULL,
    error    TEXT    NOT NULL,
    PRIMARY KEY (consumer, feed, sequence)
) STRICT, WITHOUT ROWID;

CREATE INDEX parked_events_due ON parked_events (consumer, feed, retry_at) WHERE retry_at IS NOT NULL;
CREATE INDEX parked_events_of_subject ON parked_events (consumer, feed, subject, sequence);
