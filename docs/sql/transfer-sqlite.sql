-- What one transfer between two wallets executes on SQLite, in order, where nothing about the
-- wallets is in memory (what is, is not read again). It has an idempotency key and an `external_id`:
-- without them, the statements on `idempotency` and `external_ids` are missing. With `to_email`, who
-- receives is looked up before. Several transfers that are waiting share one batch, and its commit.
--
-- Written by services/payments/tests/journal/transfer_sql.rs. To accept a change of the SQL:
--   PAYFLOW_ACCEPT_SQL=1 make test ARGS="-p payments transfer_sql"

-- Take the write lock of the file.
BEGIN IMMEDIATE;

-- Read the head row: the last batch, its hash, and how far each table is numbered.
SELECT batch, seq, accounts, events, transactions, time, hash FROM head;

-- Read an account with its sums, by the id of its wallet. Executed 2 times.
SELECT no, id, org, currency, code, flags, overdraft_limit, max_balance, opened_at, debits_posted,
    credits_posted, debits_pending, credits_pending, last_seq, entries
    FROM accounts
    LEFT JOIN balances ON balances.account = accounts.no
    WHERE id = ?1;

-- Read the wallet of an account: its owner, its limits and what of them is used. Executed 2 times.
SELECT account, org, owner, label, daily_limit, monthly_limit, day, day_used, month, month_used,
    last_transaction, last_event, created_at
    FROM wallets
    WHERE account = ?1;

-- Look whether the owner has used the `external_id` before.
SELECT 1 FROM external_ids WHERE owner = ?1 AND external_id = ?2;

-- Look for an answer that is stored under the idempotency key.
SELECT i.scope, i.org, i.body_hash, i.status, i.event, i.body, i.created_at, e.data,
    e.transaction_no, e.to_status, e.time, f.id, o.id, t.no, t.id, t.org, t.type, t.status,
    t.amount, t.currency, t.from_account, t.to_account, t.from_prev, t.to_prev, t.fee, t.captured,
    t.refunded, t.description, t.external_id, t.metadata, t.original, t.instrument_kind,
    t.instrument_token, t.failure_code, t.failure_detail, t.created_by, t.proposal, t.attempts,
    t.due_at, t.last_event, t.created_at, t.updated_at, t.completed_at, t.expires_at, t.risk
    FROM idempotency AS i
    LEFT JOIN events AS e ON e.seq = i.event
    LEFT JOIN transactions AS t ON t.no = e.transaction_no
    LEFT JOIN accounts AS f ON f.no = t.from_account
    LEFT JOIN accounts AS o ON o.no = t.to_account
    WHERE i.scope = ?1;

-- Add the entry: who is debited, who is credited, and their balances after it.
INSERT OR FAIL INTO transfers (seq, id, time, org, kind, debit, credit, amount, code, hold,
    expires_at, debit_prev, credit_prev, debit_balance, debit_held, credit_balance, credit_held)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- Write the sums of each account over its old ones. Executed 2 times.
REPLACE INTO balances (account, debits_posted, credits_posted, debits_pending, credits_pending,
    last_seq, entries)
    VALUES (?, ?, ?, ?, ?, ?, ?);

-- Note how much of its limits each wallet has used, and its newest rows. Executed 2 times.
UPDATE wallets SET label = ?2, daily_limit = ?3, monthly_limit = ?4, day = ?5, day_used = ?6, month
    = ?7, month_used = ?8, last_transaction = ?9, last_event = ?10
    WHERE account = ?1;

-- Add the transaction, already completed.
INSERT OR FAIL INTO transactions (no, id, org, type, status, amount, currency, from_account,
    to_account, from_prev, to_prev, fee, captured, refunded, description, external_id, metadata,
    original, instrument_kind, instrument_token, failure_code, failure_detail, created_by, proposal,
    attempts, due_at, last_event, created_at, updated_at, completed_at, expires_at, risk, checksum)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
    ?, ?, ?, ?);

-- Take the `external_id` for the owner, for ever.
INSERT OR FAIL INTO external_ids (owner, external_id, org, transaction_no) VALUES (?, ?, ?, ?);

-- Add the event of the transaction, with who did it.
INSERT OR FAIL INTO events (seq, org, type, transaction_no, account, prev, time, actor, from_status,
    to_status, reason, data)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- Look for the newest stored answer: how many are new is the difference before and after.
SELECT COALESCE(MAX(no), 0) FROM idempotency;

-- Store the answer under the idempotency key.
INSERT INTO idempotency (scope, org, body_hash, status, event, body, created_at, checksum)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (scope) DO UPDATE SET status =
    excluded.status, event = excluded.event, body = excluded.body, checksum = excluded.checksum;

-- Look for the newest stored answer: how many are new is the difference before and after.
SELECT COALESCE(MAX(no), 0) FROM idempotency;

-- Add the row of the batch: its hash in the chain, and the checksums of its rows.
INSERT INTO batches (no, seq, event, time, hash, checksums, answers)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7);

-- Move the head row on: the numbers and the hash that the next batch begins with.
UPDATE head SET batch = ?1, seq = ?2, accounts = ?3, events = ?4, transactions = ?5, time = ?6, hash
    = ?7;

-- Commit. The caller is answered when it is on the disk.
COMMIT;
