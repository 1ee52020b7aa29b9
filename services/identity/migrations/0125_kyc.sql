-- How often the verification of a user has changed, as risk counts: what is older is not taken any more.
ALTER TABLE users ADD COLUMN kyc_version INTEGER NOT NULL DEFAULT 0;
