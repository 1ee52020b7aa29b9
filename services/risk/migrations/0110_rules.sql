-- Rules and what belongs to them. Times are microseconds since 1970 UTC.

-- Counted up in the transaction of each change of what is below: each node keeps it in memory as long as this is the same.
CREATE TABLE policy_changes (
    org     INTEGER NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL
) STRICT;

-- The sets of rules that were in force; the one with the highest version is. The first is the one that an organisation begins with,
-- which nobody has written.
CREATE TABLE rule_sets (
    org          INTEGER NOT NULL,
    version      INTEGER NOT NULL,
    -- JSON.
    rules        TEXT    NOT NULL,
    -- Who changed it since the version before: ids with spaces between.
    authors      TEXT    NOT NULL,
    published_by UUID,
    -- The version whose rules were put back in force.
    restores     INTEGER,
    note         TEXT    NOT NULL,
    published_at INTEGER NOT NULL,
    PRIMARY KEY (org, version)
) STRICT;

-- The set that somebody works on.
CREATE TABLE rule_drafts (
    org        INTEGER NOT NULL PRIMARY KEY,
    -- The version that it began with.
    base       INTEGER NOT NULL,
    -- Counted up with each change.
    revision   INTEGER NOT NULL,
    rules      TEXT    NOT NULL,
    authors    TEXT    NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

-- How often a rule was asked and what it said, by days (UTC).
CREATE TABLE rule_counts (
    org     INTEGER NOT NULL,
    rule    TEXT    NOT NULL,
    day     INTEGER NOT NULL,
    asked   INTEGER NOT NULL,
    hits    INTEGER NOT NULL,
    unknown INTEGER NOT NULL,
    -- Hits that counted: the others were in shadow, snoozed or allowed.
    counted INTEGER NOT NULL,
    PRIMARY KEY (org, rule, day)
) STRICT;

CREATE INDEX rule_counts_by_day ON rule_counts (day);

-- Rules that are quiet for a customer.
CREATE TABLE snoozes (
    org        INTEGER NOT NULL,
    rule       TEXT    NOT NULL,
    user_id    UUID    NOT NULL,
    until      INTEGER NOT NULL,
    reason     TEXT    NOT NULL,
    author     UUID    NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org, rule, user_id)
) STRICT;

-- Lists that rules ask about.
CREATE TABLE lists (
    id          UUID    NOT NULL PRIMARY KEY,
    org         INTEGER NOT NULL,
    -- By which rules name it.
    name        TEXT    NOT NULL,
    -- What it is a list of.
    kind        TEXT    NOT NULL CHECK (kind IN ('emails', 'countries', 'tokens', 'users', 'texts')),
    description TEXT    NOT NULL,
    created_by  UUID    NOT NULL,
    created_at  INTEGER NOT NULL,
    UNIQUE (org, name)
) STRICT;

CREATE TABLE list_entries (
    list       UUID    NOT NULL REFERENCES lists (id) ON DELETE CASCADE,
    value      TEXT    NOT NULL,
    note       TEXT    NOT NULL,
    expires_at INTEGER,
    added_by   UUID    NOT NULL,
    added_at   INTEGER NOT NULL,
    PRIMARY KEY (list, value)
) STRICT;

-- Who has paid whom before.
CREATE TABLE paid_pairs (
    org   INTEGER NOT NULL,
    payer UUID    NOT NULL,
    payee UUID    NOT NULL,
    PRIMARY KEY (org, payer, payee)
) STRICT;
