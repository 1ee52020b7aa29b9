-- The journal and what it moves. Times are microseconds since 1970 UTC, amounts are minor units.
-- Every row carries its organisation.

CREATE TABLE head (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    batch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    accounts BIGINT NOT NULL,
    events BIGINT NOT NULL,
    transactions BIGINT NOT NULL,
    time BIGINT NOT NULL,
    hash BYTEA NOT NULL
);

INSERT INTO head VALUES (1, 0, 0, 0, 0, 0, 0, '\x0000000000000000000000000000000000000000000000000000000000000000');

CREATE TABLE batches (
    no BIGINT PRIMARY KEY,
    seq BIGINT NOT NULL,
    event BIGINT NOT NULL,
    time BIGINT NOT NULL,
    hash BYTEA NOT NULL
);

CREATE TABLE accounts (
    no BIGINT PRIMARY KEY,
    id uuid NOT NULL UNIQUE,
    org BIGINT NOT NULL,
    currency BIGINT NOT NULL,
    code BIGINT NOT NULL,
    flags BIGINT NOT NULL,
    overdraft_limit BIGINT NOT NULL,
    max_balance BIGINT,
    debits_posted BIGINT NOT NULL,
    credits_posted BIGINT NOT NULL,
    debits_pending BIGINT NOT NULL,
    credits_pending BIGINT NOT NULL,
    last_seq BIGINT NOT NULL,
    entries BIGINT NOT NULL,
    opened_at BIGINT NOT NULL
);

-- Openings and changes of terms; they share the journal's seq with the transfers.
CREATE TABLE account_changes (
    seq BIGINT PRIMARY KEY,
    time BIGINT NOT NULL,
    org BIGINT NOT NULL,
    account BIGINT NOT NULL,
    id uuid NOT NULL,
    currency BIGINT NOT NULL,
    code BIGINT NOT NULL,
    flags BIGINT NOT NULL,
    overdraft_limit BIGINT NOT NULL,
    max_balance BIGINT
);

-- Append-only. A row names the row before it in both accounts' histories, so that no index on accounts is needed.
CREATE TABLE transfers (
    seq BIGINT PRIMARY KEY,
    id uuid NOT NULL,
    time BIGINT NOT NULL,
    org BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    debit BIGINT NOT NULL,
    credit BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    code BIGINT NOT NULL,
    hold BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    debit_prev BIGINT NOT NULL,
    credit_prev BIGINT NOT NULL,
    debit_balance BIGINT NOT NULL,
    debit_held BIGINT NOT NULL,
    credit_balance BIGINT NOT NULL,
    credit_held BIGINT NOT NULL
);

CREATE UNIQUE INDEX transfers_id ON transfers (id);

CREATE TABLE holds (
    seq BIGINT PRIMARY KEY,
    id uuid NOT NULL UNIQUE,
    org BIGINT NOT NULL,
    debit BIGINT NOT NULL,
    credit BIGINT NOT NULL,
    currency BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    captured BIGINT NOT NULL,
    remaining BIGINT NOT NULL,
    state BIGINT NOT NULL,
    expires_at BIGINT
);

CREATE INDEX holds_due ON holds (expires_at) WHERE state = 0 AND expires_at IS NOT NULL;

CREATE TABLE wallets (
    account BIGINT PRIMARY KEY,
    org BIGINT NOT NULL,
    owner uuid NOT NULL,
    label TEXT,
    daily_limit BIGINT,
    monthly_limit BIGINT,
    day BIGINT NOT NULL,
    day_used BIGINT NOT NULL,
    month BIGINT NOT NULL,
    month_used BIGINT NOT NULL,
    last_transaction BIGINT NOT NULL,
    last_event BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE INDEX wallets_owner ON wallets (owner, account);

CREATE TABLE transactions (
    no BIGINT PRIMARY KEY,
    id uuid NOT NULL UNIQUE,
    org BIGINT NOT NULL,
    type BIGINT NOT NULL,
    status BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    currency BIGINT NOT NULL,
    from_account BIGINT,
    to_account BIGINT,
    from_prev BIGINT NOT NULL,
    to_prev BIGINT NOT NULL,
    fee BIGINT NOT NULL,
    captured BIGINT NOT NULL,
    refunded BIGINT NOT NULL,
    description TEXT,
    external_id TEXT,
    metadata TEXT,
    original uuid,
    instrument_kind TEXT,
    instrument_token TEXT,
    failure_code TEXT,
    failure_detail TEXT,
    created_by uuid NOT NULL,
    proposal TEXT,
    attempts BIGINT NOT NULL,
    due_at BIGINT,
    last_event BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    completed_at BIGINT,
    expires_at BIGINT
);

CREATE INDEX transactions_due ON transactions (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE external_ids (
    owner uuid NOT NULL,
    external_id TEXT COLLATE "C" NOT NULL,
    org BIGINT NOT NULL,
    transaction_no BIGINT NOT NULL,
    PRIMARY KEY (owner, external_id)
);

-- The timeline of every transaction and wallet, and the outbox: one row per committed change, in order.
CREATE TABLE events (
    seq BIGINT PRIMARY KEY,
    org BIGINT NOT NULL,
    type TEXT NOT NULL,
    transaction_no BIGINT,
    account BIGINT,
    prev BIGINT NOT NULL,
    time BIGINT NOT NULL,
    actor TEXT NOT NULL,
    from_status BIGINT,
    to_status BIGINT,
    reason TEXT,
    data TEXT NOT NULL
);

-- The answer to a request that carried an idempotency key: the event whose data it was, or the text itself.
CREATE TABLE idempotency (
    no BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scope uuid NOT NULL UNIQUE,
    org BIGINT NOT NULL,
    body_hash uuid NOT NULL,
    status BIGINT NOT NULL,
    event BIGINT,
    body TEXT,
    created_at BIGINT NOT NULL
);

