-- What one transfer between two wallets executes on PostgreSQL, in order, where nothing about the
-- wallets is in memory (what is, is not read again). It has an idempotency key and an `external_id`:
-- without them, the statements on `idempotency` and `external_ids` are missing. With `to_email`, who
-- receives is looked up before. Several transfers that are waiting share one batch, and its commit.
--
-- Written by services/payments/tests/journal/transfer_sql.rs. To accept a change of the SQL:
--   PAYFLOW_ACCEPT_SQL=1 make test ARGS="-p payments transfer_sql"

-- Read both accounts with their sums and their wallets, by the ids of the wallets.
SELECT a.*, w.*
    FROM (SELECT no, id, org, currency, code, flags, overdraft_limit, max_balance, opened_at,
    debits_posted, credits_posted, debits_pending, credits_pending, last_seq, entries
    FROM accounts
    LEFT JOIN balances ON balances.account = accounts.no
    WHERE id = ANY($1)) AS a
    LEFT JOIN (SELECT account, org, owner, label, daily_limit, monthly_limit, day, day_used, month,
    month_used, last_transaction, last_event, created_at
    FROM wallets) AS w ON w.account = a.no;

-- Look whether the owner has used the `external_id` before.
SELECT x.owner, x.external_id
    FROM UNNEST($1, $2) AS n (owner, external_id) JOIN external_ids AS x ON x.owner = n.owner AND
    x.external_id = n.external_id;

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
    WHERE i.scope = ANY($1);

-- One statement and transaction: move the head row on; where another node has, do nothing.
WITH moved AS (UPDATE head SET (batch, seq, accounts, events, transactions, time, hash) = ROW ($1,
    $2, $3, $4, $5, $6, $7)
    WHERE id = 1 AND batch = $8 AND hash = $9 RETURNING batch),

-- Add the entry: who is debited, who is credited, and their balances after it.
t1 AS (INSERT INTO transfers (seq, id, time, org, kind, debit, credit, amount, code, hold,
    expires_at, debit_prev, credit_prev, debit_balance, debit_held, credit_balance, credit_held)
    SELECT *
    FROM UNNEST($10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)
    WHERE EXISTS (SELECT FROM moved) ),

-- Write the sums of both accounts over their old ones.
t2 AS (UPDATE balances AS o SET debits_posted = n.debits_posted, credits_posted = n.credits_posted,
    debits_pending = n.debits_pending, credits_pending = n.credits_pending, last_seq = n.last_seq,
    entries = n.entries
    FROM UNNEST($27, $28, $29, $30, $31, $32, $33) AS n (account, debits_posted, credits_posted,
    debits_pending, credits_pending, last_seq, entries)
    WHERE o.account = n.account AND EXISTS (SELECT FROM moved)),

-- Note how much of its limits each wallet has used, and its newest rows.
t3 AS (UPDATE wallets AS o SET label = n.label, daily_limit = n.daily_limit, monthly_limit =
    n.monthly_limit, day = n.day, day_used = n.day_used, month = n.month, month_used = n.month_used,
    last_transaction = n.last_transaction, last_event = n.last_event
    FROM UNNEST($34, $35, $36, $37, $38, $39, $40, $41, $42, $43) AS n (account, label, daily_limit,
    monthly_limit, day, day_used, month, month_used, last_transaction, last_event)
    WHERE o.account = n.account AND EXISTS (SELECT FROM moved)),

-- Add the transaction, already completed.
t4 AS (INSERT INTO transactions (no, id, org, type, status, amount, currency, from_account,
    to_account, from_prev, to_prev, fee, captured, refunded, description, external_id, metadata,
    original, instrument_kind, instrument_token, failure_code, failure_detail, created_by, proposal,
    attempts, due_at, last_event, created_at, updated_at, completed_at, expires_at, risk, checksum)
    SELECT *
    FROM UNNEST($44, $45, $46, $47, $48, $49, $50, $51, $52, $53, $54, $55, $56, $57, $58, $59, $60,
    $61, $62, $63, $64, $65, $66, $67, $68, $69, $70, $71, $72, $73, $74, $75, $76)
    WHERE EXISTS (SELECT FROM moved) ),

-- Take the `external_id` for the owner, for ever.
t5 AS (INSERT INTO external_ids (owner, external_id, org, transaction_no)
    SELECT *
    FROM UNNEST($77, $78, $79, $80)
    WHERE EXISTS (SELECT FROM moved) ),

-- Add the event of the transaction, with who did it.
t6 AS (INSERT INTO events (seq, org, type, transaction_no, account, prev, time, actor, from_status,
    to_status, reason, data)
    SELECT *
    FROM UNNEST($81, $82, $83, $84, $85, $86, $87, $88, $89, $90, $91, $92)
    WHERE EXISTS (SELECT FROM moved) ),

-- Store the answer under the idempotency key.
t7 AS (INSERT INTO idempotency (scope, org, body_hash, status, event, body, created_at, checksum)
    SELECT *
    FROM UNNEST($93, $94, $95, $96, $97, $98, $99, $100)
    WHERE EXISTS (SELECT FROM moved) ON CONFLICT (scope) DO UPDATE SET status = excluded.status,
    event = excluded.event, body = excluded.body, checksum = excluded.checksum RETURNING xmax = 0 AS
    is_new)

-- Add the row of the batch: its hash in the chain, and the checksums of its rows.
INSERT INTO batches (no, seq, event, time, hash, checksums, answers)
    SELECT batch, $2, $4, $6, $7, $101, (SELECT COUNT(*)
    FROM t7
    WHERE is_new)
    FROM moved RETURNING no;
