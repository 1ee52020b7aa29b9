-- The check of who users are. Times are microseconds since 1970 UTC.

-- How it stands for a user.
CREATE TABLE kyc_standings (
    org        INTEGER NOT NULL,
    user_id    UUID    NOT NULL,
    level      TEXT    NOT NULL CHECK (level IN ('none', 'basic', 'full')),
    status     TEXT    NOT NULL CHECK (status IN ('none', 'pending', 'action_needed', 'approved', 'rejected', 'expired')),
    -- Counted up with each change, and the one that identity has taken.
    version    INTEGER NOT NULL,
    told       INTEGER NOT NULL,
    -- When the level ends; why an operator has ended it.
    expires_at INTEGER,
    reason     TEXT    NOT NULL DEFAULT '',
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (org, user_id)
) STRICT;

CREATE INDEX kyc_standings_untold ON kyc_standings (updated_at) WHERE told < version;
CREATE INDEX kyc_standings_by_end ON kyc_standings (expires_at) WHERE expires_at IS NOT NULL;

-- What a user has sent in for a level.
CREATE TABLE kyc_submissions (
    id               UUID    NOT NULL PRIMARY KEY,
    org              INTEGER NOT NULL,
    user_id          UUID    NOT NULL,
    level            TEXT    NOT NULL CHECK (level IN ('basic', 'full')),
    status           TEXT    NOT NULL
        CHECK (status IN ('draft', 'checking', 'in_review', 'action_needed', 'approved', 'rejected', 'lapsed')),
    -- Counted up with each change.
    revision         INTEGER NOT NULL,
    -- Sealed JSON: name, date of birth, address, country. NULL before they are given, and once they are erased.
    details          BLOB,
    -- 1: they have to be given again.
    details_reopened INTEGER NOT NULL DEFAULT 0,
    -- The check of a provider: its id, which stays however often it is asked; whether it may have got it; how often it was asked
    -- without an outcome; when it is asked next.
    check_id         UUID,
    check_sent       INTEGER NOT NULL DEFAULT 0,
    check_asked      INTEGER NOT NULL DEFAULT 0,
    check_since      INTEGER,
    check_due_at     INTEGER,
    -- What it said last, and its code.
    provider_outcome TEXT    CHECK (provider_outcome IN ('passed', 'failed', 'referred')),
    provider_code    TEXT,
    provider_at      INTEGER,
    -- Why it was referred, asked for again or rejected.
    reason_code      TEXT,
    reason           TEXT    NOT NULL DEFAULT '',
    -- Who decided; NULL: the provider.
    decided_by       UUID,
    decided_at       INTEGER,
    -- Sealed text.
    appeal           BLOB,
    appealed_at      INTEGER,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    submitted_at     INTEGER,
    -- When what is personal of it is deleted.
    erase_at         INTEGER,
    erased_at        INTEGER
) STRICT;

CREATE UNIQUE INDEX kyc_submissions_open ON kyc_submissions (org, user_id)
    WHERE status IN ('draft', 'checking', 'in_review', 'action_needed');
CREATE INDEX kyc_submissions_of_org ON kyc_submissions (org, id);
CREATE INDEX kyc_submissions_of_user ON kyc_submissions (org, user_id, id);
CREATE INDEX kyc_submissions_due ON kyc_submissions (check_due_at) WHERE check_due_at IS NOT NULL;
CREATE INDEX kyc_submissions_idle ON kyc_submissions (status, updated_at);
CREATE UNIQUE INDEX kyc_submissions_by_check ON kyc_submissions (check_id) WHERE check_id IS NOT NULL;
CREATE INDEX kyc_submissions_to_erase ON kyc_submissions (erase_at) WHERE erase_at IS NOT NULL;

CREATE TABLE kyc_documents (
    id         UUID    NOT NULL PRIMARY KEY,
    org        INTEGER NOT NULL,
    user_id    UUID    NOT NULL,
    submission UUID    NOT NULL REFERENCES kyc_submissions (id) ON DELETE CASCADE,
    kind       TEXT    NOT NULL,
    media_type TEXT    NOT NULL CHECK (media_type IN ('image/jpeg', 'image/png', 'application/pdf')),
    -- Of what is kept.
    size       INTEGER NOT NULL,
    -- A keyed hash, by which the same document of somebody else is found.
    digest     BLOB    NOT NULL,
    verdict    TEXT    NOT NULL CHECK (verdict IN ('pending', 'accepted', 'rejected', 'again')),
    reason     TEXT    NOT NULL DEFAULT '',
    decided_by UUID,
    decided_at INTEGER,
    -- The document that was asked for again, which this one replaces; and whether this one was replaced.
    replaces   UUID,
    replaced   INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    -- What is sealed with the same key begins with this. It comes before the content, so that looking for other keys reads none.
    sealed_by  BLOB    NOT NULL,
    -- Sealed; NULL once it is erased.
    content    BLOB
) STRICT;

CREATE INDEX kyc_documents_of_submission ON kyc_documents (submission, id);
CREATE INDEX kyc_documents_by_digest ON kyc_documents (org, digest);

-- Which change of a standing `kyc` is of.
ALTER TABLE subjects ADD COLUMN kyc_version INTEGER NOT NULL DEFAULT 0;
