-- How a session was proved: the names of RFC 8176 with spaces between, and when a second factor was last shown.
-- Of sessions that began before, nobody knows.

ALTER TABLE sessions ADD COLUMN methods TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN second_factor_at BIGINT;
