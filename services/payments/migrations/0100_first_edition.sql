-- The journal and what it moves, for both engines (libs/db/src/migrations.rs). Times are microseconds since 1970 UTC, amounts are
-- minor units. Every row carries its organisation; the number 1 takes no space in a SQLite row.

-- The end of the chain: what the last batch left.
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

-- only sqlite
INSERT INTO head VALUES (1, 0, 0, 0, 0, 0, 0, zeroblob(32));
-- only postgres
INSERT INTO head VALUES (1, 0, 0, 0, 0, 0, 0, decode(repeat('00', 32), 'hex'));
-- both

CREATE TABLE batches (
    no INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    event INTEGER NOT NULL,
    time INTEGER NOT NULL,
    hash BLOB NOT NULL,
    -- Two bytes for each record and event of the batch, in the order in which its hash takes them in: they tell which one is
    -- damaged where the hash tells only that one is.
    checksums BLOB NOT NULL
) STRICT;

CREATE TABLE accounts (
    no INTEGER PRIMARY KEY,
    id UUID NOT NULL UNIQUE,
    org INTEGER NOT NULL,
    currency INTEGER NOT NULL,
    code INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    overdraft_limit INTEGER NOT NULL,
    max_balance INTEGER,
    opened_at INTEGER NOT NULL
) STRICT;

-- Accounts by currency: the trial balance reads them in the order in which it adds them up, and wallets of a rare currency
-- are found among many others. An account is opened once, so that nothing is slower for it.
CREATE INDEX accounts_of_currency ON accounts (org, currency, no);

-- Wallets that are frozen (4) or closed (16), which few are.
CREATE INDEX accounts_not_active ON accounts (no) WHERE flags & 20 <> 0;

-- Openings and changes of terms; they share the journal's seq with the transfers.
CREATE TABLE account_changes (
    seq INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,
    org INTEGER NOT NULL,
    account INTEGER NOT NULL,
    id UUID NOT NULL,
    currency INTEGER NOT NULL,
    code INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    overdraft_limit INTEGER NOT NULL,
    max_balance INTEGER
) STRICT;

-- Append-only. A row names the row before it in both accounts' histories, so that no index on accounts is needed.
CREATE TABLE transfers (
    seq INTEGER PRIMARY KEY,
    id UUID NOT NULL,
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
    id UUID NOT NULL UNIQUE,
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
    owner UUID NOT NULL,
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
    id UUID NOT NULL UNIQUE,
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
    original UUID,
    instrument_kind TEXT,
    instrument_token TEXT,
    failure_code TEXT,
    failure_detail TEXT,
    created_by UUID NOT NULL,
    proposal TEXT,
    attempts INTEGER NOT NULL,
    due_at INTEGER,
    last_event INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    completed_at INTEGER,
    expires_at INTEGER,
    -- Over what no event says of a transaction: its proposal, attempts and due time.
    checksum INTEGER NOT NULL
) STRICT;

CREATE INDEX transactions_due ON transactions (due_at) WHERE due_at IS NOT NULL;

-- What operators look for among millions, each status apart: a search for the few unresolved does not pass over the many that
-- failed. Completed ones (6), which nearly all become, cost nothing here.
CREATE INDEX transactions_of_status ON transactions (status, no) WHERE status <> 6;

CREATE TABLE external_ids (
    owner UUID NOT NULL,
-- only sqlite
    external_id TEXT NOT NULL,
-- only postgres
    external_id TEXT COLLATE "C" NOT NULL,
-- both
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

-- Events of no transaction and no wallet: times that an operator accepted after the clock had been wrong. There are next to none,
-- and all reads by time ask for them.
CREATE INDEX events_of_nobody ON events (seq) WHERE transaction_no IS NULL AND account IS NULL;

-- The answer to a request that carried an idempotency key: the event whose data it was, or the text itself.
CREATE TABLE idempotency (
-- only sqlite
    no INTEGER PRIMARY KEY,
-- only postgres
    no INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
-- both
    scope UUID NOT NULL UNIQUE,
    org INTEGER NOT NULL,
    body_hash UUID NOT NULL,
    status INTEGER NOT NULL,
    event INTEGER,
    body TEXT,
    created_at INTEGER NOT NULL,
    -- Over the other columns of a stored answer, which no hash chain covers because an answer may be replaced.
    checksum INTEGER NOT NULL
) STRICT;

-- An account's sums change with every transfer, and what is agreed about it almost never does: apart, the rows that every
-- batch rewrites are a third as long, and so is what it writes to the disk.
CREATE TABLE balances (
    account INTEGER PRIMARY KEY,
    debits_posted INTEGER NOT NULL,
    credits_posted INTEGER NOT NULL,
    debits_pending INTEGER NOT NULL,
    credits_pending INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    entries INTEGER NOT NULL
-- only sqlite
) STRICT;
-- only postgres
    -- Half of a page stays free, so that a changed row finds its place beside the old one and no index is touched.
) WITH (fillfactor = 50);
-- both

-- Every 256th entry in the history of an account: where a walk to a time in the past may begin.
CREATE TABLE marks (
    account INTEGER NOT NULL,
    time INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (account, time, seq)
) STRICT, WITHOUT ROWID;
