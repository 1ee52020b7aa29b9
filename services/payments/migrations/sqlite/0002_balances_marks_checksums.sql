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
) STRICT;

INSERT INTO balances SELECT no, debits_posted, credits_posted, debits_pending, credits_pending, last_seq, entries
FROM accounts ORDER BY no;

ALTER TABLE accounts DROP COLUMN debits_posted;
ALTER TABLE accounts DROP COLUMN credits_posted;
ALTER TABLE accounts DROP COLUMN debits_pending;
ALTER TABLE accounts DROP COLUMN credits_pending;
ALTER TABLE accounts DROP COLUMN last_seq;
ALTER TABLE accounts DROP COLUMN entries;

-- Every 256th entry in the history of an account: where a walk to a time in the past may begin.
CREATE TABLE marks (
    account INTEGER NOT NULL,
    time INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (account, time, seq)
) STRICT, WITHOUT ROWID;

INSERT INTO marks SELECT account, time, seq FROM (
    SELECT account, time, seq, ROW_NUMBER() OVER (PARTITION BY account ORDER BY seq) AS entry
    FROM (SELECT debit AS account, time, seq FROM transfers UNION ALL SELECT credit, time, seq FROM transfers)
) WHERE entry % 256 = 0 ORDER BY account, seq;

-- Over the other columns of a stored answer, which no hash chain covers because an answer may be replaced. NULL: stored before
-- there were checksums.
ALTER TABLE idempotency ADD COLUMN checksum INTEGER;

-- Two bytes for each record and event of the batch, in the order in which its hash takes them in: they tell which one is
-- damaged where the hash tells only that one is. NULL: written before there were checksums.
ALTER TABLE batches ADD COLUMN checksums BLOB;

-- Over what no event says of a transaction: its proposal, attempts and due time. NULL: written before there were checksums.
ALTER TABLE transactions ADD COLUMN checksum INTEGER;

-- What operators look for among millions: transactions that are not completed (6). Those that are cost nothing here.
CREATE INDEX transactions_not_completed ON transactions (no) WHERE status <> 6;
