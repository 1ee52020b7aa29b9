-- What risk knows of people, what was decided about transactions, and codes. Times are microseconds since 1970 UTC.

-- What rules ask of a user, from the feed of identity.
CREATE TABLE subjects (
    org               INTEGER NOT NULL,
    user_id           UUID    NOT NULL,
    created_at        INTEGER NOT NULL,
    email_verified_at INTEGER,
    kyc               TEXT    NOT NULL DEFAULT 'none' CHECK (kyc IN ('none', 'basic', 'full')),
    closed_at         INTEGER,
    PRIMARY KEY (org, user_id)
) STRICT;

-- Whose a wallet is, from the feed of payments.
CREATE TABLE wallet_owners (
    org     INTEGER NOT NULL,
    wallet  UUID    NOT NULL,
    user_id UUID    NOT NULL,
    PRIMARY KEY (org, wallet)
) STRICT;

-- A decision about a transaction. It is written when it is made, without its outcome, and completed by the feed of payments, which
-- may come first.
CREATE TABLE decisions (
    transaction_id UUID    NOT NULL PRIMARY KEY,
    org            INTEGER NOT NULL,
    -- The decision's own id; NULL where the transaction was made without one.
    id             UUID,
    -- JSON: the decision as payments keeps it, and the facts that it was made of.
    decision       TEXT,
    facts          TEXT,
    -- From the feed: NULL until it tells of the transaction, which may never have been made.
    status         INTEGER,
    -- The places in the feed of the first event and of the last that was heard.
    first_sequence INTEGER,
    sequence       INTEGER,
    -- Whether it is counted: not where it was declined at once.
    counted        INTEGER,
    kind           INTEGER,
    amount_minor   INTEGER,
    currency       TEXT,
    payer          UUID,
    payee          UUID,
    from_wallet    UUID,
    to_wallet      UUID,
    instrument     TEXT,
    made_by        UUID,
    created_at     INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX decisions_by_id ON decisions (id) WHERE id IS NOT NULL;
CREATE INDEX decisions_by_time ON decisions (created_at);
CREATE INDEX decisions_in_order ON decisions (org, first_sequence) WHERE first_sequence IS NOT NULL;

-- The code that a waiting transaction was last sent.
CREATE TABLE step_up_codes (
    transaction_id UUID    NOT NULL PRIMARY KEY,
    org            INTEGER NOT NULL,
    user_id        UUID    NOT NULL,
    -- Keyed hashes: of the code with the terms, and of the terms; NULL until the first was sent.
    code           BLOB,
    terms          BLOB,
    tries_left     INTEGER NOT NULL DEFAULT 0,
    -- How many were sent, and when the last was.
    sent           INTEGER NOT NULL,
    sent_at        INTEGER NOT NULL,
    expires_at     INTEGER NOT NULL
) STRICT;

CREATE INDEX step_up_codes_by_time ON step_up_codes (sent_at);

-- Wrong codes of a user in a window of time, whatever the transaction.
CREATE TABLE wrong_codes (
    org     INTEGER NOT NULL,
    user_id UUID    NOT NULL,
    since   INTEGER NOT NULL,
    count   INTEGER NOT NULL,
    PRIMARY KEY (org, user_id, since)
) STRICT;

CREATE INDEX wrong_codes_by_time ON wrong_codes (since);
