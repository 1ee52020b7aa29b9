-- The verified phone number of a user, sealed. It is found by a keyed hash, for the carrier's STOP, and shown by a hint. Times are
-- microseconds since 1970 UTC. stopped_at: since when its holder wants no SMS, as they told the carrier.
CREATE TABLE phones (
    org         INTEGER NOT NULL,
    user_id     UUID    NOT NULL,
    number      BLOB    NOT NULL,
    fingerprint BLOB    NOT NULL,
    verified_at INTEGER NOT NULL,
    stopped_at  INTEGER,
    PRIMARY KEY (org, user_id)
) STRICT;

CREATE INDEX phones_by_number ON phones (fingerprint);

-- A number that is to be verified, with a keyed hash of the code that was sent to it.
CREATE TABLE phone_claims (
    org        INTEGER NOT NULL,
    user_id    UUID    NOT NULL,
    number     BLOB    NOT NULL,
    code       BLOB    NOT NULL,
    attempts   INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (org, user_id)
) STRICT;

CREATE INDEX phone_claims_by_time ON phone_claims (expires_at);
