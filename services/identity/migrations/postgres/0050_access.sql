-- Who may do what: the name by which a login finds its organisation, why a user was suspended, and API keys.

ALTER TABLE organisations ADD COLUMN slug TEXT NOT NULL DEFAULT '';
UPDATE organisations SET slug = CASE no WHEN 1 THEN 'default' ELSE 'organisation-' || no END;
CREATE UNIQUE INDEX organisations_by_slug ON organisations (slug);

ALTER TABLE users ADD COLUMN status_reason TEXT;
CREATE INDEX users_by_org ON users (org, id);

-- Only the BLAKE3 hash of a key is kept, and its first characters, by which its owner knows it again. Scopes and address
-- ranges have spaces between; no address range means any address. A key that has ended is deleted.
CREATE TABLE api_keys (
    id           UUID    NOT NULL PRIMARY KEY,
    org          BIGINT  NOT NULL REFERENCES organisations (no),
    user_id      UUID    NOT NULL REFERENCES users (id),
    name         TEXT    NOT NULL,
    hash         BYTEA   NOT NULL UNIQUE,
    shown        TEXT    NOT NULL,
    scopes       TEXT    NOT NULL,
    addresses    TEXT    NOT NULL,
    created_at   BIGINT  NOT NULL,
    expires_at   BIGINT ,
    last_used_at BIGINT
);

CREATE INDEX api_keys_by_user ON api_keys (user_id, id);
