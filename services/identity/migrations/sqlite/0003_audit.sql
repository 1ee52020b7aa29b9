-- The audit trail: every security-relevant act, in order, each with a BLAKE3 hash over itself and the hash before it. One
-- chain for the installation. Rows are added and never changed.

CREATE TABLE audit_entries (
    no         INTEGER NOT NULL PRIMARY KEY,
    org        INTEGER NOT NULL REFERENCES organisations (no),
    time       INTEGER NOT NULL,
    actor_kind TEXT    NOT NULL CHECK (actor_kind IN ('nobody', 'user', 'system')),
    actor      TEXT,
    credential TEXT,
    act        TEXT    NOT NULL,
    subject    TEXT,
    outcome    TEXT    NOT NULL CHECK (outcome IN ('done', 'refused')),
    address    TEXT,
    user_agent TEXT,
    request_id TEXT,
    details    TEXT    NOT NULL,
    hash       BLOB    NOT NULL
) STRICT;

CREATE INDEX audit_entries_by_org ON audit_entries (org, no);

-- The end of the chain; its row is locked by whoever adds to it.
CREATE TABLE audit_head (
    id   INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    no   INTEGER NOT NULL,
    hash BLOB    NOT NULL
) STRICT;

INSERT INTO audit_head (id, no, hash) VALUES (1, 0, zeroblob(32));

CREATE TRIGGER audit_entries_are_not_changed BEFORE UPDATE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'the audit trail is not changed'); END;
CREATE TRIGGER audit_entries_are_not_deleted BEFORE DELETE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'the audit trail is not changed'); END;
