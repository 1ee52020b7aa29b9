-- Devices that take a push: where the browser's push service is, and the keys of the browser, sealed together. A device is found by
-- a keyed hash of its address.
CREATE TABLE push_subscriptions (
    id          UUID    NOT NULL PRIMARY KEY,
    org         INTEGER NOT NULL,
    user_id     UUID    NOT NULL,
    fingerprint BLOB    NOT NULL UNIQUE,
    sealed      BLOB    NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT;

CREATE INDEX push_subscriptions_of_user ON push_subscriptions (org, user_id, id);

-- The key by which push services know this installation (VAPID), made once and sealed.
CREATE TABLE push_keys (
    id     INTEGER NOT NULL PRIMARY KEY,
    public TEXT    NOT NULL,
    sealed BLOB    NOT NULL
) STRICT;
