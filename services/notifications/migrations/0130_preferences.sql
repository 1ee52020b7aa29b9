-- What users want to be told by which way, and when not. A user without a row wants the defaults. The document is the one of the
-- API, complete, as JSON.
CREATE TABLE preferences (
    org        INTEGER NOT NULL,
    user_id    UUID    NOT NULL,
    document   TEXT    NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (org, user_id)
) STRICT;
