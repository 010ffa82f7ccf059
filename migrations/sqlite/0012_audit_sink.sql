-- How far each destination of the audit has got. See ../README.md.

CREATE TABLE audit_sink (
    name                TEXT NOT NULL PRIMARY KEY, -- as the configuration has it
    next                BIGINT NOT NULL           -- the first entry that it has not confirmed
);
