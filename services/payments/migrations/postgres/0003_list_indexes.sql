-- Each status apart: whoever looks for the few unresolved does not pass over the many that failed. Completed ones (6), which
-- nearly all become, still cost nothing here.
CREATE INDEX transactions_of_status ON transactions (status, no) WHERE status <> 6;
DROP INDEX transactions_not_completed;

-- Accounts by currency: the trial balance reads them in the order in which it adds them up, and wallets of a rare currency
-- are found among many others. An account is opened once, so that nothing is slower for it.
CREATE INDEX accounts_of_currency ON accounts (org, currency, no);

-- Wallets that are frozen (4) or closed (16), which few are.
CREATE INDEX accounts_not_active ON accounts (no) WHERE flags & 20 <> 0;
