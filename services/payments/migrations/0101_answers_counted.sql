-- How many answers under idempotency keys a batch has stored that were not there before, each at the time of the batch: where fewer
-- are left of what clients may still repeat, some were lost. -1 where an earlier version has written the batch.
ALTER TABLE batches ADD COLUMN answers INTEGER NOT NULL DEFAULT -1;
