-- The audit trail: every security-relevant act, in order, each with a BLAKE3 hash over itself and the hash before it. One
-- chain for the installation. Rows are added and never changed.

CREATE TABLE audit_entries (
    no         BIGINT  NOT NULL PRIMARY KEY,
    org        BIGINT  NOT NULL REFERENCES organisations (no),
    time       BIGINT  NOT NULL,
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
    hash       BYTEA   NOT NULL
);

CREATE INDEX audit_entries_by_org ON audit_entries (org, no);

-- The end of the chain; its row is locked by whoever adds to it.
CREATE TABLE audit_head (
    id   BIGINT  NOT NULL PRIMARY KEY CHECK (id = 1),
    no   BIGINT  NOT NULL,
    hash BYTEA   NOT NULL
);

INSERT INTO audit_head (id, no, hash) VALUES (1, 0, decode(repeat('00', 32), 'hex'));

CREATE FUNCTION audit_entries_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is not changed';
END
$$;
CREATE TRIGGER audit_entries_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_stay();
