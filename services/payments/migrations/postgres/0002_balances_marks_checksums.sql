-- An account's sums change with every transfer, and what is agreed about it almost never does: apart, the rows that every
-- batch rewrites are a third as long, and so is what it writes to the disk.
CREATE TABLE balances (
    account BIGINT PRIMARY KEY,
    debits_posted BIGINT NOT NULL,
    credits_posted BIGINT NOT NULL,
    debits_pending BIGINT NOT NULL,
    credits_pending BIGINT NOT NULL,
    last_seq BIGINT NOT NULL,
    entries BIGINT NOT NULL
    -- Half of a page stays free, so that a changed row finds its place beside the old one and no index is touched.
) WITH (fillfactor = 50);

INSERT INTO balances SELECT no, debits_posted, credits_posted, debits_pending, credits_pending, last_seq, entries
FROM accounts ORDER BY no;

ALTER TABLE accounts DROP COLUMN debits_posted, DROP COLUMN credits_posted, DROP COLUMN debits_pending,
    DROP COLUMN credits_pending, DROP COLUMN last_seq, DROP COLUMN entries;

-- Every 256th entry in the history of an account: where a walk to a time in the past may begin.
CREATE TABLE marks (
    account BIGINT NOT NULL,
    time BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (account, time, seq)
);

INSERT INTO marks SELECT account, time, seq FROM (
    SELECT account, time, seq, ROW_NUMBER() OVER (PARTITION BY account ORDER BY seq) AS entry
    FROM (SELECT debit AS account, time, seq FROM transfers UNION ALL SELECT credit, time, seq FROM transfers) AS sides
) AS numbered WHERE entry % 256 = 0 ORDER BY account, seq;

-- Over the other columns of a stored answer, which no hash chain covers because an answer may be replaced. NULL: stored before
-- there were checksums.
ALTER TABLE idempotency ADD COLUMN checksum BIGINT;

-- Two bytes for each record and event of the batch, in the order in which its hash takes them in: they tell which one is
-- damaged where the hash tells only that one is. NULL: written before there were checksums.
ALTER TABLE batches ADD COLUMN checksums bytea;

-- Over what no event says of a transaction: its proposal, attempts and due time. NULL: written before there were checksums.
ALTER TABLE transactions ADD COLUMN checksum BIGINT;

-- What operators look for among millions: transactions that are not completed (6). Those that are cost nothing here.
CREATE INDEX transactions_not_completed ON transactions (no) WHERE status <> 6;
