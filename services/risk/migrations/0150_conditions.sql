-- What operators have said about a person, a wallet, somebody outside, or what one person gives to another. Rows are never deleted:
-- they say who blocked or allowed what, and why. Times are microseconds since 1970 UTC.
CREATE TABLE conditions (
    id              UUID    NOT NULL PRIMARY KEY,
    org             INTEGER NOT NULL,
    -- The version of `policy_changes` with which it came: the order of lists.
    no              INTEGER NOT NULL,
    subject_kind    TEXT    NOT NULL CHECK (subject_kind IN ('person', 'wallet', 'counterparty', 'pair')),
    -- An id, or the token of a card or bank account; of a pair who gives.
    subject         TEXT    NOT NULL,
    -- Of a pair who receives; else empty.
    other           TEXT    NOT NULL,
    side            TEXT    NOT NULL CHECK (side IN ('gives', 'receives', 'both')),
    kind            TEXT    NOT NULL CHECK (kind IN ('block_soft', 'allow', 'block_hard')),
    reason          TEXT    NOT NULL,
    author          UUID    NOT NULL,
    -- Who approved a hard block, which counts from then on.
    second          UUID,
    approved_at     INTEGER,
    starts_at       INTEGER NOT NULL,
    expires_at      INTEGER,
    created_at      INTEGER NOT NULL,
    -- Who wants to end a hard block in force: somebody else has to agree.
    end_proposed_by UUID,
    ended_by        UUID,
    ended_at        INTEGER,
    end_reason      TEXT,
    UNIQUE (org, no)
) STRICT;

CREATE INDEX conditions_not_ended ON conditions (org, no) WHERE ended_at IS NULL;
