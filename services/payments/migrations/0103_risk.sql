-- What risk decided about a transaction: JSON text, with the transaction's terms in the hash chain. NULL where risk was not asked, as
-- in all rows of before.
ALTER TABLE transactions ADD COLUMN risk TEXT;
