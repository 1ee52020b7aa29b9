-- Cases: what an operator has to look at. Times are microseconds since 1970 UTC.

CREATE TABLE cases (
    id            UUID    NOT NULL PRIMARY KEY,
    org           INTEGER NOT NULL,
    queue         TEXT    NOT NULL CHECK (queue IN ('transactions', 'sanctions', 'kyc', 'unresolved')),
    -- What it is about, as the API writes its id.
    subject       TEXT    NOT NULL,
    title         TEXT    NOT NULL,
    -- How grave it is, 0 to 100; NULL until that is known.
    risk          INTEGER,
    -- What is at stake; in the base currency NULL where there is no rate.
    amount_minor  INTEGER,
    currency      TEXT,
    amount_base   INTEGER,
    -- 0 to 100; an operator has pinned it; when it next rises with time.
    priority      INTEGER NOT NULL,
    pinned        INTEGER NOT NULL DEFAULT 0,
    rises_at      INTEGER,
    -- Whether it takes two operators, whatever the amount.
    needs_two     INTEGER NOT NULL DEFAULT 0,
    owner         UUID,
    snoozed_until INTEGER,
    -- How often it was hit, and when last.
    hits          INTEGER NOT NULL,
    last_hit_at   INTEGER NOT NULL,
    opened_at     INTEGER NOT NULL,
    due_at        INTEGER NOT NULL,
    -- Counted up with each act of an operator.
    revision      INTEGER NOT NULL DEFAULT 1,
    -- JSON: the decision of an operator that another one has to confirm; one that is being carried out, and since when.
    proposal      TEXT,
    under_way     TEXT,
    -- What it came to; NULL as long as it is open. Nobody has decided what ended by itself.
    outcome       TEXT,
    reason        TEXT,
    note          TEXT,
    proposed_by   UUID,
    decided_by    UUID,
    closed_at     INTEGER
) STRICT;

-- One open case of a subject in a queue.
CREATE UNIQUE INDEX cases_open ON cases (org, queue, subject) WHERE closed_at IS NULL;
CREATE INDEX cases_by_subject ON cases (org, subject);
CREATE INDEX cases_by_priority ON cases (org, priority, id);
CREATE INDEX cases_waiting ON cases (org, priority, due_at) WHERE closed_at IS NULL;
CREATE INDEX cases_rising ON cases (rises_at) WHERE closed_at IS NULL AND rises_at IS NOT NULL;

-- Who a case is about, and who takes part in it: none of them decides it.
CREATE TABLE case_people (
    case_id    UUID    NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    user_id    UUID    NOT NULL,
    is_subject INTEGER NOT NULL,
    PRIMARY KEY (case_id, user_id)
) STRICT;

CREATE INDEX case_people_by_user ON case_people (user_id);

-- What each hit has brought: the newest of them. JSON rows.
CREATE TABLE case_evidence (
    id       UUID    NOT NULL PRIMARY KEY,
    case_id  UUID    NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    facts    TEXT    NOT NULL,
    added_at INTEGER NOT NULL
) STRICT;

CREATE INDEX case_evidence_of ON case_evidence (case_id, id);

-- What happened to a case, with the value before and after (JSON). Nobody does what PayFlow does itself.
CREATE TABLE case_events (
    id      UUID    NOT NULL PRIMARY KEY,
    case_id UUID    NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    kind    TEXT    NOT NULL,
    actor   UUID,
    before  TEXT,
    after   TEXT,
    at      INTEGER NOT NULL
) STRICT;

CREATE INDEX case_events_of ON case_events (case_id, id);

-- Files of operators, sealed.
CREATE TABLE case_attachments (
    id       UUID    NOT NULL PRIMARY KEY,
    case_id  UUID    NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    name     TEXT    NOT NULL,
    kind     TEXT    NOT NULL,
    size     INTEGER NOT NULL,
    sealed   BLOB    NOT NULL,
    added_by UUID    NOT NULL,
    added_at INTEGER NOT NULL
) STRICT;

CREATE INDEX case_attachments_of ON case_attachments (case_id, id);

-- What operators have decided about transactions that a rule has hit, by days (UTC).
CREATE TABLE rule_outcomes (
    org       INTEGER NOT NULL,
    rule      TEXT    NOT NULL,
    day       INTEGER NOT NULL,
    decided   INTEGER NOT NULL,
    confirmed INTEGER NOT NULL,
    PRIMARY KEY (org, rule, day)
) STRICT;

CREATE INDEX rule_outcomes_by_day ON rule_outcomes (day);

-- Transactions that wait for somebody: each has a case. 2: in review; 5: unresolved.
CREATE INDEX decisions_waiting ON decisions (status, created_at) WHERE status IN (2, 5);
CREATE INDEX decisions_by_instrument ON decisions (org, instrument, created_at) WHERE instrument IS NOT NULL;
