-- Alerts, what happened to them, and what they are made of. Times are microseconds since 1970 UTC.

CREATE TABLE alerts (
    id                   UUID    NOT NULL PRIMARY KEY,
    org                  INTEGER NOT NULL,
    -- What it is about: the key by which signals are the same alert.
    kind                 TEXT    NOT NULL,
    subject              TEXT    NOT NULL,
    scenario             TEXT    NOT NULL,
    -- The version of how keys are made.
    key_version          INTEGER NOT NULL,
    -- 1: seen by the look at the platform, which also sees that it is over; 2: raised by a service.
    source               INTEGER NOT NULL,
    -- 1 info, 2 warning, 3 critical: the highest since it was opened.
    severity             INTEGER NOT NULL,
    status               TEXT    NOT NULL CHECK (status IN ('open', 'acknowledged', 'resolved')),
    -- Whether the condition held when it was last looked at.
    firing               INTEGER NOT NULL,
    first_at             INTEGER NOT NULL,
    last_at              INTEGER NOT NULL,
    count                INTEGER NOT NULL,
    -- JSON: the last things that were seen, the oldest first.
    evidence             TEXT    NOT NULL,
    owner                UUID,
    acknowledged_by      UUID,
    acknowledged_at      INTEGER,
    acknowledged_comment TEXT,
    snoozed_until        INTEGER,
    -- What is worse than this is told all the same.
    snoozed_severity     INTEGER,
    snoozed_by           UUID,
    resolved_at          INTEGER,
    -- None: by itself.
    resolved_by          UUID,
    resolved_reason      TEXT,
    -- Whether it was ended by hand although the condition held.
    resolved_firing      INTEGER,
    -- The alert that explains this one: while it is not resolved, nobody is told of this one.
    suppressed_by        UUID,
    -- The one before it with the same key.
    follows              UUID,
    -- What operators are still to be told.
    notice               TEXT,
    notices              INTEGER NOT NULL,
    told_severity        INTEGER,
    told_at              INTEGER,
    reminded_at          INTEGER,
    -- When something happens by itself: the end of a snooze, a reminder, the end of what is not raised any more.
    due_at               INTEGER,
    entries              INTEGER NOT NULL,
    -- Counted up with each change: who has seen another one changes nothing.
    revision             INTEGER NOT NULL
) STRICT;

-- One alert for each key, as long as it is not resolved.
CREATE UNIQUE INDEX alerts_unresolved ON alerts (org, kind, subject, scenario) WHERE status <> 'resolved';
CREATE INDEX alerts_by_key ON alerts (org, kind, subject, scenario, id);
CREATE INDEX alerts_by_org ON alerts (org, id);
CREATE INDEX alerts_waiting ON alerts (org, id) WHERE status <> 'resolved';
CREATE INDEX alerts_owned ON alerts (org, owner, id) WHERE owner IS NOT NULL;
CREATE INDEX alerts_firing ON alerts (id) WHERE firing = 1;
CREATE INDEX alerts_to_tell ON alerts (id) WHERE notice IS NOT NULL;
CREATE INDEX alerts_due ON alerts (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX alerts_ended ON alerts (resolved_at) WHERE resolved_at IS NOT NULL;

-- What happened to an alert, in order.
CREATE TABLE alert_entries (
    alert   UUID    NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
    no      INTEGER NOT NULL,
    org     INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    what    TEXT    NOT NULL,
    -- None: by itself.
    actor   UUID,
    comment TEXT,
    -- JSON.
    facts   TEXT    NOT NULL,
    PRIMARY KEY (alert, no)
) STRICT;

CREATE INDEX alert_entries_of_actor ON alert_entries (org, actor, at) WHERE actor IS NOT NULL;

-- How many transactions of an organisation ended how, by minutes.
CREATE TABLE outcomes (
    org       INTEGER NOT NULL,
    minute    INTEGER NOT NULL,
    completed INTEGER NOT NULL,
    failed    INTEGER NOT NULL,
    -- Of those that failed: the other side, or risk, said no.
    declined  INTEGER NOT NULL,
    PRIMARY KEY (org, minute)
) STRICT;

-- Which node looks, and until when no other one does.
CREATE TABLE watch (
    id    INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    node  UUID,
    until INTEGER NOT NULL
) STRICT;

INSERT INTO watch (id, node, until) VALUES (1, NULL, 0);

-- How many commits there were, counted in an embedded store: an older state of the file has counted less than is noted beside it.
CREATE TABLE commits (
    id INTEGER NOT NULL PRIMARY KEY,
    no INTEGER NOT NULL
) STRICT;

INSERT INTO commits (id, no) VALUES (1, 0);
