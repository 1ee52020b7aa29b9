-- Sanctions lists, and who was compared with them. Times are microseconds since 1970 UTC.

-- The versions of lists that came into force; the newest of each list is. Lists are of the whole installation.
CREATE TABLE sanctions_versions (
    -- Counted over all lists: what customers were compared with is one number.
    version   INTEGER NOT NULL PRIMARY KEY,
    list      TEXT    NOT NULL,
    -- When the publisher made it, as they write it.
    published TEXT,
    loaded_at INTEGER NOT NULL,
    -- SHA-256 over the digests of its files.
    digest    BLOB    NOT NULL,
    entries   INTEGER NOT NULL,
    names     INTEGER NOT NULL,
    -- Rows that could not be read.
    faults    INTEGER NOT NULL,
    added     INTEGER NOT NULL,
    changed   INTEGER NOT NULL,
    removed   INTEGER NOT NULL,
    -- JSON: the ids of entries that are new or other than before; NULL: all, since nothing was in force.
    delta     TEXT,
    -- Whether an operator has accepted that more was gone than may be.
    accepted  INTEGER NOT NULL
) STRICT;

CREATE INDEX sanctions_versions_of_list ON sanctions_versions (list, version);

-- The files of the versions in force, as they were loaded.
CREATE TABLE sanctions_files (
    version INTEGER NOT NULL REFERENCES sanctions_versions (version),
    name    TEXT    NOT NULL,
    -- SHA-256.
    digest  BLOB    NOT NULL,
    content BLOB    NOT NULL,
    PRIMARY KEY (version, name)
) STRICT;

-- How the loading of each list goes. The row of no name is locked while a version comes into force.
CREATE TABLE sanctions_loads (
    list      TEXT    NOT NULL PRIMARY KEY,
    tried_at  INTEGER NOT NULL,
    -- When it was last loaded whole, the same as before or another.
    loaded_at INTEGER,
    -- Why the last try did not succeed; NULL where it did.
    failure   TEXT
) STRICT;

-- The customers, and with what they were last compared.
CREATE TABLE screenings (
    org         INTEGER NOT NULL,
    user_id     UUID    NOT NULL,
    -- Counted up whenever the name may be another: a result counts only where this is the same as when it was begun.
    asked       INTEGER NOT NULL DEFAULT 1,
    -- The version of the lists, and of the way names are compared; 0: waits to be compared.
    version     INTEGER NOT NULL DEFAULT 0,
    edition     INTEGER NOT NULL DEFAULT 0,
    -- Keyed hash of the name that was compared.
    person      BLOB,
    -- How much they are like the nearest entry, in thousandths.
    score       INTEGER,
    screened_at INTEGER,
    -- When the result was last another one.
    changed_at  INTEGER,
    PRIMARY KEY (org, user_id)
) STRICT;

CREATE INDEX screenings_by_version ON screenings (version, org, user_id);

-- Customers who are like an entry of a list.
CREATE TABLE sanctions_matches (
    id           UUID    NOT NULL PRIMARY KEY,
    org          INTEGER NOT NULL,
    user_id      UUID    NOT NULL,
    list         TEXT    NOT NULL,
    -- The publisher's own id.
    entry        TEXT    NOT NULL,
    -- By itself it ends only where the entry is other than before; a name that changes ends nothing.
    state        TEXT    NOT NULL CHECK (state IN ('open', 'cleared', 'confirmed', 'ended')),
    score        INTEGER NOT NULL,
    listed_name  TEXT    NOT NULL,
    -- JSON: the entry, and how the names compare.
    listed       TEXT    NOT NULL,
    explanation  TEXT    NOT NULL,
    version      INTEGER NOT NULL,
    -- What a decision is about: keyed hash of the name, digest of the entry.
    person       BLOB    NOT NULL,
    entry_digest BLOB    NOT NULL,
    found_at     INTEGER NOT NULL,
    ended_at     INTEGER,
    decided_by   UUID,
    decided_at   INTEGER,
    reason       TEXT
) STRICT;

CREATE UNIQUE INDEX sanctions_matches_active ON sanctions_matches (org, user_id, list, entry) WHERE state <> 'ended';
CREATE INDEX sanctions_matches_newest ON sanctions_matches (org, id);

-- Everybody who is here already waits to be compared.
INSERT INTO screenings (org, user_id) SELECT org, user_id FROM subjects WHERE closed_at IS NULL;
INSERT INTO screenings (org, user_id) SELECT org, user_id FROM wallet_owners WHERE 1 = 1 ON CONFLICT (org, user_id) DO NOTHING;
