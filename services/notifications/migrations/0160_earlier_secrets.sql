-- A secret that was rotated away signs for as long as was promised, also where another rotation came after it: the one before the
-- one before. Sealed, and until when.
ALTER TABLE webhook_endpoints ADD COLUMN earlier_secret BLOB;
ALTER TABLE webhook_endpoints ADD COLUMN earlier_until INTEGER;
