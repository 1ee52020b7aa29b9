-- Acts that another service keeps and sends until they are in the audit trail, by their ids: sent again, an act is not recorded
-- again.
CREATE TABLE recorded_acts (
    id          UUID    NOT NULL PRIMARY KEY,
    recorded_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX recorded_acts_by_time ON recorded_acts (recorded_at);
