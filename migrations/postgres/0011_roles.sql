-- What administrators may do, and over whom: several roles each, over everybody or over the people of a group. See ../README.md.

-- role: 1 auditor, 2 owner, 3 people, 4 policy, 5 help desk.
CREATE TABLE administrator_role (
    administrator_id    BYTEA NOT NULL,
    role                BIGINT NOT NULL,
    group_name          TEXT COLLATE "C" NOT NULL, -- empty: over everybody
    PRIMARY KEY (administrator_id, role, group_name)
);
INSERT INTO administrator_role (administrator_id, role, group_name)
SELECT id, role, '' FROM administrator WHERE removed_ms IS NULL;
ALTER TABLE administrator DROP COLUMN role;

-- Acts that wait for a second person, or did. act is what exactly would be done: ids and settings, and nobody's name.
CREATE TABLE approval (
    number              BIGINT NOT NULL PRIMARY KEY,
    act                 BYTEA NOT NULL,
    salt                BYTEA NOT NULL,        -- zeros once somebody in the act was erased
    hash                BYTEA NOT NULL,        -- SHA-256 of a label, the salt and the act: what both were shown, and the audit keeps
    asker               BYTEA NOT NULL,
    asked_ms            BIGINT NOT NULL,
    expires_ms          BIGINT NOT NULL,
    outcome             BIGINT NOT NULL,           -- 0 waits, 1 agreed, 2 done, 3 refused, 4 stale, 5 open for whoever asked
    decider             BYTEA,
    decided_ms          BIGINT
);

-- One row while dangerous acts need two people.
CREATE TABLE quorum (
    people              BIGINT NOT NULL PRIMARY KEY
);
