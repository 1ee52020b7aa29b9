-- The entry of the audit trail with which a session ended: given in the transaction that ends it, under the lock of audit_head. So
-- the numbers become visible in their order, and a node that has read up to one misses none, whatever any clock says. What an
-- earlier version ends has none until the next entry.
ALTER TABLE sessions ADD COLUMN ended_no INTEGER;
UPDATE sessions SET ended_no = (SELECT no FROM audit_head WHERE id = 1) WHERE revoked_at IS NOT NULL;
CREATE INDEX sessions_by_end ON sessions (ended_no) WHERE ended_no IS NOT NULL;
CREATE INDEX sessions_not_numbered ON sessions (id) WHERE revoked_at IS NOT NULL AND ended_no IS NULL;

-- Whether somebody else is to have the account's e-mail: it is closed then whatever the epoch.
ALTER TABLE closings ADD COLUMN replaced INTEGER NOT NULL DEFAULT 0 CHECK (replaced IN (0, 1));
