-- When a registration was made: a link of a clock that was ahead is not good. Those of an earlier version, which live for a day, say
-- nothing of it.
ALTER TABLE registrations ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0;
