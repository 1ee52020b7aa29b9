-- What users did to where their news goes, until identity has it in the audit trail. The act is JSON; its id is of the time.
CREATE TABLE acts (
    id  UUID    NOT NULL PRIMARY KEY,
    at  INTEGER NOT NULL,
    act TEXT    NOT NULL
) STRICT;
