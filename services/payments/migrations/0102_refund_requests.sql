-- Payments that a refund was asked for, and deposits and withdrawals that a first operator has judged. Few are: the others cost
-- nothing here.
CREATE INDEX transactions_proposed ON transactions (org, no) WHERE proposal IS NOT NULL;
