-- Where the last code of a waiting transaction went: its channel, and a hint at the address, which is not enough to write to. NULL
-- until one was sent.
ALTER TABLE step_up_codes ADD COLUMN channel TEXT CHECK (channel IN ('sms', 'email', 'push'));
ALTER TABLE step_up_codes ADD COLUMN hint TEXT;
