-- Accounts that somebody has asked to close, from before payments is told until the account is closed or stays open: what is left
-- here by a process that died is finished by the background. The epoch is that of the password that was shown.

CREATE TABLE closings (
    org              BIGINT  NOT NULL REFERENCES organisations (no),
    user_id          UUID    NOT NULL REFERENCES users (id),
    credential_epoch BIGINT  NOT NULL,
    asked_at         BIGINT  NOT NULL,
    PRIMARY KEY (org, user_id)
);
