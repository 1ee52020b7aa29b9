-- The journal and what it moves. Times are microseconds since 1970 UTC, amounts are minor units.
-- Every row carries its organisation; the number 1 takes no space in a SQLite row.

CREATE TABLE head (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    batch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    accounts INTEGER NOT NULL,
    events INTEGER NOT NULL,
    transactions INTEGER NOT NULL,
    time INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT;

INSERT INTO head VALUES (1, 0, 0, 0, 0, 0, 0, zeroblob(32));

CREATE TABLE batches (
    no INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    event INTEGER NOT NULL,
    time INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT;

CREATE TABLE accounts (
    no INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    org INTEGER NOT NULL,
    currency INTEGER NOT NULL,
    code INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    overdraft_limit INTEGER NOT NULL,
    max_balance INTEGER,
    debits_posted INTEGER NOT NULL,
    credits_posted INTEGER NOT NULL,
    debits_pending INTEGER NOT NULL,
    credits_pending INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    opened_at INTEGER NOT NULL
) STRICT;

-- Openings and changes of terms; they share the journal's seq with the transfers.
CREATE TABLE account_changes (
    seq INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,
    org INTEGER NOT NULL,
    account INTEGER NOT NULL,
    id BLOB NOT NULL,
    currency INTEGER NOT NULL,
    code INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    overdraft_limit INTEGER NOT NULL,
    max_balance INTEGER
) STRICT;

-- Append-only. A row names the row before it in both accounts' histories, so that no index on accounts is needed.
CREATE TABLE transfers (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL,
    time INTEGER NOT NULL,
    org INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    debit INTEGER NOT NULL,
    credit INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    code INTEGER NOT NULL,
    hold INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    debit_prev INTEGER NOT NULL,
    credit_prev INTEGER NOT NULL,
    debit_balance INTEGER NOT NULL,
    debit_held INTEGER NOT NULL,
    credit_balance INTEGER NOT NULL,
    credit_held INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX transfers_id ON transfers (id);

CREATE TABLE holds (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    org INTEGER NOT NULL,
    debit INTEGER NOT NULL,
    credit INTEGER NOT NULL,
    currency INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    captured INTEGER NOT NULL,
    remaining INTEGER NOT NULL,
    state INTEGER NOT NULL,
    expires_at INTEGER
) STRICT;

CREATE INDEX holds_due ON holds (expires_at) WHERE state = 0 AND expires_at IS NOT NULL;

CREATE TABLE wallets (
    account INTEGER PRIMARY KEY,
    org INTEGER NOT NULL,
    owner BLOB NOT NULL,
    label TEXT,
    daily_limit INTEGER,
    monthly_limit INTEGER,
    day INTEGER NOT NULL,
    day_used INTEGER NOT NULL,
    month INTEGER NOT NULL,
    month_used INTEGER NOT NULL,
    last_transaction INTEGER NOT NULL,
    last_event INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX wallets_owner ON wallets (owner, account);

CREATE TABLE transactions (
    no INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    org INTEGER NOT NULL,
    type INTEGER NOT NULL,
    status INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    currency INTEGER NOT NULL,
    from_account INTEGER,
    to_account INTEGER,
    from_prev INTEGER NOT NULL,
    to_prev INTEGER NOT NULL,
    fee INTEGER NOT NULL,
    captured INTEGER NOT NULL,
    refunded INTEGER NOT NULL,
    description TEXT,
    external_id TEXT,
    metadata TEXT,
    original BLOB,
    instrument_kind TEXT,
    instrument_token TEXT,
    failure_code TEXT,
    failure_detail TEXT,
    created_by BLOB NOT NULL,
    proposal TEXT,
    attempts INTEGER NOT NULL,
    due_at INTEGER,
    last_event INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    completed_at INTEGER,
    expires_at INTEGER
) STRICT;

CREATE INDEX transactions_due ON transactions (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE external_ids (
    owner BLOB NOT NULL,
    external_id TEXT NOT NULL,
    org INTEGER NOT NULL,
    transaction_no INTEGER NOT NULL,
    PRIMARY KEY (owner, external_id)
) STRICT, WITHOUT ROWID;

-- The timeline of every transaction and wallet, and the outbox: one row per committed change, in order.
CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    org INTEGER NOT NULL,
    type TEXT NOT NULL,
    transaction_no INTEGER,
    account INTEGER,
    prev INTEGER NOT NULL,
    time INTEGER NOT NULL,
    actor TEXT NOT NULL,
    from_status INTEGER,
    to_status INTEGER,
    reason TEXT,
    data TEXT NOT NULL
) STRICT;

-- The answer to a request that carried an idempotency key: the event whose data it was, or the text itself.
CREATE TABLE idempotency (
    no INTEGER PRIMARY KEY,
    scope BLOB NOT NULL UNIQUE,
    org INTEGER NOT NULL,
    body_hash BLOB NOT NULL,
    status INTEGER NOT NULL,
    event INTEGER,
    body TEXT,
    created_at INTEGER NOT NULL
) STRICT;

