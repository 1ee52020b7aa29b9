-- Accounts that somebody has asked to close, from before payments is told until the account is closed or stays open: what is left
-- here by a process that died is finished by the background. The epoch is that of the password that was shown.

CREATE TABLE closings (
    org              INTEGER NOT NULL REFERENCES organisations (no),
    user_id          BLOB    NOT NULL REFERENCES users (id),
    credential_epoch INTEGER NOT NULL,
    asked_at         INTEGER NOT NULL,
    PRIMARY KEY (org, user_id)
) STRICT;
