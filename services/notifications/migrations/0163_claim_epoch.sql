-- The epoch of the user's credentials in which the code was sent: it is good in that one only. No user has the default, with which
-- codes end that an earlier version has sent.
ALTER TABLE phone_claims ADD COLUMN credential_epoch INTEGER NOT NULL DEFAULT -1;
